"""The `feed` bench: Alcove and Chromium as receivers of the same page, over the same bad networks."""
