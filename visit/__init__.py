"""The domain, shared by both sides: the visit's document, its record, orders, snapshots and states; no I/O."""
