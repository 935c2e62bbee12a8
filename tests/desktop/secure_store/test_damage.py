"""Whatever is damaged: an editable note is reached, what can be read is there, what is missing is said."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.ports import DamageCause, JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.head import NAME as HEAD
from desktop.secure_store.sidecar import NAMES
from desktop.secure_store.vault import SqlVault, open_vault
from desktop.secure_store.wal import FRAME_HEADER_BYTES, HEADER_BYTES, PAGE_BYTES, mended
from tests.desktop.secure_store.harm import (
    as_a_crash_leaves_it,
    copied,
    edits,
    flip_any_bit,
    flip_bit,
    killed_at_call,
    opened,
    write_each,
)
from tests.desktop.secure_store.rings import MemoryRing

FLIPS = 100
FRAME = FRAME_HEADER_BYTES + PAGE_BYTES


@pytest.fixture
def ring() -> MemoryRing:
    return MemoryRing()


@pytest.fixture
def vault(folder: Path, ring: MemoryRing) -> SqlVault:
    """A vault that was used before, with a log of sixty edits that is not folded in."""
    vault = open_vault(folder, ring)
    write_each(vault, edits(20))
    vault.put("refresh_token", "t")
    vault.put_visit("v1", "summary", "[]")
    vault.close()
    vault = open_vault(folder, ring)
    write_each(vault, [JournalRow(f"later-{number}", "v1", 8, b"later " * 20) for number in range(60)])
    return vault


def aside(folder: Path) -> list[Path]:
    return sorted((folder / "set-aside").iterdir()) if (folder / "set-aside").exists() else []


# --- the log ------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(400)
def test_a_bit_in_the_middle_of_the_log_never_costs_an_edit_silently(
    folder: Path, ring: MemoryRing, vault: SqlVault, tmp_path: Path
) -> None:
    """Built-in checks are green on each of these; SQLite alone would give an older journal without a word."""
    whole = vault.journal("v1")
    chance, recovered = random.Random(20261127), 0  # noqa: S311
    for number in range(FLIPS):
        copy = as_a_crash_leaves_it(folder, tmp_path / f"c{number}")
        flip_any_bit(copy / "vault.db-wal", chance, 0.02, 0.98)
        rows, said = opened(copy, ring)
        assert [report.cause for report in said] == [DamageCause.CHANGES_MISSING]
        assert len(rows) + said[0].missing == len(whole)
        assert said[0].visits[0].recovered + said[0].missing > 0
        assert (aside(copy)[0] / "vault.db-wal").exists()
        recovered += rows == whole
        shutil.rmtree(copy)
    assert recovered >= FLIPS * 0.9, "nearly each damaged page has a newer version in the log"
    vault.close()


def test_edits_that_cannot_be_recovered_are_counted(
    folder: Path, ring: MemoryRing, vault: SqlVault, tmp_path: Path
) -> None:
    """The log's end is gone and the pages with it: nothing but the head knows of these edits."""
    whole = vault.journal("v1")
    chance = random.Random(5)  # noqa: S311
    for number in range(20):
        copy = as_a_crash_leaves_it(folder, tmp_path / f"c{number}")
        wal = copy / "vault.db-wal"
        data = wal.read_bytes()
        wal.write_bytes(data[: chance.randrange(HEADER_BYTES + FRAME, len(data) - FRAME)])
        rows, said = opened(copy, ring)
        assert rows == whole[: len(rows)]
        lost = len(whole) - len(rows)
        assert lost > 0
        assert (said[0].missing, said[0].visits[0].visit_id, said[0].visits[0].missing) == (lost, "v1", lost)
        assert said[0].kept == len(rows)
    vault.close()


def test_a_loss_is_said_until_it_was_read_and_never_again(folder: Path, ring: MemoryRing, vault: SqlVault) -> None:
    copy = as_a_crash_leaves_it(folder, folder.parent / "copy")
    vault.close()
    (copy / "vault.db-wal").unlink()
    for _ in range(2):
        again = open_vault(copy, ring)
        assert [report.missing for report in again.reports()] == [60]
        again.close()
    again = open_vault(copy, ring)
    again.drop_report(again.reports()[0].report_id)
    again.append(edits(3, "v2"))
    again.close()
    last = open_vault(copy, ring)
    assert last.reports() == []
    assert len(aside(copy)) == 1
    last.close()


def torn(folder: Path, vault: SqlVault) -> Path:
    """A power cut in the last transaction, before it was called saved: the head has not heard of it."""
    before = (folder / HEAD).read_bytes()
    vault.append([JournalRow("unsaved", "v1", 8, bytes(30_000))])
    copy = as_a_crash_leaves_it(folder, folder.parent / "copy")
    vault.close()
    (copy / HEAD).write_bytes(before)
    return copy


def test_a_log_that_ends_in_half_a_transaction_is_no_loss(folder: Path, ring: MemoryRing, vault: SqlVault) -> None:
    copy = torn(folder, vault)
    data = (copy / "vault.db-wal").read_bytes()
    (copy / "vault.db-wal").write_bytes(data[: len(data) - 2 * FRAME + 50])
    rows, said = opened(copy, ring)
    assert (len(rows), said) == (80, [])
    assert aside(copy) == []


