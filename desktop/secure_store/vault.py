"""Opens a vault: finds its key, looks whether anything is missing or damaged, and rescues what there is if so."""

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.ports import DamageCause, VaultProblem, VaultUnavailable
from desktop.secure_store.ballast import Ballast
from desktop.secure_store.chain import chain_key
from desktop.secure_store.database import connect, is_sound, naming_file_problems, naming_problems
from desktop.secure_store.head import MAC_BYTES, HeadFile, HeadRecord, make_head, read_head, vault_id_of
from desktop.secure_store.head import NAME as HEAD
from desktop.secure_store.key_of import known_keys, new_key
from desktop.secure_store.keys import Ring
from desktop.secure_store.lock import FolderLock
from desktop.secure_store.mounts import on_network
from desktop.secure_store.place import FILE, Place
from desktop.secure_store.rekey import rekey, settle_key
from desktop.secure_store.rescue import WORK, Begun, begin_rescue, finish, unfinished
from desktop.secure_store.schema import SCHEMA_VERSION, migrate, schema_version, total_of
from desktop.secure_store.shred import finish_leaving
from desktop.secure_store.sidecar import FORMAT, NAMES, Sidecar, copies_agree, key_check, read_sidecar, write_sidecar
from desktop.secure_store.snapshots import Snapshots
from desktop.secure_store.sql_vault import Parts
from desktop.secure_store.sql_vault import SqlVault as SqlVault
from desktop.secure_store.wal import dropped_commits

CHECK_SECONDS = 0.1
"""How long opening waits for the quick check; a larger vault is checked once it is open."""
LEAST_BYTES = 1 << 20
"""Below this no vault can be opened as it is: its log and shared memory need so much."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file. `unknown`: edits that are missing besides those that the counts show."""

    cause: DamageCause
    unknown: int = 0
    dropped: int = 0
    """Transactions in the log that SQLite does not read."""


def open_vault(folder: Path, ring: Ring, now: datetime | None = None) -> SqlVault:
    """Open the vault in a folder, or make a new one; VaultUnavailable with its problem otherwise.

    A new key is made only where no vault has ever been: never over existing data. A damaged vault is set aside and
    opened with what could be rescued; `reports` has what is missing. On a full disk the reserve is given up for it.
    """
    try:
        return _open(folder, ring, now)
    except VaultUnavailable as problem:
        if not _is_full(folder, problem.problem) or not Ballast(folder).give_up():
            raise
    return _open(folder, ring, now)


def _is_full(folder: Path, problem: VaultProblem) -> bool:
    """SQLite's shared memory on a full disk ends in another error than its log does."""
    if problem is VaultProblem.NOT_WRITABLE and folder.is_dir():
        return Ballast(folder).free_bytes() < LEAST_BYTES
    return problem is VaultProblem.DISK_FULL


def _open(folder: Path, ring: Ring, now: datetime | None) -> SqlVault:
    with ExitStack() as on_failure, naming_file_problems():
        finish_leaving(folder, ring)
        _make_folder(folder)
        lock = FolderLock(folder)
        on_failure.callback(lock.close)
        place = _find(folder, ring)
        place = _finish_rescue(place)
        connection, place, checked = _open_sound(place, now or datetime.now(UTC))
        on_failure.callback(connection.close)
        head = HeadFile(place.head, place.chain_key)
        on_failure.callback(head.close)
        if not place.sidecar.ready or not copies_agree(folder):
            place = replace(place, sidecar=replace(place.sidecar, ready=True))
            write_sidecar(folder, place.sidecar)
        ballast = Ballast(folder)
        ballast.take()
        on_failure.pop_all()
    vault = SqlVault(connection, place, Parts(lock, head, ballast, Snapshots(folder, place.file, place.key)))
    vault.checked, vault.on_network = checked, on_network(folder)
    return vault


def reopen_rescued(vault: SqlVault, ring: Ring, cause: DamageCause, now: datetime) -> SqlVault:
    """Rescue a vault that turned out to be damaged while it was open, and open what was made of it."""
    try:
        begin_rescue(vault.place, Begun("", cause, now.isoformat()))
    finally:
        vault.abandon()
    return open_vault(vault.place.folder, ring, now)


def change_key(vault: SqlVault, ring: Ring) -> None:
    """Close a vault and give it a new random key; it is to be opened again in any case."""
    with naming_file_problems():
        vault.close()
        lock = FolderLock(vault.place.folder)
        try:
            rekey(vault.place, ring)
        finally:
            lock.close()


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(folder)


def _find(folder: Path, ring: Ring) -> Place:
    """The vault's description and its key: made anew only where nothing of a vault lies."""
    sidecar = read_sidecar(folder)
    if sidecar is None:
        # The description is written before the file: a file or half a description without one is a loss.
        if not any((folder / name).exists() for name in (FILE, f"{FILE}-wal", HEAD, *NAMES)):
            if on_network(folder):
                raise VaultUnavailable(VaultProblem.NETWORK_FOLDER)
            sidecar, key = new_key(folder, ring)
            return Place(folder, key, sidecar)
        return _without_description(folder, ring)
    if sidecar.format > FORMAT:
        raise VaultUnavailable(VaultProblem.NEWER_SCHEMA)
    return settle_key(folder, sidecar, known_keys(sidecar, ring), ring)


def _without_description(folder: Path, ring: Ring) -> Place:
    """Both descriptions are gone: the head still has the vault's id, and proves the key."""
    vault_id = vault_id_of(folder / HEAD)
    if vault_id is None:
        raise VaultUnavailable(VaultProblem.DAMAGED)
    sidecar = Sidecar(vault_id, "", str(getattr(ring, "backend", "")), datetime.now(UTC).isoformat(), ready=True)
    for key in known_keys(sidecar, ring):
        head = read_head(folder / HEAD, chain_key(key))
        if head is not None:
            head.close()
            if head.newest is not None:
                return Place(folder, key, replace(sidecar, key_check=key_check(key)))
    raise VaultUnavailable(VaultProblem.KEY_WRONG)


