"""Vital signs as coded values (US Core: LOINC codes, UCUM units), the note's line of them, and what is out of range.

Numbers and codes are in `data/vitals.json`, each with its source and whether it was checked. `visit.vital_entry` reads
what is typed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cache

from visit.data_files import read_data

MAX_REASON = 80
ROOM_AIR = Decimal(21)
"""Percent of oxygen in the air, as the inspired concentration of somebody who breathes it."""
_NO_INDEX = Decimal(10_000)


class VitalKind(StrEnum):
    """The vital signs, in the order of the note's line."""

    BLOOD_PRESSURE = "blood_pressure"
    HEART_RATE = "heart_rate"
    RESPIRATORY_RATE = "respiratory_rate"
    TEMPERATURE = "temperature"
    OXYGEN_SATURATION = "oxygen_saturation"
    WEIGHT = "weight"
    HEIGHT = "height"
    BMI = "bmi"
    PAIN = "pain"
    HEAD_CIRCUMFERENCE = "head_circumference"
    BMI_PERCENTILE = "bmi_percentile"
    WEIGHT_FOR_LENGTH_PERCENTILE = "weight_for_length_percentile"
    HEAD_CIRCUMFERENCE_PERCENTILE = "head_circumference_percentile"


ORDER = {kind: place for place, kind in enumerate(VitalKind)}


@dataclass(frozen=True, slots=True)
class UnitForm:
    """A unit: its UCUM code, how the note's line shows it, and how it may be typed."""

    ucum: str
    shown: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PartForm:
    """A component's name in this program and its LOINC code."""

    part: str
    loinc: str


