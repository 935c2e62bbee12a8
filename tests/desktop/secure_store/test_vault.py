"""What can be wrong with a vault, each under its name, and what lies in its files."""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from desktop.ports import JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.database import open_database
from desktop.secure_store.schema import SCHEMA_VERSION
from desktop.secure_store.sidecar import NAMES
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.harm import flip_bit, key_of
from tests.desktop.secure_store.rings import ForgetfulRing, MemoryRing
from tests.desktop.secure_store.worker import WORKER, as_line

CANARY = "Zebrafink-7731"


@pytest.fixture
def ring(folder: Path) -> MemoryRing:
    """The keyring of a vault that was used and closed."""
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    vault.append([JournalRow(f"r{number}", "v1", 1, bytes(5000)) for number in range(20)])
    vault.close()
    return ring


def problem_of(folder: Path, ring: MemoryRing) -> VaultProblem:
    """Why it does not open: no key is made, no data is changed, and the lock is given back."""
    secrets, written = dict(ring.secrets), ring.written
    database = (folder / "vault.db").read_bytes() if (folder / "vault.db").exists() else None
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, ring)
    assert (ring.secrets, ring.written) == (secrets, written)
    assert ((folder / "vault.db").read_bytes() if (folder / "vault.db").exists() else None) == database
    with pytest.raises(VaultUnavailable) as repeated:
        open_vault(folder, ring)
    assert repeated.value.problem is raised.value.problem
    return raised.value.problem


def test_one_copy_of_the_description_is_enough(folder: Path, ring: MemoryRing) -> None:
    (folder / NAMES[0]).write_bytes(b"\x00")
    vault = open_vault(folder, ring)
    assert len(vault.journal("v1")) == 20
    vault.close()


@pytest.mark.parametrize("stored", ["00" * 32, "00" * 31, "no hexadecimal", ""])
def test_a_wrong_key_is_told_from_damage(folder: Path, ring: MemoryRing, stored: str) -> None:
    (place,) = ring.secrets
    ring.secrets[place] = stored
    assert problem_of(folder, ring) is VaultProblem.KEY_WRONG


def test_a_missing_key(folder: Path, ring: MemoryRing) -> None:
    ring.secrets.clear()
    assert problem_of(folder, ring) is VaultProblem.KEY_MISSING


def test_a_newer_schema_is_left_alone(folder: Path, ring: MemoryRing) -> None:
    connection = open_database(folder / "vault.db", key_of(folder, ring))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    assert problem_of(folder, ring) is VaultProblem.NEWER_SCHEMA


def test_a_keyring_that_keeps_nothing_gets_no_vault(folder: Path) -> None:
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, ForgetfulRing())
    assert raised.value.problem is VaultProblem.KEYRING_DENIED
    assert sorted(path.name for path in folder.iterdir()) == ["vault.lock"]


