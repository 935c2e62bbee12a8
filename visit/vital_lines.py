"""Vital signs as lines of the note: what a typed line becomes, and which values a section's text holds.

The coded values are kept nowhere else: both sides read them again from the lines as `visit.vitals.render` writes them
(ADR 014). What a typed line has besides vital signs stays in the note, word for word.
"""

import re
from dataclasses import dataclass, replace

from visit.indexes import utf16_length
from visit.unit_map import UnitMap
from visit.vital_entry import FILLERS, Assumed, Entry, EntryProblem, Found, parse
from visit.vitals import Outlier, Vital, VitalKind, confirmed, outliers, render

SECTION = "vital_signs"
"""The key of the section whose lines are read."""
NAMES = ("vitals", "vs")
"""What is typed after `/` to enter vital signs from anywhere."""
_NOTHING_SAID = re.compile(rf"(?:[\s,;:=.]|\b(?:{'|'.join(sorted(FILLERS))})\b)*", re.IGNORECASE)
_UNCLEAR = (EntryProblem.MISSING_VALUE, EntryProblem.NOT_A_NUMBER)


@dataclass(frozen=True, slots=True)
class LineEntry:
    """A typed line, read: its readings, one line of the note each; the words that are no vital sign.

    `stop` is what must be mended first; `unclear` are names without a number: such a line stays as it was typed;
    `assumed` are the numbers whose unit was not typed. All of them by place in the line, in UTF-16 units.
    """

    readings: tuple[tuple[Vital, ...], ...]
    rest: str = ""
    stop: Found | None = None
    unclear: tuple[Found, ...] = ()
    assumed: tuple[Found, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether the line may become the note's lines."""
        return bool(self.readings) and self.stop is None and not self.unclear

    @property
    def lines(self) -> str:
        """What stands in the note instead of the line."""
        return "\n".join([*(render(each) for each in self.readings), *([self.rest] if self.rest else [])])


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Values of one vital sign that are out of range, so that a reason is asked for; `reading` is the line's number."""

    reading: int
    kind: VitalKind
    outliers: tuple[Outlier, ...]


def coded(text: str) -> tuple[Vital, ...]:
    """The vital signs that a section's text holds, in order; a full stop at a line's end changes nothing.

    A line that is worded otherwise, or with anything that could not be read, holds none.
    """
    return tuple(vital for line in text.split("\n") for vital in _coded_line(line))


def is_coded(line: str) -> bool:
    """Whether a line is written so that its values can be read from it."""
    return bool(_coded_line(line))


def _coded_line(line: str) -> tuple[Vital, ...]:
    plain = line.strip().removesuffix(".")
    entry = parse(plain) if plain else Entry((), ())
    return entry.vitals if entry.vitals and not entry.problems and render(entry.vitals) == plain else ()


def read_line(line: str, assumed: Assumed | None = None) -> LineEntry | None:
    """A typed line as vital signs; None when it does not begin with one, is written already, or has nothing to code.

    A vital sign that comes a second time begins another reading: a pressure that was taken again.
    """
    if is_coded(line):
        return None
    pieces = _pieces(line, assumed)
    problems = [problem for _, entry in pieces for problem in entry.problems]
    stop = next((problem for problem in problems if problem.kind.stops), None)
    readings = tuple(entry.vitals for _, entry in pieces if entry.vitals)
    first = next((problem for problem in problems if problem.kind is EntryProblem.UNKNOWN_WORD), None)
    begins = first is None or not _says_nothing(line, 0, first.start)
    if not begins or not (readings or stop):
        return None
    return LineEntry(
        readings,
        ", ".join(rest for rest in _rests(line, problems) if rest),
        stop,
        tuple(problem for problem in problems if problem.kind in _UNCLEAR),
        tuple(problem for problem in problems if problem.kind is EntryProblem.UNIT_ASSUMED),
    )


def _pieces(line: str, assumed: Assumed | None) -> list[tuple[int, Entry]]:
    """The readings of a line with the units that stand before each; problems by their place in the whole line."""
    found: list[tuple[int, Entry]] = []
    before, left = 0, line
    while left:
        entry = parse(left, assumed)
        again = next((it.start for it in entry.problems if it.kind is EntryProblem.GIVEN_TWICE), None)
        cut = len(left) if again is None else UnitMap(left).index(again)
        piece = parse(left[:cut], assumed) if again is not None else entry
        moved = tuple(replace(it, start=it.start + before, end=it.end + before) for it in piece.problems)
        found.append((before, replace(piece, problems=moved)))
        before, left = before + utf16_length(left[:cut]), left[cut:]
    return found


def _rests(line: str, problems: list[Found]) -> list[str]:
    """The words that are no vital sign, neighbours together."""
    runs: list[tuple[int, int]] = []
    for problem in problems:
        if problem.kind is not EntryProblem.UNKNOWN_WORD:
            continue
        if runs and _says_nothing(line, runs[-1][1], problem.start):
            runs[-1] = runs[-1][0], problem.end
        else:
            runs.append((problem.start, problem.end))
    units = UnitMap(line)
    return [line[units.index(start) : units.index(end)] for start, end in runs]


def _says_nothing(line: str, start: int, end: int) -> bool:
    units = UnitMap(line)
    return _NOTHING_SAID.fullmatch(line[units.index(start) : units.index(end)]) is not None


def open_questions(entry: LineEntry, age_months: int | None) -> tuple[OpenQuestion, ...]:
    """What is out of range for the age and has no reason yet: one question for each vital sign of a reading."""
    found = []
    for number, reading in enumerate(entry.readings):
        outside = outliers(reading, age_months)
        for kind in dict.fromkeys(outlier.kind for outlier in outside):
            found.append(OpenQuestion(number, kind, tuple(it for it in outside if it.kind is kind)))
    return tuple(found)


def with_reason(entry: LineEntry, question: OpenQuestion, reason: str) -> LineEntry | None:
    """The entry with a question answered; None when the reason cannot be kept (`visit.vitals.confirmed`)."""
    reading = []
    for each in entry.readings[question.reading]:
        kept = confirmed(each, reason) if each.kind is question.kind else each
        if kept is None:
            return None
        reading.append(kept)
    readings = list(entry.readings)
    readings[question.reading] = tuple(reading)
    return replace(entry, readings=tuple(readings))
