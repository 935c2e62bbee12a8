"""Speaks with the practice's gateway: httpx2 and websockets live here only."""
