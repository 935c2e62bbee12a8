from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.vital_entry import parse
from visit.vitals import (
    ORDER,
    Vital,
    VitalKind,
    age_in_months,
    blood_pressure,
    computed_bmi,
    confirmed,
    data,
    form_of,
    in_unit,
    outliers,
    oxygen_saturation,
    render,
    vital,
)

NUMBERS = st.decimals(0, 9999, places=1) | st.integers(0, 400).map(Decimal)
SINGLE = [kind for kind in VitalKind if kind.value not in ("blood_pressure", "oxygen_saturation", "bmi")]
ADULT = 480


def singles(kind: VitalKind) -> st.SearchStrategy[Vital]:
    units = st.sampled_from([unit.ucum for unit in form_of(kind).units])
    return st.builds(lambda number, unit: vital(kind, number, unit), NUMBERS, units)


PRESSURES = st.tuples(NUMBERS, NUMBERS).map(lambda pair: blood_pressure(max(pair), min(pair)))
SATURATIONS = st.builds(
    lambda percent, flow, inspired: oxygen_saturation(percent, flow=flow, inspired=inspired),
    NUMBERS,
    st.none() | NUMBERS,
    st.none() | NUMBERS | st.just(Decimal(21)),
)
REASONS = st.just("") | st.text(st.sampled_from("ab, é😀:5/"), min_size=1, max_size=12)


@st.composite
def lines(draw: st.DrawFn) -> tuple[Vital, ...]:
    """A set of vital signs as it can come from an entry, in the order of the line."""
    kinds = draw(st.sets(st.sampled_from(SINGLE)))
    found = [draw(singles(kind)) for kind in kinds]
    found += [each for each in (draw(st.none() | PRESSURES), draw(st.none() | SATURATIONS)) if each is not None]
    bmi = draw(
        st.none() | st.just(computed_bmi(found)) | st.builds(vital, st.just(VitalKind.BMI), NUMBERS, st.just("kg/m2"))
    )
    found += [bmi] if bmi is not None else []
    reasoned = [confirmed(each, draw(REASONS)) or each for each in found]
    return tuple(sorted(reasoned, key=lambda each: ORDER[each.kind]))


@given(lines())
def test_the_notes_line_is_read_back_to_the_same_values(vitals: tuple[Vital, ...]) -> None:
    entry = parse(render(vitals))
    assert entry.vitals == vitals
    assert entry.problems == ()
    assert render(entry.vitals) == render(vitals)


def test_the_line() -> None:
    vitals = (
        blood_pressure(Decimal(128), Decimal(82)),
        vital(VitalKind.HEART_RATE, Decimal(210), "/min"),
        vital(VitalKind.WEIGHT, Decimal("70.50"), "kg"),
        vital(VitalKind.HEIGHT, Decimal(67), "[in_i]"),
    )
    given_ones = [each for each in vitals if each is not None]
    bmi = computed_bmi(given_ones)
    assert bmi is not None
    with_reason = confirmed(given_ones[1], " counted  by hand ")
    assert with_reason is not None
    assert render([bmi, given_ones[0], with_reason, *given_ones[2:]]) == (
        "BP 128/82 mmHg, HR 210/min (confirmed: counted by hand), Wt 70.50 kg, Ht 67 in, BMI 24.3 kg/m2 (computed)"
    )
    assert render([]) == ""


@pytest.mark.parametrize(
    ("kind", "loinc", "units"),
    [
        (VitalKind.BLOOD_PRESSURE, "85354-9", ("mm[Hg]",)),
        (VitalKind.HEART_RATE, "8867-4", ("/min",)),
        (VitalKind.RESPIRATORY_RATE, "9279-1", ("/min",)),
        (VitalKind.TEMPERATURE, "8310-5", ("[degF]", "Cel")),
        (VitalKind.OXYGEN_SATURATION, "59408-5", ("%",)),
        (VitalKind.WEIGHT, "29463-7", ("kg", "[lb_av]", "g")),
        (VitalKind.HEIGHT, "8302-2", ("cm", "[in_i]")),
        (VitalKind.BMI, "39156-5", ("kg/m2",)),
        (VitalKind.PAIN, "72514-3", ("{score}",)),
        (VitalKind.HEAD_CIRCUMFERENCE, "9843-4", ("cm", "[in_i]")),
        (VitalKind.BMI_PERCENTILE, "59576-9", ("%",)),
        (VitalKind.WEIGHT_FOR_LENGTH_PERCENTILE, "77606-2", ("%",)),
        (VitalKind.HEAD_CIRCUMFERENCE_PERCENTILE, "8289-1", ("%",)),
    ],
)
def test_codes_and_units(kind: VitalKind, loinc: str, units: tuple[str, ...]) -> None:
    form = form_of(kind)
    assert (form.loinc, tuple(unit.ucum for unit in form.units)) == (loinc, units)


def test_a_blood_pressure_is_a_panel_of_two() -> None:
    pressure = blood_pressure(Decimal(128), Decimal(82))
    assert pressure is not None
    assert pressure.loinc == "85354-9"
    assert pressure.value is None
    coded = [(part.loinc, str(part.value), part.unit) for part in pressure.components]
    assert coded == [("8480-6", "128", "mm[Hg]"), ("8462-4", "82", "mm[Hg]")]
    assert (pressure.part("systolic"), pressure.part("diastolic")) == (Decimal(128), Decimal(82))


@pytest.mark.parametrize(("systolic", "diastolic"), [(80, 80), (80, 120), (0, 0)])
def test_a_diastolic_at_or_over_the_systolic_is_none(systolic: int, diastolic: int) -> None:
    assert blood_pressure(Decimal(systolic), Decimal(diastolic)) is None


