"""One write transaction of a connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def transaction(connection: Any) -> Iterator[None]:  # noqa: ANN401  # untyped driver
    """Committed at the end, rolled back when anything goes wrong before."""
    connection.execute("BEGIN IMMEDIATE")
    committed = False
    try:
        yield
        connection.execute("COMMIT")
        committed = True
    finally:
        # A full disk may have rolled back already.
        if not committed and connection.in_transaction:
            connection.execute("ROLLBACK")
