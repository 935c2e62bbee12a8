"""Times in the visit: written and read again alike, whatever is typed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.time_anchor import TimeAnchor

STARTED = datetime(2026, 11, 24, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "written"), [(0, "00:00"), (134, "02:14"), (761, "12:41"), (3_599, "59:59"), (3_723, "1:02:03")]
)
def test_it_is_written_as_the_visits_clock(seconds: int, written: str) -> None:
    anchor = TimeAnchor.of(STARTED + timedelta(seconds=seconds), STARTED)
    assert str(anchor) == written
    assert TimeAnchor.read(written) == anchor
    assert anchor.at(STARTED) == STARTED + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "12", "12:61", "1:60:00", "a:bc", "-1:00", "12:41:", "111:00", "１２:４１x"])
def test_what_is_none_is_none(text: str) -> None:
    assert TimeAnchor.read(text) is None


@pytest.mark.parametrize(
    ("line", "place", "found"),
    [
        ("pain [inaudible 04:12] left", 5, "04:12"),
        ("pain [inaudible 04:12] left", 22, "04:12"),
        ("pain [inaudible 04:12] left", 23, None),
        ("pain [inaudible 04:12] left", 4, None),
        ("seen ▸ 1:02:03. Then", 6, "1:02:03"),
        ("seen ▸02:14 and ▸03:15", 17, "03:15"),
        ("at 12:41 by the clock", 5, None),
        ("[99:99:99:99]", 3, None),
        ("", 0, None),
    ],
)
def test_the_time_at_a_place_of_a_line_is_read_when_it_is_marked_as_one(
    line: str, place: int, found: str | None
) -> None:
    anchor = TimeAnchor.at_place(line, place)
    assert (None if anchor is None else str(anchor)) == found


def test_before_start_is_at_start() -> None:
    assert TimeAnchor.of(STARTED - timedelta(minutes=3), STARTED) == TimeAnchor(0)


@given(st.text(max_size=12))
def test_anything_typed_is_an_anchor_or_none(text: str) -> None:
    anchor = TimeAnchor.read(text)
    assert anchor is None or TimeAnchor.read(str(anchor)) == anchor