def test_a_second_program_is_refused_until_the_first_ends(folder: Path, ring: MemoryRing) -> None:
    with subprocess.Popen([*WORKER, "hold", str(folder)], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdin.write(as_line(ring))
        other.stdin.flush()
        assert other.stdout.readline() == "open\n"
        with pytest.raises(VaultUnavailable) as raised:
            open_vault(folder, ring)
        assert raised.value.problem is VaultProblem.IN_USE
        other.kill()
    open_vault(folder, ring).close()


def test_a_place_that_is_no_folder_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(tmp_path / "file" / "vault", MemoryRing())
    assert raised.value.problem is VaultProblem.NOT_WRITABLE


# --- disks that fill up, or cannot be written ------------------------------------------------------------------


def run_worker(word: str, folder: Path, ring: MemoryRing, *, mount: str = "") -> list[str]:
    """What the worker prints; `mount` prepares file systems of its own first."""
    argv = [*WORKER, word, str(folder)]
    if mount:
        argv = ["unshare", "-rm", "sh", "-ec", f'{mount}\nexec "$@"', "sh", *argv]
    done = subprocess.run(argv, input=as_line(ring), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def needs_mounts() -> None:
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine lets no user mount a file system of its own")


def test_a_full_disk_keeps_every_acknowledged_row_and_goes_on(tmp_path: Path) -> None:
    needs_mounts()
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=1500k none {disk}; head -c 300000 /dev/zero > {disk}/ballast"
    said = run_worker("fill", disk / "vault", MemoryRing(), mount=mount)
    assert said == ["problem disk_full", "same True True", "intact True"]


def test_a_file_size_limit_keeps_every_acknowledged_row_too(tmp_path: Path) -> None:
    (tmp_path / "ballast").touch()
    said = run_worker("limited", tmp_path / "vault", MemoryRing())
    assert said == ["problem not_writable", "same True True", "intact True"]


def test_a_disk_without_space_gets_no_vault(tmp_path: Path) -> None:
    needs_mounts()
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=64k none {disk}; head -c 65536 /dev/zero > {disk}/ballast"
    said = run_worker("open", disk / "vault", MemoryRing(), mount=mount)
    assert said == ["problem disk_full keys 1"]


def test_a_read_only_disk_is_not_writable(folder: Path, ring: MemoryRing) -> None:
    needs_mounts()
    mount = f"mount --bind {folder.parent} {folder.parent}; mount -o remount,bind,ro {folder.parent}"
    assert run_worker("open", folder, ring, mount=mount) == ["problem not_writable keys 0"]


# --- what lies in the files ------------------------------------------------------------------------------------


def content_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_plain_text_lies_in_any_file(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    vault.append([JournalRow("a", "visit-1", 1, CANARY.encode())])
    vault.put_command(OutboxRow("c", "visit-1", json.dumps({"text": CANARY})))
    vault.put_visit("visit-1", CANARY, CANARY)
    vault.put("refresh_token", CANARY)
    assert vault.journal("visit-1")[0].update == CANARY.encode()
    for secret in (CANARY.encode(), CANARY.encode("utf-16-le"), b"visit-1", b"CREATE TABLE", b"SQLite format"):
        assert secret not in content_of(folder)
    assert vault.snapshots.take()
    vault.close()
    assert CANARY.encode() not in content_of(folder)
    flip_bit(folder / "vault.db", 8 * (5 * 4096 + 100))
    rescued = open_vault(folder, ring)
    assert rescued.get("refresh_token") == CANARY
    assert len(rescued.reports()) == 1
    for secret in (CANARY.encode(), b"visit-1"):
        assert secret not in content_of(folder)
    rescued.close()


def test_what_is_purged_cannot_be_read_with_the_key_either(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    for visit in ("visit-1", "visit-2"):
        vault.append([JournalRow(f"{visit}-{n}", visit, 1, f"{CANARY} {visit}".encode() * 200) for n in range(20)])
        vault.put_command(OutboxRow(f"{visit}-c", visit, f"{CANARY} {visit}"))
        vault.put_visit(visit, f"{CANARY} {visit}", f"{CANARY} {visit}")
    vault.purge_visit("visit-1")
    assert (folder / "vault.db-wal").stat().st_size == 0
    assert CANARY.encode() not in content_of(folder)
    vault.close()
    plain = folder.parent / "plain.db"
    connection = open_database(folder / "vault.db", key_of(folder, ring))
    connection.execute("ATTACH DATABASE ? AS plain KEY ''", (str(plain),))
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute("SELECT sqlcipher_export('plain')")
    connection.close()
    assert f"{CANARY} visit-2".encode() in plain.read_bytes(), "the way of looking sees what is there"
    assert f"{CANARY} visit-1".encode() not in plain.read_bytes()
    assert pages > 0


def test_it_is_sqlcipher_and_loads_no_code(folder: Path, ring: MemoryRing) -> None:
    vault = open_vault(folder, ring)
    connection = vault._connection
    assert connection.execute("PRAGMA cipher_version").fetchone()[0].startswith("4.")
    assert connection.execute("PRAGMA cipher_memory_security").fetchone() is not None
    with pytest.raises(sqlcipher.OperationalError, match="not authorized"):
        connection.execute("SELECT load_extension('anything')")
    vault.close()


def test_a_sqlite_that_does_not_encrypt_opens_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PRAGMA cipher_version` says nothing in a plain SQLite."""
    monkeypatch.setattr("desktop.secure_store.database.sqlcipher", sqlite3)
    with pytest.raises(RuntimeError, match="does not encrypt"):
        open_vault(folder, MemoryRing())
