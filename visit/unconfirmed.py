"""What of a note nobody has confirmed: unheard findings and untouched carried text, to go to one after the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from visit.marks import PlacedMark

Marked = Sequence[tuple[str, list[PlacedMark]]]
"""Sections in the order on the screen, each with its marks."""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """One mark that waits, and its section."""

    section: str
    mark: PlacedMark


def waits(mark: PlacedMark) -> bool:
    """Whether somebody still has to confirm it."""
    return mark.unheard or mark.untouched


def waiting_in(marks: Iterable[PlacedMark], start: int, end: int) -> list[PlacedMark]:
    """Those that wait and share a unit with [start, end), or that a caret (start == end) stands in or right behind.

    A caret means one mark alone, the narrowest, and rather one that it stands in.
    """
    waiting = [mark for mark in marks if waits(mark)]
    if start < end:
        return [mark for mark in waiting if mark.start < end and start < mark.end]
    for place in (start, start - 1):
        inside = [mark for mark in waiting if mark.start <= place < mark.end]
        if inside:
            return [min(inside, key=lambda mark: mark.end - mark.start)]
    return []


def next_unconfirmed(marked: Marked, section: str, position: int) -> Unconfirmed | None:
    """The first that begins behind a position, over the sections in their order and round to the start again."""
    here, found = _places(marked, section)
    after = [one for at, one in found if at > here or (at == here and one.mark.start > position)]
    every = after or [one for _, one in found]
    return every[0] if every else None


def previous_unconfirmed(marked: Marked, section: str, position: int) -> Unconfirmed | None:
    """The last that begins before a position, and round."""
    here, found = _places(marked, section)
    before = [one for at, one in found if at < here or (at == here and one.mark.start < position)]
    every = before or [one for _, one in found]
    return every[-1] if every else None


def _places(marked: Marked, section: str) -> tuple[int, list[tuple[int, Unconfirmed]]]:
    here = next((at for at, (key, _) in enumerate(marked) if key == section), 0)
    return here, [
        (at, Unconfirmed(key, mark)) for at, (key, marks) in enumerate(marked) for mark in marks if waits(mark)
    ]
