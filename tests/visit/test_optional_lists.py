import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.blanks import fields
from visit.indexes import utf16_length
from visit.optional_lists import optional_removals, without_optional_lists

HOSTILE = st.text(st.sampled_from("ab .{}|\\*?+\n😀"), max_size=40)
LINES = st.lists(st.sampled_from(["a", "{?b|c}", " ", "{?😀|d}", ".", "\n", "{e|f}", "***"]), max_size=14).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pain {?mild|severe}.", "Pain."),
        ("Pain {?mild|severe} today", "Pain today"),
        ("{?Mild|Severe} pain", "pain"),
        ("Pain {?a|b} {?c|d} today", "Pain today"),
        ("{?a|b} {?c|d}\nnext", "next"),
        ("first\n  {?a|b}\nlast", "first\nlast"),
        ("first\n{?a|b}", "first"),
        ("{?a|b}\n{?c|d}", ""),
        ("{?a|b}", ""),
        ("😀 {?a|b}({?c|d})", "😀 ()"),
        ("{a|b} *** {?=c|d}", "{a|b} ***"),
        (r"\{?a|b\}", r"\{?a|b\}"),
    ],
)
def test_they_go_and_leave_a_proper_text(text: str, expected: str) -> None:
    assert without_optional_lists(text) == expected


@given(st.one_of(HOSTILE, LINES))
def test_removals_lie_in_order_and_apart(text: str) -> None:
    end = 0
    for start, stop in optional_removals(text):
        assert end <= start < stop <= utf16_length(text)
        end = stop


@given(LINES)
def test_nothing_but_optional_lists_and_white_space_goes(text: str) -> None:
    sent = without_optional_lists(text)
    assert not [f for f in fields(sent) if f.optional]
    kept = text.replace("{?b|c}", "").replace("{?😀|d}", "")
    assert "".join(sent.split()) == "".join(kept.split())


@given(HOSTILE)
def test_a_text_without_them_is_left_as_it_is(text: str) -> None:
    if not [f for f in fields(text) if f.optional]:
        assert without_optional_lists(text) == text


def test_a_text_nested_by_hand_ends() -> None:
    text = "{?a|" * 2_000 + "b" + "}" * 2_000
    assert len(without_optional_lists(text)) < len(text)
