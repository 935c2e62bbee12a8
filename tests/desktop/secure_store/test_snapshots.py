"""Snapshots: encrypted, the last three, whole; made while work goes on, and without what was forgotten."""

import threading
import time
from pathlib import Path

import pytest

from desktop.ports import DamageCause, JournalRow, Vault, VaultUnavailable
from desktop.secure_store.database import connect
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.snapshots import EVERY_EDITS, EVERY_SECONDS, snapshot_due
from desktop.secure_store.store_thread import CHECKED_AT, StoreThread
from desktop.secure_store.vault import open_vault
from desktop.secure_store.wal import PAGE_BYTES
from tests.desktop.secure_store.harm import edits, key_of, write_each
from tests.desktop.secure_store.rings import MemoryRing


@pytest.mark.parametrize(
    ("edits_since", "seconds", "due"),
    [(0, 1e6, False), (1, EVERY_SECONDS - 1, False), (1, EVERY_SECONDS, True), (EVERY_EDITS, 0.0, True)],
)
def test_when_one_is_due(edits_since: int, seconds: float, due: bool) -> None:
    assert snapshot_due(edits_since, seconds) is due


def test_the_last_three_are_kept_encrypted_and_readable(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    for number in range(5):
        vault.append([JournalRow(f"r{number}", "v1", 1, b"Zebrafink")])
        assert vault.snapshots.take()
    paths = vault.snapshots.newest_first()
    assert [path.name for path in paths] == ["00000005.db", "00000004.db", "00000003.db"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(path.name for path in paths)
    for path, count in zip(paths, (5, 4, 3), strict=True):
        assert b"Zebrafink" not in path.read_bytes()
        connection = connect(path, key_of(folder, ring), "DELETE")
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (count,)
        connection.close()
    vault.close()


def test_a_damaged_vault_does_not_push_sound_snapshots_out(folder: Path) -> None:
    vault = open_vault(folder, MemoryRing())
    write_each(vault, edits(50, size=2000))
    assert vault.snapshots.take()
    vault._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray((folder / "vault.db").read_bytes())
    for page in range(5, len(data) // PAGE_BYTES):
        data[page * PAGE_BYTES + 2000] ^= 0xFF
    (folder / "vault.db").write_bytes(data)
    assert not vault.snapshots.take()
    assert len(vault.snapshots.newest_first()) == 1
    vault.abandon()


def test_a_forgotten_visit_is_in_no_snapshot_and_does_not_come_back(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    write_each(vault, edits(5) + edits(5, "v2"))
    vault.put_visit("v2", "Zebrafink", "[]")
    assert vault.snapshots.take()
    vault.purge_visit("v2")
    connection = connect(vault.snapshots.newest_first()[0], key_of(folder, ring), "DELETE")
    assert connection.execute("SELECT DISTINCT visit_id FROM journal").fetchall() == [("v1",)]
    assert connection.execute("SELECT * FROM visits").fetchall() == []
    connection.close()
    vault.append([JournalRow("anew", "v2", 1, b"x")])
    assert vault.unproven("v2") is None
    vault.close()
    (folder / "vault.db").write_bytes(b"")
    again = open_vault(folder, ring)
    (said,) = again.reports()
    assert len(again.journal("v1")) == 5
    assert again.journal("v2") == []
    assert said.missing == 1, "what was forgotten is not missed"
    again.close()


def test_a_snapshot_does_not_hold_up_the_writer(folder: Path) -> None:
    vault = open_vault(folder, MemoryRing())
    vault.append(edits(3000, size=2000))
    taken: list[bool] = []
    keeper = threading.Thread(target=lambda: taken.append(vault.snapshots.take()))
    keeper.start()
    worst, number = 0.0, 0
    while keeper.is_alive():
        began = time.monotonic()
        vault.append([JournalRow(f"typed-{number}", "v1", 1, b"x")])
        worst, number = max(worst, time.monotonic() - began), number + 1
    assert taken == [True]
    assert number > 3
    assert worst < 1.0
    vault.close()


# --- the store thread ---------------------------------------------------------------------------------------------


def spoil(folder: Path, first_page: int) -> None:
    data = bytearray((folder / "vault.db").read_bytes())
    for page in range(first_page, len(data) // PAGE_BYTES):
        data[page * PAGE_BYTES + 2000] ^= 0xFF
    (folder / "vault.db").write_bytes(data)


def drop_cache(vault: Vault) -> None:
    connection = vault._connection  # type: ignore[attr-defined]
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("PRAGMA shrink_memory")


def test_damage_that_is_met_while_working_is_rescued_and_the_work_is_done(folder: Path) -> None:
    ring = MemoryRing()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: vault.append(edits(100, size=2000))).result(20)
    assert store.snapshot().result(20)
    store.submit(drop_cache).result(20)
    spoil(folder, 3)
    rows = store.submit(lambda vault: vault.journal("v1")).result(20)
    (said,) = store.submit(lambda vault: vault.reports()).result(20)
    assert len(rows) == 100
    assert (said.cause, said.missing) == (DamageCause.FILE_DAMAGED, 0)
    store.submit(lambda vault: vault.append([JournalRow("after", "v1", 1, b"x")])).result(20)
    assert store.close()


def test_the_weekly_check_finds_what_the_quick_one_cannot_and_rescues(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    vault.append(edits(100, size=2000))
    vault.put(CHECKED_AT, "2026-01-01T00:00:00+00:00")
    connection = vault._connection
    connection.execute("PRAGMA writable_schema = ON")
    # An index that misses rows: every page of it is authentic and well formed.
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex_journal%'")
    page = root.fetchone()[0]
    connection.execute("DELETE FROM sqlite_schema WHERE name LIKE 'sqlite_autoindex_journal%'")
    connection.execute("PRAGMA writable_schema = OFF")
    assert page > 0
    vault.close()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: None).result(20)
    until = time.monotonic() + 20
    while not (reports := store.submit(lambda vault: vault.reports()).result(20)) and time.monotonic() < until:
        time.sleep(0.05)
    assert [report.cause for report in reports] == [DamageCause.FILE_DAMAGED]
    assert len(store.submit(lambda vault: vault.journal("v1")).result(20)) == 100
    assert store.close()


def test_snapshots_are_made_by_themselves(folder: Path) -> None:
    ring = MemoryRing()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: vault.append(edits(EVERY_EDITS))).result(20)
    until = time.monotonic() + 20
    while not list((folder / "snapshots").glob("*.db")) and time.monotonic() < until:
        time.sleep(0.02)
    assert list((folder / "snapshots").glob("*.db"))
    marked = read_sidecar(folder)
    assert marked is not None
    assert marked.head_count == EVERY_EDITS
    assert store.close()


def test_a_change_of_key_that_is_refused_leaves_the_store_working(folder: Path) -> None:
    ring = MemoryRing()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: vault.append(edits(5))).result(20)
    kept, ring.set_password = ring.set_password, lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(VaultUnavailable):
        store.rekey().result(20)
    ring.set_password = kept  # type: ignore[method-assign]
    assert len(store.submit(lambda vault: vault.journal("v1")).result(20)) == 5
    assert store.close()


def test_the_store_thread_changes_the_key_and_goes_on(folder: Path) -> None:
    ring = MemoryRing()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: vault.append(edits(5))).result(20)
    before = key_of(folder, ring)
    store.rekey().result(20)
    store.submit(lambda vault: vault.append([JournalRow("after", "v1", 1, b"x")])).result(20)
    assert len(store.submit(lambda vault: vault.journal("v1")).result(20)) == 6
    assert key_of(folder, ring) != before
    assert store.close()
