"""The gateway: admits scribes, relays signalling, keeps the visit's record and document, stands before the EHR."""
