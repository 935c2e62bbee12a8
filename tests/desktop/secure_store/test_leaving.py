"""A vault that is taken away: its keys first, whatever kills the program; what only this laptop has is left to IT."""

import shutil
import signal
from functools import partial
from pathlib import Path

import pytest

from desktop.ports import WIPE_ORDERED, JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.database import connect
from desktop.secure_store.keyring_call import DEVICE_SERVICE, VAULT_SERVICE
from desktop.secure_store.recovery import opened_by_recovery
from desktop.secure_store.sealing import new_private, public_of
from desktop.secure_store.shred import KEEP_MARK, MARK, keep_for_recovery, shred
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.store_thread import StoreThread
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.harm import calls_of, edits, flip_bit, key_of, killed_at_call, write_each
from tests.desktop.secure_store.rings import FileRing, MemoryRing

KILLS = 20


def made(folder: Path, ring: MemoryRing, private: bytes | None = None) -> bytes:
    """A vault with edits, a snapshot and damaged files set aside; its key."""
    store = StoreThread(folder, lambda: ring, public_of(private) if private is not None else None)
    store.open(lambda vault: write_each(vault, edits(20))).result(30)  # type: ignore[arg-type]
    store.device_key().result(30)
    assert store.snapshot().result(30)
    assert store.close()
    key = key_of(folder, ring)
    flip_bit(folder / "vault.db", 8 * (3 * 4096 + 100))
    open_vault(folder, ring).close()
    assert (folder / "set-aside").is_dir()
    return key


def take_away(folder: Path, ring: FileRing) -> None:
    shred(folder, ring)


def keep(folder: Path, ring: FileRing) -> None:
    keep_for_recovery(folder, ring)


def test_every_way_to_the_key_goes_and_then_every_file(folder: Path) -> None:
    ring, private = MemoryRing(), new_private()
    key = made(folder, ring, private)
    evidence = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert any(data.startswith(b"{") for data in evidence)
    assert shred(folder, ring)
    assert ring.secrets == {}
    assert [path.name for path in folder.rglob("*")] == ["vault.lock"]
    assert read_sidecar(folder) is None
    vault = open_vault(folder, ring)
    assert vault.journal("v1") == []
    assert key_of(folder, ring) != key
    vault.close()


def test_a_keyring_that_does_not_answer_keeps_nothing_from_being_erased(folder: Path) -> None:
    class Silent(MemoryRing):
        def delete_password(self, service: str, username: str) -> None:
            raise VaultUnavailable(VaultProblem.KEYRING_LOCKED)

    ring = MemoryRing()
    made(folder, ring)
    silent = Silent()
    assert not shred(folder, silent)
    assert [path.name for path in folder.rglob("*")] == ["vault.lock"]


