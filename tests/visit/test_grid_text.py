"""A grid reads its own lines back, changes those alone, and leaves every other word where it stood."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.findings import GridState, Mark, grid, grid_names, press, render
from visit.grid_text import LineEdit, applied, grid_of, line_edits, read_back, rebased
from visit.triggers import NAME

KEYS = ["+", "-", "0", "L", "R", "S", "X", "Down", "Right", "Up", "Enter", "a", ")", ",", " ", "😀"]


def after(name: str, keys: list[str], start: GridState | None = None) -> GridState:
    state = reduce(press, keys, start or GridState(grid(name)))
    return press(state, "Escape") if state.draft is not None else state


def test_every_grid_is_opened_by_a_name_of_its_own() -> None:
    names = [name for key in grid_names() for name in grid(key).names]
    assert len(names) == len(set(names))
    for key in grid_names():
        assert grid(key).names
        for name in grid(key).names:
            assert NAME.fullmatch(name)
            assert grid_of(name.upper()) == key
    assert {grid_of(name) for name in ("ros", "exam", "mse", "knee")} == {"ros", "general_exam", "mse", "knee"}
    assert grid_of("nothing") is None


@given(st.sampled_from(grid_names()), st.lists(st.sampled_from(KEYS), max_size=60))
def test_what_a_grid_wrote_is_read_back(name: str, keys: list[str]) -> None:
    state = after(name, keys)
    text = render(state)
    own = read_back(grid(name), f"Before.\n{text}\nBehind.")
    assert render(own.state) == text
    assert len(own.lines) == (text.count("\n") + 1 if text else 0)


@pytest.mark.parametrize("name", grid_names())
@pytest.mark.parametrize("keys", ["+", "-", "S+", "SS-", "SSS+", "L", "R", "LR", "LLR"])
def test_each_answer_of_each_finding_alone_is_read_back(name: str, keys: str) -> None:
    state = GridState(grid(name))
    for system in range(len(state.grid.systems)):
        for finding in range(len(state.grid.systems[system].findings)):
            alone = reduce(press, keys, GridState(state.grid, cursor=(system, finding)))
            text = render(alone)
            assert render(read_back(grid(name), text).state) == text


def test_a_line_in_other_words_is_not_the_grids() -> None:
    own = read_back(grid("ros"), "Cardiovascular: chest pain on effort, no palpitations.\nNot Cardiovascular: edema.")
    assert dict(own.lines) == {}
    assert dict(own.state.answers) == {}


def test_of_two_lines_for_one_system_the_first_is_the_grids() -> None:
    lines = render(after("ros", ["+"])), render(after("ros", ["-"]))
    own = read_back(grid("ros"), "\n".join(lines))
    assert dict(own.lines) == {0: 0}
    assert own.state.answer((0, 0)).left is Mark.POSITIVE


OTHER = st.lists(st.sampled_from(["", "Free text 😀.", "Cardiovascular: as before, and well."]), max_size=3)


@given(
    st.sampled_from(["ros", "knee"]),
    st.lists(st.sampled_from(KEYS), max_size=50),
    st.lists(st.sampled_from(KEYS), max_size=50),
    st.tuples(OTHER, OTHER),
)
def test_another_state_changes_the_grids_lines_alone(
    name: str, first: list[str], then: list[str], others: tuple[list[str], list[str]]
) -> None:
    state = after(name, first)
    text = "\n".join([*others[0], *([render(state)] if render(state) else []), *others[1]])
    own = read_back(grid(name), text)
    assert render(own.state) == render(state)
    new = after(name, then, own.state)
    edits = line_edits(text, own, new)
    changed = applied(text, edits)
    again = read_back(grid(name), changed)
    assert render(again.state) == render(new)
    kept = [line for number, line in enumerate(text.split("\n")) if number not in own.lines.values() and line]
    assert [
        line for number, line in enumerate(changed.split("\n")) if number not in again.lines.values() and line
    ] == kept
    assert line_edits(changed, again, new) == ()
    if render(new) == render(state):
        assert edits == ()
    for later, earlier in zip(edits, edits[1:], strict=False):
        assert earlier.end <= later.start


def test_a_change_of_one_system_edits_one_line() -> None:
    state = after("ros", ["+", "Right", "-", "Right", "-"])
    text = render(state)
    own = read_back(grid("ros"), text)
    new = after("ros", ["Right", "+"], own.state)
    start = text.index("\n") + 1
    (edit,) = line_edits(text, own, new)
    assert edit == LineEdit(start, text.index("\n", start), render(new).split("\n")[1])


def test_a_new_system_stands_between_its_neighbours() -> None:
    state = after("ros", ["+", "Right", "Right", "-"])
    text = f"Asked by the nurse.\n{render(state)}\nThe rest is in the chart."
    own = read_back(grid("ros"), text)
    new = after("ros", ["Right", "-"], own.state)
    lines = applied(text, line_edits(text, own, new)).split("\n")
    assert [lines[0], lines[-1]] == ["Asked by the nurse.", "The rest is in the chart."]
    assert "\n".join(lines[1:-1]) == render(new)


def test_what_was_marked_meanwhile_stands_over_what_somebody_else_wrote() -> None:
    base = after("ros", ["+", "-"])
    state = after("ros", ["0", "Right", "-"], GridState(base.grid, base.answers))
    now = after("ros", ["+", "-", "+"])
    found = rebased(base, state, now)
    assert found.answer((0, 0)).left is Mark.NOT_ASKED
    assert found.answer((0, 1)).left is Mark.NEGATIVE
    assert found.answer((0, 2)).left is Mark.POSITIVE, "theirs"
    assert found.answer((1, 0)).left is Mark.NEGATIVE, "ours"
    assert rebased(base, base, now).answers == now.answers
