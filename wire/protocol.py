"""Which version of the conversation two parties speak."""

from collections.abc import Iterable

CURRENT = 1
SPOKEN = (1,)
"""Versions this build speaks, newest first: N and, from the second version on, N-1."""


def negotiate(offered: Iterable[int]) -> int | None:
    """The newest version both sides speak, or None when there is none."""
    common = set(SPOKEN).intersection(offered)
    return max(common) if common else None
