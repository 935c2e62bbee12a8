"""Three editors of one note that go offline and back: 10,000 random schedules, and what is lost or differs after them.

`make bench NAME=converge`, shorter with ARGS="--schedules 200". Real: two desktops' sync workflow, journal and vault,
the gateway's live channel, rules, document service and SQLite, and a provider's `edit_text`. Scripted: the network
(cut lines, lost answers, doubled and swapped frames), crashes with a fresh client id, full disks, restarts of the
gateway, closed and opened visits, compaction, undo and redo, a signature while somebody is away.
Every typed character is another one, of any plane of Unicode, so that each that is lost has a name. Characters are owed
from the moment at which a laptop says that it is saved, or the page that it was accepted; one that nobody deleted must
be in the note, or in the edits kept beside a signed one. In every step a laptop's count of edits that are only here is
held against what the gateway has.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Goal, finish, say

ROOT = Path(__file__).resolve().parent.parent
RUN_SCHEDULES = 250
CORES = 2
COUNTED = ("schedules", "steps", "divergences", "lost", "doubled", "understated", "overstated", "unanswered")


@dataclass(frozen=True, slots=True)
class Run:
    """Schedules of one process: each has its own seed, from `seed` on."""

    schedules: int
    seed: int


@dataclass(slots=True)
class Tally:
    """All runs together."""

    counts: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)

    def add(self, said: str) -> None:
        """What one process said last."""
        figures = json.loads(said)
        self.counts.update({name: figures[name] for name in COUNTED})
        self.happened.update(figures["happened"])
        for one in figures["named"]:
            say(one)


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    return _report(play(planned(given.schedules, given.seed)), time.monotonic() - begun)


def planned(schedules: int, seed: int) -> list[Run]:
    """The schedules in runs of a size; no seed comes twice."""
    first = seed * 1_000_000
    starts = range(0, schedules, RUN_SCHEDULES)
    return [Run(min(RUN_SCHEDULES, schedules - start), first + start) for start in starts]


def play(runs: list[Run]) -> Tally:
    """Every run, as many at once as there are cores; RuntimeError when a process fails."""
    tally = Tally()
    with ThreadPoolExecutor(CORES) as lanes:
        for said in lanes.map(play_one, runs):
            tally.add(said)
            counts = tally.counts
            say(f"{counts['schedules']} schedules, {counts['divergences']} divergences, {counts['lost']} lost")
    return tally


def play_one(run: Run) -> str:
    """One process; its last line."""
    command = [sys.executable, "-m", "tests.visit.converge.play"]
    command += ["--schedules", str(run.schedules), "--seed", str(run.seed)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"seeds from {run.seed} on: {done.stderr[-2_000:]}")
    return done.stdout.splitlines()[-1]


def _report(tally: Tally, seconds: float) -> int:
    figures: dict[str, object] = {
        "schedules": tally.counts["schedules"],
        "steps": tally.counts["steps"],
        "happened": dict(sorted(tally.happened.items())),
        "steps_with_an_answer_under_way_or_lost": tally.counts["unanswered"],
        "seconds": round(seconds, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
    }
    untrue = tally.counts["understated"] + tally.counts["overstated"]
    goals = {
        "divergences": Goal(tally.counts["divergences"], 0),
        "characters_lost": Goal(tally.counts["lost"], 0),
        "characters_doubled": Goal(tally.counts["doubled"], 0),
        "untrue_counts_of_edits_only_here": Goal(untrue, 0),
    }
    return finish("converge", figures, goals)


if __name__ == "__main__":
    sys.exit(main())
