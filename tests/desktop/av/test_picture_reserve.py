"""Pictures on simulated arrivals: none waits without a hole, and after one the next freezes the screen for less."""

import itertools

import pytest

from desktop.av.picture_reserve import HOLES_SECONDS, RESERVE_SECONDS, STEP_SECONDS, PictureReserve

FRAME = 1 / 30
CLOCK = 9_000.0
"""The camera's clock has nothing to do with ours."""
NEVER = float("-inf")


def shown(arrivals: list[tuple[float, float]], holes: list[float]) -> list[float]:
    """When each picture is shown: (taken, arrived) each, and when holes ended."""
    reserve, times = PictureReserve(), [0.0]
    for taken, arrived in arrivals:
        hole_at = max((at for at in holes if at <= arrived), default=NEVER)
        times.append(max(times[-1], arrived + reserve.hold(taken + CLOCK, arrived, hole_at)))
    return times[1:]


def camera(seconds: float, holes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Pictures that come 5 ms after they are taken, or when the hole that swallowed them is mended."""
    pictures = []
    for number in range(round(seconds / FRAME)):
        taken = number * FRAME
        end = next((end for begin, end in holes if begin <= taken < end), taken)
        pictures.append((taken, end + 0.005))
    return pictures


def freezes(times: list[float], since: float, until: float) -> float:
    inside = [at for at in times if since <= at < until]
    return max(later - sooner for sooner, later in itertools.pairwise(inside))


def test_without_a_hole_no_picture_waits_however_late_some_come() -> None:
    late = [(taken, arrived + 0.2 * (number % 50 == 49)) for number, (taken, arrived) in enumerate(camera(20, []))]
    reserve = PictureReserve()
    assert {reserve.hold(taken, arrived, NEVER) for taken, arrived in late} == {0.0}


def test_the_second_hole_is_shorter_to_see_than_the_first() -> None:
    holes = [(5.01, 5.21), (10.01, 10.21)]
    times = shown(camera(20, holes), [end for _, end in holes])
    first, second = freezes(times, 4, 6), freezes(times, 9, 11)
    assert first > 0.2
    assert second == pytest.approx(first - RESERVE_SECONDS, abs=0.002)


def test_what_comes_late_is_shown_at_once() -> None:
    reserve = PictureReserve()
    for taken, arrived in camera(5, []):
        reserve.hold(taken, arrived, 0.0)
    assert reserve.hold(5.0, 5.3, 0.0) == 0.0


def test_the_wait_comes_and_goes_in_small_steps_and_ends_when_no_hole_came_for_long() -> None:
    times = shown(camera(3 + HOLES_SECONDS, [(1.01, 1.21)]), [1.21])
    calm = [later - sooner for sooner, later in itertools.pairwise(at for at in times if at > 1.5)]
    assert max(abs(step - FRAME) for step in calm) < STEP_SECONDS + 0.001
    assert times[-1] == pytest.approx(camera(3 + HOLES_SECONDS, [])[-1][1])
