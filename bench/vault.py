"""How long a key takes until it is on the disk, what the vault costs over plain SQLite, and how fast it opens.

`make bench NAME=vault`, shorter with ARGS="--keys 200 --commits 1000 --visits 500". Keys: the journal workflow, the
store thread and the vault as the program runs them, a key every 20 to 60 ms; measured from the key until the thread
that took it knows of the commit. Commits: the same edits to the vault (encrypted, chained, with its head) and to plain
sqlite3 (WAL, synchronous=FULL), on the same disk, 100 of each in turn. Opening: a vault with so many finished visits
of 13 kB, with the quick check and the comparison with its head; files in memory. The disk is the one of the folder for
temporary files.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.report import Goal, finish, quantile, say

ROOT = Path(__file__).resolve().parent.parent
WORKER = [sys.executable, "-m", "tests.desktop.secure_store.measure"]


def main(argv: list[str] | None = None) -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=2000)
    parser.add_argument("--commits", type=int, default=5000)
    parser.add_argument("--visits", type=int, default=5000)
    given = parser.parse_args(argv)
    load = [os.getloadavg()[0]]
    keys = measured("keys", given.keys)
    commits = measured("commits", given.commits)
    opening = measured("open", given.visits)
    load.append(os.getloadavg()[0])
    ours, plain = _list(commits["ours"]), _list(commits["plain"])
    times, opened = _list(keys["times"]), _list(opening["opened"])
    figures: dict[str, object] = {
        "key_to_durable_ms": _spread(times),
        "keys_called_not_saved": keys["not_saved"],
        "commit_ms": _spread(ours),
        "commit_sqlite_ms": _spread(plain),
        "commit_p50_ratio_vs_sqlite": round(statistics.median(ours) / statistics.median(plain), 2),
        "visits": given.visits,
        "file_bytes": opening["file_bytes"],
        "open_ms": _spread(opened),
        "open_and_read_last_visit_ms": _spread(_list(opening["read"])),
        "cpus": os.cpu_count(),
        "load": [round(value, 2) for value in load],
    }
    goals = {
        "key_to_durable_p99_ms": Goal(1000 * quantile(times, 0.99), 60.0),
        "commit_p99_ratio_vs_sqlite": Goal(quantile(ours, 0.99) / quantile(plain, 0.99), 2.0),
        f"open_{given.visits}_visits_s": Goal(statistics.median(opened), 0.3),
    }
    return finish("vault", figures, goals)


def measured(what: str, count: int) -> dict[str, object]:
    """What the worker measured, in a process of its own."""
    say(f"{what}: {count}")
    command = [*WORKER, what, "--count", str(count)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def _list(values: object) -> list[float]:
    if not isinstance(values, list) or not values:
        raise TypeError("the worker measured nothing")
    return [float(value) for value in values]


def _spread(seconds: list[float]) -> dict[str, float]:
    found = {f"p{share:g}": round(1000 * quantile(seconds, share / 100), 2) for share in (50, 95, 99, 100)}
    return {"n": len(seconds), **found}


if __name__ == "__main__":
    sys.exit(main())
