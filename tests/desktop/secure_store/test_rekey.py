"""A change of key: killed anywhere it leaves a vault that opens, with every edit; then the old key opens nothing."""

import random
import shutil
import signal
from pathlib import Path

import pytest

from desktop.ports import JournalRow, VaultProblem, VaultUnavailable
from desktop.secure_store.database import connect
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.vault import change_key, open_vault
from desktop.secure_store.wal import PAGE_BYTES
from tests.desktop.secure_store.harm import (
    copied,
    edits,
    flip_any_bit,
    flip_bit,
    key_of,
    killed_at_call,
    opened,
    write_each,
)
from tests.desktop.secure_store.rings import FileRing, MemoryRing

KILLS = 30


def made(folder: Path, ring: MemoryRing) -> None:
    vault = open_vault(folder, ring)
    write_each(vault, edits(40, size=1000))
    vault.purge_visit("v2")
    assert vault.snapshots.take()
    vault.close()


def test_only_the_new_key_opens_what_there_is(folder: Path) -> None:
    ring = MemoryRing()
    made(folder, ring)
    old = key_of(folder, ring)
    change_key(open_vault(folder, ring), ring)
    new = key_of(folder, ring)
    assert new != old
    assert old.hex() not in ring.secrets.values()
    for path in (folder / "vault.db", *(folder / "snapshots").glob("*.db")):
        with pytest.raises(VaultUnavailable):
            connect(path, old)
        connect(path, new).close()
    rows, said = opened(folder, ring)
    assert (len(rows), said) == (40, [])


def test_the_old_key_stays_as_long_as_damaged_files_need_it(folder: Path) -> None:
    ring = MemoryRing()
    made(folder, ring)
    old = key_of(folder, ring)
    flip_bit(folder / "vault.db", 8 * (3 * PAGE_BYTES + 100))
    vault = open_vault(folder, ring)
    assert len(vault.reports()) == 1
    change_key(vault, ring)
    assert key_of(folder, ring) != old
    (evidence,) = (folder / "set-aside").iterdir()
    connect(evidence / "vault.db", old).close()
    assert list(ring.secrets.values()).count(old.hex()) == 1


class RefusingRing(MemoryRing):
    """A keyring that keeps nothing new."""

    def set_password(self, service: str, username: str, password: str) -> None:
        self.written += 1


def test_a_keyring_that_keeps_no_new_key_leaves_the_old_one(folder: Path) -> None:
    ring = MemoryRing()
    made(folder, ring)
    refusing = RefusingRing()
    refusing.secrets = dict(ring.secrets)
    vault = open_vault(folder, refusing)
    with pytest.raises(VaultUnavailable) as raised:
        change_key(vault, refusing)
    assert raised.value.problem is VaultProblem.KEYRING_DENIED
    rows, said = opened(folder, ring)
    assert (len(rows), said) == (40, [])


def change_own_key(folder: Path, ring: FileRing) -> None:
    change_key(open_vault(folder, ring), ring)


def test_a_kill_at_any_moment_leaves_a_vault_that_opens(folder: Path, tmp_path: Path) -> None:
    chance, ends = random.Random(11), set()  # noqa: S311
    secrets = tmp_path / "secrets"
    made(folder, FileRing(secrets))
    for number in range(KILLS):
        copy, own = tmp_path / f"c{number}", tmp_path / f"secrets{number}"
        copied(folder, copy)
        shutil.copy(secrets, own)
        old = key_of(copy, FileRing(own))
        calls = chance.randint(*chance.choice(((1, 2900), (2950, 3220))))
        code = killed_at_call(calls, lambda copy=copy, own=own: change_own_key(copy, FileRing(own)))  # type: ignore[misc]
        rows, said = opened(copy, FileRing(own))
        assert (len(rows), said) == (40, [])
        rows, said = opened(copy, FileRing(own))
        assert (len(rows), said) == (41, [])
        ends.add((code, key_of(copy, FileRing(own)) == old))
        shutil.rmtree(copy)
    assert (-signal.SIGKILL, True) in ends
    assert (-signal.SIGKILL, False) in ends


def test_damage_in_the_middle_of_a_change_is_rescued(folder: Path) -> None:
    """Killed before the new file was in place, and then damaged: the old key still reads the snapshot."""
    ring = MemoryRing()
    made(folder, ring)
    sidecar = open_vault(folder, ring)
    ring.set_password(VAULT_SERVICE, f"{sidecar.vault_id} next", "ab" * 32)
    sidecar.close()
    flip_any_bit(folder / "vault.db", random.Random(1), 0.0, 0.001)  # noqa: S311
    vault = open_vault(folder, ring)
    assert len(vault.journal("v1")) == 40
    vault.append([JournalRow("x", "v1", 1, b"x")])
    vault.close()
