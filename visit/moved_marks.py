"""What is known of text that is moved or copied: inside a note, over several sections, or into another visit's note.

Moving text makes nothing heard or reviewed (`visit.marks.copied`).
"""

from collections.abc import Iterable, Sequence

from visit.blanks import Field, fields
from visit.indexes import utf16_length
from visit.marks import MarkedPart, MarkedText
from visit.provenance import Carried, Finding, FromTemplate, Provenance, Question
from visit.unit_map import UnitMap

MOST_PARTS = 12
"""A template's text with more pieces between its fields is marked as one: each mark costs the document some bytes."""


def put_together(pieces: Sequence[MarkedText], between: str = "\n") -> MarkedText:
    """Several texts as one, with something between neighbours."""
    parts: list[MarkedPart] = []
    at = 0
    for piece in pieces:
        parts += [MarkedPart(part.start + at, part.end + at, part.provenance) for part in piece.parts]
        at += utf16_length(piece.text) + utf16_length(between)
    return MarkedText(between.join(piece.text for piece in pieces), tuple(parts))


def elsewhere(marked: MarkedText, *, same_questions: bool = False) -> MarkedText:
    """The same text in another visit: what was heard, read or answered in this one says nothing there.

    Findings are unheard again, and carried text is not reviewed. Questions go along where they do in the record too.
    """
    kept = ((part, _elsewhere(part.provenance, same_questions=same_questions)) for part in marked.parts)
    parts = [MarkedPart(part.start, part.end, provenance) for part, provenance in kept if provenance is not None]
    return MarkedText(marked.text, tuple(parts))


def _elsewhere(provenance: Provenance, *, same_questions: bool) -> Provenance | None:
    match provenance:
        case Finding(macro_id=macro_id):
            return Finding(macro_id=macro_id)
        case Carried():
            return provenance.model_copy(update={"reviewed": False})
        case FromTemplate():
            return provenance
        case Question() if same_questions:
            return provenance
        case _:
            return None


def from_template(text: str, template_id: str) -> MarkedText:
    """A template's or phrase's text: its words are the template's, what is filled into its fields is not."""
    source = FromTemplate(template_id=template_id)
    units = UnitMap(text)
    found = [(start, end) for start, end in _between(fields(text), utf16_length(text)) if start < end]
    said = [piece for piece in found if any(map(str.isalnum, text[units.index(piece[0]) : units.index(piece[1])]))]
    if len(said) > MOST_PARTS:
        return MarkedText.whole(text, source)
    return MarkedText(text, tuple(MarkedPart(start, end, source) for start, end in said))


def _between(found: Iterable[Field], length: int) -> Iterable[tuple[int, int]]:
    at = 0
    for field in found:
        yield at, field.start
        at = field.end
    yield at, length
