"""A program that is killed at any moment loses nothing that the vault acknowledged, and leaves no damage."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from desktop.ports import JournalRow
from desktop.secure_store.database import open_database
from desktop.secure_store.vault import open_vault
from desktop.workflows.compaction import groups_to_merge
from tests.desktop.secure_store.harm import key_of
from tests.desktop.secure_store.rings import MemoryRing
from tests.desktop.secure_store.worker import WORKER, as_line, body
from visit.document import VisitDocument
from visit.guard import CheckedUpdate

KILLS = 30
COMPACTION_KILLS = 10


def run_and_kill(argv: list[str], ring: MemoryRing, lines: int, wait_seconds: float) -> list[str]:
    """Start a worker, read `lines` of its lines, kill it a moment later; everything that it had printed."""
    with subprocess.Popen([*WORKER, *argv], stdin=-1, stdout=-1, text=True) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(as_line(ring))
        worker.stdin.flush()
        said = [worker.stdout.readline() for _ in range(lines)]
        assert all(said), "it ended by itself"
        try:
            worker.wait(wait_seconds)
        except subprocess.TimeoutExpired:
            worker.kill()
        said += [line for line in worker.stdout.readlines() if line.endswith("\n")]
    return said


def check_integrity(folder: Path, ring: MemoryRing) -> None:
    connection = open_database(folder / "vault.db", key_of(folder, ring))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
    connection.close()


@pytest.mark.timeout(300)
def test_no_acknowledged_row_is_lost_by_kills(folder: Path) -> None:
    ring, chance = MemoryRing(), random.Random(20261123)  # noqa: S311  # moments, no secrets
    open_vault(folder, ring).close()
    acknowledged: list[str] = []
    for run in range(KILLS):
        argv = ["append", str(folder), f"run{run}"]
        for line in run_and_kill(argv, ring, chance.randint(1, 12), chance.random() * 0.03):
            acknowledged += line.split()
        check_integrity(folder, ring)
    vault = open_vault(folder, ring)
    rows = {row.update_id: row.update for row in vault.journal("v1")}
    vault.close()
    assert len(acknowledged) > KILLS
    assert [name for name in acknowledged if name not in rows] == []
    assert [name for name, update in rows.items() if update != body(name)] == []
    # At most the one batch (three rows) that was being committed is there without having been acknowledged.
    assert len(rows) - len(acknowledged) <= 3 * KILLS


def long_journal() -> list[JournalRow]:
    """A scribe types in two sittings, a provider between; all is at the gateway but the last words."""
    first, provider, second = VisitDocument(), VisitDocument(), VisitDocument()
    rows: list[JournalRow] = []

    def keep(document: VisitDocument, author: str, client: int) -> None:
        def on_update(update: bytes) -> None:
            rows.append(JournalRow(f"u{len(rows)}", "v1", client, update, author, acknowledged=True))

        document.on_update = on_update

    def catch_up(document: VisitDocument) -> None:
        for row in rows:
            document.apply(CheckedUpdate(row.update, frozenset()), row.author or "self")

    keep(first, "", first.client_id)
    for number in range(700):
        first.replace("hpi", number, number, "abcdefgh "[number % 9])
        if number % 50 == 49:
            first.replace("assessment_and_plan", 0, 0, f"step {number} ")
    catch_up(provider)
    keep(provider, "okafor", first.client_id)
    for number in range(300):
        provider.replace("hpi", 3, 3 + number % 2, "PQ")
    catch_up(second)
    keep(second, "", second.client_id)
    for _ in range(300):
        second.replace("assessment_and_plan", 0, 0, "z")
    return rows[:-5] + [JournalRow(r.update_id, "v1", r.client_id, r.update) for r in rows[-5:]]


def replayed(rows: list[JournalRow]) -> tuple[dict[str, str], object]:
    document = VisitDocument()
    for row in rows:
        document.apply(CheckedUpdate(row.update, frozenset()), row.author or "self")
    return document.texts(), {key: document.author_runs(key) for key in document.texts()}


def test_a_kill_while_a_journal_is_compacted_changes_no_word(folder: Path, tmp_path: Path) -> None:
    ring, chance = MemoryRing(), random.Random(7)  # noqa: S311
    vault, journal = open_vault(folder, ring), long_journal()
    vault.append(journal)
    vault.close()
    expected = replayed(journal)
    lengths = set()
    for run in range(COMPACTION_KILLS):
        copy = tmp_path / f"copy{run}"
        shutil.copytree(folder, copy)
        run_and_kill(["compact", str(copy)], ring, 1, chance.random() * 0.05)
        check_integrity(copy, ring)
        again = open_vault(copy, ring)
        rows = again.journal("v1")
        assert replayed(rows) == expected
        assert [r for r in rows if not r.acknowledged] == [r for r in journal if not r.acknowledged]
        assert again.pending_updates("v1") == journal[-5:]
        again.close()
        lengths.add(len(rows))
    assert min(lengths) < len(journal), "no run came as far as merging anything"


def test_a_compacted_journal_is_short_and_says_the_same() -> None:
    journal = long_journal()
    groups = groups_to_merge(journal)
    assert {row.author for group in groups for row in group} == {"", "okafor"}
    assert all(len({(r.author, r.client_id, r.acknowledged) for r in group}) == 1 for group in groups)
    assert len(journal) - sum(len(group) - 1 for group in groups) < 20