def test_a_transaction_that_is_torn_inside_may_have_been_saved_and_is_said(
    folder: Path, ring: MemoryRing, vault: SqlVault
) -> None:
    copy = torn(folder, vault)
    data = bytearray((copy / "vault.db-wal").read_bytes())
    place = len(data) - 3 * FRAME + 50
    data[place : place + 200] = bytes(200)
    (copy / "vault.db-wal").write_bytes(data)
    rows, (said,) = opened(copy, ring)
    assert (len(rows), said.missing) == (80, 1)


def test_a_loss_that_the_head_had_not_heard_of_is_found_in_the_log(
    folder: Path, ring: MemoryRing, vault: SqlVault
) -> None:
    """A power cut takes the records that were not synced; the frames behind the damage are still there."""
    copy = as_a_crash_leaves_it(folder, folder.parent / "copy")
    whole = vault.journal("v1")
    vault.close()
    (copy / HEAD).unlink()
    flip_bit(copy / "vault.db-wal", 8 * (HEADER_BYTES + 10 * FRAME + 1000))
    rows, said = opened(copy, ring)
    assert rows == whole
    assert [report.cause for report in said] == [DamageCause.CHANGES_MISSING]


def test_mending_a_sound_log_changes_nothing_that_sqlite_reads(folder: Path, vault: SqlVault) -> None:
    data = (folder / "vault.db-wal").read_bytes()
    vault.close()
    again = mended(data, leave_out_broken=True)
    assert again is not None
    assert again[HEADER_BYTES:] == mended(data, leave_out_broken=False)[HEADER_BYTES:]  # type: ignore[index]
    assert mended(data[:HEADER_BYTES], leave_out_broken=False) is None
    assert mended(b"", leave_out_broken=True) is None


# --- the file -----------------------------------------------------------------------------------------------------


@pytest.fixture
def closed(folder: Path, ring: MemoryRing) -> Path:
    """A vault with two visits, a snapshot in between, and all of it in the file."""
    vault = open_vault(folder, ring)
    write_each(vault, edits(100, size=2000))
    vault.put("refresh_token", "t")
    vault.put_visit("v1", "summary", "[]")
    vault.put_command(OutboxRow("c", "v1", "{}"))
    assert vault.snapshots.take()
    write_each(vault, edits(30, "v2", 2000))
    vault.close()
    return folder


@pytest.mark.timeout(300)
def test_one_bit_anywhere_in_the_file(closed: Path, ring: MemoryRing, tmp_path: Path) -> None:
    chance, slowest, kept = random.Random(1), 0.0, 0  # noqa: S311
    for number in range(30):
        copy = tmp_path / f"c{number}"
        copied(closed, copy)
        flip_any_bit(copy / "vault.db", chance)
        began = time.monotonic()
        vault = open_vault(copy, ring)
        vault.append([JournalRow("typed after", "v1", 9, b"after")])
        slowest = max(slowest, time.monotonic() - began)
        rows = len(vault.journal("v1")) - 1 + len(vault.journal("v2"))
        (said,) = vault.reports()
        assert said.cause is DamageCause.FILE_DAMAGED
        assert rows + said.missing == 130
        assert said.kept == rows
        assert vault.get("refresh_token") == "t"
        assert [row.command_id for row in vault.commands()] == ["c"]
        assert (vault.unproven("v1"), vault.unproven("v2")) == (None, None)
        assert (aside(copy)[0] / "vault.db").stat().st_size == (closed / "vault.db").stat().st_size
        vault.close()
        kept += rows
        shutil.rmtree(copy)
    assert slowest < 5.0
    assert kept > 30 * 120


def cut(path: Path) -> None:
    path.write_bytes(b"")


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def first_page(path: Path) -> None:
    flip_bit(path, 8 * 100)


def header(path: Path) -> None:
    flip_bit(path, 8 * 3)


@pytest.mark.parametrize("harm", [cut, Path.unlink, halve, first_page, header])
def test_a_file_that_is_gone_comes_back_from_the_snapshot(
    closed: Path, ring: MemoryRing, harm: Callable[[Path], None]
) -> None:
    harm(closed / "vault.db")
    written = ring.written
    vault = open_vault(closed, ring)
    (said,) = vault.reports()
    assert said.cause in (DamageCause.FILE_GONE, DamageCause.FILE_DAMAGED)
    assert len(vault.journal("v1")) == 100
    assert said.missing == 30 - len(vault.journal("v2"))
    assert vault.get("refresh_token") == "t"
    assert vault.visits() == {"v1": ("summary", "[]")}
    assert ring.written == written, "the key is the old one"
    vault.close()


def test_without_a_snapshot_a_fresh_vault_says_what_is_missing(folder: Path, ring: MemoryRing, vault: SqlVault) -> None:
    vault.close()
    cut(folder / "vault.db")
    rows, (said,) = opened(folder, ring)
    assert rows == []
    assert (said.cause, said.missing, said.kept) == (DamageCause.FILE_GONE, 80, 0)


