"""A practice in a box on loopback: identity provider, FHIR server, exam room; all of its people are synthetic."""