def test_oxygen_is_coded_too() -> None:
    given_oxygen = oxygen_saturation(Decimal(94), flow=Decimal(2), inspired=Decimal(28))
    assert [(part.loinc, str(part.value), part.unit) for part in given_oxygen.components] == [
        ("3151-8", "2", "L/min"),
        ("3150-0", "28", "%"),
    ]
    assert form_of(VitalKind.OXYGEN_SATURATION).also == ("2708-6",)
    assert oxygen_saturation(Decimal(98)).components == ()


def test_units_convert() -> None:
    assert in_unit(Decimal(212), "[degF]", "Cel") == 100
    assert in_unit(Decimal(100), "[lb_av]", "kg") == Decimal("45.359237")
    assert in_unit(Decimal(3250), "g", "kg") == Decimal("3.25")
    assert in_unit(Decimal(10), "[in_i]", "cm") == Decimal("25.4")
    with pytest.raises(KeyError):
        in_unit(Decimal(1), "kg", "cm")


def test_the_body_mass_index_needs_both_and_says_that_it_is_computed() -> None:
    weight, height = vital(VitalKind.WEIGHT, Decimal(70), "kg"), vital(VitalKind.HEIGHT, Decimal(170), "cm")
    bmi = computed_bmi([weight, height])
    assert bmi is not None
    assert bmi.value is not None
    assert (bmi.value.value, bmi.value.unit, bmi.computed) == (Decimal("24.2"), "kg/m2", True)
    assert computed_bmi([weight]) is None
    assert computed_bmi([height]) is None
    assert computed_bmi([weight, vital(VitalKind.HEIGHT, Decimal(0), "cm")]) is None


@pytest.mark.parametrize("reason", ["", "  ", "a(b", "a)", "x" * 81, "a\0b"])
def test_reasons_that_are_none(reason: str) -> None:
    assert confirmed(vital(VitalKind.PAIN, Decimal(11), "{score}"), reason) is None


@pytest.mark.parametrize(
    ("text", "age", "expected"),
    [
        ("hr 41", ADULT, []),
        ("hr 40", ADULT, ["8867-4"]),
        ("hr 130", ADULT, []),
        ("hr 131", ADULT, ["8867-4"]),
        ("hr 131", 4, []),
        ("hr 150", 4, []),
        ("hr 60", 4, ["8867-4"]),
        ("hr 150", None, []),
        ("hr 251", None, ["8867-4"]),
        ("rr 40", 1, []),
        ("rr 62", 1, []),  # the range for the age counts, not the one for all ages
        ("rr 40", ADULT, ["9279-1"]),
        ("t 39.1c", ADULT, ["8310-5"]),
        ("t 98.6f", ADULT, []),
        ("t 102.5f", ADULT, ["8310-5"]),
        ("t 38c", 2, ["8310-5"]),
        ("spo2 91", ADULT, ["59408-5"]),
        ("spo2 101", ADULT, ["59408-5"]),
        ("spo2 92 2l fio2 20", ADULT, ["3150-0"]),
        ("bp 90/60", ADULT, ["8480-6"]),
        ("bp 181/121", ADULT, ["8480-6", "8462-4"]),
        ("bp 180/120", ADULT, []),
        ("bp 79/50", 60, ["8480-6"]),
        ("bp 80/50", 60, []),
        ("bp 60/40", 0, []),
        ("bp 60/40", 1, ["8480-6"]),
        ("pain 10", ADULT, []),
        ("pain 11", ADULT, ["72514-3"]),
        ("wt 1600lb", ADULT, ["29463-7"]),
        ("wt 3250g", 0, []),
        ("ht 700cm", ADULT, ["8302-2"]),
        ("wfl 101", 5, ["77606-2"]),
    ],
)
def test_outliers_are_named_by_code(text: str, age: int | None, expected: list[str]) -> None:
    entry = parse(text)
    assert entry.problems == ()
    found = outliers(entry.vitals, age)
    assert [outlier.quantity.loinc for outlier in found] == expected
    reasoned = [confirmed(each, "measured again") for each in entry.vitals]
    assert outliers([each for each in reasoned if each is not None], age) == ()


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 400))
def test_age_in_completed_months(born: date, months: int) -> None:
    year, month = divmod(born.year * 12 + born.month - 1 + months, 12)
    on = date(year, month + 1, min(born.day, 28))
    assert age_in_months(born, on) == max(0, months - (on.day < born.day))
    assert age_in_months(on, born) == 0 or months == 0


def test_the_bands_of_a_code_leave_no_gap_and_do_not_overlap() -> None:
    loincs = {band.loinc for band in data().bands}
    coded = {form.loinc for form in data().vitals} | {part.loinc for form in data().vitals for part in form.components}
    assert loincs == coded - {"85354-9"}
    for loinc in loincs:
        aged = sorted(
            (b for b in data().bands if b.loinc == loinc and b.from_months is not None),
            key=lambda b: b.from_months or 0,
        )
        assert len([b for b in data().bands if b.loinc == loinc and b.from_months is None]) == 1
        for band, following in zip(aged, aged[1:], strict=False):
            assert band.to_months == following.from_months
        assert not aged or aged[-1].to_months is None


def test_every_number_has_a_source_and_says_whether_it_was_checked() -> None:
    read = data()
    assert {form.source for form in read.vitals} | {band.source for band in read.bands} == set(read.sources)
    for band in read.bands:
        assert band.low is not None or band.high is not None
        if band.low is not None and band.high is not None:
            assert band.low < band.high
    assert {band.verified for band in read.bands if band.source in ("fleming", "estimate", "one_system")} == {False}


def test_no_name_means_two_things() -> None:
    names = [name for form in data().vitals for name in form.names]
    assert len(names) == len({*names})
