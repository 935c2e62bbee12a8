"""The demo's FHIR R4 record: versions in memory, search, transactions, and checks of everything that is written."""
