"""What stands in the way of "ready for review": everything that is left to do in the note, in order, to jump to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from visit.blanks import FieldKind, fields
from visit.document import VisitDocument
from visit.indexes import utf16_length
from visit.marks import PlacedMark
from visit.questions import OpenQuestion, open_questions
from visit.sections import SECTIONS, mixed_sections
from visit.templates import Template, with_others


class ObstacleKind(StrEnum):
    """Why a note is not ready."""

    BLANK = "blank"
    REQUIRED_LIST = "required_list"
    UNHEARD_FINDING = "unheard_finding"
    UNTOUCHED_CARRIED_TEXT = "untouched_carried_text"
    MISSING_SECTION = "missing_section"
    MIXED_SECTION = "mixed_section"
    """It may not stand beside the combined assessment and plan (`visit.sections.mixed_sections`)."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing left to do, at UTF-16 units [start, end) of a section.

    A missing section has it at (0, 0), a mixed one over all of its text.
    """

    kind: ObstacleKind
    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is left, in the note's order, and the open questions, which do not block."""

    obstacles: tuple[Obstacle, ...]
    questions: tuple[OpenQuestion, ...]

    @property
    def ready(self) -> bool:
        """Whether the note may be sent for review, open questions or not."""
        return not self.obstacles


Unfilled = tuple[ObstacleKind, int, int]
"""BLANK or REQUIRED_LIST, and its UTF-16 units [start, end)."""


def unfilled(text: str) -> list[Unfilled]:
    """The blanks and the required pick lists of a text that nobody filled, in order."""
    kinds = {FieldKind.BLANK: ObstacleKind.BLANK, FieldKind.LIST: ObstacleKind.REQUIRED_LIST}
    return [(kinds[field.kind], field.start, field.end) for field in fields(text) if not field.optional]


REQUIRED = tuple(section.key for section in SECTIONS if section.required)
ORDER = tuple(section.key for section in SECTIONS)


@dataclass(frozen=True, slots=True)
class NoteRules:
    """What a note has to be: the order of its sections, those it must not lack, and how unfilled places are found."""

    order: Sequence[str] = ORDER
    required: Iterable[str] = REQUIRED
    find_unfilled: Callable[[str], list[Unfilled]] = unfilled


def rules_of(template: Template) -> NoteRules:
    """What a note by that template has to be."""
    required = tuple(section.key for section in template.sections if section.required)
    return NoteRules(with_others(template.keys, ORDER), required)


def readiness(
    texts: Mapping[str, str], marks: Mapping[str, list[PlacedMark]], rules: NoteRules | None = None
) -> Readiness:
    """What is left to do in a note of those section texts and marks (as `VisitDocument.marks` gives them).

    A section outside the rules' order is looked at after them: nothing is hidden by a layout.
    """
    rules = rules or NoteRules()
    obstacles: list[Obstacle] = []
    questions: list[OpenQuestion] = []
    mixed = mixed_sections(texts)
    for section in dict.fromkeys((*rules.order, *ORDER, *texts)):
        text = texts.get(section, "")
        if section in rules.required and not text.strip():
            obstacles.append(Obstacle(ObstacleKind.MISSING_SECTION, section, 0, 0))
        if section in mixed:
            obstacles.append(Obstacle(ObstacleKind.MIXED_SECTION, section, 0, utf16_length(text)))
        left = [*rules.find_unfilled(text), *_unconfirmed(marks.get(section, []))]
        left.sort(key=lambda found: (found[1], found[2]))
        obstacles.extend(Obstacle(kind, section, start, end) for kind, start, end in left)
        questions.extend(open_questions(section, text, marks.get(section, [])))
    return Readiness(tuple(obstacles), tuple(questions))


def readiness_of(document: VisitDocument, rules: NoteRules | None = None) -> Readiness:
    """What is left to do in a visit's note."""
    texts = document.texts()
    return readiness(texts, {section: document.marks(section) for section in texts}, rules)


def _unconfirmed(marks: list[PlacedMark]) -> list[Unfilled]:
    found = [(ObstacleKind.UNHEARD_FINDING, mark.start, mark.end) for mark in marks if mark.unheard]
    found += [(ObstacleKind.UNTOUCHED_CARRIED_TEXT, mark.start, mark.end) for mark in marks if mark.untouched]
    return found
