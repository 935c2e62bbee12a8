"""Reads vital signs as they are typed: `bp 128/82 hr 76 t 98.6f spo2 98ra rr 16 wt 70kg ht 170cm pain 4 bmi`.

Any order, the names of `data/vitals.json`, commas as decimal signs, units with or without a space. Only a unit that
the sign cannot have and a diastolic at or over the systolic stop an entry; whatever else is odd is named at its word.
"""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cache

from visit.unit_map import UnitMap
from visit.vitals import (
    ORDER,
    ROOM_AIR,
    Vital,
    VitalForm,
    VitalKind,
    blood_pressure,
    computed_bmi,
    confirmed,
    data,
    form_of,
    oxygen_saturation,
    vital,
)

_TOKEN = re.compile(
    r"(?P<note>\((?:computed|confirmed: [^()\n]{1,80})\))"
    r"|(?P<number>[0-9]++(?:[.,][0-9]++)*+)"
    r"|(?P<word>(?:sp|sa|fi)o2|o2sat|o2|m2|m²|[^\W\d_]++)"
    r"|(?P<skip>[\s,;:=.]++)"
    r"|(?P<sign>.)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]{1,5}(?:\.[0-9]{1,8}|,[0-9]{1,2})?")
"""A comma before three digits could part thousands: such a number is refused."""
FILLERS = frozenset(("is", "was", "of", "on", "at", "o2", "via", "nc"))
"""Words that change nothing where they stand."""
_OTHER_UNITS = frozenset(
    ("k", "st", "stone", "oz", "m", "mm", "ft", "l", "ml", "mg", "mcg", "lpm", "kpa", "mmol", "hpa")
)
_FEET = ("'", "′", "ft", "feet", "foot")
_INCHES = ('"', "″", "in", "inch", "inches")
_LITRES = ("l/min", "lpm", "l", "liter", "liters", "litres")


class EntryProblem(StrEnum):
    """What is odd about a word of the entry."""

    IMPOSSIBLE_UNIT = "impossible_unit"
    DIASTOLIC_NOT_BELOW_SYSTOLIC = "diastolic_not_below_systolic"
    UNKNOWN_WORD = "unknown_word"
    MISSING_VALUE = "missing_value"
    NOT_A_NUMBER = "not_a_number"
    GIVEN_TWICE = "given_twice"
    UNIT_ASSUMED = "unit_assumed"
    NO_HEIGHT_AND_WEIGHT = "no_height_and_weight"

    @property
    def stops(self) -> bool:
        """Whether the entry may not be taken over as it is."""
        return self in (EntryProblem.IMPOSSIBLE_UNIT, EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC)


@dataclass(frozen=True, slots=True)
class Found:
    """A problem with the word it is at, `[start, end)` in UTF-16 units."""

    kind: EntryProblem
    start: int
    end: int
    word: str


@dataclass(frozen=True, slots=True)
class Assumed:
    """The practice's units (UCUM) for a weight and a height that were typed without one."""

    weight: str = "kg"
    height: str = "cm"


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read, in the order of the note's line, and the problems in the order of the text."""

    vitals: tuple[Vital, ...]
    problems: tuple[Found, ...]

    @property
    def stopped(self) -> bool:
        """Whether something must be mended before the entry may be taken over."""
        return any(problem.kind.stops for problem in self.problems)


def parse(text: str, assumed: Assumed | None = None) -> Entry:
    """Read an entry; nothing that was typed is dropped without a problem that names it."""
    reader = _Reader(text, _tokens(text), assumed or Assumed())
    while reader.at < len(reader.tokens):
        reader.read_one()
    reader.compute_bmi()
    units = UnitMap(text)
    problems = sorted(reader.problems, key=lambda each: each[1].start)
    return Entry(
        tuple(sorted(reader.vitals.values(), key=lambda each: ORDER[each.kind])),
        tuple(
            Found(kind, units.units(token.start), units.units(token.end), text[token.start : token.end])
            for kind, token in problems
        ),
    )


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    glued: bool


def _tokens(text: str) -> list[_Token]:
    found = []
    end = -1
    for match in _TOKEN.finditer(text.replace("₂", "2")):
        kind = match.lastgroup or "sign"
        if kind != "skip":
            found.append(_Token(kind, match[0].lower(), match.start(), match.end(), match.start() == end))
            end = match.end()
    return found


