"""The spelling process and its thin handle for the UI process; spylls lives here only."""
