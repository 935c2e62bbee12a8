"""The machine's clock, handed in wherever time is needed."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time now, aware and in UTC."""
    return datetime.now(UTC)
