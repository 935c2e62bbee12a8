"""The soak's arithmetic: a leak is seen, a peak is not taken for one."""

import os

import pytest

from bench.soak import Look, grown, look_at, slope_per_hour


def looks(*memory: float) -> list[Look]:
    return [Look(number * 5.0, 2, size, 30, 80) for number, size in enumerate(memory)]


def test_a_leak_is_seen_and_one_peak_is_none() -> None:
    assert slope_per_hour(looks(*(100 + number * 0.01 for number in range(100)))) == pytest.approx(7.2)
    assert slope_per_hour(looks(*([100.0] * 50 + [900.0] + [100.0] * 50))) == 0.0


def test_growth_is_told_by_the_first_and_the_last_third() -> None:
    assert grown([5, 5, 9, 5, 5, 5]) == 0
    assert grown([5, 5, 5, 6, 7, 8, 9, 9, 9]) == 4


def test_a_living_process_is_looked_at() -> None:
    look = look_at(os.getpid(), 1.0)
    assert look.processes >= 1
    assert look.memory_mb > 1
    assert look.threads >= 1
    assert look.descriptors > 2