@dataclass(frozen=True, slots=True)
class VitalForm:
    """What the data file says of a vital sign; `also` are further codes of the same observation."""

    kind: VitalKind
    loinc: str
    also: tuple[str, ...]
    label: str
    names: tuple[str, ...]
    units: tuple[UnitForm, ...]
    components: tuple[PartForm, ...]
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Band:
    """The range of a code in its unit, for ages in completed months, both ends of the range included."""

    loinc: str
    unit: str
    from_months: int | None
    to_months: int | None
    low: Decimal | None
    high: Decimal | None
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class VitalsData:
    """The data file."""

    about: str
    sources: dict[str, str]
    vitals: tuple[VitalForm, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A coded number: LOINC code, value and UCUM unit."""

    loinc: str
    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Vital:
    """A vital sign. A blood pressure has no value of its own but two components, an oxygen saturation up to two more.

    `computed` says that the program worked the value out; `reason` why a value out of range is right.
    """

    kind: VitalKind
    loinc: str
    value: Quantity | None
    components: tuple[Quantity, ...] = ()
    computed: bool = False
    reason: str = ""

    def part(self, name: str) -> Decimal | None:
        """A component's value by its name in the data file (`systolic`, `flow`, ...)."""
        loinc = next(form.loinc for form in form_of(self.kind).components if form.part == name)
        return next((each.value for each in self.components if each.loinc == loinc), None)


@dataclass(frozen=True, slots=True)
class Outlier:
    """A value out of its range, to be confirmed with a reason."""

    kind: VitalKind
    quantity: Quantity
    band: Band


@cache
def data() -> VitalsData:
    """The codes, names and ranges."""
    return read_data(VitalsData, "vitals.json")


@cache
def form_of(kind: VitalKind) -> VitalForm:
    """What the data file says of a kind."""
    return next(form for form in data().vitals if form.kind is kind)


def vital(kind: VitalKind, value: Decimal, unit: str) -> Vital:
    """A measured vital sign of one number, in a UCUM unit of its kind."""
    form = form_of(kind)
    return Vital(kind, form.loinc, Quantity(form.loinc, value, unit))


def blood_pressure(systolic: Decimal, diastolic: Decimal) -> Vital | None:
    """The panel 85354-9 with both components in mm[Hg]; None when the diastolic is not below the systolic."""
    if diastolic >= systolic:
        return None
    form = form_of(VitalKind.BLOOD_PRESSURE)
    values = zip(form.components, (systolic, diastolic), strict=True)
    parts = tuple(Quantity(part.loinc, value, "mm[Hg]") for part, value in values)
    return Vital(VitalKind.BLOOD_PRESSURE, form.loinc, None, parts)


def oxygen_saturation(percent: Decimal, *, flow: Decimal | None = None, inspired: Decimal | None = None) -> Vital:
    """Pulse oximetry in percent, with the oxygen given in L/min and the inspired concentration in percent."""
    form = form_of(VitalKind.OXYGEN_SATURATION)
    values = zip(form.components, ((flow, "L/min"), (inspired, "%")), strict=True)
    parts = tuple(Quantity(part.loinc, value, unit) for part, (value, unit) in values if value is not None)
    return Vital(VitalKind.OXYGEN_SATURATION, form.loinc, Quantity(form.loinc, percent, "%"), parts)


_FACTORS = {
    ("[lb_av]", "kg"): Decimal("0.45359237"),
    ("g", "kg"): Decimal("0.001"),
    ("[in_i]", "cm"): Decimal("2.54"),
}


def in_unit(value: Decimal, unit: str, wanted: str) -> Decimal:
    """A value in another unit of its kind: Fahrenheit to Celsius, pounds and grams to kilograms, inches to centimetres.

    KeyError for any other pair.
    """
    if unit == wanted:
        return value
    if (unit, wanted) == ("[degF]", "Cel"):
        return (value - 32) * 5 / 9
    return value * _FACTORS[unit, wanted]


def computed_bmi(vitals: Iterable[Vital]) -> Vital | None:
    """The body mass index from weight and height, rounded to a tenth.

    None without both, and where a height next to none gives a number that nobody could read.
    """
    values = {each.kind: each.value for each in vitals}
    weight, height = values.get(VitalKind.WEIGHT), values.get(VitalKind.HEIGHT)
    if weight is None or height is None or height.value <= 0:
        return None
    metres = in_unit(height.value, height.unit, "cm") / 100
    index = in_unit(weight.value, weight.unit, "kg") / (metres * metres)
    tenths = index.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return replace(vital(VitalKind.BMI, tenths, "kg/m2"), computed=True) if tenths < _NO_INDEX else None


def confirmed(out_of_range: Vital, reason: str) -> Vital | None:
    """The vital sign with the reason why it is right; None for a reason that is empty, too long or has brackets."""
    reason = " ".join(reason.split())
    if not 0 < len(reason) <= MAX_REASON or not reason.isprintable() or "(" in reason or ")" in reason:
        return None
    return replace(out_of_range, reason=reason)


def age_in_months(born: date, on: date) -> int:
    """Completed months of life on a day; 0 before the birth."""
    months = (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)
    return max(0, months)


def outliers(vitals: Iterable[Vital], age_months: int | None) -> tuple[Outlier, ...]:
    """The values out of range that have no reason yet; a range for the age counts instead of the one for all ages."""
    found = []
    for each in vitals:
        quantities = ((each.value,) if each.value is not None else ()) + each.components
        for quantity in () if each.reason else quantities:
            band = _band(quantity.loinc, age_months)
            if band is not None and not _within(quantity, band):
                found.append(Outlier(each.kind, quantity, band))
    return tuple(found)


def _band(loinc: str, age_months: int | None) -> Band | None:
    fitting = [band for band in data().bands if band.loinc == loinc and _fits(band, age_months)]
    return max(fitting, key=lambda band: band.from_months is not None, default=None)


def _fits(band: Band, age_months: int | None) -> bool:
    if band.from_months is None:
        return True
    return age_months is not None and band.from_months <= age_months and age_months < (band.to_months or 10_000)


def _within(quantity: Quantity, band: Band) -> bool:
    value = in_unit(quantity.value, quantity.unit, band.unit)
    return (band.low is None or value >= band.low) and (band.high is None or value <= band.high)


def render(vitals: Iterable[Vital]) -> str:
    """The note's line, which `visit.vital_entry.parse` reads back to the same values."""
    return ", ".join(_shown(each) for each in sorted(vitals, key=lambda each: ORDER[each.kind]))


def _shown(each: Vital) -> str:
    form = form_of(each.kind)
    if each.value is None:
        numbers = "/".join(plain(part.value) for part in each.components)
        text = f"{form.label} {numbers}{form.units[0].shown}"
    else:
        unit = next(unit.shown for unit in form.units if unit.ucum == each.value.unit)
        text = f"{form.label} {plain(each.value.value)}{unit}{_oxygen(each)}"
    return text + " (computed)" * each.computed + (f" (confirmed: {each.reason})" if each.reason else "")


def _oxygen(each: Vital) -> str:
    if not each.components:
        return ""
    flow, inspired = each.part("flow"), each.part("inspired")
    given = f" {plain(flow)} L/min" if flow is not None else ""
    if inspired == ROOM_AIR:
        return f" on{given} room air"
    return f" on{given}" + (f" FiO2 {plain(inspired)}%" if inspired is not None else "")


def plain(value: Decimal) -> str:
    """A number as it is written, never with an exponent."""
    return f"{value:f}"
