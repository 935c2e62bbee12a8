"""What must be known about a vault before it is opened: its id, whether a key is the right one, how far it had come.

Two copies, each replaced atomically; nothing in them is secret.
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from desktop.secure_store.durable import write_whole

NAMES = ("vault.json", "vault.json.copy")
FIRST_FORMAT = 1
"""It had no checksum."""
FORMAT = 2


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A vault's description. `ready` turns true once the database exists: from then on its absence is a loss.

    `head_count` and `head_value` are the journal's edits and last link (hex) when this was written: a mark that the
    database must never be below. `next_key_check` belongs to a change of key that is not finished. `wraps` has a place
    for each way to the vault's key; empty: it lies in the keyring `backend` as it is.
    """

    vault_id: str
    key_check: str
    backend: str
    created_at: str
    ready: bool = False
    format: int = FORMAT
    head_count: int = 0
    head_value: str = ""
    next_key_check: str = ""
    wraps: tuple[dict[str, str], ...] = ()


_KNOWN = {field.name for field in fields(Sidecar)}


def key_check(key: bytes) -> str:
    """A value that tells a wrong key from a damaged file: HMAC-SHA-256 of a fixed text under the key."""
    return hmac.new(key, b"alcove vault key check", hashlib.sha256).hexdigest()


def read_sidecar(folder: Path) -> Sidecar | None:
    """The newest readable copy; None when there is none. One of a newer format says so in `format`."""
    copies = [copy for name in NAMES if (copy := _read(folder / name)) is not None]
    return max(copies, key=lambda copy: copy.head_count, default=None)


def copies_agree(folder: Path) -> bool:
    """Whether both copies are there and say the same."""
    one, other = (_read(folder / name) for name in NAMES)
    return one is not None and one == other


def _read(path: Path) -> Sidecar | None:
    """One copy; None when it is not there, or not as it was written: a bit is enough to count too far."""
    try:
        stored = json.loads(path.read_text())
        if stored.pop("sum", None) != _sum(stored) and stored["format"] != FIRST_FORMAT:
            return None
        return Sidecar(**{name: value for name, value in stored.items() if name in _KNOWN})
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None


def _sum(stored: dict[str, object]) -> str:
    """A checksum against accidents; whoever can write here could delete it all."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def write_sidecar(folder: Path, sidecar: Sidecar) -> None:
    """Replace both copies, one after the other, each synced to the disk."""
    stored = json.loads(json.dumps(asdict(sidecar)))
    data = json.dumps({**stored, "sum": _sum(stored)}, indent=1).encode()
    for name in NAMES:
        write_whole(folder / name, data)
