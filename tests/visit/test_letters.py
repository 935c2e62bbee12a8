from dataclasses import replace
from datetime import date

import pytest

from visit.letters import (
    DISCHARGE_SECTIONS,
    REFERRAL_SECTIONS,
    Letter,
    LetterHead,
    LetterProblem,
    Referral,
    WorkNote,
    discharge_instructions,
    referral_letter,
    work_note,
    written_date,
)
from visit.sections import SECTION_BY_KEY
from wire.letters import MAX_LETTER_CHARS, LetterKind

HEAD = LetterHead(
    practice="Lakeside Urgent Care",
    phone="+1 555 0100",
    provider="R. Okafor, MD",
    patient="Maria Alvarez",
    birth_date=date(1971, 3, 4),
    visit_date=date(2026, 11, 27),
)
NOTE = {
    "hpi": "Left knee, 3 days.\nFell on ice.",
    "mental_status": "Tearful.",
    "health_concerns": "Firearms at home.",
    "interventions": "Safety plan.",
    "physical_exam": "Effusion.",
    "assessment_and_plan": "Sprain of the left knee. MRI.",
    "instructions": "Ice, 20 minutes.\nCome back for numbness.",
}
REFERRAL = Referral(to="Dr. Chen, orthopedics", question="MRI or scope?")


def made(letter: Letter | LetterProblem) -> Letter:
    assert isinstance(letter, Letter)
    return letter


def test_a_work_note_says_when_and_names_no_diagnosis() -> None:
    letter = made(
        work_note(
            HEAD,
            WorkNote(
                excused_from=date(2026, 11, 27),
                excused_to=date(2026, 11, 29),
                may_return=date(2026, 11, 30),
                restrictions=("No lifting over 10 lb.", " "),
            ),
        )
    )
    assert letter.kind is LetterKind.WORK_NOTE
    assert letter.plain_text() == (
        "WORK NOTE\n\n"
        "Maria Alvarez was seen at Lakeside Urgent Care on November 27, 2026.\n"
        "Please excuse the absence from work from November 27, 2026 to November 29, 2026.\n"
        "May return to work on November 30, 2026.\n\n"
        "Restrictions\nNo lifting over 10 lb.\n\n"
        "R. Okafor, MD\nLakeside Urgent Care\n+1 555 0100\n"
    )
    assert "1971" not in letter.plain_text()


def test_a_diagnosis_stands_in_it_only_when_it_was_given() -> None:
    note = WorkNote(may_return=date(2026, 11, 30), diagnosis="Knee sprain")
    assert "Knee sprain" in made(work_note(HEAD, note)).plain_text()
    assert WorkNote().diagnosis == ""


def test_a_school_note_has_gym_and_a_single_day() -> None:
    note = WorkNote(for_school=True, excused_from=date(2026, 11, 27), no_gym_until=date(2026, 12, 4))
    letter = made(work_note(HEAD, note))
    assert letter.kind is LetterKind.SCHOOL_NOTE
    assert "Please excuse the absence from school on November 27, 2026." in letter.plain_text()
    assert "No gym or sports until December 4, 2026." in letter.plain_text()


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        (WorkNote(), LetterProblem.NO_DATES),
        (WorkNote(restrictions=("No lifting.",)), LetterProblem.NO_DATES),
        (WorkNote(excused_to=date(2026, 11, 29), may_return=date(2026, 11, 30)), LetterProblem.NO_DATES),
        (
            WorkNote(excused_from=date(2026, 11, 29), excused_to=date(2026, 11, 28)),
            LetterProblem.DATES_BACKWARDS,
        ),
        (
            WorkNote(excused_from=date(2026, 11, 27), may_return=date(2026, 11, 27)),
            LetterProblem.DATES_BACKWARDS,
        ),
        (WorkNote(may_return=date(2026, 11, 30), restrictions=("No lifting over *** lb.",)), LetterProblem.BLANK_LEFT),
    ],
)
def test_a_work_note_that_says_nothing_or_nonsense_is_not_made(note: WorkNote, problem: LetterProblem) -> None:
    assert work_note(HEAD, note) is problem


