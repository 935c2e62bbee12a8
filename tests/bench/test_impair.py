"""The bad networks of the feed bench are as bad as they say, and the same each time."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.impair import SCENARIOS, Path, Trouble

PACKETS = 20_000


def leave_times(trouble: Trouble, every_s: float, size: int = 1000, seed: int = 1) -> list[float | None]:
    path = Path(trouble, seed, 100.0)
    return [path.leaves_at(size, 100.0 + number * every_s) for number in range(PACKETS)]


def lost(times: Sequence[float | None]) -> int:
    return sum(time is None for time in times)


def test_a_clean_path_changes_nothing() -> None:
    assert leave_times(SCENARIOS["clean"].media, 0.01) == [100.0 + number * 0.01 for number in range(PACKETS)]


@pytest.mark.parametrize(("name", "share"), [("loss1", 0.01), ("loss2", 0.02), ("loss5", 0.05)])
def test_random_loss_is_as_large_as_it_says(name: str, share: float) -> None:
    assert lost(leave_times(SCENARIOS[name].media, 0.01)) / PACKETS == pytest.approx(share, rel=0.1)


def test_the_same_seed_gives_the_same_network() -> None:
    trouble = Trouble(loss=0.1, delay_s=0.1, jitter_s=0.05)
    assert leave_times(trouble, 0.01) == leave_times(trouble, 0.01)
    assert leave_times(trouble, 0.01) != leave_times(trouble, 0.01, seed=2)


def test_bursts_take_what_comes_within_200_ms_every_5_s() -> None:
    times = leave_times(SCENARIOS["burst"].media, 0.01)
    holes = [number for number, time in enumerate(times[:1000]) if time is None]
    assert holes == [*range(20), *range(500, 520)]


def test_an_outage_is_one_hole_of_5_s() -> None:
    times = leave_times(SCENARIOS["outage"].media, 0.01)
    assert [number for number, time in enumerate(times) if time is None] == list(range(500))


def test_jitter_spreads_by_20_ms_around_30_and_keeps_the_order() -> None:
    delays = [
        time - 100.0 - number * 0.05
        for number, time in enumerate(leave_times(SCENARIOS["jitter"].media, 0.05))
        if time is not None
    ]
    assert len(delays) == PACKETS
    assert min(delays) == pytest.approx(0.010, abs=0.001)
    assert max(delays) == pytest.approx(0.050, abs=0.001)
    close = [time for time in leave_times(SCENARIOS["jitter"].media, 0.001) if time is not None]
    assert close == sorted(close)


def test_packets_overtake_each_other_only_where_the_scenario_says_so() -> None:
    times = [time for time in leave_times(replace(SCENARIOS["jitter"].media, reorders=True), 0.001) if time is not None]
    assert times != sorted(times)


def test_a_bottleneck_passes_its_rate_and_its_queue_is_bounded() -> None:
    times = leave_times(SCENARIOS["rate300"].media, 0.01)  # about 822 kbit/s with headers
    passed = [(number, time) for number, time in enumerate(times) if time is not None]
    seconds = PACKETS * 0.01
    assert len(passed) * (1000 + 28) * 8 / seconds == pytest.approx(300_000, rel=0.02)
    waits = [time - 100.0 - number * 0.01 for number, time in passed]
    assert 0.45 < max(waits) <= 0.5 + (1000 + 28) * 8 / 300_000


def test_a_home_abroad_is_far_away_and_takes_no_large_packets() -> None:
    scenario = SCENARIOS["rtt250"]
    media, feedback = Path(scenario.media, 1, 0.0), Path(scenario.feedback, 1, 0.0)
    there, back = media.leaves_at(1, 0.0), feedback.leaves_at(1, 0.0)
    assert there is not None
    assert back is not None
    assert there + back == pytest.approx(0.25, abs=0.01)
    assert media.leaves_at(1280 - 28, 0.1) is not None
    assert media.leaves_at(1280 - 27, 0.1) is None
