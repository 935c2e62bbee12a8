"""Places in one text, between Python's characters and the UTF-16 units that Qt and every public interface count.

Made once for a text and asked often; `visit.indexes` remains the converter to what pycrdt counts.
"""

import re
from bisect import bisect_left

from visit.indexes import NotABoundary

_WIDE = re.compile("[\U00010000-\U0010ffff]")


class UnitMap:
    """Converts places in a text both ways; at most one step per character outside the basic plane to build."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        wide = [] if text.isascii() else [found.start() for found in _WIDE.finditer(text)]
        self._wide = wide
        self._wide_units = [index + before for before, index in enumerate(wide)]

    def units(self, index: int) -> int:
        """The UTF-16 position of a character index, which must lie in the text."""
        return index + bisect_left(self._wide, index)

    def index(self, position: int) -> int:
        """The character index of a UTF-16 position; NotABoundary when it is outside or inside a character."""
        before = bisect_left(self._wide_units, position)
        if before and self._wide_units[before - 1] == position - 1:
            raise NotABoundary(position)
        index = position - before
        if not 0 <= index <= self._length:
            raise NotABoundary(position)
        return index
