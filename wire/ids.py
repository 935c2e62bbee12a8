"""New identifiers: UUIDv7 by a library, opaque to everyone who reads them."""

import uuid6


def new_id() -> str:
    """A new unique id (UUIDv7, RFC 9562) as text; never order by it, clocks differ between machines."""
    return str(uuid6.uuid7())
