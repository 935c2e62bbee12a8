"""One module per measure; each prints one JSON line last."""
