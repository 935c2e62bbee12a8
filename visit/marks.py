"""Marks: ranges of the note's text with what is known of them, anchored to the characters themselves.

A mark names the characters that it was set on by their ids and covers all from the first to the last of them that is
still there: what is typed inside belongs to it, what is typed at its edges does not. Undo brings deleted characters
back under new ids; the document keeps a record of which became which, so that every replica finds its marks again.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, TypeAdapter, ValidationError

from visit.indexes import utf16_length, utf16_to_utf8
from visit.provenance import AnyProvenance, Carried, Finding, Provenance, heard, reviewed
from visit.roots import SECTION_ROOT, TEXT_ROOTS
from visit.sequence import Placed, Sequences, Span, join_spans
from visit.time_anchor import TimeAnchor
from visit.update_format import Kind, Update
from wire.base import DEFERRED, Count, Line, Model

MAX_SPANS = 500
"""So many pieces of text does a mark name; of more only the outermost."""
_MOST_STEPS = 20_000
"""So many restored pieces are followed in a document: honest ones have a few hundred, a hostile one no end."""
_LOW_SURROGATES = frozenset(bytes([first]) for first in range(0xDC, 0xE0))

_Client = Annotated[int, Field(gt=0, lt=2**53)]
_Length = Annotated[int, Field(gt=0, lt=2**31)]
_Restored = tuple[tuple[_Client, Count, _Length, _Client, Count], ...]
"""Client, first clock and length of what was deleted; client and first clock of what stands for it now."""
_RESTORED: TypeAdapter[_Restored] = TypeAdapter(_Restored, config=DEFERRED)


class Mark(Model):
    """A mark's value in the document, replaced whole."""

    section: Line
    spans: Annotated[tuple[tuple[_Client, Count, _Length], ...], Field(min_length=1, max_length=MAX_SPANS)]
    complete: bool = True
    """Whether the spans name every character that it was set on."""
    provenance: AnyProvenance

    @classmethod
    def on(cls, section: str, spans: Iterable[Span], provenance: Provenance) -> Self:
        """A mark on those characters."""
        joined = join_spans(spans)
        kept = joined if len(joined) <= MAX_SPANS else joined[: MAX_SPANS // 2] + joined[-MAX_SPANS // 2 :]
        return cls(section=section, spans=kept, complete=kept == joined, provenance=provenance)


@dataclass(frozen=True, slots=True)
class PlacedMark:
    """A mark where it stands now: UTF-16 units [start, end) of its section, never empty."""

    id: str
    start: int
    end: int
    provenance: Provenance
    edited: bool
    """Whether its text is known to be other than when it was marked: something went, or came in between."""

    @property
    def unheard(self) -> bool:
        """Whether it is a macro's finding that nobody has confirmed."""
        return isinstance(self.provenance, Finding) and self.provenance.heard_ms is None

    @property
    def untouched(self) -> bool:
        """Whether it is carried text that was neither edited nor confirmed."""
        return isinstance(self.provenance, Carried) and not self.provenance.reviewed and not self.edited


@dataclass(frozen=True, slots=True)
class MarkedPart:
    """Units [start, end) of a new text, and where they come from."""

    start: int
    end: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text that comes with marks, as a macro, an answer or carried text does; ValueError when one does not fit."""

    text: str
    parts: tuple[MarkedPart, ...] = ()

    def __post_init__(self) -> None:
        for part in self.parts:
            utf16_to_utf8(self.text, part.start)
            utf16_to_utf8(self.text, part.end)
            if part.start >= part.end:
                raise ValueError("empty part")

    @classmethod
    def whole(cls, text: str, provenance: Provenance) -> Self:
        """All of it comes from there."""
        return cls(text, (MarkedPart(0, utf16_length(text), provenance),) if text else ())


def marks_at(marks: Iterable[PlacedMark], position: int) -> list[PlacedMark]:
    """The marks on the unit at a position, as to show what is known of it: the narrowest first."""
    return sorted((mark for mark in marks if mark.start <= position < mark.end), key=lambda mark: mark.end - mark.start)


def copied(text: str, marks: Iterable[PlacedMark], start: int, end: int) -> MarkedText:
    """Units [start, end) of a section's text with their marks: moving text makes nothing heard or reviewed."""
    part = text.encode()[utf16_to_utf8(text, start) : utf16_to_utf8(text, end)].decode()
    parts = []
    for mark in marks:
        first, last = max(mark.start, start) - start, min(mark.end, end) - start
        provenance = mark.provenance
        if isinstance(provenance, Carried) and mark.edited:
            provenance = reviewed(provenance)
        if first < last:
            parts.append(MarkedPart(first, last, provenance))
    return MarkedText(part, tuple(parts))


def heard_changes(marks: Iterable[PlacedMark], at: TimeAnchor) -> list[tuple[str, Finding]]:
    """What confirms those of the marks that are unheard findings: mark ids, and what they then say."""
    return [
        (mark.id, heard(mark.provenance, at))
        for mark in marks
        if isinstance(mark.provenance, Finding) and mark.provenance.heard_ms is None
    ]


def reviewed_changes(marks: Iterable[PlacedMark]) -> list[tuple[str, Carried]]:
    """What confirms those of the marks that are carried text, as it stands."""
    return [
        (mark.id, reviewed(mark.provenance))
        for mark in marks
        if isinstance(mark.provenance, Carried) and not mark.provenance.reviewed
    ]


def restored_in(undone: Update) -> dict[str, str]:
    """What an undo step's own update brought back, as entries of the root `restored`.

    Undo puts the new characters directly before those that they stand for, and so names them as right neighbours.
    """
    found = [
        (*struct.right_origin, struct.length, struct.client, struct.clock)
        for struct, begin in undone.taken
        if struct.kind is Kind.STRING and struct.right_origin is not None and begin == struct.clock
    ]
    parts = (found[first : first + MAX_SPANS] for first in range(0, len(found), MAX_SPANS))
    return {f"{part[0][3]}:{part[0][4]}": _RESTORED.dump_json(tuple(part)).decode() for part in parts}


class MarkBook:
    """What a document's marks and restored characters say, read from their opaque values.

    A value that cannot be read (another program's, a hostile one) stays in the document and marks nothing.
    """

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self._restored: dict[str, _Restored] = {}
        self._images: _Images | None = None
        self._spans: dict[str, list[Span]] = {}

    def take_marks(self, values: Mapping[str, str | None]) -> set[str]:
        """Note new values of marks, None for one that is gone; the sections that it concerns."""
        concerned: set[str] = set()
        for mark_id, value in values.items():
            self._spans.pop(mark_id, None)
            before = self._marks.pop(mark_id, None)
            mark = _read_mark(value) if value is not None else None
            if mark is not None:
                self._marks[mark_id] = mark
            concerned.update(known.section for known in (before, mark) if known is not None)
        return concerned

    def take_restored(self, values: Mapping[str, str | None]) -> set[str]:
        """Note which characters came back under new ids; the sections with marks, which it may concern."""
        for key, value in values.items():
            self._restored.pop(key, None)
            restored = _read_restored(value) if value is not None else None
            if restored is not None:
                self._restored[key] = restored
        self._images = None
        self._spans.clear()
        return {mark.section for mark in self._marks.values()}

    def mark(self, mark_id: str) -> Mark | None:
        """A mark's value, wherever its text is."""
        return self._marks.get(mark_id)

    def has_marks(self, section: str) -> bool:
        """Whether a section has marks, on text that is there or not."""
        return any(mark.section == section for mark in self._marks.values())

    def placed(self, section: str, text: str, sequences: Sequences) -> list[PlacedMark]:
        """The section's marks on text that is there, in text order."""
        units = text.encode("utf-16-le")
        found = []
        for mark_id, mark in self._marks.items():
            if mark.section == section:
                place = sequences.place(SECTION_ROOT + section, self._spans_of(mark_id, mark))
                if place is not None:
                    found.append(_placed_mark(mark_id, mark, place, units))
        return sorted(found, key=lambda mark: (mark.start, mark.end, mark.id))

    def _spans_of(self, mark_id: str, mark: Mark) -> list[Span]:
        """The characters that it was set on and what stands for them now."""
        if mark_id not in self._spans:
            if self._images is None:
                self._images = _Images(self._restored)
            self._spans[mark_id] = self._images.follow(mark.spans)
        return self._spans[mark_id]


class _Images:
    """Deleted characters and those that stand for them now."""

    def __init__(self, restored: Mapping[str, _Restored]) -> None:
        self._pieces: dict[int, list[tuple[int, int, int, int]]] = {}
        """Client to (first clock, length, new client, new first clock), by clock."""
        self._longest = max((piece[2] for pieces in restored.values() for piece in pieces), default=0)
        self._steps = _MOST_STEPS
        for pieces in restored.values():
            for client, *piece in pieces:
                self._pieces.setdefault(client, []).append((piece[0], piece[1], piece[2], piece[3]))
        for found in self._pieces.values():
            found.sort()

    def follow(self, spans: Iterable[Span]) -> list[Span]:
        """The spans, and all that stands for a part of them."""
        found = list(dict.fromkeys(spans))
        seen = set(found)
        for span in found:  # it grows meanwhile
            for image in self._of(*span):
                if image not in seen and self._steps > 0:
                    self._steps -= 1
                    seen.add(image)
                    found.append(image)
        return found

    def _of(self, client: int, clock: int, length: int) -> Iterator[Span]:
        pieces = self._pieces.get(client, [])
        for index in range(bisect_right(pieces, (clock - self._longest,)), len(pieces)):
            first, size, new_client, new_clock = pieces[index]
            if first >= clock + length:
                break
            low, high = max(first, clock), min(first + size, clock + length)
            if low < high:
                yield new_client, new_clock + low - first, high - low


def _placed_mark(mark_id: str, mark: Mark, place: Placed, units: bytes) -> PlacedMark:
    """It never begins or ends inside a character, whatever its value says."""
    start = place.start - 1 if _second_half(units, place.start) else place.start
    end = place.end + 1 if _second_half(units, place.end) else place.end
    set_on = sum(length for _, _, length in mark.spans)
    edited = mark.complete and not place.units == place.end - place.start == set_on
    return PlacedMark(mark_id, start, end, mark.provenance, edited)


def _second_half(units: bytes, position: int) -> bool:
    return units[2 * position + 1 : 2 * position + 2] in _LOW_SURROGATES


def _read_mark(value: str) -> Mark | None:
    try:
        mark = Mark.model_validate_json(value)
    except ValidationError:
        return None
    return mark if SECTION_ROOT + mark.section in TEXT_ROOTS else None


def _read_restored(value: str) -> _Restored | None:
    try:
        return _RESTORED.validate_json(value)
    except ValidationError:
        return None