def test_nothing_is_taken_away_while_a_program_has_it_open(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    with pytest.raises(VaultUnavailable) as raised:
        shred(folder, ring)
    assert raised.value.problem is VaultProblem.IN_USE
    vault.append([JournalRow("a", "v1", 1, b"words")])
    vault.close()


def test_killed_anywhere_it_is_finished_at_the_next_start(folder: Path, tmp_path: Path) -> None:
    secrets, ends = tmp_path / "secrets", set()
    key = made(folder, FileRing(secrets))

    def copy(name: str) -> tuple[Path, FileRing]:
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns("vault.ballast"))
        shutil.copy(secrets, tmp_path / f"{name}.secrets")
        return tmp_path / name, FileRing(tmp_path / f"{name}.secrets")

    whole, ring = copy("whole")
    calls = calls_of(partial(take_away, whole, ring))
    for number in range(KILLS):
        place, ring = copy(f"c{number}")
        code = killed_at_call(1 + number * calls // KILLS, partial(take_away, place, ring))
        begun = (place / MARK).exists() or not (place / "vault.json").exists()
        again = FileRing(tmp_path / f"c{number}.secrets")
        vault = open_vault(place, again)
        left = len(vault.journal("v1"))
        vault.close()
        assert left == (0 if begun else 20)
        assert (key.hex() in again.secrets.values()) == (not begun)
        assert not (place / MARK).exists()
        ends.add((code, begun))
        shutil.rmtree(place)
    assert {(-signal.SIGKILL, True), (-signal.SIGKILL, False)} <= ends


def test_what_is_left_to_it_opens_with_the_organisations_key_alone(folder: Path) -> None:
    ring, private = MemoryRing(), new_private()
    key = made(folder, ring, private)
    kept = keep_for_recovery(folder, ring)
    assert kept.parent == folder.parent
    assert not folder.exists()
    assert ring.secrets == {}
    sidecar = read_sidecar(kept)
    assert sidecar is not None
    assert {wrap["kind"] for wrap in sidecar.wraps} == {"recovery"}
    assert opened_by_recovery(sidecar, private) == key
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(kept, ring)
    assert raised.value.problem is VaultProblem.KEY_MISSING
    ring.set_password(VAULT_SERVICE, sidecar.vault_id, key.hex())
    vault = open_vault(kept, ring)
    assert len(vault.journal("v1")) == 20
    vault.close()


def test_killed_anywhere_it_ends_up_with_it_or_as_it_was(folder: Path, tmp_path: Path) -> None:
    secrets, private, ends = tmp_path / "secrets", new_private(), set()
    key = made(folder, FileRing(secrets), private)

    def copy(name: str) -> tuple[Path, FileRing]:
        place = tmp_path / name / "vault"
        shutil.copytree(folder, place, ignore=shutil.ignore_patterns("vault.ballast"))
        shutil.copy(secrets, tmp_path / name / "secrets")
        return place, FileRing(tmp_path / name / "secrets")

    whole, ring = copy("whole")
    calls = calls_of(partial(keep, whole, ring))
    for number in range(KILLS):
        place, ring = copy(f"c{number}")
        killed_at_call(1 + number * calls // KILLS, partial(keep, place, ring))
        begun = (place / KEEP_MARK).exists() or not place.exists()
        again = FileRing(place.parent / "secrets")
        open_vault(place, again).close()
        found = [path for path in place.parent.iterdir() if path.is_dir() and (path / "vault.json").exists()]
        opens = [sidecar for path in found if (sidecar := read_sidecar(path)) and opened_by_recovery(sidecar, private)]
        assert len(opens) == 1, "IT can open what was there, wherever it is"
        assert opened_by_recovery(opens[0], private) == key
        ends.add(begun)
        shutil.rmtree(place.parent)
    assert ends == {True, False}


def test_the_store_takes_away_what_the_gateway_has_and_keeps_the_rest(folder: Path) -> None:
    ring, private = MemoryRing(), new_private()
    store = StoreThread(folder, lambda: ring, public_of(private))

    def fill(vault: object) -> None:
        write_each(vault, edits(5, "sent"))  # type: ignore[arg-type]
        vault.acknowledge([f"sent-{number}" for number in range(5)])  # type: ignore[attr-defined]
        vault.put_visit("sent", "SUMMARY", "RECORD")  # type: ignore[attr-defined]
        write_each(vault, edits(3, "unsent"))  # type: ignore[arg-type]
        vault.acknowledge(["unsent-0"])  # type: ignore[attr-defined]
        vault.put_command(OutboxRow("c", "asked", "{}"))  # type: ignore[attr-defined]

    store.open(fill).result(30)
    assert store.snapshot().result(30)
    unsent = store.submit(lambda vault: vault.unsent()).result(30)
    assert unsent == {"unsent": 2, "asked": 1}
    key = key_of(folder, ring)
    store.submit(lambda vault: vault.reduce_to(list(unsent))).result(30)
    left = store.submit(lambda vault: (vault.visit_ids(), len(vault.journal("unsent")), vault.journal("sent"))).result(
        30
    )
    assert (sorted(left[0]), *left[1:]) == (["asked", "unsent"], 3, [])
    assert list((folder / "snapshots").glob("*.db")) == []
    kept = store.keep_for_it().result(30)
    with pytest.raises(VaultUnavailable):
        store.submit(lambda vault: vault.visit_ids()).result(30)
    assert store.close()
    raw = connect(kept / "vault.db", key)
    assert raw.execute("SELECT count(*) FROM journal WHERE visit_id = 'sent'").fetchone() == (0,)
    assert raw.execute("SELECT count(*) FROM journal").fetchone() == (3,)
    raw.close()
    ring.set_password(VAULT_SERVICE, read_sidecar(kept).vault_id, key.hex())  # type: ignore[union-attr]
    vault = open_vault(kept, ring)
    assert vault.reports() == [], "what was forgotten is accounted for"
    vault.close()


def test_without_a_way_for_it_nothing_is_left_to_it(folder: Path) -> None:
    ring = MemoryRing()
    store = StoreThread(folder, lambda: ring)
    store.open(lambda vault: write_each(vault, edits(2))).result(30)  # type: ignore[arg-type]
    with pytest.raises(VaultUnavailable) as raised:
        store.keep_for_it().result(30)
    assert raised.value.problem is VaultProblem.KEY_MISSING
    assert len(store.submit(lambda vault: vault.journal("v1")).result(30)) == 2
    assert store.erase().result(30)
    assert store.close()
    assert DEVICE_SERVICE not in {service for service, _ in ring.secrets}


def test_other_peoples_vaults_on_the_laptop_go_the_same_way(tmp_path: Path) -> None:
    ring, private = MemoryRing(), new_private()
    folders = [tmp_path / name for name in ("vault", "vault-a", "vault-b", "vault-c")]
    for folder in folders:
        public = public_of(private) if folder.name == "vault-b" else None
        store = StoreThread(folder, lambda: ring, public)
        store.open(lambda vault: write_each(vault, edits(2))).result(30)  # type: ignore[arg-type]
        if folder.name in ("vault", "vault-a"):
            store.submit(lambda vault: vault.acknowledge(["v1-0", "v1-1"])).result(30)
        assert store.close()
    store = StoreThread(folders[0], lambda: ring)
    store.open(lambda _vault: None).result(30)
    device = store.device_key().result(30).public_jwk
    assert store.erase(folders).result(30)
    assert store.close()
    names = sorted(path.name for path in tmp_path.iterdir() if (path / "vault.json").exists())
    assert names == ["kept-for-it-1", "vault-c"], "what only the laptop has"
    left = StoreThread(tmp_path / "vault-c", lambda: ring)
    assert left.open(lambda vault: (vault.get(WIPE_ORDERED), len(vault.journal("v1")))).result(30) == ("1", 2)
    assert left.close()
    assert (DEVICE_SERVICE, read_id(tmp_path / "vault-c")) not in ring.secrets
    assert device is not None
    assert len([service for service, _ in ring.secrets if service == DEVICE_SERVICE]) == 1, "they ask for it themselves"


def read_id(folder: Path) -> str:
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    return sidecar.vault_id
