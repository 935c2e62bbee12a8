from collections.abc import Iterator
from typing import SupportsIndex, overload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.abbreviations import REACH, Danger, Token, dangers, lint, tokens
from visit.indexes import utf16_length
from visit.unit_map import UnitMap


def mended(text: str) -> str:
    """The text with every suggestion taken."""
    units = UnitMap(text)
    for found in reversed(lint(text)):
        text = text[: units.index(found.start)] + found.suggestion + text[units.index(found.end) :]
    return text


@pytest.mark.parametrize(
    ("text", "kind", "better"),
    [
        ("10 U insulin", Danger.UNIT, "10 units insulin"),
        ("insulin 10U at night", Danger.UNIT, "insulin 10 units at night"),
        ("4 u SC", Danger.UNIT, "4 units SC"),
        ("heparin 5,000 U", Danger.UNIT, "heparin 5,000 units"),
        ("insulin 100 U/mL", Danger.UNIT, "insulin 100 units/mL"),
        ("vitamin D 1000 IU", Danger.INTERNATIONAL_UNIT, "vitamin D 1000 international units"),
        ("1000iu daily", Danger.INTERNATIONAL_UNIT, "1000 international units daily"),
        ("dose in IU", Danger.INTERNATIONAL_UNIT, "dose in international units"),
        ("lisinopril 10 mg QD", Danger.DAILY, "lisinopril 10 mg daily"),
        ("10 mg qd.", Danger.DAILY, "10 mg daily."),
        ("10 mg q.d. with food", Danger.DAILY, "10 mg daily with food"),
        ("10 mg Q.D", Danger.DAILY, "10 mg daily"),
        ("5 mg QOD", Danger.EVERY_OTHER_DAY, "5 mg every other day"),
        ("5 mg q.o.d.", Danger.EVERY_OTHER_DAY, "5 mg every other day"),
        ("1.0 mg", Danger.TRAILING_ZERO, "1 mg"),
        ("warfarin 5.00mg", Danger.TRAILING_ZERO, "warfarin 5mg"),
        ("2.50 mL", Danger.TRAILING_ZERO, "2.5 mL"),
        ("1.0 mg/kg", Danger.TRAILING_ZERO, "1 mg/kg"),
        ("1.0 tablet", Danger.TRAILING_ZERO, "1 tablet"),
        ("5.0 PO", Danger.TRAILING_ZERO, "5 PO"),
        ("1.0-2 mg", Danger.TRAILING_ZERO, "1-2 mg"),
        ("0.5 - 1.0 mg", Danger.TRAILING_ZERO, "0.5 - 1 mg"),
        (".5 mg", Danger.NAKED_DECIMAL, "0.5 mg"),
        ("take .25mg", Danger.NAKED_DECIMAL, "take 0.25mg"),
        ("(.50 mg)", Danger.NAKED_DECIMAL, "(0.5 mg)"),
        (".5-1 mg", Danger.NAKED_DECIMAL, "0.5-1 mg"),
        ("MS 2 mg IV", Danger.MS, "morphine sulfate 2 mg IV"),
        ("MS 2-4 mg", Danger.MS, "morphine sulfate 2-4 mg"),
        ("MS IV for pain", Danger.MS, "morphine sulfate IV for pain"),
        ("gave 2 mg MS", Danger.MS, "gave 2 mg morphine sulfate"),
        ("gave 2 mg of MS", Danger.MS, "gave 2 mg of morphine sulfate"),
        ("gave 2mg IV MS", Danger.MS, "gave 2mg IV morphine sulfate"),
        ("MSO4 given", Danger.MSO4, "morphine sulfate given"),
        ("mso4", Danger.MSO4, "morphine sulfate"),
        ("MgSO4 2 g", Danger.MGSO4, "magnesium sulfate 2 g"),
    ],
)
def test_dangerous_ones_are_found_and_mended(text: str, kind: Danger, better: str) -> None:
    assert [found.kind for found in lint(text)] == [kind]
    assert mended(text) == better
    assert lint(better) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "INR 2.0",
        "INR 2.0 on warfarin 5 mg",
        "moderate MS",
        "MS with relapse in 2024",
        "MS: no joint pain",
        "MS on 20 mg of glatiramer",
        "history of MS, 20 mg given",
        "QTc 440 ms",
        "12 ms 5 mg",
        "alert, MS normal",
        "lesion 2.0 cm",
        "pH 7.0",
        "creatinine 1.0 mg/dL",
        "Hgb 12.0 g/dL",
        "K 4.0 mEq/L",
        "trough 15.0 mcg/mL",
        "eGFR 60.0 mL/min",
        "temp 37.0 C",
        "weight 70.0 kg",
        "A1c 7.0%",
        "p < .05",
        "0.5 mg",
        "10 mg",
        "100 mg",
        "20.5 mg",
        "v1.0 mg",
        "1.0.0 mg",
        "ALT 30 U/L",
        "ALT 30 IU/L",
        "insulin U-100",
        "10 U-100 syringes",
        "you u us U",
        "ulna 10 uL",
        "group 2 usual",
        "B12 U",
        "10\nU",
        "QDs",
        "qday",
        "q d",
        "Q. D. Smith",
        "faq.d.txt",
        "x_qd",
        "qd-7",
        "e.g. 5 mg",
        "ends here.5 mg",
        ".hpi",
        "MgSO",
        "ams 2 mg",
        "MSG 2 mg",
    ],
)
def test_what_looks_alike_is_left_in_peace(text: str) -> None:
    assert lint(text) == ()


