"""Measures the vault for the benchmark of that name: `keys`, `commits` or `open`, as one JSON line.

Real: journal workflow, store thread, SQLCipher, head and snapshots. The keyring is in memory: it takes no part in a
commit, and at the start its answer is waited for elsewhere.
"""

import argparse
import json
import queue
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

from desktop.ports import JournalRow, LinkFailed, Refused, SaveState, Vault, VaultUnavailable
from desktop.secure_store.store_thread import StoreThread
from desktop.secure_store.vault import open_vault
from desktop.workflows.journal import Journal, JournalOwner
from desktop.workflows.stored_visit import read_stored
from tests.desktop.secure_store.rings import MemoryRing
from visit.document import VisitDocument

T = TypeVar("T")
BLOCK = 100
PAYLOAD_BYTES = (40, 400)
PAUSE_SECONDS = (0.02, 0.06)
"""Between two keys: 25 a second, faster than anybody types."""
WORDS = "Knee pain on the left for three weeks, worse on stairs. No fall, no fever. "
PLAIN = """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT, update_id TEXT NOT NULL UNIQUE, visit_id TEXT NOT NULL,
        client_id INTEGER NOT NULL, author TEXT NOT NULL, acknowledged INTEGER NOT NULL, data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX journal_of_visit ON journal (visit_id, position);
"""


class QueueJobs:
    """Implements ports.Jobs for one thread that takes outcomes from a queue, as the Qt thread takes events."""

    def __init__(self, store: StoreThread) -> None:
        self._store = store
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def on_store(
        self, work: Callable[[Vault], T], done: Callable[[T], None], failed: Callable[[VaultUnavailable], None]
    ) -> None:
        future = self._store.submit(work)
        future.add_done_callback(lambda it: self._calls.put(lambda: done(it.result())))

    def on_link(
        self,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T], None],
        failed: Callable[[LinkFailed | Refused], None],
    ) -> None:
        raise NotImplementedError

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def run(self, seconds: float) -> None:
        """Deliver outcomes for so long."""
        until = time.perf_counter() + seconds
        with suppress(queue.Empty):
            while (left := until - time.perf_counter()) > 0:
                self._calls.get(timeout=left)()


def measure_keys(folder: Path, count: int, seed: int) -> dict[str, object]:
    """Seconds from a key until the commit that holds it is known to the thread that took the key."""
    chance, ring = random.Random(seed), MemoryRing()  # noqa: S311
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: None).result(30)
    jobs, document = QueueJobs(store), VisitDocument()
    waiting: list[float] = []
    times: list[float] = []
    states: list[SaveState] = []

    def committed(_row: JournalRow) -> None:
        now = time.perf_counter()
        done = len(waiting) - len(journal._waiting) - len(journal._committing)
        times.extend(now - since for since in waiting[:done])
        del waiting[:done]

    journal = Journal(jobs, JournalOwner("v1", document.client_id, committed, states.append))
    document.on_update = journal.add
    for number in range(count):
        waiting.append(time.perf_counter())
        end = len(document.text("hpi"))
        document.replace("hpi", end, end, WORDS[number % len(WORDS)])
        jobs.run(chance.uniform(*PAUSE_SECONDS))
    while not journal.idle:
        jobs.run(0.05)
    store.close()
    return {"times": times, "not_saved": states.count(SaveState.NOT_SAVED)}


def measure_commits(folder: Path, count: int, seed: int) -> dict[str, object]:
    """Seconds of each commit of the same edits, ours and plain SQLite's (WAL, FULL, no cipher), blocks in turn."""
    chance = random.Random(seed)  # noqa: S311
    vault = open_vault(folder, MemoryRing())
    plain = sqlite3.connect(folder / "plain.db", isolation_level=None)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("PRAGMA synchronous = FULL")
    plain.executescript(PLAIN)
    put = "INSERT INTO journal (update_id, visit_id, client_id, author, acknowledged, data) VALUES (?, ?, ?, ?, ?, ?)"
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    with closing(plain):
        for block in range(count // BLOCK + 1):
            rows = [
                JournalRow(f"{block}-{number}", "v1", 7, chance.randbytes(chance.randint(*PAYLOAD_BYTES)))
                for number in range(BLOCK)
            ]
            for name in ("ours", "plain") if block % 2 else ("plain", "ours"):
                for row in rows:
                    began = time.perf_counter()
                    if name == "ours":
                        vault.append([row])
                    else:
                        plain.execute("BEGIN IMMEDIATE")
                        plain.execute(put, (row.update_id, row.visit_id, row.client_id, "", 0, row.update))
                        plain.execute("COMMIT")
                    if block:  # the first block of each warms up
                        times[name].append(time.perf_counter() - began)
                    time.sleep(0.001)
    vault.close()
    return dict(times)


def measure_open(folder: Path, visits: int, rounds: int) -> dict[str, object]:
    """Seconds to open a vault with so many visits, and to read the last one as well."""
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    fill(vault, visits)
    vault.close()
    opened, read = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        vault = open_vault(folder, ring)
        opened.append(time.perf_counter() - began)
        stored = read_stored(vault, f"visit-{visits - 1}")
        read.append(time.perf_counter() - began)
        if len(stored.journal) != 3 or vault.reports():
            raise RuntimeError("not what was written")
        vault.close()
    return {"opened": opened, "read": read, "file_bytes": (folder / "vault.db").stat().st_size}


def fill(vault: Vault, visits: int) -> None:
    """Finished visits: a compacted journal of 8 kB in three rows, 1 kB of summary and 4 kB of record each."""
    chance = random.Random(1)  # noqa: S311
    for start in range(0, visits, 100):
        names = [f"visit-{number}" for number in range(start, min(start + 100, visits))]
        rows = [
            JournalRow(f"{name}-{part}", name, 7, chance.randbytes(size), acknowledged=True)
            for name in names
            for part, size in enumerate((7000, 800, 200))
        ]
        vault.append(rows)
        for name in names:
            vault.put_visit(name, '{"summary": "' + "s" * 1000 + '"}', "[" + "r" * 4000 + "]")


def main() -> None:
    """Measure one thing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("keys", "commits", "open"))
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "vault"
        if given.what == "open":
            said = measure_open(folder, given.count, given.rounds)
        else:
            said = {"keys": measure_keys, "commits": measure_commits}[given.what](folder, given.count, given.seed)
    print(json.dumps(said))


if __name__ == "__main__":
    main()
