"""Takes a vault away for good by destroying every way to its key; its files, worthless then, are removed after that. Or
leaves it to IT alone: every way but the recovery's goes, and the folder moves aside.

A mark on the disk says what was begun: killed anywhere, it is finished before anything else is done in the folder.
Nobody may have the vault open.
"""

import shutil
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from desktop.ports import VaultUnavailable
from desktop.secure_store.durable import sync_file, sync_folder, write_whole
from desktop.secure_store.key_of import aside_name, next_name
from desktop.secure_store.keyring_call import DEVICE_SERVICE, VAULT_SERVICE
from desktop.secure_store.keys import Ring
from desktop.secure_store.lock import NAME as LOCK
from desktop.secure_store.lock import FolderLock
from desktop.secure_store.recovery import only_recovery
from desktop.secure_store.sidecar import NAMES, Sidecar, change_wraps, read_copy, read_sidecar

MARK = "vault.shred"
KEEP_MARK = "vault.keep"
ASIDE = "set-aside"
KEPT = "kept-for-it"


@dataclass(frozen=True, slots=True)
class Leaver:
    """A vault that goes: its id, its description as far as there is one, and whether the device's key goes with it."""

    vault_id: str
    sidecar: Sidecar | None
    device: bool


def shred(folder: Path, ring: Ring, *, device: bool = True) -> bool:
    """Destroy all wraps of the key, then all files. Whether the keyring forgot its part.

    Where it does not answer, what it still has opens nothing: no file is left. `device`: the device's key goes too.
    """
    with closing(FolderLock(folder)):
        sidecar = read_sidecar(folder)
        vault_id = sidecar.vault_id if sidecar is not None else ""
        write_whole(folder / MARK, vault_id.encode())
        return _shred(folder, ring, Leaver(vault_id, sidecar, device))


def finish_leaving(folder: Path, ring: Ring) -> None:
    """Go on with what a crash interrupted; without a mark it does nothing."""
    if (folder / MARK).exists():
        with closing(FolderLock(folder)):
            vault_id = (folder / MARK).read_text(errors="replace")
            _shred(folder, ring, Leaver(vault_id, read_sidecar(folder), device=False))
    elif (folder / KEEP_MARK).exists():
        keep_for_recovery(folder, ring)


def keep_for_recovery(folder: Path, ring: Ring, *, device: bool = True) -> Path:
    """Leave the vault to IT alone; the folder's new place. FileNotFoundError when it has no description."""
    with closing(FolderLock(folder)):
        sidecar = read_sidecar(folder)
        if sidecar is None:
            raise FileNotFoundError(folder / NAMES[0])
        write_whole(folder / KEEP_MARK, b"")
        _forget(folder, ring, Leaver(sidecar.vault_id, sidecar, device))
        for place in (folder, *(path.parent for path in (folder / ASIDE).rglob(NAMES[0]))):
            change_wraps(place, only_recovery)
    for number in range(1, 10_000):
        target = folder.with_name(f"{KEPT}-{number}")
        if not target.exists():
            folder.rename(target)
            (target / KEEP_MARK).unlink()
            sync_folder(folder.parent)
            return target
    raise FileExistsError(folder.with_name(KEPT))


def _shred(folder: Path, ring: Ring, leaver: Leaver) -> bool:
    forgotten = not leaver.vault_id or _forget(folder, ring, leaver)
    for name in NAMES:
        _overwrite(folder / name)
    for path in sorted(folder.iterdir()):
        if path.name in (MARK, LOCK):
            continue
        if path.is_dir() and not path.is_symlink():
            _shred_copies(path)
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    sync_folder(folder)
    (folder / MARK).unlink(missing_ok=True)
    sync_folder(folder)
    return forgotten


def _shred_copies(folder: Path) -> None:
    """Descriptions that were set aside have wraps as well."""
    for name in NAMES:
        for path in folder.rglob(name):
            _overwrite(path)


def _forget(folder: Path, ring: Ring, leaver: Leaver) -> bool:
    """Have the keyring forget every key of the vault, and the device's."""
    vault_id = leaver.vault_id
    names = [vault_id, next_name(vault_id)]
    checks = {leaver.sidecar.key_check} if leaver.sidecar is not None else set()
    for name in NAMES:
        copies = (read_copy(path) for path in (folder / ASIDE).rglob(name))
        checks |= {copy.key_check for copy in copies if copy is not None}
    names += [aside_name(vault_id, check) for check in sorted(checks)]
    try:
        for name in names:
            ring.delete_password(VAULT_SERVICE, name)
        if leaver.device:
            ring.delete_password(DEVICE_SERVICE, vault_id)
    except (VaultUnavailable, FileNotFoundError):
        return False
    return True


def _overwrite(path: Path) -> None:
    """Write over a file's own blocks, as far as the disk does so, before it is removed: it holds wraps of the key."""
    with suppress(OSError):
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(bytes(size))
            file.flush()
        sync_file(path)
        path.unlink()
