"""Lips and words on simulated latencies: within the bounds whatever the network does, and nothing held without need."""

import pytest

from desktop.av.lip_sync import EARLIEST, LATEST, MAX_HOLD, MAX_RESERVE, LipSync, captured_at

CLOCK = 3_900_000_000.0
"""The sender's clock has nothing to do with ours."""


def settled(sound: float, picture: float, waiting: float = 0.04, seconds: float = 10.0) -> LipSync:
    sync = LipSync()
    for number in range(round(seconds * 30)):
        sync.sound(sound - CLOCK, waiting, number / 30)
        sync.picture(picture - CLOCK, number / 30)
    return sync


@pytest.mark.parametrize(("sound", "picture"), [(0.10, 0.03), (0.12, 0.06), (0.05, 0.05)])
def test_what_is_within_the_bounds_is_left_alone(sound: float, picture: float) -> None:
    sync = settled(sound, picture)
    assert sync.hold == 0.0
    assert sync.late == pytest.approx(sound - picture, abs=0.001)


@pytest.mark.parametrize("sound", [0.18, 0.25, 0.30])
def test_pictures_wait_for_late_sound(sound: float) -> None:
    sync = settled(sound, 0.03)
    assert sync.late is not None
    assert 0.05 < sync.late <= LATEST
    assert sync.hold <= MAX_HOLD


def test_a_picture_that_comes_late_itself_waits_the_less() -> None:
    sync = settled(0.25, 0.03)
    assert sync.hold_of(0.03 - CLOCK) == pytest.approx(sync.hold)
    assert sync.hold_of(0.01 - CLOCK) == pytest.approx(sync.hold)
    assert sync.hold_of(0.08 - CLOCK) == pytest.approx(sync.hold - 0.05, abs=0.001)
    assert sync.hold_of(0.9 - CLOCK) == 0.0
    assert LipSync().hold_of(0.03) == 0.0


def test_sound_waits_for_late_pictures() -> None:
    sync = settled(0.08, 0.20, waiting=0.03)
    assert sync.reserve > 0.03
    followed = settled(0.08 - 0.03 + sync.reserve, 0.20, waiting=sync.reserve)
    assert followed.late is not None
    assert -EARLIEST <= followed.late <= 0
    assert followed.reserve == pytest.approx(sync.reserve, abs=0.002)


def test_nothing_waits_longer_than_its_bound() -> None:
    assert settled(0.9, 0.03).hold == pytest.approx(MAX_HOLD, abs=0.02)
    assert settled(0.05, 0.9).reserve == MAX_RESERVE


def test_a_hold_grows_and_goes_in_small_steps() -> None:
    sync = settled(0.25, 0.03)
    before = sync.hold
    holds = [before]
    for number in range(300):
        sync.sound(0.08 - CLOCK, 0.04, 10.0 + number / 30)
        sync.picture(0.03 - CLOCK, 10.0 + number / 30)
        holds.append(sync.hold)
    assert holds[-1] == 0.0
    assert max(abs(later - sooner) for sooner, later in zip(holds, holds[1:], strict=False)) <= 0.4 / 30 + 1e-9


def test_where_pictures_are_seldom_a_hold_goes_as_quickly() -> None:
    sync = settled(0.25, 0.03)
    for number in range(50):
        sync.sound(0.08 - CLOCK, 0.04, 10.0 + number / 5)
        sync.picture(0.03 - CLOCK, 10.0 + number / 5)
        if not sync.hold:
            break
    assert number / 5 < 1.5


def test_nothing_is_known_before_both_were_measured() -> None:
    sync = LipSync()
    sync.picture(1.0, 0.0)
    assert sync.late is None
    assert sync.hold == sync.reserve == 0.0


def test_a_new_clock_begins_anew() -> None:
    sync = settled(0.1, 0.05)
    for _ in range(3):
        sync.sound(500.1, 0.04, 20.0)
        sync.picture(500.05, 20.0)
    assert sync.late == pytest.approx(0.05, abs=0.01)


def test_the_time_of_capture_follows_the_report_over_the_wrap() -> None:
    report = (7 << 32, 0xFFFFFF00)
    assert captured_at(report, (0xFFFFFF00 + 90_000) & 0xFFFFFFFF, 90_000) == pytest.approx(8.0)
    assert captured_at(report, 0xFFFFFF00 - 45_000, 90_000) == pytest.approx(6.5)
