"""What the provider's answers do to a note: each fills its question's gap once, or takes an earlier answer's place."""

from collections.abc import Mapping
from enum import StrEnum

from visit.document import VisitDocument
from visit.marks import PlacedMark
from visit.provenance import ChatAnswer, Question
from visit.questions import OpenQuestion, fill, gaps, left_out, may_have_gaps, open_questions
from visit.sections import SECTIONS


class Outcome(StrEnum):
    """What became of an answer in the note."""

    FILLED = "filled"
    ALREADY = "already"
    """It was put in before; that its words are gone since was somebody's will."""
    TOUCHED = "touched"
    """Somebody changed the words of an earlier answer, which stay until a person decides."""
    NOWHERE = "nowhere"
    """Its gap is gone, or was never in the note."""


def open_questions_in(document: VisitDocument) -> list[OpenQuestion]:
    """Every gap of a note with the question that is anchored there, in the catalogue's order."""
    found: list[OpenQuestion] = []
    for section in SECTIONS:
        text = document.text(section.key)
        if may_have_gaps(text):
            found.extend(open_questions(section.key, text, document.marks(section.key)))
    return found


def places(document: VisitDocument) -> dict[str, tuple[str, PlacedMark]]:
    """Where each question stands in the note: its open gap before an answer to it."""
    found: dict[str, tuple[str, PlacedMark]] = {}
    for section in SECTIONS:
        for mark in document.marks(section.key):
            match mark.provenance:
                case Question(question_id=question_id):
                    if gap_in(document.text(section.key), mark) is not None:
                        found[question_id] = (section.key, mark)
                case ChatAnswer(question_id=str(question_id)):
                    found.setdefault(question_id, (section.key, mark))
                case _:
                    pass
    return found


def gap_in(text: str, mark: PlacedMark) -> tuple[int, int] | None:
    """The units of the gap under a mark, or None."""
    if not may_have_gaps(text):
        return None
    return next(((gap.start, gap.end) for gap in gaps(text) if gap.start < mark.end and mark.start < gap.end), None)


def put_answer(
    document: VisitDocument, question_id: str, answer: str, message_id: str, *, again: bool = False
) -> Outcome:
    """Fill a question's gap with an answer, or replace an earlier answer whose words nobody touched.

    `again` is a person's word: what was put in before, and is gone since, is put in once more.
    """
    if document.answered_with(question_id) == message_id and not again:
        return Outcome.ALREADY
    found = places(document).get(question_id)
    if found is None:
        return Outcome.NOWHERE
    section, mark = found
    if isinstance(mark.provenance, ChatAnswer) and mark.edited:
        return Outcome.TOUCHED
    filled = fill(document.text(section), mark, answer, message_id)
    if filled is None:
        return Outcome.NOWHERE
    document.fill(section, filled, question_id, message_id)
    return Outcome.FILLED


def leave_out(document: VisitDocument, question_id: str) -> bool:
    """Take the sentence around a question's open gap out of the note; False when no gap of it is open."""
    found = leaving_out(document, question_id)
    if found is None:
        return False
    document.replace(found[0], found[1], found[2], "")
    return True


def leaving_out(document: VisitDocument, question_id: str) -> tuple[str, int, int] | None:
    """Section and units of what leaving a question out would take away; None when no gap of it is open."""
    for question in open_questions_in(document):
        if question.question_id == question_id:
            text = document.text(question.section)
            return question.section, *left_out(text, question.start, question.end)
    return None


def undecided(document: VisitDocument, newest: Mapping[str, str]) -> dict[str, Outcome]:
    """Of the newest answers (question id to message id) those of which a person may decide what the note says.

    FILLED: the answer would fill a gap that is open. TOUCHED: somebody changed the words of an earlier answer, and
    where those end is no longer known: they are changed by hand, or stay.
    """
    standing = places(document) if newest else {}
    found: dict[str, Outcome] = {}
    for question_id, message_id in newest.items():
        if question_id not in standing:
            continue
        mark = standing[question_id][1]
        if isinstance(mark.provenance, Question):
            found[question_id] = Outcome.FILLED
        elif mark.edited and document.answered_with(question_id) != message_id:
            found[question_id] = Outcome.TOUCHED
    return found
