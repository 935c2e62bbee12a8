"""A typed line becomes lines that hold the same values again; nothing that was typed goes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.vital_entry import EntryProblem
from visit.vital_lines import LineEntry, coded, is_coded, open_questions, read_line, with_reason
from visit.vitals import VitalKind

ADULT = 12 * 54


def read(line: str) -> LineEntry:
    found = read_line(line)
    assert found is not None
    return found


def test_the_line_of_the_issue() -> None:
    found = read("bp 128/82 hr 76 t 98.6f spo2 98ra")
    assert found.complete
    assert found.lines == "BP 128/82 mmHg, HR 76/min, Temp 98.6 °F, SpO2 98% on room air"
    assert open_questions(found, ADULT) == ()
    again = coded(f"Taken by the nurse.\n{found.lines}\n")
    assert again == found.readings[0]
    assert [(part.loinc, part.value, part.unit) for part in again[0].components] == [
        ("8480-6", Decimal(128), "mm[Hg]"),
        ("8462-4", Decimal(82), "mm[Hg]"),
    ]


def test_a_written_line_is_left_alone_and_a_full_stop_changes_nothing() -> None:
    line = read("bp 128/82 hr 76").lines
    assert read_line(line) is None
    assert is_coded(line + ".")
    assert coded(line + ". ") == coded(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Not taken today.",
        "Declined weight",
        "***",
        "Patient says bp 128/82 at home",
        "weight stable",
        "😀 bp 120/80",
    ],
)
def test_a_sentence_stays_a_sentence(line: str) -> None:
    found = read_line(line)
    assert found is None or not found.complete
    assert coded(line) == ()


def test_a_line_as_people_write_it() -> None:
    found = read("BP 138/84, pulse 76, SpO₂ 98 %, temperature 36.7 °C, BMI 29.4.")
    assert found.lines == "BP 138/84 mmHg, HR 76/min, Temp 36.7 °C, SpO2 98%, BMI 29.4 kg/m2"


def test_words_that_are_no_vital_sign_stay_word_for_word() -> None:
    found = read("bp 128/82 sitting at the left arm (cuff large) hr 76 regular")
    assert found.complete
    assert found.lines == "BP 128/82 mmHg, HR 76/min\nsitting at the left arm (cuff large), regular"


def test_a_second_pressure_is_a_second_line() -> None:
    found = read("bp 150/95 hr 88 bp 138/84")
    assert found.lines == "BP 150/95 mmHg, HR 88/min\nBP 138/84 mmHg"
    assert [each.kind for each in coded(found.lines)].count(VitalKind.BLOOD_PRESSURE) == 2


@pytest.mark.parametrize(
    ("line", "kind", "word"),
    [
        ("hr 76 bp 80/120", EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC, "120"),
        ("bp 120/120", EntryProblem.DIASTOLIC_NOT_BELOW_SYSTOLIC, "120"),
        ("😀", None, ""),
        ("hr 76 t 98.6kg", EntryProblem.IMPOSSIBLE_UNIT, "kg"),
    ],
)
def test_only_an_impossible_unit_and_a_wrong_pressure_stop(line: str, kind: EntryProblem | None, word: str) -> None:
    found = read_line(line)
    if kind is None:
        assert found is None
        return
    assert found is not None
    assert found.stop is not None
    assert (found.stop.kind, found.stop.word) == (kind, word)
    assert line[found.stop.start : found.stop.end] == word
    assert not found.complete


def test_a_name_without_a_number_leaves_the_line_as_it_was() -> None:
    found = read("bp 128/82 hr")
    assert not found.complete
    assert found.stop is None
    assert [it.word for it in found.unclear] == ["hr"]


def test_a_unit_that_was_not_typed_is_named() -> None:
    assert [it.word for it in read("bp 120/80 wt 70").assumed] == ["70"]


def test_places_count_utf16_units() -> None:
    found = read("bp 120/80 😀 bp 80/120")
    assert found.stop is not None
    assert found.stop.start == len("bp 120/80 😀 bp 80/".encode("utf-16-le")) // 2


def test_what_is_out_of_range_is_asked_and_the_reason_is_kept() -> None:
    found = read("bp 210/125 hr 76 spo2 80ra")
    questions = open_questions(found, ADULT)
    assert [(each.kind, len(each.outliers)) for each in questions] == [
        (VitalKind.BLOOD_PRESSURE, 2),
        (VitalKind.OXYGEN_SATURATION, 1),
    ]
    assert with_reason(found, questions[0], " ") is None
    for question in questions:
        answered = with_reason(found, question, "taken twice")
        assert answered is not None
        found = answered
    assert open_questions(found, ADULT) == ()
    assert found.lines.count("(confirmed: taken twice)") == 2
    assert coded(found.lines) == found.readings[0]


def test_the_range_is_the_ages() -> None:
    newborn = read("hr 150 rr 45")
    assert open_questions(newborn, 1) == ()
    assert [each.kind for each in open_questions(newborn, ADULT)] == [
        VitalKind.HEART_RATE,
        VitalKind.RESPIRATORY_RATE,
    ]


def test_a_childs_vital_signs_are_read_back() -> None:
    found = read("hc 45cm hcp 60 wfl 55 bmip 62 wt 9.2kg ht 74cm bmi")
    assert found.complete
    assert {each.loinc for each in coded(found.lines)} >= {"9843-4", "8289-1", "59576-9", "77606-2"}


@given(st.text(st.sampled_from("bp hrt 1279/80.fcka,()😀é"), max_size=40))
def test_whatever_is_typed_reads_back_as_what_it_became(line: str) -> None:
    found = read_line(line)
    if found is not None and found.complete:
        for reading, written in zip(found.readings, found.lines.split("\n"), strict=False):
            assert coded(written) == reading
