"""The reports of arrivals, read again as the draft says: every packet once, its time to a quarter millisecond."""

import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.av.arrivals import MAX_REPORTED, REPORT_SECONDS, Arrivals

OURS, THEIRS = 0x11111111, 0x22222222


def read(packet: bytes) -> tuple[int, dict[int, float | None]]:
    """The report's count, and each number with its time (seconds, from the report's zero) or None when it is lost."""
    first, kind, words = struct.unpack("!BBH", packet[:4])
    assert (first >> 6, first & 0x1F, kind) == (2, 15, 205)
    assert len(packet) == 4 * (words + 1)
    body = packet[4 : len(packet) - (packet[-1] if first & 0x20 else 0)]
    ssrc, media, base, count, reference = struct.unpack("!IIHHI", body[:16])
    assert (ssrc, media) == (OURS, THEIRS)
    at = 16
    symbols: list[int] = []
    while len(symbols) < count:
        (chunk,) = struct.unpack("!H", body[at : at + 2])
        at += 2
        if not chunk >> 15:
            symbols += [chunk >> 13 & 3] * (chunk & 0x1FFF)
        elif chunk >> 14 & 1:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    time = (reference >> 8) * 0.064
    told: dict[int, float | None] = {}
    for number, symbol in enumerate(symbols[:count], base):
        told[number & 0xFFFF] = None
        if symbol:
            size, form = (1, "!B") if symbol == 1 else (2, "!h")
            time += struct.unpack(form, body[at : at + size])[0] / 4_000
            at += size
            told[number & 0xFFFF] = time
    assert at == len(body)
    return reference & 0xFF, told


def told(arrivals: Arrivals, now: float) -> dict[int, float | None]:
    packet = arrivals.report(now, OURS, THEIRS)
    assert packet is not None
    return read(packet)[1]


def test_what_came_and_what_did_not_is_told_with_its_time() -> None:
    arrivals = Arrivals()
    for sequence, at in ((10, 5.0), (11, 5.001), (14, 5.2)):
        arrivals.came(sequence, at)
    report = told(arrivals, 5.2)
    assert [number for number, at in report.items() if at is None] == [12, 13]
    assert report[10] == pytest.approx(5.0, abs=0.0002)
    assert report[11] == pytest.approx(5.001, abs=0.0002)
    assert report[14] == pytest.approx(5.2, abs=0.0002)


def test_a_report_is_made_so_often_and_only_of_something_new() -> None:
    arrivals = Arrivals()
    assert arrivals.report(1.0, OURS, THEIRS) is None
    arrivals.came(1, 1.0)
    assert arrivals.report(1.0, OURS, THEIRS) is not None
    arrivals.came(2, 1.01)
    assert arrivals.report(1.01, OURS, THEIRS) is None
    assert arrivals.report(1.0 + REPORT_SECONDS, OURS, THEIRS) is not None
    assert arrivals.report(2.0, OURS, THEIRS) is None


def test_losses_between_two_reports_are_in_the_second_and_the_reports_are_counted() -> None:
    arrivals = Arrivals()
    arrivals.came(0xFFFE, 1.0)
    first = arrivals.report(1.0, OURS, THEIRS)
    arrivals.came(2, 1.1)
    second = arrivals.report(1.1, OURS, THEIRS)
    assert first is not None
    assert second is not None
    assert [number for number, at in read(second)[1].items() if at is None] == [0xFFFF, 0, 1]
    assert read(second)[0] == read(first)[0] + 1


def test_who_comes_after_a_later_one_was_told_of_is_told_of_too() -> None:
    arrivals = Arrivals()
    arrivals.came(1, 1.0)
    arrivals.came(3, 1.01)
    assert told(arrivals, 1.01)[2] is None
    arrivals.came(2, 1.06)
    late = told(arrivals, 1.1)
    assert late[2] == pytest.approx(1.06, abs=0.0002)


def test_long_silences_and_long_runs_are_told_in_several_reports() -> None:
    arrivals = Arrivals()
    arrivals.came(1, 1.0)
    arrivals.came(2, 30.0)
    assert list(told(arrivals, 30.0)) == [1]
    assert list(told(arrivals, 31.0)) == [2]
    for sequence in range(3, 3 + MAX_REPORTED + 50):
        arrivals.came(sequence, 32.0)
    assert len(told(arrivals, 32.0)) == MAX_REPORTED
    assert len(told(arrivals, 33.0)) == 50


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 0xFFFF), st.floats(0, 20)), max_size=300))
def test_whatever_numbers_come_every_report_is_readable_and_nothing_grows(steps: list[tuple[int, float]]) -> None:
    arrivals, now = Arrivals(), 0.0
    for sequence, wait in steps:
        now += wait
        arrivals.came(sequence, now)
        packet = arrivals.report(now, OURS, THEIRS)
        if packet is not None:
            assert 1 <= len(read(packet)[1]) <= MAX_REPORTED
    assert len(arrivals._came) <= 2_001


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=400), st.floats(0.0001, 0.09))
def test_each_packet_of_a_lossy_stream_is_told_of_once_as_it_came(came: list[bool], gap: float) -> None:
    arrivals = Arrivals()
    seen: dict[int, float | None] = {}
    for number, has_come in enumerate(came):
        now = 100 + number * gap
        if has_come:
            arrivals.came(number, now)
        packet = arrivals.report(now, OURS, THEIRS)
        if packet is not None:
            report = read(packet)[1]
            assert not set(report) & set(seen)
            seen |= report
    while (packet := arrivals.report(now := now + 1, OURS, THEIRS)) is not None:
        seen |= read(packet)[1]
    assert [number for number, at in seen.items() if at is not None] == [n for n, has in enumerate(came) if has]
    assert all(later - sooner == 1 for sooner, later in pairwise(seen))
    for number, at in seen.items():
        assert at is None or at == pytest.approx(100 + number * gap, abs=0.0002)


def test_how_many_were_passed_over_is_told_once() -> None:
    arrivals = Arrivals()
    passed = [arrivals.came(number, 0.0) for number in (0xFFFE, 0xFFFF, 3, 1, 3, 4, 40_000, 40_002)]
    assert passed == [0, 0, 3, 0, 0, 0, 0, 1]
