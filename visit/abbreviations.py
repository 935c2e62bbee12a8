"""Finds abbreviations that have killed patients, while they are typed: the Joint Commission's "Do Not Use" list.

A trailing zero, a missing leading zero and MS count in doses alone: "INR 2.0", "lesion 2.0 cm" and "moderate MS" are
left in peace, and so are the units of laboratory results. One pass over the words, each rule looks at a few neighbours.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from visit.data_files import read_data
from visit.unit_map import UnitMap

REACH = 8
"""How many neighbours of a word a rule looks at, at most, on either side."""
_TOKEN = re.compile(
    r"(?P<number>[0-9]++(?:,[0-9]{3})*+(?:\.[0-9]++)?+|\.[0-9]++)"
    r"|(?P<word>[^\W\d_]++[0-9]*+)"
    r"|(?P<space>[ \t\u00a0]++)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_MAY_BE = re.compile(
    r"\.[0-9]|(?<![^\W\d_])(?:(?:i?u|q(?:o?d)?|ms)(?![^\W\d_])|mg?so4)",
    re.IGNORECASE,
)
"""Where this matches nowhere there is no finding: most texts are told so at the speed of one search."""
_BEFORE_NAKED = frozenset("([-–—=:~<>≤≥+\n")
_GLUE = frozenset("._-/@\\")
"""Signs that make a longer word, such as a file's or a drug's name, of what stands beside them."""


class Danger(StrEnum):
    """What is dangerous about a finding."""

    UNIT = "unit"
    INTERNATIONAL_UNIT = "international_unit"
    DAILY = "daily"
    EVERY_OTHER_DAY = "every_other_day"
    TRAILING_ZERO = "trailing_zero"
    NAKED_DECIMAL = "naked_decimal"
    MS = "ms"
    MSO4 = "mso4"
    MGSO4 = "mgso4"


@dataclass(frozen=True, slots=True)
class Finding:
    """`[start, end)` in UTF-16 units, and what to write there instead."""

    start: int
    end: int
    kind: Danger
    suggestion: str


@dataclass(frozen=True, slots=True)
class Token:
    """A number, a word, blank space or one sign, by character indexes."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text without case."""
        return self.text.casefold()


@dataclass(frozen=True, slots=True)
class _Lists:
    about: str
    dose_units: frozenset[str]
    routes: frozenset[str]
    laboratory_units: frozenset[str]
    suggestions: dict[str, str]


@cache
def _lists() -> _Lists:
    return read_data(_Lists, "abbreviations.json")


_NONE = Token("none", "", -1, -1)


def lint(text: str) -> tuple[Finding, ...]:
    """The dangerous abbreviations of a text, in order and apart."""
    if _MAY_BE.search(text) is None:
        return ()
    units = UnitMap(text)
    found = dangers(text, tokens(text))
    return tuple(Finding(units.units(f.start), units.units(f.end), f.kind, f.suggestion) for f in found)


def tokens(text: str) -> list[Token]:
    """The text cut into tokens; together they are the whole text."""
    found = _TOKEN.finditer(text)
    return [Token(match.lastgroup or "sign", match[0], match.start(), match.end()) for match in found]


def dangers(text: str, cut: Sequence[Token]) -> Iterator[Finding]:
    """The findings of a text that was cut into tokens, by character indexes."""
    for at, token in enumerate(cut):
        if token.kind == "number":
            yield from _number(text, cut, at)
        elif token.kind == "word":
            yield from _word(cut, at)


def _at(cut: Sequence[Token], at: int) -> Token:
    return cut[at] if 0 <= at < len(cut) else _NONE


def _skip(cut: Sequence[Token], at: int, step: int = 1) -> int:
    """The place past one run of blank space, if there is one."""
    return at + step if _at(cut, at).kind == "space" else at


def _unit_at(cut: Sequence[Token], at: int) -> bool:
    """Whether a dose's unit stands there, and not a laboratory result's."""
    unit = _at(cut, at)
    if unit.kind != "word" or unit.word not in _lists().dose_units:
        return False
    slash, per = _at(cut, at + 1), _at(cut, at + 2)
    return slash.text != "/" or f"{unit.word}/{per.word}" not in _lists().laboratory_units


def _dose_unit(cut: Sequence[Token], at: int) -> int | None:
    """Where the unit of the number at a place stands, when it is a dose; the number's own place when the unit comes
    after the second number of a range, or a route says that it is a dose."""
    after = _skip(cut, at + 1)
    if _unit_at(cut, after):
        return after
    if _at(cut, after).word in _lists().routes:
        return at
    if _at(cut, after).text in ("-", "–"):
        other = _skip(cut, after + 1)
        if _at(cut, other).kind == "number" and _unit_at(cut, _skip(cut, other + 1)):
            return at
    return None


