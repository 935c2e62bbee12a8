from datetime import date

import pytest

from visit.document import VisitDocument
from visit.marks import MarkedPart, MarkedText, PlacedMark, heard_changes, reviewed_changes
from visit.provenance import Carried, Finding, Heard, Question, Speaker
from visit.questions import OpenQuestion
from visit.readiness import NoteRules, Obstacle, ObstacleKind, Readiness, readiness, readiness_of, rules_of, unfilled
from visit.sections import SECTIONS
from visit.template_files import template_by_id
from visit.templates import DEFAULT_TEMPLATE
from visit.time_anchor import TimeAnchor

COMPLETE = {section.key: "Written." for section in SECTIONS if section.required}
BLANK, LIST = ObstacleKind.BLANK, ObstacleKind.REQUIRED_LIST
CARRIED = Carried(note_id="note-7", dated=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("** a* {a} {} | {a\nb|c}", []),
        ("a *** b", [(BLANK, 2, 5)]),
        ("😀{left|right} ***", [(LIST, 2, 14), (BLANK, 15, 18)]),
        ("{a|b|c}{|x}", [(LIST, 0, 7), (LIST, 7, 11)]),
        ("{a {b|c}", [(LIST, 3, 8)]),
        ("****** ***", [(BLANK, 0, 6), (BLANK, 7, 10)]),
    ],
)
def test_blanks_and_lists_are_found(text: str, found: list[tuple[ObstacleKind, int, int]]) -> None:
    assert unfilled(text) == found


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["{" * 100_000, "{|" * 50_000, "{" + "|" * 100_000, "*" * 100_000])
def test_no_text_is_costly(text: str) -> None:
    assert unfilled(text) is not None


def test_a_complete_note_is_ready() -> None:
    assert readiness(COMPLETE, {}) == Readiness((), ())
    assert readiness(COMPLETE, {}).ready


def test_each_missing_section_is_named_in_order() -> None:
    assert [(o.kind, o.section) for o in readiness({"hpi": " \n"}, {}).obstacles] == [
        (ObstacleKind.MISSING_SECTION, section.key) for section in SECTIONS if section.required
    ]


def test_everything_left_is_listed_in_the_notes_order() -> None:
    document = VisitDocument()
    for section, text in COMPLETE.items():
        document.replace(section, 0, 0, text)
    document.replace("assessment_and_plan", 0, 0, "Rest {3|5} days. ")
    document.replace("physical_exam", 0, 0, "Side: ***. ")
    exam = MarkedText(
        "Knee normal. Hip normal.",
        (
            MarkedPart(0, 12, Finding(macro_id="joints")),
            MarkedPart(13, 24, Finding(macro_id="joints", heard_ms=5)),
        ),
    )
    document.replace_marked("physical_exam", 11, 11, exam)
    document.replace_marked("hpi", 8, 8, MarkedText.whole(" Smokes ??.", CARRIED))
    document.add_mark("hpi", 16, 18, Question(question_id="q-1"))
    document.add_mark("hpi", 0, 7, Heard(at_ms=0, speaker=Speaker.PATIENT))
    found = readiness_of(document)
    assert found.obstacles == (
        Obstacle(ObstacleKind.UNTOUCHED_CARRIED_TEXT, "hpi", 8, 19),
        Obstacle(ObstacleKind.BLANK, "physical_exam", 6, 9),
        Obstacle(ObstacleKind.UNHEARD_FINDING, "physical_exam", 11, 23),
        Obstacle(ObstacleKind.REQUIRED_LIST, "assessment_and_plan", 5, 10),
    )
    assert found.questions == (OpenQuestion("hpi", 16, 18, "q-1"),)
    assert not found.ready


def test_confirming_clears_the_way() -> None:
    document = VisitDocument()
    for section, text in COMPLETE.items():
        document.replace(section, 0, 0, text)
    document.replace_marked("hpi", 0, 0, MarkedText.whole("Smokes. ", CARRIED))
    document.replace_marked("physical_exam", 0, 0, MarkedText.whole("Normal.", Finding(macro_id="joints")))
    assert len(readiness_of(document).obstacles) == 2
    document.change_marks(reviewed_changes(document.marks("hpi")))
    document.change_marks(heard_changes(document.marks("physical_exam"), TimeAnchor(1_000)))
    assert readiness_of(document).ready


def test_open_questions_do_not_block_and_are_counted() -> None:
    found = readiness(COMPLETE | {"ros": "Cough ??; [inaudible 04:12]"}, {})
    assert found.ready
    assert len(found.questions) == 2


def test_a_templates_rules_replace_ours() -> None:
    rules = NoteRules(
        order=("assessment_and_plan", "hpi"), required=("ros",), find_unfilled=lambda text: [(BLANK, 0, 1)] * bool(text)
    )
    found = readiness({"hpi": "x", "assessment_and_plan": "y", "chief_complaint": "z"}, {}, rules)
    assert [(o.kind, o.section) for o in found.obstacles] == [
        (BLANK, "assessment_and_plan"),
        (BLANK, "hpi"),
        (BLANK, "chief_complaint"),  # left out by the layout, and looked at all the same
        (ObstacleKind.MISSING_SECTION, "ros"),
    ]


def test_an_edited_carried_text_does_not_block() -> None:
    mark = PlacedMark("mark-1", 0, 8, CARRIED, edited=True)
    assert readiness(COMPLETE, {"hpi": [mark]}).ready


@pytest.mark.parametrize("part", ["assessment", "plan_of_treatment"])
def test_the_combined_section_and_one_of_its_parts_are_not_sent_together(part: str) -> None:
    found = readiness(COMPLETE | {part: "Sprain 😀."}, {}, rules_of(DEFAULT_TEMPLATE))
    assert found.obstacles == (Obstacle(ObstacleKind.MIXED_SECTION, part, 0, 10),)
    assert readiness(COMPLETE | {part: " \n"}, {}, rules_of(DEFAULT_TEMPLATE)).ready


def test_a_template_says_what_is_required_and_in_which_order() -> None:
    laceration = template_by_id("urgent_care.laceration")
    assert laceration is not None
    found = readiness(COMPLETE | {"goals": "Walk *** m."}, {}, rules_of(laceration))
    assert [(one.section, one.kind) for one in found.obstacles] == [
        ("procedure_indications", ObstacleKind.MISSING_SECTION),
        ("procedure_description", ObstacleKind.MISSING_SECTION),
        ("complications", ObstacleKind.MISSING_SECTION),
        ("postprocedure_diagnosis", ObstacleKind.MISSING_SECTION),
        ("goals", ObstacleKind.BLANK),  # outside the template, and looked at in its place
        ("instructions", ObstacleKind.MISSING_SECTION),
    ]
    assert set(rules_of(laceration).order) == {section.key for section in SECTIONS}
