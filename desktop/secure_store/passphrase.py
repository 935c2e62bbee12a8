"""A passphrase in the place of a keyring, where no keyring answers: a small keyring inside the vault's descriptions.

The passphrase locks a private key (argon2id, RFC 9106, then AES-256-GCM); every secret is sealed to its public key. So
a new vault key is sealed without asking for the passphrase again. Argon2id's cost is RFC 9106's second recommendation
(section 4: 3 passes, 64 MiB, 4 lanes, 16 bytes of salt); it stands in the description, so that it can grow later.
"""

import json
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.sealing import KEY_BYTES, new_private, public_of, seal, unseal
from desktop.secure_store.sidecar import Wrap, WrapChange, change_wraps, read_sidecar

LOCK = "passphrase"
SECRET = "secret"
SALT_BYTES = 16
NONCE_BYTES = 12
MOST_KIB = 1 << 20
"""A description that asks for more memory than this was not made here."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters."""

    passes: int = 3
    kib: int = 65_536
    lanes: int = 4


def make_lock(passphrase: str, cost: Cost | None = None) -> tuple[Wrap, bytes]:
    """A lock that the passphrase opens, and the private key behind it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    private, cost = new_private(), cost or Cost()
    lock = {
        "kind": LOCK, "public": public_of(private).hex(), "salt": secrets.token_hex(SALT_BYTES),
        "passes": str(cost.passes), "kib": str(cost.kib), "lanes": str(cost.lanes),
    }  # fmt: skip
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key(passphrase, lock)).encrypt(nonce, private, _bound(lock))
    return {**lock, "locked": (nonce + sealed).hex()}, private


def open_lock(lock: Wrap, passphrase: str) -> bytes | None:
    """The private key; None when it is another passphrase, or the lock was changed."""
    from argon2.exceptions import HashingError
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        locked = bytes.fromhex(lock["locked"])
        key = _key(passphrase, lock)
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], _bound(lock))
    except (InvalidTag, HashingError, ValueError, KeyError):
        return None


def lock_of(wraps: Sequence[Wrap]) -> Wrap | None:
    """The lock among a description's wraps, or None: the vault's key lies in a keyring."""
    return next((wrap for wrap in wraps if wrap.get("kind") == LOCK), None)


def _key(passphrase: str, lock: Wrap) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    kib = int(lock["kib"])
    if not 8 <= kib <= MOST_KIB:
        raise ValueError("no cost of ours")
    return hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(), bytes.fromhex(lock["salt"]), time_cost=int(lock["passes"]),
        memory_cost=kib, parallelism=int(lock["lanes"]), hash_len=KEY_BYTES, type=Type.ID,
    )  # fmt: skip


def _bound(lock: Wrap) -> bytes:
    """What the lock's seal covers besides the key: everything that it says of itself."""
    return json.dumps({name: lock[name] for name in sorted(lock) if name != "locked"}).encode()


