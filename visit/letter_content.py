"""A letter as it is sent and signed: made alike by the gateway and the laptop of the same fields, people and note."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from visit.canonical import canonical_sha256
from visit.letters import (
    Letter,
    LetterHead,
    LetterProblem,
    Referral,
    WorkNote,
    discharge_instructions,
    referral_letter,
    work_note,
)
from wire.letters import DischargeFields, LetterBlock, LetterContent, LetterFields, LetterKind, ReferralFields
from wire.orders import Priority
from wire.visits import Patient

URGENCY = {
    Priority.ROUTINE: "Routine",
    Priority.URGENT: "Urgent",
    Priority.ASAP: "As soon as possible",
    Priority.STAT: "Immediately",
}
"""As it stands in a referral; a letter is in English, as the note's headings are."""


@dataclass(frozen=True, slots=True)
class PracticeHead:
    """Whose letters these are, and in which zone the day of a visit is."""

    name: str
    phone: str
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class LetterName:
    """Which version of which letter of which visit."""

    visit_id: str
    letter_id: str
    version: int


def letter_head(practice: PracticeHead, patient: Patient, provider: str, scheduled_at: datetime) -> LetterHead:
    """Who writes about whom, and of which day's visit; `scheduled_at` in any zone."""
    return LetterHead(
        practice=practice.name,
        phone=practice.phone,
        provider=provider,
        patient=patient.name,
        birth_date=patient.birth_date,
        visit_date=scheduled_at.astimezone(practice.zone).date(),
    )


def letter_content(
    name: LetterName, fields: LetterFields, head: LetterHead, texts: Mapping[str, str]
) -> LetterContent | LetterProblem:
    """The whole letter that these fields make of the note's texts by section, or why none is made."""
    made = _letter(fields, head, texts)
    if isinstance(made, LetterProblem):
        return made
    return LetterContent(
        visit_id=name.visit_id,
        letter_id=name.letter_id,
        version=name.version,
        kind=made.kind,
        title=made.title,
        blocks=tuple(LetterBlock(heading=block.heading, paragraphs=block.paragraphs) for block in made.blocks),
        signer=made.signer,
    )


def letter_sha256(content: LetterContent) -> str:
    """SHA-256 of the letter's canonical form (RFC 8785): what its signature names."""
    return canonical_sha256(content)


def _letter(fields: LetterFields, head: LetterHead, texts: Mapping[str, str]) -> Letter | LetterProblem:
    match fields:
        case DischargeFields(sections=sections):
            return discharge_instructions(head, texts, sections)
        case ReferralFields():
            asked = Referral(fields.to, fields.question, URGENCY[fields.urgency], fields.sections)
            return referral_letter(head, asked, texts)
        case _:
            return work_note(
                head,
                WorkNote(
                    for_school=fields.kind is LetterKind.SCHOOL_NOTE,
                    excused_from=fields.excused_from,
                    excused_to=fields.excused_to,
                    may_return=fields.may_return,
                    restrictions=fields.restrictions,
                    no_gym_until=fields.no_gym_until,
                    diagnosis=fields.diagnosis,
                ),
            )
