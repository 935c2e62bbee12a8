"""What must be known about a vault before it is opened: its id, and whether a key is the right one.

Two copies, each replaced atomically; nothing in them is secret.
"""

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAMES = ("vault.json", "vault.json.copy")
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A vault's description. `ready` turns true once the database exists: from then on its absence is a loss."""

    vault_id: str
    key_check: str
    backend: str
    created_at: str
    ready: bool = False
    format: int = FORMAT


def key_check(key: bytes) -> str:
    """A value that tells a wrong key from a damaged file: HMAC-SHA-256 of a fixed text under the key."""
    return hmac.new(key, b"alcove vault key check", hashlib.sha256).hexdigest()


def read_sidecar(folder: Path) -> Sidecar | None:
    """The first readable copy; None when there is none."""
    for name in NAMES:
        try:
            return Sidecar(**json.loads((folder / name).read_text()))
        except (OSError, ValueError, TypeError):
            continue
    return None


def write_sidecar(folder: Path, sidecar: Sidecar) -> None:
    """Replace both copies, each synced to the disk."""
    data = json.dumps(asdict(sidecar), indent=1).encode()
    for name in NAMES:
        temporary = folder / f"{name}.new"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / name)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
