"""Grids that are filled in by keys while the provider speaks: systems, each with findings of three states.

A finding is positive, negative or not asked; one with sides is so for each side. Only what was asked is written.
Grids are data files, `data/grids/*.json`; a state changes by `press` alone, which gives a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from visit.data_files import data_names, read_data

MAX_COMMENT = 200


class Mark(StrEnum):
    """What is known of a finding."""

    NOT_ASKED = "not_asked"
    POSITIVE = "positive"
    NEGATIVE = "negative"


class Sides(StrEnum):
    """Whether a finding has sides: none, a side may be said, or a side must be said."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Side(StrEnum):
    """Which side is being examined."""

    RIGHT = "right"
    LEFT = "left"
    BOTH = "both"


_NEXT_SIDE = {None: Side.RIGHT, Side.RIGHT: Side.LEFT, Side.LEFT: Side.BOTH, Side.BOTH: Side.RIGHT}
_NEXT = {Mark.NOT_ASKED: Mark.POSITIVE, Mark.POSITIVE: Mark.NEGATIVE, Mark.NEGATIVE: Mark.NOT_ASKED}
_MARK_KEYS = {"+": Mark.POSITIVE, "-": Mark.NEGATIVE, "0": Mark.NOT_ASKED}


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding as it is written when it is there and when it is not; without `negative` that is `no ...`."""

    key: str
    positive: str
    negative: str = ""
    sides: Sides = Sides.NONE


@dataclass(frozen=True, slots=True)
class System:
    """An organ system or part of an exam."""

    key: str
    title: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid, the key of the section that its sentences belong to, and what is typed after `/` to open it."""

    title: str
    section: str
    systems: tuple[System, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a finding; without sides, left and right are the same."""

    left: Mark = Mark.NOT_ASKED
    right: Mark = Mark.NOT_ASKED
    comment: str = ""

    @property
    def asked(self) -> bool:
        """Whether anything was said of it."""
        return Mark.POSITIVE in (self.left, self.right) or Mark.NEGATIVE in (self.left, self.right)


_NOTHING = Answer()
Place = tuple[int, int]
"""The numbers of a system and of a finding in it."""


@dataclass(frozen=True, slots=True)
class GridState:
    """A grid with its answers by place, the finding that has the cursor, and the comment that is being typed.

    `side` is what `+`, `-` and `0` mean of findings with sides. It is None until a side was chosen: a finding whose
    side must be said is not marked before, since nobody examined both by default.
    """

    grid: Grid
    answers: Mapping[Place, Answer] = field(default_factory=lambda: MappingProxyType({}))
    cursor: Place = (0, 0)
    side: Side | None = None
    draft: str | None = None

    @property
    def system(self) -> System:
        """The system that has the cursor."""
        return self.grid.systems[self.cursor[0]]

    @property
    def finding(self) -> Finding:
        """The finding that has the cursor."""
        return self.system.findings[self.cursor[1]]

    @property
    def needs_side(self) -> bool:
        """Whether a side must be chosen before the finding at the cursor can be marked by `+` and `-`."""
        return self.finding.sides is Sides.REQUIRED and self.side is None

    def answer(self, place: Place | None = None) -> Answer:
        """What was said of a finding, by default of the one that has the cursor."""
        return self.answers.get(place or self.cursor, _NOTHING)


def grid_names() -> tuple[str, ...]:
    """The names of the grids."""
    return data_names("grids")


@cache
def grid(name: str) -> Grid:
    """The grid of one of `grid_names`."""
    if name not in grid_names():
        raise KeyError(name)
    return read_data(Grid, f"grids/{name}.json")


def press(state: GridState, key: str) -> GridState:
    """The state after a key; keys that mean nothing here change nothing.

    `+`, `-` and `0` mark the finding positive, negative or not asked and go on to the next; `S` says which side they
    mean: right, left, both. `L` and `R` turn that side of one finding from not asked to positive to negative, `X` one
    without sides. `Up`, `Down`, `Home`, `End` move by finding, `Left` and `Right` by system. `Enter` begins a comment
    on a finding that was asked; then characters are text, `Backspace` takes one back, `Enter` keeps the comment and
    `Escape` what was there before.
    """
    if state.draft is not None:
        return _type(state, state.draft, key)
    if key in _MARK_KEYS:
        return _marked(state, _MARK_KEYS[key])
    if key in ("s", "S"):
        return replace(state, side=_NEXT_SIDE[state.side])
    if key in ("l", "L"):
        return _turn(state, replace(state.answer(), left=_NEXT[state.answer().left]))
    if key in ("r", "R"):
        return _turn(state, replace(state.answer(), right=_NEXT[state.answer().right]))
    if key in ("x", "X") and state.finding.sides is Sides.NONE:
        mark = _NEXT[state.answer().left]
        return _answered(state, replace(state.answer(), left=mark, right=mark))
    if key == "Enter" and state.answer().asked:
        return replace(state, draft=state.answer().comment)
    return _walk(state, key)


def _type(state: GridState, draft: str, key: str) -> GridState:
    if key == "Enter":
        kept = replace(state.answer(), comment=" ".join(draft.split()))
        return replace(_answered(state, kept), draft=None)
    if key == "Escape":
        return replace(state, draft=None)
    if key == "Backspace":
        return replace(state, draft=draft[:-1])
    if len(key) == 1 and key.isprintable() and len(draft) < MAX_COMMENT:
        return replace(state, draft=draft + key)
    return state


def _marked(state: GridState, mark: Mark) -> GridState:
    sides, answer = state.finding.sides, state.answer()
    if state.needs_side and mark is not Mark.NOT_ASKED:
        return state
    left = mark if sides is Sides.NONE or state.side is not Side.RIGHT else answer.left
    right = mark if sides is Sides.NONE or state.side is not Side.LEFT else answer.right
    return _move(_answered(state, replace(answer, left=left, right=right)), 1)


def _turn(state: GridState, answer: Answer) -> GridState:
    return _answered(state, answer) if state.finding.sides is not Sides.NONE else state


def _answered(state: GridState, answer: Answer) -> GridState:
    """The state with an answer; one that says nothing any more goes, and its comment with it."""
    answers = {**state.answers, state.cursor: answer}
    if not answer.asked:
        del answers[state.cursor]
    return replace(state, answers=MappingProxyType(answers))


def _walk(state: GridState, key: str) -> GridState:
    system, last = state.cursor[0], len(state.grid.systems) - 1
    match key:
        case "Up":
            return _move(state, -1)
        case "Down":
            return _move(state, 1)
        case "Left":
            return replace(state, cursor=(max(0, system - 1), 0))
        case "Right":
            return replace(state, cursor=(min(last, system + 1), 0))
        case "Home":
            return replace(state, cursor=(system, 0))
        case "End":
            return replace(state, cursor=(system, len(state.system.findings) - 1))
    return state


def _move(state: GridState, step: int) -> GridState:
    """One finding on or back, over the systems; at either end it stays."""
    system, finding = state.cursor[0], state.cursor[1] + step
    if finding < 0:
        system, finding = system - 1, -1
    elif finding >= len(state.system.findings):
        system, finding = system + 1, 0
    if not 0 <= system < len(state.grid.systems):
        return state
    return replace(state, cursor=(system, finding if finding >= 0 else len(state.grid.systems[system].findings) - 1))


def render(state: GridState) -> str:
    """A line for each system of which something was asked: `Cardiovascular: chest pressure, no palpitations.`"""
    return "\n".join(line for at in range(len(state.grid.systems)) if (line := sentence(state, at)))


def sentence(state: GridState, system: int) -> str:
    """A system's line; empty when nothing of it was asked. A side that is said of all its findings is said once."""
    of = state.grid.systems[system]
    asked = [(each, state.answer((system, at))) for at, each in enumerate(of.findings) if (system, at) in state.answers]
    if not asked:
        return ""
    sides = {_side(each, answer) for each, answer in asked}
    common = sides.pop() if len(sides) == 1 else ""
    title = f"{of.title} ({common.replace('both', 'both sides')})" if common else of.title
    return f"{title}: {', '.join(said(each, answer, bool(common)) for each, answer in asked)}."


def _side(finding: Finding, answer: Answer) -> str:
    """The side that is said of a finding as a whole: `left`, `right`, `both`, or nothing."""
    if finding.sides is Sides.NONE or (answer.left is answer.right and finding.sides is Sides.OPTIONAL):
        return ""
    if answer.left is answer.right:
        return "both"
    if Mark.NOT_ASKED not in (answer.left, answer.right):
        return ""
    return "left" if answer.right is Mark.NOT_ASKED else "right"


def said(finding: Finding, answer: Answer, side_is_said: bool) -> str:
    """A finding's words in its system's line; `side_is_said` is true where the line says the side once for all."""
    marks = {"left": answer.left, "right": answer.right}
    if answer.left is answer.right:
        text = _words(finding, answer.left)
        if finding.sides is Sides.REQUIRED and not side_is_said:
            text += " on either side" if text.startswith("no ") else " on both sides"
    else:
        asked = {side: _words(finding, mark) for side, mark in marks.items() if mark is not Mark.NOT_ASKED}
        text = ", ".join(words if side_is_said else f"{words} on the {side}" for side, words in asked.items())
    return f"{text} ({answer.comment})" if answer.comment else text


def _words(finding: Finding, mark: Mark) -> str:
    return finding.positive if mark is Mark.POSITIVE else finding.negative or f"no {finding.positive}"
