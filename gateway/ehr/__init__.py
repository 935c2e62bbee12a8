"""Stands before the practice's record: a thin FHIR R4 client that reads the day's visits and writes what was signed.

Its modules import the FHIR models, which takes a quarter of a second: import them where the gateway serves, not in its
command line.
"""
