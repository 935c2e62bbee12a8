"""The benchmark of converging editors: seeds do not repeat, runs add up, a process that fails is not passed over."""

import json

import pytest

from bench.converge import COUNTED, RUN_SCHEDULES, Run, Tally, planned, play_one


def test_every_schedule_has_a_seed_of_its_own() -> None:
    runs = planned(2 * RUN_SCHEDULES + 7, seed=3)
    assert [run.schedules for run in runs] == [RUN_SCHEDULES, RUN_SCHEDULES, 7]
    seeds = [seed for run in runs for seed in range(run.seed, run.seed + run.schedules)]
    assert len(set(seeds)) == 2 * RUN_SCHEDULES + 7
    assert not set(seeds) & {run.seed for run in planned(10_000, seed=4)}


def test_runs_add_up() -> None:
    tally = Tally()
    said = json.dumps({**dict.fromkeys(COUNTED, 2), "happened": {"crash": 3}, "named": []})
    tally.add(said)
    tally.add(said)
    assert tally.counts == dict.fromkeys(COUNTED, 4)
    assert tally.happened == {"crash": 6}


def test_a_run_is_played_by_a_process_of_its_own() -> None:
    figures = json.loads(play_one(Run(3, 77)))
    assert figures["schedules"] == 3
    assert figures["steps"] >= 75
    assert (figures["divergences"], figures["lost"], figures["understated"], figures["overstated"]) == (0, 0, 0, 0)


def test_a_process_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RuntimeError, match="seeds from 5 on"):
        play_one(Run(1, 5))
