import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.indexes import NotABoundary, utf16_length
from visit.unit_map import UnitMap


@given(st.text(st.sampled_from("aé€😀\U00010000"), max_size=30))
def test_both_ways_as_the_lengths_say(text: str) -> None:
    units = UnitMap(text)
    boundaries = [utf16_length(text[:index]) for index in range(len(text) + 1)]
    assert [units.units(index) for index in range(len(text) + 1)] == boundaries
    assert [units.index(position) for position in boundaries] == list(range(len(text) + 1))
    for position in {*range(-2, boundaries[-1] + 3)} - {*boundaries}:
        with pytest.raises(NotABoundary):
            units.index(position)
