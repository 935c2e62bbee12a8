"""How it looks and what is said of where a statement comes from: a tint or a line, and always a word or a sign."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from PySide6.QtGui import QColor, QTextCharFormat

from desktop.ui.note_editor.marks import Mark, Signs
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.marks import PlacedMark
from visit.provenance import Carried, Chart, ChatAnswer, Finding, FromTemplate, Heard, Provenance, Question, describe
from visit.time_anchor import TimeAnchor

NOT_HEARD, NOT_REVIEWED = "◌", "↺"


@dataclass(frozen=True, slots=True)
class SourceLooks:
    """The looks of one appearance: what nobody heard yet, carried text that nobody touched, and all the rest."""

    not_heard: QTextCharFormat
    not_reviewed: QTextCharFormat
    quiet: QTextCharFormat
    none: QTextCharFormat

    @classmethod
    def of(cls, tokens: Tokens) -> Self:
        """In its colours; each has another kind of line, so that no colour is needed to tell them apart."""
        style = QTextCharFormat.UnderlineStyle
        not_heard = _lined(style.DotLine, tokens.warn)
        not_heard.setBackground(QColor(tokens.warn_soft))
        not_reviewed = _lined(style.DashDotLine, tokens.accent)
        not_reviewed.setBackground(QColor(tokens.accent_soft))
        return cls(not_heard, not_reviewed, _lined(style.SingleUnderline, tokens.edge), QTextCharFormat())


def _lined(style: QTextCharFormat.UnderlineStyle, colour: str) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setUnderlineStyle(style)
    made.setUnderlineColor(QColor(colour))
    return made


def source_marks(placed: Iterable[PlacedMark], looks: SourceLooks, *, every: bool) -> list[Mark]:
    """The marks of a section for the editor. Those that wait are always seen, the others only when `every` one is."""
    return [_source_mark(mark, looks, every=every) for mark in placed]


def _source_mark(mark: PlacedMark, looks: SourceLooks, *, every: bool) -> Mark:
    length, words = mark.end - mark.start, source_words(mark)
    hears = heard_ms(mark.provenance)
    if mark.unheard:
        signs = Signs(NOT_HEARD, say("source.tag.finding"), waits=True)
        return Mark(mark.start, length, looks.not_heard, words, signs)
    if mark.untouched:
        signs = Signs(NOT_REVIEWED, _tag(mark.provenance), waits=True)
        return Mark(mark.start, length, looks.not_reviewed, words, signs)
    shown = every and not isinstance(mark.provenance, Question)  # a question is drawn as one
    signs = Signs(tag=_tag(mark.provenance) if shown else "", hears=hears)
    return Mark(mark.start, length, looks.quiet if shown else looks.none, words, signs)


def source_words(mark: PlacedMark) -> str:
    """Where a mark's text comes from, in a sentence."""
    found = describe(mark.provenance)
    if isinstance(mark.provenance, Carried) and found.open and mark.edited:
        return say("source.carried.touched", **found.values)
    said = say(f"source.{found.key}", **found.values)
    return say("source.edited", said=said) if mark.edited and not found.open else said


def heard_ms(provenance: Provenance) -> int | None:
    """When it was heard, in milliseconds since the room's first Start; None when it was not."""
    match provenance:
        case Heard(at_ms=at_ms):
            return at_ms
        case Finding(heard_ms=at_ms):
            return at_ms
        case _:
            return None


def _tag(provenance: Provenance) -> str:
    """A word or two, to stand at the end of a line."""
    match provenance:
        case Heard(at_ms=at_ms, speaker=speaker):
            return say("source.tag.heard", time=TimeAnchor(at_ms), who=say(f"source.who.{speaker}"))
        case Finding(heard_ms=int(at_ms)):
            return say("source.tag.heard", time=TimeAnchor(at_ms), who=say("source.who.provider"))
        case Carried(dated=dated):
            return say("source.tag.carried", date=dated.isoformat())
        case Chart(dated=dated):
            return say("source.tag.chart", date=dated.isoformat())
        case ChatAnswer():
            return say("source.tag.chat_answer")
        case FromTemplate():
            return say("source.tag.template")
        case _:
            return ""
