"""What the program needs from the vault before it shows anything: the last draft, and who was signed in."""

from dataclasses import dataclass

from desktop.ports import Vault
from desktop.workflows.open_visit import StoredVisit, read_stored
from desktop.workflows.session import KnownDevice, read_known
from desktop.workflows.sync import LAST_VISIT


@dataclass(frozen=True, slots=True)
class Prepared:
    """Read on the store thread, in one go."""

    known: KnownDevice
    last_visit: StoredVisit | None
    vault_id: str


def prepare(vault: Vault) -> Prepared:
    """Read it; the last visit only while this device is signed in."""
    known = read_known(vault)
    last = vault.get(LAST_VISIT) if known.refresh_token else None
    stored = read_stored(vault, last) if last else None
    if stored is not None and not stored.summary_json:
        stored = None  # it was never shown with its patient: it is opened from Today, not by itself
    return Prepared(known, stored, getattr(vault, "vault_id", ""))