def _number(text: str, cut: Sequence[Token], at: int) -> Iterator[Finding]:
    token, before = cut[at], _at(cut, at - 1)
    naked = token.text.startswith(".")
    alone = before.kind in ("none", "space") or before.text in _BEFORE_NAKED
    if (not naked and (before.kind == "word" or before.text == ".")) or (naked and not alone):
        return
    trailing = "." in token.text and token.text.endswith("0")
    unit = _dose_unit(cut, at) if naked or trailing else None
    if unit is None:
        return
    shorter = token.text.rstrip("0").rstrip(".") if trailing else token.text
    value = ("0" + shorter) if naked else shorter
    kind = Danger.NAKED_DECIMAL if naked else Danger.TRAILING_ZERO
    if unit == at or cut[unit].word in ("u", "iu"):  # the unit has a finding of its own
        yield Finding(token.start, token.end, kind, value)
    else:
        yield Finding(token.start, cut[unit].end, kind, value + text[token.end : cut[unit].end])


def _word(cut: Sequence[Token], at: int) -> Iterator[Finding]:
    token = cut[at]
    kind, last = Danger.UNIT, at
    match token.word:
        case "u" | "iu":
            if not _is_unit(cut, at):
                return
            kind = Danger.UNIT if token.word == "u" else Danger.INTERNATIONAL_UNIT
        case "q" | "qd" | "qod":
            read = _how_often(cut, at)
            if read is None:
                return
            kind, last = read
        case "mso4" | "mgso4":
            kind = Danger.MSO4 if token.word == "mso4" else Danger.MGSO4
        case "ms":
            if token.text != "MS" or not (_dose_after(cut, at) or _dose_before(cut, at)):
                return
            kind = Danger.MS
        case _:
            return
    glued = kind in (Danger.UNIT, Danger.INTERNATIONAL_UNIT) and _at(cut, at - 1).kind == "number"
    yield Finding(token.start, cut[last].end, kind, " " * glued + _lists().suggestions[kind.value])


def _is_unit(cut: Sequence[Token], at: int) -> bool:
    """Whether a U or IU is a unit: after a number, or IU in capitals by itself; never in a laboratory's unit."""
    token, after = cut[at], _at(cut, at + 1)
    if after.text == "/" and f"{token.word}/{_at(cut, at + 2).word}" in _lists().laboratory_units:
        return False
    if after.text == "-" and _at(cut, at + 2).kind == "number":
        return False  # U-100: a strength that is printed on the syringe
    number = _at(cut, _skip(cut, at - 1, -1))
    return number.kind == "number" or (token.text == "IU" and _at(cut, at - 1).text not in _GLUE)


def _how_often(cut: Sequence[Token], at: int) -> tuple[Danger, int] | None:
    """Daily or every other day, with or without dots, and the last of its tokens."""
    if _at(cut, at - 1).kind in ("word", "number") or _at(cut, at - 1).text in _GLUE:
        return None
    letters, last = cut[at].word, at
    while letters in ("q", "qo") and _at(cut, last + 1).text == "." and _at(cut, last + 2).word in ("o", "d"):
        letters, last = letters + cut[last + 2].word, last + 2
    if letters not in ("qd", "qod"):
        return None
    if last > at and _at(cut, last + 1).text == ".":
        last += 1
    after = _at(cut, last + 1)
    if after.kind in ("word", "number") or after.text in ("_", "-", "@"):
        return None
    return (Danger.DAILY if letters == "qd" else Danger.EVERY_OTHER_DAY), last


def _dose_after(cut: Sequence[Token], at: int) -> bool:
    after = _skip(cut, at + 1)
    if after == at + 1:
        return False
    if _at(cut, after).word in _lists().routes:
        return True
    return _at(cut, after).kind == "number" and _dose_unit(cut, after) is not None


def _dose_before(cut: Sequence[Token], at: int) -> bool:
    before = _skip(cut, at - 1, -1)
    if _at(cut, before).word == "of":
        before = _skip(cut, before - 1, -1)
    if _at(cut, before).word in _lists().routes:
        before = _skip(cut, before - 1, -1)
    return _unit_at(cut, before) and _at(cut, _skip(cut, before - 1, -1)).kind == "number"
