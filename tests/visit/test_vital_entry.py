from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import utf16_length
from visit.vital_entry import Assumed, EntryProblem, parse
from visit.vitals import VitalKind, render

LINE = "BP 128/82 mmHg, HR 76/min, RR 16/min, Temp 98.6 °F, SpO2 98% on room air, Wt 70 kg, Ht 170 cm"


def test_the_entry_of_the_specification() -> None:
    entry = parse("bp 128/82 hr 76 t 98.6f spo2 98ra rr 16 wt 70kg ht 170cm pain 4 bmi")
    assert render(entry.vitals) == LINE + ", BMI 24.2 kg/m2 (computed), Pain 4/10"
    assert entry.problems == ()
    assert not entry.stopped


def test_any_order() -> None:
    parts = ("bp 128/82", "hr 76", "t 98.6f", "spo2 98ra", "bmi", "wt 70kg ht 170cm")
    lines = {render(parse(" ".join(order)).vitals) for order in permutations(parts)}
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("BP: 128/82, HR=76; RR 16.", "BP 128/82 mmHg, HR 76/min, RR 16/min"),
        ("blood pressure 128 over 82 mm Hg", "BP 128/82 mmHg"),
        ("bp128/82hr76rr16", "BP 128/82 mmHg, HR 76/min, RR 16/min"),
        ("pulse 76 bpm resp 16", "HR 76/min, RR 16/min"),
        ("heart rate is 76", "HR 76/min"),
        ("t 37,2", "Temp 37.2 °C"),
        ("temp 98.6", "Temp 98.6 °F"),
        ("t 37 °C", "Temp 37 °C"),
        ("t 101f", "Temp 101 °F"),
        ("spo2 98%", "SpO2 98%"),
        ("sats 94 on 2L/min", "SpO2 94% on 2 L/min"),
        ("spo2 94 2l hr 76", "HR 76/min, SpO2 94% on 2 L/min"),
        ("94 2l", ""),
        ("o2sat 94% 2 lpm nc fio2 28", "SpO2 94% on 2 L/min FiO2 28%"),
        ("spo2 97 room air", "SpO2 97% on room air"),
        ("ht 5'10\"", "Ht 70 in"),
        ("ht 5 ft 10 in wt 150 lbs", "Wt 150 lb, Ht 70 in"),
        ("ht 5ft wt 70kg", "Wt 70 kg, Ht 60 in"),
        ("ht 5'10.5", "Ht 70.5 in"),
        ("ht 6' wt 80kg", "Wt 80 kg, Ht 72 in"),
        ("ht 70in", "Ht 70 in"),
        ("ht 1.75m", "Ht 175.00 cm"),
        ("wt 8lb 5oz", "Wt 8.3125 lb"),
        ("wt 8lb 5.5oz", "Wt 8.34375 lb"),
        ("wt 3250 g", "Wt 3250 g"),
        (
            "hc 38.5 cm wfl 40 hc percentile 55% bmi percentile 85%",
            "HC 38.5 cm, BMI percentile 85%, WFL percentile 40%, HC percentile 55%",
        ),
        ("bmi 24.2", "BMI 24.2 kg/m2"),
        ("pain 7/10", "Pain 7/10"),
        ("wt 70kg ht 175cm bmi 99 (computed)", "Wt 70 kg, Ht 175 cm, BMI 22.9 kg/m2 (computed)"),
    ],
)
def test_ways_to_type(text: str, line: str) -> None:
    entry = parse(text)
    assert render(entry.vitals) == line
    assert not entry.stopped
    assert entry.problems == () or text == "94 2l"


