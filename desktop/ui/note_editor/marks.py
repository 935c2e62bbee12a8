"""Ranges of a section's text that look or mean something: others' words, and where a statement comes from."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QTextCharFormat


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands beside a mark's text in words: a sign in the margin of its lines, a tag behind its last one."""

    sign: str = ""
    tag: str = ""
    hears: int | None = None
    """Milliseconds into the visit that a click on the tag plays again."""
    waits: bool = False
    """Whether somebody still has to confirm it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of a section's text (UTF-16 units), how it looks, and what is said of it to eyes and screen readers."""

    start: int
    length: int
    look: QTextCharFormat
    tooltip: str = ""
    signs: "Signs | None" = None

    @property
    def end(self) -> int:
        """Behind its last unit."""
        return self.start + self.length


class Marks:
    """The marks of one section, in order of their beginning; they follow the text as it changes."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._marks = sorted((mark for mark in marks if mark.length > 0), key=_start)
        self._longest = max((mark.length for mark in self._marks), default=0)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._marks)

    def between(self, start: int, end: int) -> list[Mark]:
        """Those that share a unit with [start, end)."""
        first = bisect_left(self._marks, start - self._longest, key=_start)
        last = bisect_left(self._marks, end, key=_start)
        return [mark for mark in self._marks[first:last] if mark.end > start]

    def touching(self, start: int, end: int) -> list[Mark]:
        """Those that share a unit with [start, end), or stand right beside it."""
        return self.between(start - 1, end + 1)

    def shift(self, start: int, removed: int, added: int) -> None:
        """The text changed: what is typed beside a mark is not in it, what is typed inside it is."""
        first = bisect_left(self._marks, start - self._longest, key=_start)
        moved = (_moved(mark, start, removed, added) for mark in self._marks[first:])
        kept = [mark for mark in moved if mark.length > 0]
        self._marks[first:] = kept
        self._longest = max(self._longest, max((mark.length for mark in kept), default=0))

    def said_at(self, position: int) -> str:
        """What is said of the unit at a position; empty where nothing is."""
        return ". ".join(dict.fromkeys(mark.tooltip for mark in self.between(position, position + 1) if mark.tooltip))


def _start(mark: Mark) -> int:
    return mark.start


def _moved(mark: Mark, start: int, removed: int, added: int) -> Mark:
    end = start + removed
    if mark.end <= start:
        return mark
    if mark.start >= end:
        return _placed(mark, mark.start + added - removed, mark.length)
    if mark.start < start and end < mark.end:
        return _placed(mark, mark.start, mark.length + added - removed)
    if mark.start < start:  # its end was replaced
        return _placed(mark, mark.start, start - mark.start)
    if end < mark.end:  # its beginning was replaced
        return _placed(mark, start + added, mark.end - end)
    return _placed(mark, start, 0)


def _placed(mark: Mark, start: int, length: int) -> Mark:
    return Mark(start, length, mark.look, mark.tooltip, mark.signs)
