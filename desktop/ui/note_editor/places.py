"""Where sections lie in the one text: positions count UTF-16 units from the note's beginning. Knows no Qt."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from visit.indexes import utf16_length


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section as a note shows it: its key in the document, its heading, and whether a note may lack it."""

    key: str
    heading: str
    required: bool


@dataclass(frozen=True, slots=True)
class Caret:
    """A place in the note that stays the same whatever order the sections are shown in."""

    section: str
    position: int


@dataclass(frozen=True, slots=True)
class Part:
    """What of a range lies in one section's text: the section's number, and note positions [start, end)."""

    index: int
    start: int
    end: int


class Places:
    """Each section is a heading line and its text; between neighbours stands one paragraph end."""

    def __init__(self, sections: Sequence[ShownSection], lengths: Sequence[int]) -> None:
        """`lengths` are the texts' lengths, in the order of the sections."""
        self.sections = tuple(sections)
        self._heads = [utf16_length(section.heading) for section in sections]
        self._starts: list[int] = []
        self.end = -1
        for head, length in zip(self._heads, lengths, strict=True):
            self._starts.append(self.end + 1)
            self.end += 1 + head + 1 + length
        self._index = {section.key: number for number, section in enumerate(self.sections)}

    def index(self, key: str) -> int | None:
        """A section's number; None when it is not shown."""
        return self._index.get(key)

    def index_at(self, position: int) -> int:
        """The section that a position belongs to, its heading included."""
        return max(0, bisect_right(self._starts, position) - 1)

    def heading(self, index: int) -> int:
        """Where a section's heading line begins."""
        return self._starts[index]

    def body(self, index: int) -> tuple[int, int]:
        """Where a section's text begins and ends."""
        start = self._starts[index] + self._heads[index] + 1
        return start, self._starts[index + 1] - 1 if index + 1 < len(self._starts) else self.end

    def in_heading(self, position: int) -> bool:
        """Whether a position lies in a heading line."""
        return position < self.body(self.index_at(position))[0]

    def in_one_text(self, start: int, end: int) -> bool:
        """Whether a range lies within the text of one section."""
        first, last = self.body(self.index_at(start))
        return first <= start and end <= last

    def parts(self, start: int, end: int) -> list[Part]:
        """The texts that a range reaches into, in the note's order; headings between them are left out."""
        found = []
        for index in range(self.index_at(start), self.index_at(end) + 1):
            first, last = self.body(index)
            low, high = max(start, first), min(end, last)
            if low <= high:
                found.append(Part(index, low, high))
        return found

    def caret(self, position: int) -> Caret:
        """A position as section and place in it; a heading counts as its text's beginning."""
        index = self.index_at(position)
        first, last = self.body(index)
        return Caret(self.sections[index].key, max(0, min(position, last) - first))

    def position(self, caret: Caret) -> int:
        """Where a place is now, or the nearest to it; the note's first text when its section is not shown."""
        first, last = self.body(self._index.get(caret.section, 0))
        return min(first + max(0, caret.position), last)

    def resize(self, index: int, by: int) -> None:
        """A section's text became so many units longer."""
        self._starts[index + 1 :] = [start + by for start in self._starts[index + 1 :]]
        self.end += by
