"""Hostile document updates: 1,000,000 inputs to the guard, and what it accepts applied to a real document.

`make bench NAME=fuzz-document`, shorter with ARGS="--inputs 50000". Inputs are bent from what four editors wrote, in
all planes of Unicode: client ids, clocks, lengths, roots, keys, neighbours, nesting, deleted ranges, and bytes; every
fourth run of them is chosen by coverage of the guard's code (libFuzzer). Each run is a process of its own: one that
dies is counted, its last input is left in test-output/fuzz-document, and the rest is done by another. Crashes are
deaths, and accepted updates after which the document is not what the guard foresaw: other clocks, an unreadable text,
an order that is no text, a whole that a newcomer cannot take. Replicas are not compared: what is accepted may place
its words differently in each (visit/guard.py says which), and sending compares hashes. An input counts as a hang when
it takes over 100 ms of the processor six times.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Goal, finish, say
from tests.visit.fuzz_document import kept_in

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "test-output" / "fuzz-document"
RUN_INPUTS = 25_000
GUIDED_EVERY = 4
CORES = 2
MAX_DEATHS = 20
"""In one run: then the rest of it is given up, and the benchmark fails."""


@dataclass(frozen=True, slots=True)
class Run:
    """So many inputs by one process after the other."""

    inputs: int
    seed: int
    guided: bool


@dataclass(slots=True)
class Tally:
    """All runs together."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    guided: int = 0
    coverage: int = 0
    worst_ms: float = 0.0
    deaths: int = 0

    def add(self, said: str, *, guided: bool) -> None:
        """What one process said last."""
        figures = json.loads(said)
        for name in ("inputs", "accepted", "changed", "slow_once", "hangs", "faults"):
            self.counts[name] += figures[name]
        self.refused.update(figures["refused"])
        self.guided += figures["inputs"] if guided else 0
        self.worst_ms = max(self.worst_ms, figures["worst_ms"])
        for one in figures["named"]:
            say(f"{one['what']}: {one['update'][:200]}")


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    begun = time.monotonic()
    return _report(play(planned(given.inputs, given.seed)), time.monotonic() - begun)


def planned(inputs: int, seed: int) -> list[Run]:
    """The inputs in runs of a size."""
    runs: list[Run] = []
    while inputs > 0:
        number = len(runs)
        runs.append(Run(min(RUN_INPUTS, inputs), seed * 1_000 + number, number % GUIDED_EVERY == GUIDED_EVERY - 1))
        inputs -= RUN_INPUTS
    return runs


def play(runs: list[Run]) -> Tally:
    """Every run, as many at once as there are cores."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    tally, lock = Tally(), threading.Lock()
    with ThreadPoolExecutor(CORES) as lanes:
        for _ in lanes.map(lambda run: play_one(run, tally, lock), runs):
            counts = tally.counts
            say(f"{counts['inputs']} inputs, {counts['accepted']} accepted, {tally.deaths} deaths")
    return tally


def play_one(run: Run, tally: Tally, lock: threading.Lock) -> None:
    """One run; the process is replaced when it dies."""
    left, seed = run.inputs, run.seed
    for _ in range(MAX_DEATHS):
        kept = OUTPUT / f"kept-{seed}"
        process = subprocess.Popen(worker(run, left, seed, kept), cwd=ROOT, stdout=-1, stderr=-1, text=True)
        said, noise = process.communicate()
        with lock:
            if process.returncode == 0:
                tally.add(said.splitlines()[-1], guided=run.guided)
                tally.coverage = max(tally.coverage, coverage(noise))
                kept.unlink()
                return
            done = _death(tally, kept, process.returncode)
        left, seed = left - done, seed + 500
        if left <= 0:
            return
    raise RuntimeError(f"{MAX_DEATHS} processes died in one run")


def worker(run: Run, inputs: int, seed: int, kept: Path) -> list[str]:
    """The command of one process."""
    command = [sys.executable, "-m", "tests.visit.fuzz_document", "--inputs", str(inputs), "--seed", str(seed)]
    return [*command, "--kept", str(kept), *(("--guided",) if run.guided else ())]


def coverage(noise: str) -> int:
    """How many edges libFuzzer saw, from its last line about it; 0 without."""
    seen = [line.partition("cov: ")[2].split(" ")[0] for line in noise.splitlines() if "cov: " in line]
    return int(seen[-1]) if seen else 0


def _death(tally: Tally, kept: Path, code: int) -> int:
    """Count it, and keep what killed; how many inputs were done."""
    done = kept_in(kept)[0] if kept.exists() else 0
    tally.deaths += 1
    tally.counts["inputs"] += done
    say(f"a process ended with {code} after {done} inputs; the last one is in {kept}")
    return max(1, done)


def _report(tally: Tally, seconds: float) -> int:
    counts = tally.counts
    figures: dict[str, object] = {
        "inputs": counts["inputs"],
        "inputs_per_second": round(counts["inputs"] / seconds, 1),
        "seconds": round(seconds, 1),
        "chosen_by_coverage": tally.guided,
        "edges": tally.coverage,
        "accepted_share": round(counts["accepted"] / max(1, counts["inputs"]), 4),
        "accepted": counts["accepted"],
        "accepted_with_news": counts["changed"],
        "refused": dict(tally.refused.most_common()),
        "deaths": tally.deaths,
        "faults": counts["faults"],
        "over_100_ms_once": counts["slow_once"],
        "hangs_over_100_ms": counts["hangs"],
        "worst_ms": tally.worst_ms,
        "load": [round(load, 2) for load in os.getloadavg()],
    }
    return finish("fuzz-document", figures, {"crashes": Goal(tally.deaths + counts["faults"], 0)})


if __name__ == "__main__":
    sys.exit(main())