def _finish_rescue(place: Place) -> Place:
    """Do again what a crash interrupted: the evidence lies aside, and nothing was written since."""
    begun = unfinished(place.folder)
    if begun is not None:
        return finish(place, begun)[0]
    if (place.folder / WORK).exists():
        shutil.rmtree(place.folder / WORK, ignore_errors=True)
    return place


def _head_total(place: Place) -> int | None:
    """What the head says, or None."""
    head = read_head(place.head, place.chain_key)
    if head is None:
        return None
    head.close()
    return head.newest.total if head.newest is not None else None


def _open_sound(place: Place, now: datetime) -> tuple[Any, Place, bool]:
    """The connection to a file of which nothing is missing, migrated, after a rescue if need be; whether it was checked
    to the end."""
    damage: Damage | None = None
    checked: bool | None = None
    with ExitStack() as on_failure:
        try:
            if place.sidecar.ready and not (place.file.exists() and place.file.stat().st_size > 0):
                damage = Damage(DamageCause.FILE_GONE)
            else:
                connection = _connect_private(place)
                on_failure.callback(connection.close)
                damage = _damage(connection, place)
                checked = is_sound(connection, CHECK_SECONDS) if damage is None else None
                if checked is False:
                    damage = Damage(DamageCause.FILE_DAMAGED)
        except VaultUnavailable as problem:
            if problem.problem is not VaultProblem.DAMAGED:
                raise
            damage = Damage(DamageCause.FILE_DAMAGED)
        if damage is not None:
            begun = begin_rescue(place, Begun("", damage.cause, now.isoformat(), damage.unknown, damage.dropped))
            on_failure.close()
            place, _ = finish(place, begun)
            connection = _connect_private(place)
            on_failure.callback(connection.close)
        place = _ready(connection, place)
        on_failure.pop_all()
    return connection, place, bool(checked or damage)


def _connect_private(place: Place) -> Any:  # noqa: ANN401  # untyped driver
    # The WAL takes its mode from this file, so that it must be private before SQLite makes one.
    os.close(os.open(place.file, os.O_RDWR | os.O_CREAT, 0o600))
    place.file.chmod(0o600)
    return connect(place.file, place.key)


def _ready(connection: Any, place: Place) -> Place:  # noqa: ANN401
    """Migrate, with a snapshot before, and see to it that there is a head."""
    with naming_problems():
        version = schema_version(connection)
        if 0 < version < SCHEMA_VERSION:
            Snapshots(place.folder, place.file, place.key).take()
        migrate(connection, place.chain_key)
        if _head_total(place) is None or vault_id_of(place.head) is None:
            total, mac = _end(connection)
            make_head(place.head, place.chain_key, place.sidecar.vault_id, HeadRecord(total, 0, 0, bytes(8), mac))
    return place


def _end(connection: Any) -> tuple[int, bytes]:  # noqa: ANN401
    """How many edits there were, and the last one's link; zeros when it was merged or forgotten since."""
    total = total_of(connection)
    row = connection.execute("SELECT mac FROM journal WHERE position = ?", (total,)).fetchone()
    return total, bytes(row[0])[:MAC_BYTES] if row else bytes(MAC_BYTES)


def _damage(connection: Any, place: Place) -> Damage | None:  # noqa: ANN401
    """What is missing or damaged, or None. Reads only; VaultUnavailable(NEWER_SCHEMA) before anything else."""
    with naming_problems():
        version = schema_version(connection)
        if version > SCHEMA_VERSION:
            raise VaultUnavailable(VaultProblem.NEWER_SCHEMA)
        if version == 0:
            return Damage(DamageCause.CHANGES_MISSING) if place.sidecar.ready else None
        dropped = _dropped(connection, place)
        missing = _missing(connection, place) if version > 1 else None
        if missing is None and dropped:
            missing = Damage(DamageCause.CHANGES_MISSING)
    return replace(missing, dropped=dropped) if missing is not None else None


def _dropped(connection: Any, place: Place) -> int:  # noqa: ANN401
    """How many transactions lie in the log that SQLite does not read: something in its middle is damaged."""
    if not place.wal.exists():
        return 0
    _, read, _ = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
    return dropped_commits(place.wal.read_bytes(), max(0, read))


def _missing(connection: Any, place: Place) -> Damage | None:  # noqa: ANN401
    """Whether the file is behind what had been called saved, or does not account for all its own edits."""
    total, mac = _end(connection)
    said = [(place.sidecar.head_count, bytes.fromhex(place.sidecar.head_value)[:MAC_BYTES])]
    head = read_head(place.head, place.chain_key)
    if head is not None:
        head.close()
        said += [(head.newest.total, head.newest.mac)] if head.newest is not None else []
    if any(count > total for count, _ in said):
        return Damage(DamageCause.CHANGES_MISSING)
    if any(count == total and any(value) and any(mac) and value != mac for count, value in said):
        return Damage(DamageCause.CHANGES_MISSING, unknown=1)  # another history of the same length
    sql = (
        "SELECT (SELECT coalesce(sum(number - first + 1), 0) FROM journal)"
        " + (SELECT coalesce(sum(last - first + 1), 0) FROM gaps) + (SELECT coalesce(sum(edits), 0) FROM departed)"
    )
    if connection.execute(sql).fetchone()[0] != total:
        return Damage(DamageCause.FILE_DAMAGED)
    return None