def test_several_in_one_line_lie_apart() -> None:
    text = "😀 MS 2.0 mg IV, insulin .5 U QD"
    found = lint(text)
    assert [each.kind for each in found] == [
        Danger.MS,
        Danger.TRAILING_ZERO,
        Danger.NAKED_DECIMAL,
        Danger.UNIT,
        Danger.DAILY,
    ]
    assert (found[0].start, found[0].end) == (3, 5)  # UTF-16 units
    assert mended(text) == "😀 morphine sulfate 2 mg IV, insulin 0.5 units daily"


PARTS = ["MS", "U", "u", "IU", "QD", "q.d.", "Q.O.D", "qod", "1.0", ".5", ".50", "2", "10", "1,000.0", "mg", "mL"]
PARTS += ["g/dL", " ", " ", "IV", "of", "-", ".", "/", "L", "\n", "😀", "MSO4", "mgso4", "(", "x"]


@given(st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_findings_lie_in_order_and_apart_and_mending_mends(text: str) -> None:
    end = 0
    for found in lint(text):
        assert end <= found.start < found.end <= utf16_length(text)
        end = found.end
    assert lint(mended(text)) == ()


@given(st.text(max_size=40))
def test_tokens_are_the_whole_text(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text


class Counted(list[Token]):
    """Tokens that count how often one is looked at."""

    looks = 0

    @overload
    def __getitem__(self, at: SupportsIndex) -> Token: ...
    @overload
    def __getitem__(self, at: slice) -> list[Token]: ...
    def __getitem__(self, at: SupportsIndex | slice) -> Token | list[Token]:
        self.looks += 1
        return super().__getitem__(at)

    def __iter__(self) -> Iterator[Token]:
        for token in super().__iter__():
            self.looks += 1
            yield token


HOSTILE = ["1.0 ", "1.0", "U", "10 U ", "q.", "q.o.", "Q.D.", "MS ", "MS 2-", "2 mg of ", "1.0-", ".", " ", "\t \t"]


@pytest.mark.parametrize("part", [*HOSTILE, "9", "a", "é", "😀", ",000"])
def test_hostile_text_takes_a_bounded_number_of_looks_per_token(part: str) -> None:
    text = (part * 20_000)[:20_000]
    cut = Counted(tokens(text))
    list(dangers(text, cut))
    assert cut.looks <= 4 * REACH * len(cut) + 1


@given(st.one_of(st.lists(st.sampled_from(PARTS), max_size=14).map("".join), st.text("uiqdoms4 ºſ.5é", max_size=12)))
def test_the_search_that_saves_the_rest_misses_nothing(text: str) -> None:
    units = UnitMap(text)
    thorough = [(units.units(it.start), units.units(it.end), it.kind) for it in dangers(text, tokens(text))]
    assert [(it.start, it.end, it.kind) for it in lint(text)] == thorough
