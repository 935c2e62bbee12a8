"""What must be known about a vault before it is opened: its id, whether a key is the right one, how far it had come,
and the ways to its key.

Two copies, each replaced atomically; nothing in them is secret: wraps are sealed.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from desktop.secure_store.durable import write_whole

NAMES = ("vault.json", "vault.json.copy")
FIRST_FORMAT = 1
"""It had no checksum."""
FORMAT = 2
Wrap = dict[str, str]
"""One way to the vault's key, by its `kind`: `passphrase` and `secret` (passphrase.py), `recovery` (recovery.py)."""
WrapChange = Callable[[tuple[Wrap, ...]], Iterable[Wrap]]


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A vault's description. `ready` turns true once the database exists: from then on its absence is a loss.

    `head_count` and `head_value` are the journal's edits and last link (hex) when this was written: a mark that the
    database must never be below. `next_key_check` belongs to a change of key that is not finished. `wraps` are the ways
    to the vault's key besides the keyring `backend`, where it lies as it is. `owner` stands for person and practice
    (shelf.py); empty: nobody has signed in yet. `spool_public` (hex) seals what is typed while the vault is closed.
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
    wraps: tuple[Wrap, ...] = ()
    owner: str = ""
    spool_public: str = ""

    @property
    def wraps_hold_the_key(self) -> bool:
        """Whether the key is in here, locked by a passphrase, and in no keyring."""
        return any(wrap.get("kind") == "passphrase" for wrap in self.wraps)


_KNOWN = {field.name for field in fields(Sidecar)}


def key_check(key: bytes) -> str:
    """A value that tells a wrong key from a damaged file: HMAC-SHA-256 of a fixed text under the key."""
    return hmac.new(key, b"alcove vault key check", hashlib.sha256).hexdigest()


def read_sidecar(folder: Path) -> Sidecar | None:
    """The newest readable copy; None when there is none. One of a newer format says so in `format`."""
    copies = [copy for name in NAMES if (copy := read_copy(folder / name)) is not None]
    return max(copies, key=lambda copy: copy.head_count, default=None)


def copies_agree(folder: Path) -> bool:
    """Whether both copies are there and say the same."""
    one, other = (read_copy(folder / name) for name in NAMES)
    return one is not None and one == other


def read_copy(path: Path) -> Sidecar | None:
    """One copy; None when it is not there, or not as it was written: a bit is enough to count too far."""
    try:
        stored = json.loads(path.read_text())
        if stored.pop("sum", None) != _sum(stored) and stored["format"] != FIRST_FORMAT:
            return None
        known = {name: value for name, value in stored.items() if name in _KNOWN}
        return Sidecar(**{**known, "wraps": tuple(known.get("wraps", ()))})
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None


def _sum(stored: dict[str, object]) -> str:
    """A checksum against accidents; whoever can write here could delete it all."""
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def write_sidecar(folder: Path, sidecar: Sidecar) -> None:
    """Replace both copies, one after the other, each synced to the disk.

    The wraps stay as they are on the disk: whoever writes how far the journal has come may have read them long ago.
    """
    there = read_sidecar(folder)
    _write(folder, replace(sidecar, wraps=there.wraps) if there is not None else sidecar)


def change_wraps(folder: Path, change: WrapChange) -> None:
    """Change the wraps and nothing else, in both copies; a crash leaves the old ones or the new ones.

    FileNotFoundError when there is no description.
    """
    there = read_sidecar(folder)
    if there is None:
        raise FileNotFoundError(folder / NAMES[0])
    wraps = tuple(change(there.wraps))
    if wraps != there.wraps:
        _write(folder, replace(there, wraps=wraps))


def _write(folder: Path, sidecar: Sidecar) -> None:
    stored = json.loads(json.dumps(asdict(sidecar)))
    data = json.dumps({**stored, "sum": _sum(stored)}, indent=1).encode()
    for name in NAMES:
        write_whole(folder / name, data)
