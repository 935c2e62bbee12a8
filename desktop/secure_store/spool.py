"""What is typed while the vault cannot be opened: sealed to a key that only the opened vault has, in files beside it.

The description has the public key; the private one is made from the vault's key (HKDF-Expand, RFC 5869), so that a
keyring that answers again, a passphrase, or IT's code brings back these words as well.
"""

import hmac
from contextlib import suppress
from pathlib import Path

from desktop.secure_store.durable import sync_folder, write_whole
from desktop.secure_store.sealing import public_of, seal, unseal

FOLDER = "typed-meanwhile"
WHAT = "alcove typed meanwhile"


def spool_public(key: bytes) -> str:
    """The public key (hex) to which a vault's words are sealed while it is closed."""
    return public_of(_private(key)).hex()


def write_spool(folder: Path, public: str, name: str, text: str) -> None:
    """Keep the whole text under a name of this run; OSError when the disk refuses. An empty one is removed."""
    place = folder / FOLDER
    if not text:
        (place / name).unlink(missing_ok=True)
        return
    place.mkdir(mode=0o700, exist_ok=True)
    write_whole(place / name, seal(bytes.fromhex(public), WHAT, text.encode()))


def read_spool(folder: Path, key: bytes) -> dict[str, str]:
    """Every text that opens with the vault's key, by its name, oldest first; others stay where they are."""
    if not (folder / FOLDER).is_dir():
        return {}
    found: dict[str, str] = {}
    for path in sorted((folder / FOLDER).iterdir()):
        with suppress(OSError):
            text = unseal(_private(key), WHAT, path.read_bytes())
            if text is not None:
                found[path.name] = text.decode(errors="replace")
    return found


def drop_spool(folder: Path, names: list[str]) -> None:
    """They are in the vault now."""
    for name in names:
        (folder / FOLDER / name).unlink(missing_ok=True)
    if names:
        sync_folder(folder / FOLDER)


def _private(key: bytes) -> bytes:
    return hmac.digest(key, b"alcove typed meanwhile\x01", "sha256")
