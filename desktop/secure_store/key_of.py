"""The vault's key in the keyring: found, checked, made for a new vault, and the second one while a key is changed."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.keys import Ring
from desktop.secure_store.sidecar import Sidecar, Wrap, key_check, write_sidecar
from wire.ids import new_id

KEY_BYTES = 32


def next_name(vault_id: str) -> str:
    """Under which name the keyring has the new key until the change is finished."""
    return f"{vault_id} next"


def aside_name(vault_id: str, check: str) -> str:
    """Under which name the keyring keeps a key that was replaced, as long as files that were set aside need it.

    `check` is the key's check value.
    """
    return f"{vault_id} set aside {check[:8]}"


def new_key(folder: Path, ring: Ring) -> tuple[Sidecar, bytes]:
    """The key of a new vault, and its description."""
    vault_id = new_id()
    key = kept_key(ring, vault_id)
    # A passphrase's ring has nowhere to keep the key before there is a description.
    wraps: tuple[Wrap, ...] = getattr(ring, "unwritten", None) or ()
    sidecar = Sidecar(vault_id, key_check(key), backend_of(ring), datetime.now(UTC).isoformat(), wraps=wraps)
    write_sidecar(folder, sidecar)
    return sidecar, key


def backend_of(ring: Ring) -> str:
    """What kind of keyring it is."""
    return str(getattr(ring, "backend", type(ring).__name__))


def kept_key(ring: Ring, name: str) -> bytes:
    """Make a key, and go on only when the keyring gives the very same one back."""
    key = secrets.token_bytes(KEY_BYTES)
    keep_key(ring, name, key)
    return key


def keep_key(ring: Ring, name: str, key: bytes) -> None:
    """Have the keyring keep a key; VaultUnavailable when it does not give it back."""
    ring.set_password(VAULT_SERVICE, name, key.hex())
    if ring.get_password(VAULT_SERVICE, name) != key.hex():
        raise VaultUnavailable(VaultProblem.KEYRING_DENIED)


def known_keys(sidecar: Sidecar, ring: Ring) -> list[bytes]:
    """The vault's key; while a change of key is unfinished, every one that may be it."""
    wanted = {check for check in (sidecar.key_check, sidecar.next_key_check) if check}
    stored = [ring.get_password(VAULT_SERVICE, sidecar.vault_id)]
    if sidecar.next_key_check:
        stored.append(ring.get_password(VAULT_SERVICE, next_name(sidecar.vault_id)))
    if not any(stored):
        if stored[0] is not None:
            raise VaultUnavailable(VaultProblem.KEY_WRONG)
        changed = sidecar.backend not in ("", backend_of(ring))
        raise VaultUnavailable(VaultProblem.KEYRING_CHANGED if changed else VaultProblem.KEY_MISSING)
    keys = [key for text in stored if text and (key := _as_key(text)) is not None]
    found = [key for key in keys if not wanted or key_check(key) in wanted]
    if not found:
        raise VaultUnavailable(VaultProblem.KEY_WRONG)
    return list(dict.fromkeys(found))


def _as_key(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None
