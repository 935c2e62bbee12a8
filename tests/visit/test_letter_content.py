"""The same fields, people and note make the same letter on both sides, and its hash names exactly that letter."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.visit.records import PROVIDER, SCRIBE, Story, at
from visit.letter_content import URGENCY, LetterName, PracticeHead, letter_content, letter_head, letter_sha256
from visit.letters import LetterProblem
from wire.letters import (
    DischargeFields,
    LetterContent,
    LetterFields,
    LetterKind,
    LetterState,
    ReferralFields,
    WorkNoteFields,
)
from wire.orders import Priority
from wire.record import LetterReturned, LetterSent, LetterSigned, LetterWithdrawn
from wire.visits import Patient

PRACTICE = PracticeHead("Lakeside Urgent Care", "+1 555 0100", ZoneInfo("America/New_York"))
PATIENT = Patient(patient_id="p1", name="Maria Alvarez", birth_date=date(1971, 3, 4), sex="female", mrn_tail="4471")
LATE_EVENING = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)
HEAD = letter_head(PRACTICE, PATIENT, "R. Okafor, MD", LATE_EVENING)
NAME = LetterName("v1", "letter-1", 1)
NOTE = {"hpi": "Left knee, 3 days.", "instructions": "Ice, 20 minutes.", "mental_status": "Tearful."}
WORK = WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=date(2026, 11, 30))
REFERRAL = ReferralFields(to="Dr. Chen", question="MRI?", urgency=Priority.ASAP, sections=("hpi",))


def content(fields: LetterFields = WORK, name: LetterName = NAME) -> LetterContent:
    made = letter_content(name, fields, HEAD, NOTE)
    assert isinstance(made, LetterContent)
    return made


def test_the_day_of_a_visit_is_the_practices_day() -> None:
    assert HEAD.visit_date == date(2026, 11, 27)
    assert "on November 27, 2026" in content().blocks[0].paragraphs[0]


@pytest.mark.parametrize(
    ("fields", "kind", "title"),
    [
        (WORK, LetterKind.WORK_NOTE, "Work note"),
        (WORK.model_copy(update={"kind": LetterKind.SCHOOL_NOTE}), LetterKind.SCHOOL_NOTE, "School note"),
        (DischargeFields(sections=("instructions",)), LetterKind.DISCHARGE_INSTRUCTIONS, "Discharge instructions"),
        (REFERRAL, LetterKind.REFERRAL, "Referral"),
    ],
)
def test_each_kind_of_fields_makes_its_letter(fields: LetterFields, kind: LetterKind, title: str) -> None:
    made = content(fields)
    assert (made.kind, made.title, made.signer[0]) == (kind, title, "R. Okafor, MD")


def test_only_the_sections_that_were_chosen_go_out() -> None:
    said = [paragraph for block in content(REFERRAL).blocks for paragraph in block.paragraphs]
    assert "Left knee, 3 days." in said
    assert "Urgency: As soon as possible." in said
    assert NOTE["mental_status"] not in said
    assert set(URGENCY) == set(Priority)


def test_what_cannot_be_made_says_why() -> None:
    nothing = WorkNoteFields(kind=LetterKind.WORK_NOTE)
    assert letter_content(NAME, nothing, HEAD, NOTE) is LetterProblem.NO_DATES


def test_the_hash_names_text_letter_version_and_visit() -> None:
    ours = letter_sha256(content())
    assert ours == letter_sha256(content())
    others = [
        content(WORK.model_copy(update={"may_return": date(2026, 12, 1)})),
        content(name=LetterName("v1", "letter-1", 2)),
        content(name=LetterName("v1", "letter-2", 1)),
        content(name=LetterName("v2", "letter-1", 1)),
    ]
    assert len({ours, *map(letter_sha256, others)}) == 5


def test_the_record_keeps_where_a_letter_stands() -> None:
    story = Story()
    first, second = content(), content(name=LetterName("v1", "letter-1", 2))
    story.add(LetterSent(content=first, fields=WORK, sha256=letter_sha256(first)), SCRIBE, 1)
    line = story.record.letters["letter-1"]
    assert (line.state, line.sent_by, line.sent_at, line.fields) == (LetterState.SENT, SCRIBE, at(1), WORK)
    story.add(LetterReturned(letter_id="letter-1", version=1, comment="Until Friday?"), PROVIDER)
    assert (line.state, line.returned_because) == (LetterState.RETURNED, "Until Friday?")
    story.add(LetterSent(content=second, fields=WORK, sha256=letter_sha256(second)), SCRIBE, 2)
    line = story.record.letters["letter-1"]
    assert (line.state, line.content.version, line.returned_because) == (LetterState.SENT, 2, "")
    signed = LetterSigned(letter_id="letter-1", version=2, sha256=line.sha256, auth_time=at(3))
    story.add(signed, PROVIDER, 3)
    assert (line.state, line.signed_by, line.signed_at) == (LetterState.SIGNED, PROVIDER, at(3))


def test_a_withdrawn_letter_stays_in_the_record() -> None:
    story = Story()
    made = content()
    story.add(LetterSent(content=made, fields=WORK, sha256=letter_sha256(made)), SCRIBE)
    story.add(LetterWithdrawn(letter_id="letter-1", version=1), SCRIBE)
    line = story.record.letters["letter-1"]
    assert (line.state, line.content) == (LetterState.WITHDRAWN, made)
