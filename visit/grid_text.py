"""A grid's lines in a section's text, read back: so a grid opens again over what it wrote, on any laptop.

The note's text is all that is kept of a grid. A line that somebody worded otherwise is no longer the grid's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from types import MappingProxyType

from visit.findings import (
    Answer,
    Finding,
    Grid,
    GridState,
    Mark,
    Place,
    Sides,
    System,
    grid,
    grid_names,
    said,
    sentence,
)
from visit.indexes import utf16_length
from visit.triggers import folded

_MARKS = tuple(product((Mark.NOT_ASKED, Mark.POSITIVE, Mark.NEGATIVE), repeat=2))
_SIDES = (" (left)", " (right)", " (both sides)")


@dataclass(frozen=True, slots=True)
class OwnLines:
    """What of a section's text a grid wrote: its state, and the number of each system's line by the system's."""

    state: GridState
    lines: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class LineEdit:
    """`[start, end)` of a section's text, in UTF-16 units, and what comes there."""

    start: int
    end: int
    inserted: str


@cache
def _by_name() -> dict[str, str]:
    return {name: key for key in grid_names() for name in grid(key).names}


def grid_of(name: str) -> str | None:
    """The grid that `/name` opens; None when there is none."""
    return _by_name().get(folded(name))


def read_back(of: Grid, text: str) -> OwnLines:
    """The state that a section's lines say; of two lines for one system the first counts."""
    answers: dict[Place, Answer] = {}
    lines: dict[int, int] = {}
    for number, line in enumerate(text.split("\n")):
        for at, system in enumerate(of.systems):
            if at in lines or not line.startswith(system.title):
                continue
            found = _line_answers(GridState(of), at, line)
            if found is not None:
                lines[at] = number
                answers |= found
                break
    return OwnLines(GridState(of, MappingProxyType(answers)), MappingProxyType(lines))


def _line_answers(state: GridState, at: int, line: str) -> dict[Place, Answer] | None:
    """The answers that make exactly this line of a system; None when none do."""
    system = state.grid.systems[at]
    rest = line.removeprefix(system.title)
    side = next((side for side in _SIDES if rest.startswith(side + ": ")), "")
    rest = rest.removeprefix(side)
    if not rest.startswith(": ") or not rest.endswith("."):
        return None
    for found in _Reader(system, bool(side)).readings(0, rest[2:]):
        answers = {(at, number): answer for number, answer in found.items()}
        if sentence(GridState(state.grid, MappingProxyType(answers)), at) == line:
            return answers
    return None


class _Reader:
    """The ways in which findings, in their order, make a text that ends with a full stop."""

    def __init__(self, system: System, side_is_said: bool) -> None:
        self._words = [_words_of(finding, side_is_said) for finding in system.findings]
        self._none: set[tuple[int, int]] = set()

    def readings(self, first: int, text: str) -> Iterator[dict[int, Answer]]:
        """Each way, with findings from `first` on."""
        if (first, len(text)) in self._none:
            return
        any_found = False
        for number in range(first, len(self._words)):
            for words, answer in self._words[number]:
                if text.startswith(words):
                    for kept, rest in _comments(answer, text[len(words) :]):
                        for others in [{}] if rest == "." else self.readings(number + 1, rest.removeprefix(", ")):
                            any_found = True
                            yield {number: kept, **others}
        if not any_found:
            self._none.add((first, len(text)))


def _words_of(finding: Finding, side_is_said: bool) -> list[tuple[str, Answer]]:
    """What each answer is said as; longer words first, so that one is not read as the beginning of another."""
    found = []
    for left, right in _MARKS:
        answer = Answer(left, right)
        if answer.asked and (left is right or finding.sides is not Sides.NONE):
            found.append((said(finding, answer, side_is_said), answer))
    return sorted(found, key=lambda each: -len(each[0]))


def _comments(answer: Answer, rest: str) -> Iterator[tuple[Answer, str]]:
    """The answer with the comment that may follow, and what comes behind: `, ` or the full stop."""
    if rest == "." or rest.startswith(", "):
        yield answer, rest
    if not rest.startswith(" ("):
        return
    end = rest.find(")")
    while end >= 0:
        behind = rest[end + 1 :]
        if end > 2 and (behind == "." or behind.startswith(", ")):
            yield Answer(answer.left, answer.right, rest[2:end]), behind
        end = rest.find(")", end + 1)


def rebased(base: GridState, state: GridState, now: GridState) -> GridState:
    """A state with what was marked in it since `base`, over what the text says now: somebody else may have written."""
    answers = dict(now.answers)
    for place in {*base.answers, *state.answers}:
        answer = state.answer(place)
        if answer != base.answer(place):
            answers.pop(place, None)
            if answer.asked:
                answers[place] = answer
    return replace(state, answers=MappingProxyType(answers))


def line_edits(text: str, own: OwnLines, state: GridState) -> tuple[LineEdit, ...]:
    """What brings a section's text to the grid's new state: apply them in this order, the last place comes first.

    Lines that say the same are not touched, nor is anything that is not the grid's. A new line stands beside the
    lines of its neighbours, or at the end.
    """
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + utf16_length(line) + 1)
    new = {at: line for at in range(len(state.grid.systems)) if (line := sentence(state, at))}
    gone = {line for at, line in own.lines.items() if at not in new}
    edits = [
        LineEdit(starts[line], starts[line + 1] - 1, new[at])
        for at, line in own.lines.items()
        if at in new and lines[line] != new[at]
    ]
    edits += _removals(starts, gone)
    edits += _insertions(lines, starts, own, new)
    return tuple(sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True))


def _removals(starts: list[int], gone: set[int]) -> Iterator[LineEdit]:
    """Lines that go with one line end each, neighbours together."""
    last = len(starts) - 2
    for first in sorted(gone):
        if first - 1 in gone:
            continue
        end = first
        while end + 1 in gone:
            end += 1
        if first > 0:
            yield LineEdit(starts[first] - 1, starts[end + 1] - 1, "")
        else:
            yield LineEdit(0, starts[end + 1] - (1 if end == last else 0), "")


def _insertions(lines: list[str], starts: list[int], own: OwnLines, new: dict[int, str]) -> Iterator[LineEdit]:
    kept = {at: line for at, line in own.lines.items() if at in new}
    after: dict[int, list[str]] = {}
    before: dict[int, list[str]] = {}
    at_end: list[str] = []
    for at in sorted(set(new) - set(kept)):
        earlier = max((other for other in kept if other < at), default=None)
        if earlier is not None:
            after.setdefault(kept[earlier], []).append(new[at])
        elif kept:
            before.setdefault(kept[min(kept)], []).append(new[at])
        else:
            at_end.append(new[at])
    for line, come in after.items():
        yield LineEdit(starts[line + 1] - 1, starts[line + 1] - 1, "".join(f"\n{each}" for each in come))
    for line, come in before.items():
        yield LineEdit(starts[line], starts[line], "".join(f"{each}\n" for each in come))
    if at_end:
        gone = {line for line in own.lines.values() if line not in kept.values()}
        left = [line for number, line in enumerate(lines) if number not in gone]
        end = starts[-1] - 1
        yield LineEdit(end, end, ("\n" if left and left[-1] else "") + "\n".join(at_end))


def applied(text: str, edits: tuple[LineEdit, ...]) -> str:
    """The text after `line_edits`."""
    data = text.encode("utf-16-le")
    for edit in edits:
        data = data[: 2 * edit.start] + edit.inserted.encode("utf-16-le") + data[2 * edit.end :]
    return data.decode("utf-16-le")