def test_a_page_that_fails_later_is_rescued_too(closed: Path, ring: MemoryRing) -> None:
    """The store thread's way is tested in test_store_thread; here: the damage is seen by whoever reads."""
    vault = open_vault(closed, ring)
    data = bytearray((closed / "vault.db").read_bytes())
    for page in range(3, len(data) // PAGE_BYTES):
        data[page * PAGE_BYTES + 2000] ^= 0xFF
    (closed / "vault.db").write_bytes(data)
    vault._connection.execute("PRAGMA shrink_memory")
    vault._connection.execute("PRAGMA cache_size = 1")
    with pytest.raises(VaultUnavailable) as raised:
        vault.journal("v1")
    assert raised.value.problem is VaultProblem.DAMAGED
    vault.abandon()


def test_a_rescue_that_is_killed_is_done_again(closed: Path, ring: MemoryRing, tmp_path: Path) -> None:
    """At any call: either the damaged files are still in place or the evidence lies aside; no edit less comes of it."""
    chance, codes = random.Random(4), set()  # noqa: S311
    for page in (3, 8, 12):
        flip_bit(closed / "vault.db", 8 * (page * PAGE_BYTES + 100))
    for number in range(25):
        copy = tmp_path / f"c{number}"
        copied(closed, copy)
        calls = chance.randint(*chance.choice(((100, 4000), (10_000, 30_000))))
        codes.add(killed_at_call(calls, lambda copy=copy: open_vault(copy, ring).close()))  # type: ignore[misc]
        vault = open_vault(copy, ring)
        rows = len(vault.journal("v1")) + len(vault.journal("v2"))
        (said,) = vault.reports()
        assert rows + said.missing == 130
        assert len(vault.journal("v1")) == 100
        assert (vault.unproven("v1"), vault.unproven("v2")) == (None, None)
        assert not (copy / "vault.rescue").exists()
        vault.close()
        shutil.rmtree(copy)
    assert codes == {0, -9}


# --- descriptions and head ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harmed", [NAMES[:1], NAMES[1:], NAMES, (HEAD,)])
@pytest.mark.parametrize("content", [None, b"", b'{"vault_id":', bytes(300)])
def test_descriptions_or_head_can_be_lost(
    closed: Path, ring: MemoryRing, harmed: tuple[str, ...], content: bytes | None
) -> None:
    for name in harmed:
        (closed / name).unlink()
        if content is not None:
            (closed / name).write_bytes(content)
    rows, said = opened(closed, ring)
    assert (len(rows), said) == (100, [])
    for name in NAMES:
        assert b"key_check" in (closed / name).read_bytes()
    rows, said = opened(closed, ring)
    assert (len(rows), said) == (101, [])


@pytest.mark.parametrize("names", [NAMES[:1], NAMES, (HEAD,)])
def test_one_bit_in_a_description_or_the_head_is_no_loss_and_no_alarm(
    closed: Path, ring: MemoryRing, names: tuple[str, ...], tmp_path: Path
) -> None:
    chance = random.Random(9)  # noqa: S311
    for number in range(25):
        copy = tmp_path / f"c{number}"
        copied(closed, copy)
        for name in names:
            flip_any_bit(copy / name, chance)
        rows, said = opened(copy, ring)
        assert (len(rows), said) == (100, [])
        shutil.rmtree(copy)


def test_without_descriptions_and_head_nothing_is_begun_anew(closed: Path, ring: MemoryRing) -> None:
    for name in (*NAMES, HEAD):
        (closed / name).unlink()
    before = (closed / "vault.db").read_bytes()
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(closed, ring)
    assert raised.value.problem is VaultProblem.DAMAGED
    assert (closed / "vault.db").read_bytes() == before


def test_an_older_copy_of_the_file_is_noticed(closed: Path, ring: MemoryRing) -> None:
    """A restored backup, a rolled back disk: the file is sound, and older than what was called saved."""
    shutil.copy(closed / "vault.db", closed.parent / "older.db")
    vault = open_vault(closed, ring)
    write_each(vault, edits(5, "v3"))
    vault.close()
    shutil.copy(closed.parent / "older.db", closed / "vault.db")
    _, (said,) = opened(closed, ring)
    assert (said.cause, said.missing) == (DamageCause.CHANGES_MISSING, 5)


def test_another_history_of_the_same_length_is_noticed(closed: Path, ring: MemoryRing) -> None:
    copy = closed.parent / "other"
    copied(closed, copy)
    for place, name in ((closed, "one"), (copy, "other")):
        vault = open_vault(place, ring)
        vault.append([JournalRow(name, "v1", 9, name.encode())])
        vault.close()
    shutil.copy(copy / "vault.db", closed / "vault.db")
    _, (said,) = opened(closed, ring)
    assert (said.cause, said.missing) == (DamageCause.CHANGES_MISSING, 1)
