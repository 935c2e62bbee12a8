"""The benchmark of hostile updates: runs add up, a death is counted and its input kept, and a blind guard is seen."""

import json
import sys
import threading
from pathlib import Path

import pytest

from bench import fuzz_document
from bench.fuzz_document import RUN_INPUTS, Run, Tally, coverage, planned, play_one
from tests.visit import encoder as e
from tests.visit.fuzz_document import Keeper, kept_in

DYING = """
import os, signal, sys
from pathlib import Path
from tests.visit.fuzz_document import Keeper
keeper = Keeper(Path(sys.argv[1]))
for number in range(40):
    keeper.keep(b"state", bytes([number]))
os.kill(os.getpid(), signal.SIGSEGV)
"""
BOMB = """
import sys
from pathlib import Path
from tests.visit import encoder as e
from tests.visit.fuzz_document import Keeper
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
bomb = e.nesting_bomb(200_000)
Keeper(Path(sys.argv[1])).keep(b"", bomb)
document = VisitDocument()
document.apply(CheckedUpdate(bomb, frozenset()), "nobody checked it")
document.draft_orders()
"""


def test_runs_hold_every_input_and_every_fourth_is_chosen_by_coverage() -> None:
    runs = planned(RUN_INPUTS * 8 + 1, seed=3)
    assert sum(run.inputs for run in runs) == RUN_INPUTS * 8 + 1
    assert [run.guided for run in runs] == [False, False, False, True] * 2 + [False]
    assert len({run.seed for run in runs}) == len(runs)


@pytest.mark.parametrize("guided", [False, True])
def test_a_run_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guided: bool) -> None:
    monkeypatch.setattr(fuzz_document, "OUTPUT", tmp_path)
    tally = Tally()
    play_one(Run(600, 5, guided), tally, threading.Lock())
    assert tally.counts["inputs"] >= 600
    assert tally.counts["accepted"] + sum(tally.refused.values()) == tally.counts["inputs"]
    assert tally.counts["changed"] > 0
    assert tally.counts["faults"] == tally.deaths == 0
    assert (tally.guided > 0) is guided
    assert (tally.coverage > 0) is guided
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("program", "done"), [(DYING, 40), (BOMB, 1)])
def test_a_death_is_counted_its_input_is_kept_and_the_rest_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, done: int
) -> None:
    monkeypatch.setattr(fuzz_document, "OUTPUT", tmp_path)
    real, started = fuzz_document.worker, []

    def first_dies(run: Run, inputs: int, seed: int, kept: Path) -> list[str]:
        started.append(inputs)
        return [sys.executable, "-c", program, str(kept)] if len(started) == 1 else real(run, inputs, seed, kept)

    monkeypatch.setattr(fuzz_document, "worker", first_dies)
    tally = Tally()
    play_one(Run(140, 5, False), tally, threading.Lock())
    assert tally.deaths == 1
    assert started == [140, 140 - done]
    assert tally.counts["inputs"] == 140
    (kept,) = tmp_path.iterdir()
    assert kept_in(kept)[0] == done
    assert kept_in(kept)[2] == (bytes([39]) if program == DYING else e.nesting_bomb(200_000))


def test_the_last_input_is_kept_whole(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path / "kept")
    keeper.keep(b"long state", b"long update")
    keeper.keep(b"s", b"u")
    assert kept_in(tmp_path / "kept") == (2, b"s", b"u")


def test_a_fault_counts_as_a_crash(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    named = [{"what": "Wrong: other clocks", "update": "AAA"}]
    said = {"inputs": 10, "accepted": 2, "changed": 1, "slow_once": 0, "hangs": 0, "faults": 1, "worst_ms": 1.0}
    tally.add(json.dumps({**said, "refused": {"gap": 8}, "named": named}), guided=False)
    tally.deaths = 1
    fuzz_document._report(tally, 1.0)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert line["goals"]["crashes"] == {"value": 2, "limit": 0, "met": False}
    assert line["figures"]["accepted_share"] == 0.2


def test_the_coverage_is_the_last_that_was_said() -> None:
    assert coverage("#2 INITED\n#3 NEW    cov: 159 ft: 1\n#9 REDUCE cov: 242 ft: 7 corp: 2\nbye") == 242
    assert coverage("") == 0
