from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.abbreviations import lint
from visit.blanks import fields
from visit.findings import (
    MAX_COMMENT,
    Finding,
    Grid,
    GridState,
    Mark,
    Side,
    Sides,
    System,
    grid,
    grid_names,
    press,
    render,
    sentence,
)
from visit.sections import SECTION_BY_KEY

HEART = System(
    "heart",
    "Cardiovascular",
    (Finding("pressure", "chest pressure"), Finding("palpitations", "palpitations"), Finding("edema", "edema")),
)
KNEE = System(
    "knee",
    "Knee",
    (
        Finding("lachman", "positive Lachman", "negative Lachman", Sides.REQUIRED),
        Finding("swelling", "swelling", sides=Sides.REQUIRED),
        Finding("gait", "normal gait", "limp"),
    ),
)
GRID = Grid("Example", "ros", (HEART, KNEE))
KEYS = ["+", "-", "0", "L", "R", "l", "S", "Up", "Down", "Left", "Right", "Home", "End", "Enter", "Escape", "Backspace"]
KEYS += ["Tab", "a", " ", "é", "😀", "(", "\x00"]


def after(keys: str | list[str], start: GridState | None = None) -> GridState:
    return reduce(press, keys, start or GridState(GRID))


def test_only_what_was_asked_is_written() -> None:
    assert render(after("+--")) == "Cardiovascular: chest pressure, no palpitations, no edema."
    assert render(after("+0-")) == "Cardiovascular: chest pressure, no edema."
    assert render(after("0000")) == ""
    assert render(GridState(GRID)) == ""
    assert sentence(after("+"), 1) == ""


def test_not_asked_takes_an_answer_back() -> None:
    assert render(after(["+", "Up", "0"])) == ""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("L", "Knee (left): positive Lachman."),
        ("R", "Knee (right): positive Lachman."),
        ("LR", "Knee (both sides): positive Lachman."),
        ("RRL", "Knee: positive Lachman on the left, negative Lachman on the right."),
        ("LL", "Knee (left): negative Lachman."),
        ("LLL", ""),
        ("0Ll", "Knee (left): no swelling."),
        ("S-+", "Knee (right): negative Lachman, swelling."),
        ("S-+-", "Knee: negative Lachman on the right, swelling on the right, limp."),
        ("sS-", "Knee (left): negative Lachman."),
        ("SSS--", "Knee (both sides): negative Lachman, no swelling."),
        ("SSS--+", "Knee: negative Lachman on both sides, no swelling on either side, normal gait."),
        ("SSSS+", "Knee (right): positive Lachman."),
        ("S-L", "Knee: negative Lachman on the right, swelling on the left."),
    ],
)
def test_a_side_takes_one_key(keys: str, line: str) -> None:
    assert render(after(keys, after(["Right"]))) == line


def test_each_side_keeps_its_own_answer() -> None:
    both = after(["Right", "S", "-", "S", "Up", "+"])
    assert render(both) == "Knee: positive Lachman on the left, negative Lachman on the right."
    assert render(after(["Up", "0"], both)) == "Knee (right): negative Lachman."


def test_no_side_is_taken_for_granted_where_it_must_be_said() -> None:
    at_knee = after(["Right"])
    assert after("+-+-", at_knee) == at_knee
    assert at_knee.side is None
    assert at_knee.needs_side
    assert not after("S", at_knee).needs_side


def test_a_side_may_be_left_unsaid_where_it_is_optional() -> None:
    eyes = Grid("Eyes", "ros", (System("eyes", "Eyes", (Finding("pain", "eye pain", sides=Sides.OPTIONAL),)),))
    lines = {
        "+": "Eyes: eye pain.",
        "SSS+": "Eyes: eye pain.",
        "-": "Eyes: no eye pain.",
        "S-": "Eyes (right): no eye pain.",
    }
    assert not GridState(eyes).needs_side
    for keys, line in lines.items():
        assert render(after(keys, GridState(eyes))) == line


def test_a_finding_without_sides_has_none() -> None:
    assert after("LR") == GridState(GRID)


def test_a_comment_is_typed_in_place() -> None:
    typed = after(["+", "Up", "Enter", *"since  L+0 😀", "Backspace", "Enter"])
    assert render(typed) == "Cardiovascular: chest pressure (since L+0)."
    assert typed.cursor == (0, 0)
    assert typed.draft is None
    again = after(["Enter", *" x", "Escape"], typed)
    assert again == typed
    assert render(after(["-"], typed)) == "Cardiovascular: no chest pressure (since L+0)."
    assert after(["0", "Up"], typed).answer().comment == ""


def test_there_is_no_comment_on_what_was_not_asked() -> None:
    assert after(["Enter"]) == GridState(GRID)


