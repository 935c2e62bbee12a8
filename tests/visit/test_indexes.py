import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import NotABoundary, matches_in_utf16, utf8_to_utf16, utf16_length, utf16_to_utf8

TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("aéµ€😀👩‍⚕️\u0301")), max_size=40)


def units(text: str) -> int:
    """UTF-16 units by Python's own encoder."""
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS)
def test_length_is_that_of_pythons_encoder(text: str) -> None:
    assert utf16_length(text) == units(text)


@given(TEXTS)
def test_every_boundary_converts_both_ways_as_pythons_encoders_say(text: str) -> None:
    for split in range(len(text) + 1):
        in_utf16, in_utf8 = units(text[:split]), len(text[:split].encode())
        assert utf16_to_utf8(text, in_utf16) == in_utf8
        assert utf8_to_utf16(text, in_utf8) == in_utf16


@given(TEXTS)
def test_every_other_position_is_refused(text: str) -> None:
    in_utf16 = {units(text[:split]) for split in range(len(text) + 1)}
    in_utf8 = {len(text[:split].encode()) for split in range(len(text) + 1)}
    for position in {*range(-2, units(text) + 3)} - in_utf16:
        with pytest.raises(NotABoundary):
            utf16_to_utf8(text, position)
    for offset in {*range(-2, len(text.encode()) + 3)} - in_utf8:
        with pytest.raises(NotABoundary):
            utf8_to_utf16(text, offset)


def test_half_a_pair_has_no_place() -> None:
    with pytest.raises(NotABoundary):
        utf16_to_utf8("a😀b", 2)
    with pytest.raises(NotABoundary):
        utf8_to_utf16("µ", 1)


def test_a_combining_character_may_stand_apart() -> None:
    # Qt and browsers may put the cursor there, and so it is a boundary here
    assert utf16_to_utf8("e\u0301", 1) == 1
    assert utf8_to_utf16("e\u0301", 3) == 2


@given(TEXTS)
def test_matches_are_counted_like_everything_else(text: str) -> None:
    for match, start, end in matches_in_utf16(re.compile("[aµ😀]+"), text):
        assert (start, end) == (units(text[: match.start()]), units(text[: match.end()]))
    assert len(list(matches_in_utf16(re.compile("😀"), text))) == text.count("😀")
