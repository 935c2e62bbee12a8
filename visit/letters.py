"""Documents made from a note for somebody else: work or school note, discharge instructions, referral letter.

Pure builders: they give blocks of text in order; what is sent and signed of it is visit/letter_content.py's. A letter
with a blank left in it is not made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from visit.forms import is_open
from visit.sections import SECTION_BY_KEY, mixed_sections
from wire.letters import MAX_LETTER_CHARS, LetterKind

REFERRAL_SECTIONS = (
    "hpi",
    "past_medical_history",
    "procedures",
    "medications",
    "allergies",
    "vital_signs",
    "physical_exam",
    "results",
    "assessment",
    "assessment_and_plan",
    "plan_of_treatment",
)
"""What a referral letter takes from the note unless told otherwise: nothing of mental status, risks or safety plan."""
DISCHARGE_SECTIONS = ("instructions", "medical_equipment")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class LetterProblem(StrEnum):
    """Why a letter is not made."""

    NO_DATES = "no_dates"
    DATES_BACKWARDS = "dates_backwards"
    BLANK_LEFT = "blank_left"
    NOTHING_WRITTEN = "nothing_written"
    UNKNOWN_SECTION = "unknown_section"
    MIXED_ASSESSMENT = "mixed_assessment"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class LetterHead:
    """Who writes about whom, and of which visit."""

    practice: str
    phone: str
    provider: str
    """With credentials, as it stands over the signature."""
    patient: str
    birth_date: date
    visit_date: date


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs under a heading; an empty heading has none."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter before its signature: title, blocks in order, and the lines that stand over the signature."""

    kind: LetterKind
    title: str
    blocks: tuple[Block, ...]
    signer: tuple[str, ...]

    def plain_text(self) -> str:
        """All of it as plain text."""
        parts = [self.title.upper()]
        for block in self.blocks:
            parts.append("\n".join([*([block.heading] if block.heading else []), *block.paragraphs]))
        return "\n\n".join([*parts, "\n".join(self.signer)]) + "\n"


@dataclass(frozen=True, slots=True)
class WorkNote:
    """An absence and what is allowed after it. `diagnosis` stays empty unless the patient wants it named."""

    for_school: bool = False
    excused_from: date | None = None
    excused_to: date | None = None
    """The last excused day; None: the first one alone."""
    may_return: date | None = None
    restrictions: tuple[str, ...] = ()
    no_gym_until: date | None = None
    diagnosis: str = ""


@dataclass(frozen=True, slots=True)
class Referral:
    """To whom, and what is asked."""

    to: str
    question: str
    urgency: str = "Routine"
    sections: tuple[str, ...] = REFERRAL_SECTIONS


def work_note(head: LetterHead, note: WorkNote) -> Letter | LetterProblem:
    """A note for work or school: that the patient was seen, the absence, the return, what is restricted.

    It takes nothing from the note's sections and not the birth date, so that no diagnosis can slip in.
    """
    problem = _date_problem(note)
    if problem is not None:
        return problem
    seen = f"{head.patient} was seen at {head.practice} on {written_date(head.visit_date)}."
    blocks = [Block("", (seen, *_absence(note)))]
    restrictions = [line.strip() for line in note.restrictions if line.strip()]
    if note.no_gym_until is not None:
        restrictions.append(f"No gym or sports until {written_date(note.no_gym_until)}.")
    if restrictions:
        blocks.append(Block("Restrictions", tuple(restrictions)))
    if note.diagnosis.strip():
        blocks.append(Block("Diagnosis, named at the patient's wish", (note.diagnosis.strip(),)))
    kind = LetterKind.SCHOOL_NOTE if note.for_school else LetterKind.WORK_NOTE
    return _made(kind, "School note" if note.for_school else "Work note", blocks, head)


def discharge_instructions(
    head: LetterHead, texts: Mapping[str, str], sections: tuple[str, ...] = DISCHARGE_SECTIONS
) -> Letter | LetterProblem:
    """What the patient takes home: the note's instructions word for word."""
    blocks = _section_blocks(texts, sections)
    if isinstance(blocks, LetterProblem):
        return blocks
    kind = LetterKind.DISCHARGE_INSTRUCTIONS
    return _made(kind, "Discharge instructions", [_about(head), *blocks], head)


def referral_letter(head: LetterHead, referral: Referral, texts: Mapping[str, str]) -> Letter | LetterProblem:
    """A letter to a colleague: whom it is about, what is asked, and the note's sections word for word."""
    if not referral.to.strip() or not referral.question.strip():
        return LetterProblem.NOTHING_WRITTEN
    blocks = _section_blocks(texts, referral.sections)
    if isinstance(blocks, LetterProblem):
        return blocks
    asked = Block("Question", (referral.question.strip(), f"Urgency: {referral.urgency}."))
    opening = [Block("To", (referral.to.strip(),)), _about(head), asked]
    return _made(LetterKind.REFERRAL, "Referral", [*opening, *blocks], head)


def written_date(day: date) -> str:
    """A date in English words, whatever the computer's own language: `November 27, 2026`."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def _date_problem(note: WorkNote) -> LetterProblem | None:
    if note.excused_from is None:
        only_return = note.may_return is not None and note.excused_to is None
        return None if only_return else LetterProblem.NO_DATES
    last = note.excused_to or note.excused_from
    if last < note.excused_from or (note.may_return is not None and note.may_return <= last):
        return LetterProblem.DATES_BACKWARDS
    return None


def _absence(note: WorkNote) -> list[str]:
    where = "school" if note.for_school else "work"
    lines = []
    if note.excused_from is not None:
        first, last = written_date(note.excused_from), written_date(note.excused_to or note.excused_from)
        lines.append(
            f"Please excuse the absence from {where} {f'on {first}' if first == last else f'from {first} to {last}'}."
        )
    if note.may_return is not None:
        lines.append(f"May return to {where} on {written_date(note.may_return)}.")
    return lines


def _about(head: LetterHead) -> Block:
    born = written_date(head.birth_date)
    return Block("Patient", (f"{head.patient}, born {born}", f"Seen on {written_date(head.visit_date)}"))


def _section_blocks(texts: Mapping[str, str], sections: tuple[str, ...]) -> list[Block] | LetterProblem:
    """A block for each of those sections that holds text."""
    if any(key not in SECTION_BY_KEY for key in sections):
        return LetterProblem.UNKNOWN_SECTION
    taken = {key: texts.get(key, "").strip() for key in sections if texts.get(key, "").strip()}
    if not taken:
        return LetterProblem.NOTHING_WRITTEN
    if mixed_sections(taken):
        return LetterProblem.MIXED_ASSESSMENT
    return [Block(SECTION_BY_KEY[key].heading, tuple(text.splitlines())) for key, text in taken.items()]


def _made(kind: LetterKind, title: str, blocks: list[Block], head: LetterHead) -> Letter | LetterProblem:
    signer = tuple(line for line in (head.provider, head.practice, head.phone) if line)
    made = Letter(kind, title, tuple(blocks), signer)
    if is_open(made.plain_text()):
        return LetterProblem.BLANK_LEFT
    return LetterProblem.TOO_LONG if len(made.plain_text()) > MAX_LETTER_CHARS else made