def test_discharge_instructions_are_the_notes_own_words() -> None:
    letter = made(discharge_instructions(HEAD, NOTE))
    assert letter.kind is LetterKind.DISCHARGE_INSTRUCTIONS
    assert letter.blocks[0].paragraphs == ("Maria Alvarez, born March 4, 1971", "Seen on November 27, 2026")
    assert letter.blocks[1].heading == "Instructions"
    assert letter.blocks[1].paragraphs == ("Ice, 20 minutes.", "Come back for numbness.")
    assert len(letter.blocks) == 2
    assert discharge_instructions(HEAD, {"instructions": " \n"}) is LetterProblem.NOTHING_WRITTEN


@pytest.mark.parametrize("text", ["Ice, *** minutes.", "Keep it {dry|covered}."])
def test_a_letter_with_a_blank_or_an_open_list_is_not_made(text: str) -> None:
    assert discharge_instructions(HEAD, {"instructions": text}) is LetterProblem.BLANK_LEFT
    assert referral_letter(HEAD, REFERRAL, {"hpi": text}) is LetterProblem.BLANK_LEFT


def test_a_letter_that_nobody_would_print_is_not_made() -> None:
    long = "word " * (MAX_LETTER_CHARS // 5)
    assert discharge_instructions(HEAD, {"instructions": long}) is LetterProblem.TOO_LONG


def test_a_practice_without_a_phone_has_no_empty_line_under_its_letters() -> None:
    letter = made(discharge_instructions(replace(HEAD, phone=""), NOTE))
    assert letter.signer == ("R. Okafor, MD", "Lakeside Urgent Care")


def test_a_referral_takes_what_a_colleague_needs_and_nothing_of_mental_status_or_risk() -> None:
    letter = made(referral_letter(HEAD, REFERRAL, NOTE))
    assert [block.heading for block in letter.blocks] == [
        *("To", "Patient", "Question"),
        *("History of present illness", "Physical exam", "Assessment and plan"),
    ]
    assert letter.blocks[2].paragraphs == ("MRI or scope?", "Urgency: Routine.")
    assert letter.blocks[3].paragraphs == ("Left knee, 3 days.", "Fell on ice.")
    for kept in ("mental_status", "health_concerns", "interventions"):
        assert NOTE[kept] not in letter.plain_text()


def test_a_referral_takes_other_sections_when_told_to() -> None:
    referral = Referral(to="Dr. Chen", question="See?", urgency="Urgent", sections=("mental_status",))
    assert [block.heading for block in made(referral_letter(HEAD, referral, NOTE)).blocks][3:] == ["Mental status exam"]


def test_a_referral_that_asks_nothing_or_mixes_is_not_made() -> None:
    assert referral_letter(HEAD, Referral(to="Dr. Chen", question=" "), NOTE) is LetterProblem.NOTHING_WRITTEN
    assert referral_letter(HEAD, REFERRAL, {}) is LetterProblem.NOTHING_WRITTEN
    assert referral_letter(HEAD, REFERRAL, {**NOTE, "assessment": "Sprain."}) is LetterProblem.MIXED_ASSESSMENT
    unknown = Referral(to="Dr. Chen", question="See?", sections=("psychotherapy_notes",))
    assert referral_letter(HEAD, unknown, NOTE) is LetterProblem.UNKNOWN_SECTION


def test_the_sections_that_letters_take_are_in_the_catalogue() -> None:
    assert {*REFERRAL_SECTIONS, *DISCHARGE_SECTIONS} <= SECTION_BY_KEY.keys()


def test_a_date_is_in_english_words() -> None:
    assert [written_date(date(2026, month, 1)) for month in (1, 12)] == ["January 1, 2026", "December 1, 2026"]
