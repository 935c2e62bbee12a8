"""What is typed into a letter's form: kept as it is, read when it can be, and never taken for something else."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.letter_draft import (
    DraftProblem,
    LetterDraft,
    Unfilled,
    chosen_sections,
    draft_again,
    draft_fields,
    fresh_draft,
    read_day,
    read_draft,
    written_sections,
)
from visit.letters import REFERRAL_SECTIONS
from wire.letters import DischargeFields, LetterFields, LetterKind, ReferralFields, WorkNoteFields
from wire.orders import Priority

DAY = date(2026, 11, 27)
NOTE = {
    "hpi": "Left knee.",
    "mental_status": "Tearful.",
    "instructions": "Ice.",
    "plan_of_treatment": " \n",
    "reason_for_referral": "MRI or scope?",
}


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-11-30", date(2026, 11, 30)),
        ("11/30", date(2026, 11, 30)),
        ("1/5", date(2027, 1, 5)),
        ("6/1", date(2026, 6, 1)),
        ("11/30/26", date(2026, 11, 30)),
        ("11/30/2027", date(2027, 11, 30)),
        (" Today ", DAY),
        ("tomorrow", date(2026, 11, 28)),
        ("+3", date(2026, 11, 30)),
        ("+0", DAY),
    ],
)
def test_a_day_is_read_as_people_type_it(typed: str, day: date) -> None:
    assert read_day(typed, DAY) == day


@pytest.mark.parametrize(
    "typed", ["", "2/30", "30.11.", "13/1", "2026-02-29", "next week", "11-30", "+1234", "-1", "1"]
)
def test_what_is_no_day_is_not_taken_for_one(typed: str) -> None:
    assert read_day(typed, DAY) is None


@given(st.text(max_size=20))
def test_any_text_is_read_or_not(typed: str) -> None:
    assert isinstance(read_day(typed, DAY), date | None)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(-179, 180))
def test_a_day_without_a_year_is_near_the_visit(visit_day: date, ahead: int) -> None:
    day = visit_day + timedelta(days=ahead)
    if (day.month, day.day) == (2, 29):
        return
    read = read_day(f"{day.month}/{day.day}", visit_day)
    assert read is not None
    assert (read.month, read.day) == (day.month, day.day)
    assert read >= visit_day - timedelta(days=180)


def test_a_fresh_draft_knows_the_day_and_the_notes_question() -> None:
    draft = fresh_draft("letter-1", DAY, NOTE)
    assert (draft.excused_from, draft.question, draft.kind) == ("2026-11-27", "MRI or scope?", None)
    assert draft_fields(draft, DAY, NOTE) == Unfilled(DraftProblem.NO_KIND, "kind")


@pytest.mark.parametrize(
    "fields",
    [
        WorkNoteFields(
            kind=LetterKind.SCHOOL_NOTE,
            excused_from=DAY,
            excused_to=date(2026, 11, 28),
            may_return=date(2026, 11, 30),
            restrictions=("No lifting.", "Sitting work."),
            no_gym_until=date(2026, 12, 4),
            diagnosis="Knee sprain",
        ),
        WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=DAY),
        DischargeFields(sections=("instructions",)),
        ReferralFields(to="Dr. Chen", question="MRI?", urgency=Priority.URGENT, sections=("hpi", "mental_status")),
    ],
)
def test_a_sent_letter_comes_back_into_the_form_as_it_was(fields: LetterFields) -> None:
    draft = draft_again("letter-1", 2, fields)
    assert (draft.letter_id, draft.base_version) == ("letter-1", 2)
    assert read_draft(draft.model_dump_json()) == draft
    assert draft_fields(draft, DAY, NOTE) == fields


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"may_return": "soon"}, Unfilled(DraftProblem.NOT_A_DAY, "may_return")),
        ({"restrictions": "a\n" * 21}, Unfilled(DraftProblem.TOO_MANY_LINES, "restrictions")),
        ({"restrictions": "a" * 301}, Unfilled(DraftProblem.LINE_TOO_LONG, "restrictions")),
    ],
)
def test_what_cannot_be_read_is_named_with_its_field(changes: dict[str, str], problem: Unfilled) -> None:
    draft = LetterDraft(letter_id="letter-1", kind=LetterKind.WORK_NOTE).model_copy(update=changes)
    assert draft_fields(draft, DAY, NOTE) == problem


def test_a_question_that_is_too_long_is_said_and_not_cut() -> None:
    draft = LetterDraft(letter_id="letter-1", kind=LetterKind.REFERRAL, to="Dr. Chen", question="a" * 4001)
    assert draft_fields(draft, DAY, NOTE) == Unfilled(DraftProblem.TOO_LONG, "question")
    assert read_draft(draft.model_dump_json()) == draft


def test_what_another_kind_asks_for_is_kept_and_not_sent() -> None:
    draft = LetterDraft(letter_id="letter-1", kind=LetterKind.WORK_NOTE, may_return="11/30", no_gym_until="maybe")
    fields = draft_fields(draft, DAY, NOTE)
    assert isinstance(fields, WorkNoteFields)
    assert fields.no_gym_until is None


def test_a_referral_takes_what_a_colleague_needs_unless_told_otherwise() -> None:
    assert written_sections(NOTE) == ("hpi", "mental_status", "reason_for_referral", "instructions")
    draft = LetterDraft(letter_id="letter-1", kind=LetterKind.REFERRAL)
    assert chosen_sections(draft, NOTE) == ("hpi",)
    assert set(chosen_sections(draft, dict.fromkeys(NOTE, "Words."))) <= set(REFERRAL_SECTIONS)
    told = draft.model_copy(update={"sections": ("mental_status", "plan_of_treatment")})
    assert chosen_sections(told, NOTE) == ("mental_status",)
    assert chosen_sections(draft.model_copy(update={"sections": ()}), NOTE) == ()


@pytest.mark.parametrize("kept", ["", "[]", "{}", '{"letter_id": "a", "kind": "letter_bomb"}', '{"letter_id": 1}'])
def test_a_kept_draft_that_is_none_of_ours_is_passed_over(kept: str) -> None:
    assert read_draft(kept) is None