@pytest.mark.parametrize(
    ("text", "problem", "word"),
    [
        ("t 98kg", EntryProblem.IMPOSSIBLE_UNIT, "kg"),
        ("t 310k", EntryProblem.IMPOSSIBLE_UNIT, "k"),
        ("wt 70c", EntryProblem.IMPOSSIBLE_UNIT, "c"),
        ("wt 11 st", EntryProblem.IMPOSSIBLE_UNIT, "st"),
        ("wt 70kgs1", EntryProblem.UNKNOWN_WORD, "1"),
        ("hr 76%", EntryProblem.IMPOSSIBLE_UNIT, "%"),
        ("hr 76qx", EntryProblem.IMPOSSIBLE_UNIT, "qx"),
        ("ht 170 kg", EntryProblem.IMPOSSIBLE_UNIT, "kg"),
        ("ht 5'10kg", EntryProblem.IMPOSSIBLE_UNIT, "kg"),
        ("spo2 94l", EntryProblem.IMPOSSIBLE_UNIT, "l"),
        ("bp 17/11 kPa", EntryProblem.IMPOSSIBLE_UNIT, "kPa"),
        ("😀 bp 80/120", EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC, "120"),
        ("bp 80/80", EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC, "80"),
        ("bp 128", EntryProblem.MISSING_VALUE, "bp"),
        ("bp 128/", EntryProblem.MISSING_VALUE, "bp"),
        ("bp 90/palp", EntryProblem.MISSING_VALUE, "bp"),
        ("hr", EntryProblem.MISSING_VALUE, "hr"),
        ("hr t 98.6f", EntryProblem.MISSING_VALUE, "hr"),
        ("hr -76", EntryProblem.MISSING_VALUE, "hr"),
        ("hr 1234567", EntryProblem.NOT_A_NUMBER, "1234567"),
        ("t 98.6.1", EntryProblem.NOT_A_NUMBER, "98.6.1"),
        ("wt 3,250g", EntryProblem.NOT_A_NUMBER, "3,250"),
        ("t 98/6", EntryProblem.NOT_A_NUMBER, "/"),
        ("pain 4/5", EntryProblem.NOT_A_NUMBER, "/"),
        ("bp 120/80/60", EntryProblem.NOT_A_NUMBER, "/"),
        ("hr 76 hr 80", EntryProblem.GIVEN_TWICE, "hr"),
        ("hr 76 sitting", EntryProblem.UNKNOWN_WORD, "sitting"),
        ("76", EntryProblem.UNKNOWN_WORD, "76"),
        ("hr ٧٦", EntryProblem.MISSING_VALUE, "hr"),
        ("wt 70", EntryProblem.UNIT_ASSUMED, "70"),
        ("ht 170", EntryProblem.UNIT_ASSUMED, "170"),
        ("t 60", EntryProblem.UNIT_ASSUMED, "60"),
        ("bmi", EntryProblem.NO_HEIGHT_AND_WEIGHT, "bmi"),
        ("bmi wt 70kg", EntryProblem.NO_HEIGHT_AND_WEIGHT, "bmi"),
        ("bmi ht 0cm wt 70kg", EntryProblem.NO_HEIGHT_AND_WEIGHT, "bmi"),
    ],
)
def test_problems_name_the_word_they_are_at(text: str, problem: EntryProblem, word: str) -> None:
    entry = parse(text)
    found = next(each for each in entry.problems if each.kind is problem)
    assert found.word == word
    assert text.encode("utf-16-le")[2 * found.start : 2 * found.end].decode("utf-16-le") == word
    stops = problem in (EntryProblem.IMPOSSIBLE_UNIT, EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC)
    assert entry.stopped is stops


def test_what_is_wrong_is_not_taken_and_the_rest_is() -> None:
    entry = parse("bp 80/120 hr 76 wt 70c t 98.6f")
    assert [each.kind for each in entry.vitals] == [VitalKind.HEART_RATE, VitalKind.TEMPERATURE]
    assert entry.stopped


def test_an_extreme_value_does_not_stop_the_entry() -> None:
    entry = parse("bp 300/20 hr 260 t 110f spo2 40 rr 90 wt 400kg ht 40cm pain 12")
    assert not entry.stopped
    assert entry.problems == ()
    assert len(entry.vitals) == 8


def test_the_practices_units_are_assumed() -> None:
    entry = parse("wt 150 ht 70", Assumed(weight="[lb_av]", height="[in_i]"))
    assert render(entry.vitals) == "Wt 150 lb, Ht 70 in"
    assert [each.kind for each in entry.problems] == [EntryProblem.UNIT_ASSUMED] * 2


@given(st.text(st.sampled_from("bphrtwmic 0123456789/.,%'\"°()-l😀\n"), max_size=60))
def test_no_text_does_harm_and_problems_lie_in_it(text: str) -> None:
    entry = parse(text)
    for problem in entry.problems:
        assert 0 <= problem.start < problem.end <= utf16_length(text)
    kinds = [each.kind for each in entry.vitals]
    assert len(kinds) == len({*kinds})
    assert parse(render(entry.vitals)).vitals == entry.vitals


@given(
    st.lists(
        st.sampled_from(["bp", "hr", "76", "128/82", "kg", "spo2", "98", "ra", "2l", "bmi", "wt", "70kg", "x"]),
        max_size=14,
    )
)
def test_every_number_is_taken_or_named(words: list[str]) -> None:
    text = " ".join(words)
    entry = parse(text)
    line = render(entry.vitals)
    named = " ".join(problem.word for problem in entry.problems)
    if not entry.problems:
        for number in ("76", "128/82", "98"):
            assert (number in text) <= (number in line)
    elif "x" in words:
        assert "x" in named


def test_a_long_hostile_entry_is_read_once_through() -> None:
    for text in ("bp " * 7_000, "9" * 20_000, "(confirmed: " * 1_700, "1/" * 10_000, "ht 5'" * 4_000, "😀" * 10_000):
        entry = parse(text)
        assert len(entry.vitals) <= 1


def test_decimals_keep_their_places() -> None:
    (weight,) = parse("wt 70.50kg").vitals
    assert weight.value is not None
    assert str(weight.value.value) == "70.50"
    assert weight.value.value == Decimal("70.5")
