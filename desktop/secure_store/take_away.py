"""Carries an order to erase out in a vault that is not the one in use: another person's on the same account."""

from contextlib import closing
from pathlib import Path

from desktop.ports import WIPE_ORDERED, VaultUnavailable
from desktop.secure_store.keys import Ring
from desktop.secure_store.recovery import is_recoverable
from desktop.secure_store.shred import keep_for_recovery, shred
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.vault import open_vault


def take_away(folder: Path, ring: Ring) -> bool:
    """Erase what the gateway has of it; the rest is left to IT, or stays with the order noted in it.

    Whether nothing stays that its owner must be asked about. One that does not open stays as it is.
    """
    try:
        with closing(open_vault(folder, ring)) as vault:
            unsent = vault.unsent()
            if unsent:
                vault.put(WIPE_ORDERED, "1")
                vault.reduce_to(list(unsent))
    except VaultUnavailable:
        return False
    sidecar = read_sidecar(folder)
    if not unsent:
        shred(folder, ring)
    elif sidecar is not None and is_recoverable(sidecar):
        keep_for_recovery(folder, ring)
    else:
        return False
    return True
