"""The vault's Protocol and the plain values that pass through it: a part of desktop.ports, and a leaf like it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class VaultProblem(StrEnum):
    """Why the vault cannot be opened; each has a screen, and none of them makes a new key over old data."""

    KEYRING_MISSING = "keyring_missing"
    KEYRING_LOCKED = "keyring_locked"
    KEYRING_DENIED = "keyring_denied"
    KEYRING_CHANGED = "keyring_changed"
    """The key was kept by another kind of keyring than the one that answers."""
    PASSPHRASE_NEEDED = "passphrase_needed"
    PASSPHRASE_WRONG = "passphrase_wrong"
    KEY_MISSING = "key_missing"
    KEY_WRONG = "key_wrong"
    CODE_WRONG = "code_wrong"
    """A code from IT that is none, or another vault's."""
    DAMAGED = "damaged"
    NEWER_SCHEMA = "newer_schema"
    DISK_FULL = "disk_full"
    NOT_WRITABLE = "not_writable"
    NETWORK_FOLDER = "network_folder"
    """No vault is made where a server, or a program that copies files to one, keeps the folder."""
    IN_USE = "in_use"


class VaultUnavailable(Exception):
    """The vault cannot be used now: a thing to tell the user, by its problem."""

    def __init__(self, problem: VaultProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class GivenKind(StrEnum):
    """What a person gave to open a vault."""

    PASSPHRASE = "passphrase"
    NEW_PASSPHRASE = "new_passphrase"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave to open a vault. `passphrase`: with IT's code, the new one where no keyring keeps the key."""

    kind: GivenKind
    text: str = field(repr=False)
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ways:
    """How the vault's key is reached: by a passphrase instead of a keyring, and by IT."""

    passphrase: bool
    recovery: bool


TAG_LETTERS = 32


def owner_tag(practice: str, person_id: str) -> str:
    """Stands for a person of a practice (its gateway's address) where neither may be named."""
    text = f"alcove owner\n{len(practice)}\n{practice}\n{person_id}"
    return hashlib.sha256(text.encode()).hexdigest()[:TAG_LETTERS]


LEAST_PASSPHRASE = 15
"""Letters of a passphrase at least (NIST SP 800-63B-4, section 3.1.1.2: a password that is the only factor)."""
WIPE_ORDERED = "wipe_ordered"
"""The setting that says that an order to erase was carried out, and something that only this laptop has is left."""
TYPED_MEANWHILE = "typed_meanwhile"
"""The setting with what was typed while the vault was closed, until somebody put it into a note."""


class DamageCause(StrEnum):
    """What was found when the vault was opened or read, and was answered by a rescue."""

    FILE_GONE = "file_gone"
    """The file is missing or empty where there was a vault."""
    FILE_DAMAGED = "file_damaged"
    """The file cannot be read, whole or in part."""
    CHANGES_MISSING = "changes_missing"
    """The file is sound, but older than what had been called saved."""


@dataclass(frozen=True, slots=True)
class VisitRescue:
    """One visit in a rescue, in edits (committed journal rows)."""

    visit_id: str
    recovered: int
    """Edits that the file no longer gave and that came from its log or from a snapshot."""
    missing: int
    """Edits that had been called saved and are not in the vault any more; the gateway may have them."""


@dataclass(frozen=True, slots=True)
class RescueReport:
    """What a rescue found and did; the vault keeps it until somebody has read it."""

    report_id: str
    happened_at: str
    """ISO 8601, UTC."""
    cause: DamageCause
    set_aside: str
    """The folder, inside the vault's, with the damaged files as they were found."""
    kept: int
    """Edits that are in the vault now, of all visits."""
    visits: tuple[VisitRescue, ...]
    """Visits of which something was recovered or is missing."""
    missing_elsewhere: int
    """Missing edits of which the visit is not known."""

    @property
    def missing(self) -> int:
        """All missing edits."""
        return self.missing_elsewhere + sum(visit.missing for visit in self.visits)


WARN_FREE_BYTES = 500_000_000
REFUSE_FREE_BYTES = 50_000_000
BALLAST_BYTES = 16 * 1024 * 1024
"""Set by for a full disk: given up so that what is typed can still be committed."""


class DiskState(StrEnum):
    """How much room the vault has."""

    ENOUGH = "enough"
    LOW = "low"
    """To be said; work goes on."""
    NO_NEW_VISIT = "no_new_visit"
    """Visits that are open go on; no other is begun."""
    FULL = "full"
    """The reserve is in use: what is typed is still saved, for a while."""
    NETWORK = "network"
    """Room there is, but in a folder that a server keeps: not a place to rely on."""


def disk_state(free_bytes: int, reserve_used: bool) -> DiskState:
    """What so much free space means."""
    if reserve_used:
        return DiskState.FULL
    if free_bytes < REFUSE_FREE_BYTES:
        return DiskState.NO_NEW_VISIT
    return DiskState.LOW if free_bytes < WARN_FREE_BYTES else DiskState.ENOUGH


class SaveState(StrEnum):
    """What the status bar says about the journal."""

    SAVED = "saved"
    SAVING = "saving"
    NOT_SAVED = "not_saved"


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One committed document update. `client_id` is the document's that made it; empty author: this user."""

    update_id: str
    visit_id: str
    client_id: int
    update: bytes
    author: str = ""
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One command that waits for the gateway's answer, in the order in which it was given."""

    command_id: str
    visit_id: str
    command_json: str


class Vault(Protocol):
    """The encrypted store on this laptop. Every method blocks; only the store thread calls it."""

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Commit document updates durably (fsync); VaultUnavailable when it cannot."""

    def journal(self, visit_id: str) -> list[JournalRow]:
        """All updates of a visit's document, oldest first."""

    def acknowledge(self, update_ids: Sequence[str]) -> None:
        """The gateway has saved these updates."""

    def pending_updates(self, visit_id: str | None = None) -> list[JournalRow]:
        """Own updates that the gateway has not acknowledged, oldest first."""

    def compact(self, merged: JournalRow, replaced: Sequence[str]) -> bool:
        """Put one row in the place of acknowledged rows, in one transaction.

        They must be neighbours in the visit's journal, of the author and client id of `merged`; else False and
        nothing is changed. So order and authors survive, and what the gateway lacks is never touched.
        """

    def put_command(self, row: OutboxRow) -> None:
        """Keep a command until it is answered."""

    def commands(self) -> list[OutboxRow]:
        """Unanswered commands, oldest first."""

    def drop_command(self, command_id: str) -> None:
        """The gateway answered it."""

    def put_visit(self, visit_id: str, visit_json: str, record_json: str) -> None:
        """Keep the newest summary and record of a visit, so that it opens without the gateway."""

    def visit(self, visit_id: str) -> tuple[str, str] | None:
        """A kept visit's (summary, record), or None."""

    def visits(self) -> dict[str, tuple[str, str]]:
        """Kept visits: id to (summary, record)."""

    def put(self, key: str, value: str) -> None:
        """Keep a small setting (last visit, device id, gateway, refresh token)."""

    def get(self, key: str) -> str | None:
        """A small setting, or None."""

    def delete(self, key: str) -> None:
        """Forget a small setting."""

    def purge_visit(self, visit_id: str) -> None:
        """Forget everything of a visit; its plain text is gone from file and WAL at once."""

    def visit_ids(self) -> list[str]:
        """Every visit of which anything is kept."""

    def unsent(self) -> dict[str, int]:
        """How many own edits and commands of each visit the gateway has not answered; only visits that have some."""

    def reduce_to(self, visit_ids: Sequence[str]) -> None:
        """Forget every other visit, in one transaction, and every snapshot of the whole."""

    def owner(self) -> str:
        """Whose vault it is (a tag of person and practice); empty: nobody has signed in yet."""

    def claim(self, owner: str) -> None:
        """From now on it is this one's."""

    def reports(self) -> list[RescueReport]:
        """Rescues that nobody has read yet, oldest first."""

    def drop_report(self, report_id: str) -> None:
        """Somebody has read it."""

    def disk(self) -> DiskState:
        """How much room there is."""

    def close(self) -> None:
        """Close the connection; the file stays."""


class Eraser(Protocol):
    """Takes the open vault away for good; nothing runs on it afterwards. Outcomes come on the UI thread."""

    def is_recoverable(self, done: Callable[[bool], None]) -> None:
        """Whether IT has a way to the vault's key."""

    def erase(self, done: Callable[[bool], None], failed: Callable[[VaultUnavailable], None]) -> None:
        """Destroy every way to the key, and the files; `done` hears whether the keyring forgot its part."""

    def keep_for_it(self, done: Callable[[str], None], failed: Callable[[VaultUnavailable], None]) -> None:
        """Destroy every way but IT's; `done` hears the folder where the vault lies then."""