@cache
def _names() -> dict[tuple[str, ...], VitalForm]:
    return {tuple(name.split()): form for form in data().vitals for name in form.names}


@cache
def _unit_words() -> frozenset[str]:
    return frozenset(word for form in data().vitals for unit in form.units for word in unit.words) | _OTHER_UNITS


@dataclass(slots=True)
class _Reader:
    """A place in the tokens; a method that gives None has noted the problem and passed the words that it is at."""

    text: str
    tokens: list[_Token]
    assumed: Assumed
    at: int = 0
    vitals: dict[VitalKind, Vital] = field(default_factory=dict)
    problems: list[tuple[EntryProblem, _Token]] = field(default_factory=list)
    bmi_asked: _Token | None = None

    def read_one(self) -> None:
        """Read one vital sign, or pass one word that is none."""
        name = self._name()
        if name is None:
            token = self.tokens[self.at]
            self.at += 1
            if token.text not in FILLERS:
                self.problems.append((EntryProblem.UNKNOWN_WORD, token))
            return
        label = self.tokens[self.at]
        form, length = name
        self.at += length
        read = self._value(form, label)
        if form.kind in self.vitals:
            self.problems.append((EntryProblem.GIVEN_TWICE, label))
        elif read is not None:
            self.vitals[form.kind] = self._with_note(read)

    def compute_bmi(self) -> None:
        """Work out the index where it was asked for, when everything has been read."""
        if self.bmi_asked is None:
            return
        bmi = computed_bmi(self.vitals.values())
        if bmi is None:
            self.problems.append((EntryProblem.NO_HEIGHT_AND_WEIGHT, self.bmi_asked))
            return
        asked = self.vitals.get(VitalKind.BMI)
        self.vitals[VitalKind.BMI] = replace(bmi, reason=asked.reason if asked else "")

    def _peek(self, ahead: int = 0) -> _Token | None:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else None

    def _name(self) -> tuple[VitalForm, int] | None:
        """The vital sign whose name stands here, and how many words it has; the longest name wins."""
        for length in (3, 2, 1):
            words = self.tokens[self.at : self.at + length]
            form = _names().get(tuple(word.text for word in words)) if len(words) == length else None
            if form is not None:
                return form, length
        return None

    def _value(self, form: VitalForm, label: _Token) -> Vital | None:
        self._pass_fillers()
        token = self._peek()
        if token is None or token.kind != "number":
            if form.kind is VitalKind.BMI:
                self.bmi_asked = self.bmi_asked or label
                return None
            self.problems.append((EntryProblem.MISSING_VALUE, label))
            return None
        if form.kind is VitalKind.BLOOD_PRESSURE:
            return self._pressure(label)
        number = self._number()
        if number is None:
            return None
        if form.kind is VitalKind.HEIGHT and self._is(_FEET):
            inches = self._feet(number)
            return vital(form.kind, inches, "[in_i]") if inches is not None else None
        unit = self._unit(form, number, token)
        if unit is None:
            return None
        if unit == "m":
            number, unit = number * 100, "cm"
        if form.kind is VitalKind.OXYGEN_SATURATION:
            return self._oxygen(number)
        if unit == "[lb_av]":
            number += self._ounces()
        if form.kind is VitalKind.BMI and self._is(("(computed)",)):
            self.at += 1
            self.bmi_asked = self.bmi_asked or label
        return vital(form.kind, number, unit)

    def _pass_fillers(self) -> None:
        while (token := self._peek()) is not None and token.text in FILLERS:
            self.at += 1

    def _is(self, words: tuple[str, ...]) -> bool:
        token = self._peek()
        return token is not None and token.text in words

    def _number(self) -> Decimal | None:
        token = self.tokens[self.at]
        self.at += 1
        if _NUMBER.fullmatch(token.text) is None:
            self.problems.append((EntryProblem.NOT_A_NUMBER, token))
            return None
        return Decimal(token.text.replace(",", "."))

    def _taken(self, words: tuple[str, ...]) -> bool:
        """Whether one of the units stands here, as up to three tokens; it is passed then."""
        for length in (3, 2, 1):
            tokens = self.tokens[self.at : self.at + length]
            if len(tokens) == length and "".join(token.text for token in tokens) in words:
                self.at += length
                return True
        return False

    def _unit(self, form: VitalForm, number: Decimal, token: _Token) -> str | None:
        """The unit that follows the number, or the one that goes without saying: a UCUM code, or `m`."""
        if form.kind is VitalKind.HEIGHT and self._taken(("m",)):
            return "m"
        for unit in form.units:
            if self._taken(unit.words):
                return unit.ucum
        if self._has_other_unit():
            return None
        if form.kind is VitalKind.TEMPERATURE:
            if 45 < number < 70 or number < 25:
                self.problems.append((EntryProblem.UNIT_ASSUMED, token))
            return "Cel" if 25 <= number <= 45 else "[degF]"
        if form.kind in (VitalKind.WEIGHT, VitalKind.HEIGHT):
            self.problems.append((EntryProblem.UNIT_ASSUMED, token))
            return self.assumed.weight if form.kind is VitalKind.WEIGHT else self.assumed.height
        return form.units[0].ucum

    def _has_other_unit(self) -> bool:
        """Whether the value has a unit that it cannot have: one of something else, or letters right after it."""
        token = self._peek()
        if token is None or token.kind == "note" or self._name() is not None:
            return False
        ahead = self._peek(1)
        if token.text == "/" and ahead is not None and ahead.kind == "number":
            self.at += 2
            self.problems.append((EntryProblem.NOT_A_NUMBER, token))
            return True
        if token.text in _unit_words() or (token.glued and token.kind in ("word", "sign") and token.text != "ra"):
            self.at += 1
            self.problems.append((EntryProblem.IMPOSSIBLE_UNIT, token))
            return True
        return False

    def _pressure(self, label: _Token) -> Vital | None:
        systolic = self._number()
        if systolic is None:
            return None
        if not self._is(("/", "over")) or (low := self._peek(1)) is None or low.kind != "number":
            self.problems.append((EntryProblem.MISSING_VALUE, label))
            return None
        self.at += 1
        diastolic = self._number()
        if diastolic is None:
            return None
        if not self._taken(form_of(VitalKind.BLOOD_PRESSURE).units[0].words) and self._has_other_unit():
            return None
        read = blood_pressure(systolic, diastolic)
        if read is None:
            self.problems.append((EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC, low))
        return read

    def _feet(self, feet: Decimal) -> Decimal | None:
        self.at += 1
        token = self._peek()
        if token is None or token.kind != "number" or _NUMBER.fullmatch(token.text) is None:
            return feet * 12
        inches = Decimal(token.text.replace(",", "."))
        if inches >= 12:
            return feet * 12
        self.at += 1
        if not self._taken(_INCHES) and self._has_other_unit():
            return None
        return feet * 12 + inches

    def _ounces(self) -> Decimal:
        token, unit = self._peek(), self._peek(1)
        if token is None or unit is None or token.kind != "number" or unit.text not in ("oz", "ounces"):
            return Decimal(0)
        ounces = self._number()
        self.at += 1
        return ounces / 16 if ounces is not None else Decimal(0)

    def _oxygen(self, percent: Decimal) -> Vital:
        """The saturation with what was breathed: room air, litres a minute, an inspired concentration."""
        self._pass_fillers()
        flow = inspired = None
        token, after = self._peek(), self.at
        if token is not None and token.kind == "number" and _NUMBER.fullmatch(token.text) is not None:
            self.at += 1
            if self._taken(_LITRES):
                flow = Decimal(token.text.replace(",", "."))
                self._pass_fillers()
            else:
                self.at = after
        if self._taken(("ra", "roomair")):
            inspired = ROOM_AIR
        elif self._is(("fio2",)) and (value := self._peek(1)) is not None and value.kind == "number":
            self.at += 1
            inspired = self._number()
            self._taken(("%",))
        return oxygen_saturation(percent, flow=flow, inspired=inspired)

    def _with_note(self, read: Vital) -> Vital:
        token = self._peek()
        if token is None or token.kind != "note" or not token.text.startswith("(confirmed: "):
            return read
        self.at += 1
        reason = self.text[token.start : token.end].partition(": ")[2].removesuffix(")")
        return confirmed(read, reason) or read
