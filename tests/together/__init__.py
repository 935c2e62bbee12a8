"""Real client, gateway, browser, identity provider, FHIR server, keyring and sound, all at once."""
