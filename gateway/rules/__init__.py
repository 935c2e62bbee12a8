"""Who may join, read, write, pend and sign: pure functions whose refusals are values; no HTTP, no SQL."""
