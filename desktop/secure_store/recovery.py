"""The organisation's way to a vault: its key sealed to a public key from policy. Only IT has the private key.

What IT opens with it is given to the scribe as a code, which the laptop checks against the description: the private key
never comes near a laptop.
"""

from base64 import b32decode, b32encode
from collections.abc import Iterable
from pathlib import Path

from desktop.secure_store.sealing import KEY_BYTES, seal, unseal
from desktop.secure_store.sidecar import Sidecar, Wrap, change_wraps, key_check

RECOVERY = "recovery"
GROUP = 4


def recovery_publics(wraps: Iterable[Wrap]) -> list[bytes]:
    """The public keys to which the vault's key is sealed."""
    return list(dict.fromkeys(bytes.fromhex(wrap["public"]) for wrap in wraps if wrap.get("kind") == RECOVERY))


def is_recoverable(sidecar: Sidecar) -> bool:
    """Whether IT can open the vault with the key that is in force."""
    return any(w.get("kind") == RECOVERY and w.get("of") == sidecar.key_check for w in sidecar.wraps)


def seal_for_recovery(folder: Path, vault_id: str, key: bytes, publics: Iterable[bytes]) -> None:
    """Add a wrap of the key for each public key that has none yet."""
    wanted = list(publics)

    def change(wraps: tuple[Wrap, ...]) -> tuple[Wrap, ...]:
        of = key_check(key)
        there = {wrap["public"] for wrap in wraps if wrap.get("kind") == RECOVERY and wrap.get("of") == of}
        missing = [public for public in wanted if public.hex() not in there]
        return (*wraps, *(_wrap(vault_id, key, public) for public in missing))

    if wanted:
        change_wraps(folder, change)


def keep_recovery(folder: Path, vault_id: str, key: bytes, public: bytes, *, old: bool) -> None:
    """Have exactly one way for IT to the key in force. `old`: wraps of earlier keys stay, files set aside need them.

    Where it is so already nothing is written. A new key of the organisation's takes the old one's place only after its
    own wrap is there.
    """
    seal_for_recovery(folder, vault_id, key, [public])
    of = key_check(key)

    def change(wraps: tuple[Wrap, ...]) -> list[Wrap]:
        return [wrap for wrap in wraps if wrap.get("kind") != RECOVERY or _stays(wrap, of, public.hex(), old)]

    change_wraps(folder, change)


def drop_other_keys(folder: Path, key: bytes) -> None:
    """Of the wraps for IT only those of this key stay."""
    of = key_check(key)
    change_wraps(folder, lambda wraps: [w for w in wraps if w.get("kind") != RECOVERY or w.get("of") == of])


def drop_key(folder: Path, of: str) -> None:
    """The key with this check was never put in force: nobody needs a wrap of it."""
    change_wraps(folder, lambda wraps: [w for w in wraps if w.get("kind") != RECOVERY or w.get("of") != of])


def only_recovery(wraps: tuple[Wrap, ...]) -> list[Wrap]:
    """From now on only IT opens the vault: every other wrap goes."""
    return [wrap for wrap in wraps if wrap.get("kind") == RECOVERY]


def opened_by_recovery(sidecar: Sidecar, private: bytes) -> bytes | None:
    """The vault's key, by the organisation's private key; None when none of the wraps opens with it."""
    found: dict[str, bytes] = {}
    for wrap in sidecar.wraps:
        if wrap.get("kind") == RECOVERY:
            key = unseal(private, _what(sidecar.vault_id), bytes.fromhex(wrap["sealed"]))
            if key is not None and len(key) == KEY_BYTES and key_check(key) == wrap.get("of"):
                found[wrap["of"]] = key
    # While a change of key is unfinished either may be the one that opens the file.
    return found.get(sidecar.key_check) or next(iter(found.values()), None)


def code_of(key: bytes) -> str:
    """The key as a code that is read out or typed: base32 (RFC 4648) in groups."""
    text = b32encode(key).decode().rstrip("=").lower()
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))


def key_from_code(code: str) -> bytes | None:
    """The key of a code, however it was grouped; None when it is none."""
    text = "".join(letter for letter in code.upper() if letter.isalnum())
    try:
        key = b32decode(text + "=" * (-len(text) % 8))
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def _stays(wrap: Wrap, of: str, public: str, old: bool) -> bool:
    return wrap.get("public") == public and (old or wrap.get("of") == of)


def _wrap(vault_id: str, key: bytes, public: bytes) -> Wrap:
    sealed = seal(public, _what(vault_id), key)
    return {"kind": RECOVERY, "public": public.hex(), "of": key_check(key), "sealed": sealed.hex()}


def _what(vault_id: str) -> str:
    return f"alcove vault key|{vault_id}"
