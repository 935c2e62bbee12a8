"""What a person can give where no keyring gives the vault's key: a passphrase, a new one, or IT's code."""

from collections.abc import Callable
from pathlib import Path

from desktop.ports import Given, GivenKind, VaultProblem, VaultUnavailable
from desktop.secure_store.key_of import keep_key
from desktop.secure_store.keys import Ring
from desktop.secure_store.passphrase import PassphraseRing, fresh, lock_of, relocked, unlocked
from desktop.secure_store.recovery import key_from_code
from desktop.secure_store.shred import MARK
from desktop.secure_store.sidecar import Sidecar, key_check, read_sidecar


def ring_for(folder: Path, ring: Ring | None, make_ring: Callable[[], Ring], given: Given | None) -> Ring:
    """Where the keys of this vault are kept; VaultUnavailable when something must be given first, or was wrong.

    `ring` is the one that was used before in this run. A passphrase never takes a keyring's place by itself: only for a
    vault that is still to be made, or when IT's code proved the key.
    """
    sidecar = read_sidecar(folder)
    kind = given.kind if given is not None else None
    if given is not None and kind is GivenKind.CODE:
        return _by_code(folder, sidecar, ring or make_ring(), given)
    if (folder / MARK).exists():
        return make_ring()  # it is being taken away: nobody is asked for anything
    if sidecar is None and given is not None and kind is GivenKind.NEW_PASSPHRASE:
        return fresh(folder, given.text)
    if sidecar is None or lock_of(sidecar.wraps) is None:
        return ring or make_ring()
    if given is not None and kind is GivenKind.PASSPHRASE:
        return unlocked(folder, given.text)
    if isinstance(ring, PassphraseRing):
        return ring
    raise VaultUnavailable(VaultProblem.PASSPHRASE_NEEDED)


def _by_code(folder: Path, sidecar: Sidecar | None, ring: Ring, given: Given) -> Ring:
    """IT's code is the key itself: checked against the description, then kept where this vault keeps its key."""
    key = key_from_code(given.text)
    if key is None or sidecar is None or key_check(key) not in (sidecar.key_check, sidecar.next_key_check):
        raise VaultUnavailable(VaultProblem.CODE_WRONG)
    if given.passphrase:
        return relocked(folder, given.passphrase, sidecar.vault_id, key)
    if lock_of(sidecar.wraps) is not None:
        raise VaultUnavailable(VaultProblem.PASSPHRASE_NEEDED)
    keep_key(ring, sidecar.vault_id, key)
    return ring