class PassphraseRing:
    """Implements Ring over the wraps of a vault's descriptions; open it with `unlocked`, or make a `fresh` one."""

    backend = LOCK

    def __init__(self, folder: Path, lock: Wrap, private: bytes, wraps: Sequence[Wrap] = ()) -> None:
        self._folder = folder
        self._lock, self._private = lock, private
        self.unwritten: tuple[Wrap, ...] | None = (lock, *wraps)
        """Of a vault that has no description yet: the wraps that its first one is written with."""
        if read_sidecar(folder) is not None:
            self.unwritten = None

    def get_password(self, service: str, username: str) -> str | None:
        """A secret, or None when there is none of that name, or it does not open."""
        for wrap in self._wraps():
            if _names(wrap, service, username):
                opened = unseal(self._private, _what(service, username), bytes.fromhex(wrap["sealed"]))
                return None if opened is None else opened.decode()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""
        sealed = seal(bytes.fromhex(self._lock["public"]), _what(service, username), password.encode())
        wrap = {"kind": SECRET, "service": service, "name": username, "sealed": sealed.hex()}
        self._change(lambda wraps: (*_without(wraps, service, username), wrap))

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret."""
        self._change(lambda wraps: _without(wraps, service, username))

    def change(self, passphrase: str, cost: Cost | None = None) -> None:
        """Another passphrase, and another key pair: whoever knew the old one and has an old description opens nothing
        that is sealed from now on. In one replacement of the description, so that a crash leaves one or the other."""
        lock, private = make_lock(passphrase, cost)
        secrets_ = {(w["service"], w["name"]): self.get_password(w["service"], w["name"]) for w in self._secrets()}
        sealed = tuple(
            {"kind": SECRET, "service": service, "name": name,
             "sealed": seal(bytes.fromhex(lock["public"]), _what(service, name), secret.encode()).hex()}
            for (service, name), secret in secrets_.items() if secret is not None
        )  # fmt: skip
        self._change(lambda wraps: (lock, *sealed, *_other_ways(wraps)))
        self._lock, self._private = lock, private

    def _secrets(self) -> list[Wrap]:
        return [wrap for wrap in self._wraps() if wrap.get("kind") == SECRET]

    def _wraps(self) -> tuple[Wrap, ...]:
        if self.unwritten is not None:
            sidecar = read_sidecar(self._folder)
            if sidecar is None:
                return self.unwritten
            self.unwritten = None
        sidecar = read_sidecar(self._folder)
        if sidecar is None:
            raise VaultUnavailable(VaultProblem.DAMAGED)
        return sidecar.wraps

    def _change(self, change: WrapChange) -> None:
        wraps = self._wraps()
        if self.unwritten is not None:
            self.unwritten = tuple(change(wraps))
        else:
            change_wraps(self._folder, change)


def fresh(folder: Path, passphrase: str, cost: Cost | None = None) -> PassphraseRing:
    """The ring of a vault that is to be made."""
    lock, private = make_lock(passphrase, cost)
    return PassphraseRing(folder, lock, private)


def relocked(folder: Path, passphrase: str, vault_id: str, key: bytes) -> PassphraseRing:
    """The ring of a vault that is there, under another passphrase than one that was forgotten: IT's code gave the key.

    What else the old one locked (the device's key) is gone.
    """
    lock, private = make_lock(passphrase)
    sealed = seal(bytes.fromhex(lock["public"]), _what(VAULT_SERVICE, vault_id), key.hex().encode())
    secret = {"kind": SECRET, "service": VAULT_SERVICE, "name": vault_id, "sealed": sealed.hex()}
    change_wraps(folder, lambda wraps: (lock, secret, *_other_ways(wraps)))
    return PassphraseRing(folder, lock, private)


def unlocked(folder: Path, passphrase: str) -> PassphraseRing:
    """The ring of a vault that is there; VaultUnavailable(PASSPHRASE_WRONG) when the passphrase does not open it."""
    sidecar = read_sidecar(folder)
    lock = lock_of(sidecar.wraps) if sidecar is not None else None
    private = open_lock(lock, passphrase) if lock is not None else None
    if lock is None or private is None:
        raise VaultUnavailable(VaultProblem.PASSPHRASE_WRONG)
    return PassphraseRing(folder, lock, private)


def _other_ways(wraps: Sequence[Wrap]) -> list[Wrap]:
    """What does not hang on the passphrase."""
    return [wrap for wrap in wraps if wrap.get("kind") not in (LOCK, SECRET)]


def _names(wrap: Wrap, service: str, name: str) -> bool:
    return (wrap.get("kind"), wrap.get("service"), wrap.get("name")) == (SECRET, service, name)


def _without(wraps: Sequence[Wrap], service: str, name: str) -> tuple[Wrap, ...]:
    return tuple(wrap for wrap in wraps if not _names(wrap, service, name))


def _what(service: str, name: str) -> str:
    return f"alcove secret|{service}|{name}"
