"""Orders: what a complete one needs, and the hash that pends and signatures cover."""

from visit.canonical import canonical_sha256
from wire.orders import Order

REQUIRED_FIELDS = ("test", "reason", "priority", "collection")


def order_sha256(order: Order) -> str:
    """SHA-256 of the order's canonical form: id, version and every field."""
    return canonical_sha256(order)


def missing_fields(values: dict[str, object]) -> tuple[str, ...]:
    """The required fields that a draft's values lack, in form order."""
    return tuple(name for name in REQUIRED_FIELDS if not values.get(name))
