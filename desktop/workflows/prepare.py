"""What the program needs from the vault before it shows anything: the last draft, and who was signed in."""

from contextlib import suppress
from dataclasses import dataclass

from desktop.ports import TYPED_MEANWHILE, WIPE_ORDERED, Vault, VaultUnavailable, owner_tag
from desktop.workflows.session import KnownDevice, read_known
from desktop.workflows.stored_visit import StoredVisit, read_stored
from desktop.workflows.sync import LAST_VISIT


@dataclass(frozen=True, slots=True)
class Prepared:
    """Read on the store thread, in one go."""

    known: KnownDevice
    last_visit: StoredVisit | None
    vault_id: str
    wiped: bool = False
    """An order to erase was carried out, and something that only this laptop has is still here."""
    typed: str = ""
    """What was typed while the vault was closed, and is in no note yet."""


def prepare(vault: Vault) -> Prepared:
    """Read it; the last visit only while this device is signed in. A vault without an owner gets the one it has had."""
    known = read_known(vault)
    if known.person is not None and known.address and not vault.owner():
        with suppress(VaultUnavailable):  # a full disk: at the next start
            vault.claim(owner_tag(known.address, known.person.person_id))
    wiped = vault.get(WIPE_ORDERED) is not None
    last = vault.get(LAST_VISIT) if known.refresh_token and not wiped else None
    stored = read_stored(vault, last) if last else None
    if stored is not None and not stored.summary_json:
        stored = None  # it was never shown with its patient: it is opened from Today, not by itself
    return Prepared(known, stored, getattr(vault, "vault_id", ""), wiped, vault.get(TYPED_MEANWHILE) or "")