def test_a_comment_has_a_bound() -> None:
    typed = after(["+", "Up", "Enter", *"x" * (MAX_COMMENT + 5), "Enter"])
    assert len(typed.answer().comment) == MAX_COMMENT


def test_the_cursor_walks_over_the_systems_and_stops_at_the_ends() -> None:
    assert after(["Up"]).cursor == (0, 0)
    assert after(["Down"] * 3).cursor == (1, 0)
    assert after(["Down"] * 3 + ["Up"]).cursor == (0, 2)
    assert after(["Down"] * 99).cursor == (1, 2)
    assert after(["End"]).cursor == (0, 2)
    assert after(["Right", "End", "Left"]).cursor == (0, 0)
    assert after(["Right", "Right", "Down", "Home"]).cursor == (1, 0)
    assert after("S" + "+" * 99).cursor == (1, 2)


@given(st.lists(st.sampled_from(KEYS), max_size=40))
def test_keys_give_new_proper_states_and_leave_the_old_one(keys: list[str]) -> None:
    state = GridState(GRID)
    for key in keys:
        copy = replace(state, answers=dict(state.answers))
        following = press(state, key)
        assert dict(state.answers) == copy.answers
        assert (state.cursor, state.draft) == (copy.cursor, copy.draft)
        assert following == press(copy, key)
        system, finding = following.cursor
        assert 0 <= finding < len(GRID.systems[system].findings)
        changed = {p for p in {**state.answers, **following.answers} if state.answer(p) != following.answer(p)}
        assert changed <= {state.cursor}
        state = following
    for (system, finding), answer in state.answers.items():
        assert answer.asked
        if GRID.systems[system].findings[finding].sides is Sides.NONE:
            assert answer.left is answer.right
    text = render(state)
    asked = {place[0] for place in state.answers}
    assert text.count("\n") == max(0, len(asked) - 1)
    for number, system_ in enumerate(GRID.systems):
        written = any(line.startswith((f"{system_.title}: ", f"{system_.title} (")) for line in text.split("\n"))
        assert written == (number in asked)


@given(st.lists(st.sampled_from(list(Mark)), min_size=3, max_size=3))
def test_each_mark_is_written_as_it_was_made(marks: list[Mark]) -> None:
    keys = {Mark.POSITIVE: "+", Mark.NEGATIVE: "-", Mark.NOT_ASKED: "0"}
    text = render(after([keys[mark] for mark in marks]))
    for finding, mark in zip(HEART.findings, marks, strict=True):
        assert (f"no {finding.positive}" in text) == (mark is Mark.NEGATIVE)
        assert (finding.positive in text) == (mark is not Mark.NOT_ASKED)


@pytest.mark.parametrize("name", grid_names())
def test_each_grid_is_whole(name: str) -> None:
    read = grid(name)
    assert read.section in SECTION_BY_KEY
    assert len({system.key for system in read.systems}) == len(read.systems)
    for system in read.systems:
        assert len({finding.key for finding in system.findings}) == len(system.findings) > 0
        for finding in system.findings:
            assert finding.positive != finding.negative
            for text in (finding.positive, finding.negative):
                assert text == text.strip()
                assert fields(text) == ()
    negative = reduce(press, "-" * 200, GridState(read, side=Side.LEFT))
    positive = reduce(press, "+" * 200, GridState(read, side=Side.BOTH))
    for text in (render(negative), render(positive)):
        assert len(text.split("\n")) == len(read.systems)
        assert lint(text) == ()


def test_the_grids_and_manoeuvres_that_the_work_needs() -> None:
    assert {"ros", "general_exam", "mse", "knee", "shoulder", "ankle", "back", "hand_wrist", "hip"} <= {*grid_names()}
    assert len(grid("ros").systems) == 14
    for name, tests in {
        "knee": ("Lachman", "medial McMurray", "lateral McMurray", "posterior drawer", "valgus stress", "varus stress"),
        "shoulder": ("Neer", "Hawkins-Kennedy", "empty can", "Speed", "apprehension"),
        "ankle": ("anterior drawer", "talar tilt", "Thompson"),
        "back": ("Spurling", "straight leg raise", "slump"),
        "hand_wrist": ("Finkelstein", "Phalen", "Tinel", "snuffbox"),
        "hip": ("FABER", "FADIR", "log roll", "Trendelenburg"),
    }.items():
        findings = [finding for system in grid(name).systems for finding in system.findings]
        for test in tests:
            assert {finding.sides for finding in findings if test in finding.positive} == {Sides.REQUIRED}


def test_there_is_no_other_grid() -> None:
    with pytest.raises(KeyError):
        grid("../vitals")
