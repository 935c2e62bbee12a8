"""A letter while it is filled in: what was typed, kept as it is, and what it becomes once every field can be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from visit.letters import DISCHARGE_SECTIONS, REFERRAL_SECTIONS
from visit.sections import SECTIONS
from wire.base import MAX_TEXT_CHARS, Count, Line, Model
from wire.letters import DischargeFields, LetterFields, LetterKind, ReferralFields, WorkNoteFields
from wire.orders import Priority

MAX_RESTRICTIONS = 20
MAX_LINE_CHARS = 300
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_US = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_AHEAD = re.compile(r"\+(\d{1,3})")
_LONG_AGO = timedelta(days=180)
_DAYS = ("excused_from", "excused_to", "may_return", "no_gym_until")
MAX_TYPED_CHARS = 20_000
Typed = Annotated[str, StringConstraints(max_length=MAX_TYPED_CHARS)]
"""More than any letter takes: what is too long is said, not cut."""
SECTIONS_OF = {LetterKind.DISCHARGE_INSTRUCTIONS: DISCHARGE_SECTIONS, LetterKind.REFERRAL: REFERRAL_SECTIONS}
"""What a letter takes from the note unless the scribe says otherwise."""


class LetterDraft(Model):
    """What stands in the form, for the letter that it becomes a version of. Days are kept as they were typed."""

    letter_id: Line
    base_version: Count = 0
    """The version of the letter that it replaces; 0: none."""
    kind: LetterKind | None = None
    excused_from: Line = ""
    excused_to: Line = ""
    may_return: Line = ""
    no_gym_until: Line = ""
    restrictions: Typed = ""
    """One a line."""
    diagnosis: Line = ""
    to: Line = ""
    question: Typed = ""
    urgency: Priority = Priority.ROUTINE
    sections: Annotated[tuple[Line, ...], Field(max_length=60)] | None = None
    """None: those that the kind takes by itself."""


class DraftProblem(StrEnum):
    """Why a draft is no letter yet."""

    NO_KIND = "no_kind"
    NOT_A_DAY = "not_a_day"
    TOO_MANY_LINES = "too_many_lines"
    LINE_TOO_LONG = "line_too_long"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Unfilled:
    """What is wrong with which field."""

    problem: DraftProblem
    field: str


def read_draft(untrusted_json: str) -> LetterDraft | None:
    """A kept draft; None when it is none of ours."""
    try:
        return LetterDraft.model_validate_json(untrusted_json)
    except ValidationError:
        return None


def fresh_draft(letter_id: str, visit_day: date, texts: Mapping[str, str]) -> LetterDraft:
    """A new letter's draft, with what the visit says already: its day, and the note's reason for a referral."""
    asked = texts.get("reason_for_referral", "").strip()
    return LetterDraft(letter_id=letter_id, excused_from=visit_day.isoformat(), question=asked[:MAX_TEXT_CHARS])


def draft_again(letter_id: str, version: int, fields: LetterFields) -> LetterDraft:
    """The draft that makes a sent letter once more, to be changed."""
    here: dict[str, object] = {"letter_id": letter_id, "base_version": version, "kind": fields.kind}
    match fields:
        case DischargeFields(sections=sections):
            here["sections"] = sections
        case ReferralFields():
            here |= {"to": fields.to, "question": fields.question}
            here |= {"urgency": fields.urgency, "sections": fields.sections}
        case _:
            here |= {day: chosen.isoformat() for day in _DAYS if (chosen := getattr(fields, day)) is not None}
            here |= {"restrictions": "\n".join(fields.restrictions), "diagnosis": fields.diagnosis}
    return LetterDraft.model_validate(here)


def draft_fields(draft: LetterDraft, visit_day: date, texts: Mapping[str, str]) -> LetterFields | Unfilled:
    """What the draft says, in the types of the wire; sections without text are left out."""
    match draft.kind:
        case None:
            return Unfilled(DraftProblem.NO_KIND, "kind")
        case LetterKind.DISCHARGE_INSTRUCTIONS:
            return DischargeFields(sections=chosen_sections(draft, texts))
        case LetterKind.REFERRAL if len(draft.question) > MAX_TEXT_CHARS:
            return Unfilled(DraftProblem.TOO_LONG, "question")
        case LetterKind.REFERRAL:
            return ReferralFields(
                to=draft.to, question=draft.question, urgency=draft.urgency, sections=chosen_sections(draft, texts)
            )
        case kind:
            return _work_fields(draft, kind, visit_day)


def written_sections(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the sections that hold text, in the catalogue's order: those that a letter can take."""
    return tuple(section.key for section in SECTIONS if texts.get(section.key, "").strip())


def chosen_sections(draft: LetterDraft, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Keys of the sections that the letter takes from these texts, in the catalogue's order."""
    wanted = draft.sections
    if wanted is None:
        wanted = () if draft.kind is None else SECTIONS_OF.get(draft.kind, ())
    return tuple(key for key in written_sections(texts) if key in wanted)


def read_day(typed: str, visit_day: date) -> date | None:
    """A day as people type it: `2026-11-30`, `11/30`, `11/30/26`, `today`, `tomorrow`, `+3`; None when it is none.

    `today` is the day of the visit, and days ahead count from it. Without a year it is the one that is not long past.
    """
    words = typed.strip().lower()
    if ahead := _AHEAD.fullmatch(words):
        return visit_day + timedelta(days=int(ahead[1]))
    if words in ("today", "tomorrow"):
        return visit_day + timedelta(days=words == "tomorrow")
    try:
        if iso := _ISO.fullmatch(words):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if us := _US.fullmatch(words):
            year = us[3] or str(visit_day.year)
            found = date(int(year) if len(year) == 4 else 2000 + int(year), int(us[1]), int(us[2]))
            return found.replace(year=found.year + 1) if not us[3] and found < visit_day - _LONG_AGO else found
    except ValueError:
        return None
    return None


def _work_fields(draft: LetterDraft, kind: LetterKind, visit_day: date) -> WorkNoteFields | Unfilled:
    days: dict[str, date] = {}
    for name in _DAYS:
        typed = str(getattr(draft, name))
        if not typed.strip() or (name == "no_gym_until" and kind is not LetterKind.SCHOOL_NOTE):
            continue
        day = read_day(typed, visit_day)
        if day is None:
            return Unfilled(DraftProblem.NOT_A_DAY, name)
        days[name] = day
    restrictions = tuple(line.strip() for line in draft.restrictions.splitlines() if line.strip())
    if len(restrictions) > MAX_RESTRICTIONS:
        return Unfilled(DraftProblem.TOO_MANY_LINES, "restrictions")
    if any(len(line) > MAX_LINE_CHARS for line in restrictions):
        return Unfilled(DraftProblem.LINE_TOO_LONG, "restrictions")
    values: dict[str, object] = {"kind": kind, "restrictions": restrictions, "diagnosis": draft.diagnosis.strip()}
    return WorkNoteFields.model_validate(values | days)
