"""Alcove, the scribe's desktop program."""
