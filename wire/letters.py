"""Letters that are made from a note for somebody else: what a scribe fills in, and the whole that a provider signs."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wire.base import MAX_TEXT_CHARS, Count, Id, Line, Model
from wire.orders import Priority

MAX_LETTER_CHARS = 40_000
"""A dozen printed pages: no letter's whole text is longer."""
Sections = Annotated[tuple[Line, ...], Field(max_length=60)]
"""Keys of the note's sections that are taken over word for word."""


class LetterKind(StrEnum):
    """What is made of a note."""

    WORK_NOTE = "work_note"
    SCHOOL_NOTE = "school_note"
    DISCHARGE_INSTRUCTIONS = "discharge_instructions"
    REFERRAL = "referral"


class LetterState(StrEnum):
    """Where a letter stands. A scribe sends and withdraws it; only a provider returns or signs it."""

    SENT = "sent"
    RETURNED = "returned"
    SIGNED = "signed"
    WITHDRAWN = "withdrawn"


class WorkNoteFields(Model):
    """A note for work or school: the absence, the return, what is restricted. `diagnosis` is the patient's wish."""

    kind: Literal[LetterKind.WORK_NOTE, LetterKind.SCHOOL_NOTE]
    excused_from: date | None = None
    excused_to: date | None = None
    may_return: date | None = None
    restrictions: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    no_gym_until: date | None = None
    diagnosis: Line = ""


class DischargeFields(Model):
    """Discharge instructions: which sections of the note the patient takes home."""

    kind: Literal[LetterKind.DISCHARGE_INSTRUCTIONS] = LetterKind.DISCHARGE_INSTRUCTIONS
    sections: Sections


class ReferralFields(Model):
    """A referral: to whom, what is asked, how soon, and which sections of the note go with it."""

    kind: Literal[LetterKind.REFERRAL] = LetterKind.REFERRAL
    to: Line
    question: Annotated[str, Field(max_length=MAX_TEXT_CHARS)]
    urgency: Priority = Priority.ROUTINE
    sections: Sections


LetterFields = Annotated[WorkNoteFields | DischargeFields | ReferralFields, Field(discriminator="kind")]


class LetterBlock(Model):
    """Paragraphs under a heading; an empty heading has none."""

    heading: Line
    paragraphs: tuple[str, ...]


class LetterContent(Model):
    """What a letter's signature covers: exactly what is shown and printed, and which letter of which visit it is."""

    format: Line = "alcove.letter/1"
    visit_id: Id
    letter_id: Id
    version: Count
    kind: LetterKind
    title: Line
    blocks: tuple[LetterBlock, ...]
    signer: tuple[Line, ...]
    """The lines that stand over the signature."""
