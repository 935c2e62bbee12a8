"""Gives a vault a new random key: a new file beside the old one, both keys kept until the new file has been opened.

In steps: the keyring keeps the new key beside the old one, and the description says so and has it sealed for IT, where
the old one was; the new file is written, synced
and read; it takes the old one's place at once; it is opened and a snapshot made; the new key becomes the vault's. A
crash at any moment leaves one of two files, each with its key; opening finds out which.
"""

from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.account import Known, settle
from desktop.secure_store.database import connect, naming_problems
from desktop.secure_store.durable import sync_folder
from desktop.secure_store.key_of import aside_name, keep_key, kept_key, next_name
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.keys import Ring
from desktop.secure_store.place import FILE, Place
from desktop.secure_store.rebuild import write_file
from desktop.secure_store.recovery import drop_key, drop_other_keys, recovery_publics, seal_for_recovery
from desktop.secure_store.rescue import ASIDE, begin_head
from desktop.secure_store.salvage import COLUMNS, Content, read_content
from desktop.secure_store.sidecar import Sidecar, key_check, read_sidecar, write_sidecar
from desktop.secure_store.snapshots import Snapshots

NEXT = f"{FILE}.next"


def rekey(place: Place, ring: Ring) -> Place:
    """Change the key of a vault that nobody has open (its lock is held); the place under the new key.

    VaultUnavailable, and the vault as it was, when it cannot be read to the end, or keyring or disk refuse.
    """
    content = read_content(place.file, place.key)
    if content is None or not set(COLUMNS) <= content.whole:
        raise VaultUnavailable(VaultProblem.DAMAGED)
    key = kept_key(ring, next_name(place.sidecar.vault_id))
    sidecar = replace(place.sidecar, next_key_check=key_check(key), head_count=content.total or 0)
    write_sidecar(place.folder, sidecar)
    there = read_sidecar(place.folder)
    publics = recovery_publics(there.wraps) if there is not None else []
    seal_for_recovery(place.folder, sidecar.vault_id, key, publics)
    new = Place(place.folder, key, sidecar)
    # The tags of forgotten visits were made under the old key; they only guard against snapshots, which go.
    settle(content, Known(content.total or 0), new.chain_key)
    write_file(place.folder / NEXT, key, content)
    with closing(connect(place.file, place.key)) as old, naming_problems():
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for name in (f"{FILE}-wal", f"{FILE}-shm"):
        (place.folder / name).unlink(missing_ok=True)
    (place.folder / NEXT).replace(place.file)
    sync_folder(place.folder)
    return _promote(new, content, ring)


def settle_key(folder: Path, sidecar: Sidecar, keys: list[bytes], ring: Ring) -> Place:
    """Which of the keys opens the vault; a change of key that a crash interrupted is finished or taken back."""
    if not sidecar.next_key_check:
        return Place(folder, keys[0], sidecar)
    for key in keys:
        place = Place(folder, key, sidecar)
        if not _opens(place):
            continue
        if key_check(key) == sidecar.next_key_check:
            content = read_content(place.file, key)
            return _promote(place, content or Content(total=sidecar.head_count), ring)
        return _take_back(place)
    # Damaged as well: each key has its file, and the rescue reads what it can under the one that was in force.
    return Place(folder, keys[0], sidecar)


def _opens(place: Place) -> bool:
    if not place.file.exists() or place.file.stat().st_size == 0:
        return False  # an empty file opens with any key
    try:
        connect(place.file, place.key).close()
    except VaultUnavailable:
        return False
    return True


def _promote(place: Place, content: Content, ring: Ring) -> Place:
    """The file under the new key is in place: from now on it is the vault's key."""
    with closing(connect(place.file, place.key)):
        place = begin_head(place, content)
    snapshots = Snapshots(place.folder, place.file, place.key)
    if snapshots.take():
        snapshots.drop_all_but_newest()
    _keep_for_evidence(place, ring)
    keep_key(ring, place.sidecar.vault_id, place.key)
    sidecar = replace(place.sidecar, key_check=key_check(place.key), next_key_check="", spool_public="")
    write_sidecar(place.folder, sidecar)
    if not (place.folder / ASIDE).exists():
        drop_other_keys(place.folder, place.key)
    with suppress(VaultUnavailable):
        ring.set_password(VAULT_SERVICE, next_name(sidecar.vault_id), "")
    return replace(place, sidecar=sidecar)


def _keep_for_evidence(place: Place, ring: Ring) -> None:
    """Files that were set aside are under the old key: without it they would be as good as deleted."""
    old = ring.get_password(VAULT_SERVICE, place.sidecar.vault_id)
    if old and old != place.key.hex() and (place.folder / ASIDE).exists():
        keep_key(ring, aside_name(place.sidecar.vault_id, key_check(bytes.fromhex(old))), bytes.fromhex(old))


def _take_back(place: Place) -> Place:
    """The new file was never put in place: the old key stays."""
    for name in (NEXT, f"{NEXT}-journal", f"{NEXT}-wal", f"{NEXT}-shm"):
        (place.folder / name).unlink(missing_ok=True)
    drop_key(place.folder, place.sidecar.next_key_check)
    sidecar = replace(place.sidecar, next_key_check="")
    write_sidecar(place.folder, sidecar)
    return replace(place, sidecar=sidecar)
