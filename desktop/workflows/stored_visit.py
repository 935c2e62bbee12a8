"""What the vault holds of a visit, as the workflows read it; nothing here needs a screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from desktop.ports import JournalRow, OutboxRow, Vault
from visit.document import VisitDocument, merge
from visit.guard import CheckedUpdate
from visit.template_files import templates_of
from visit.templates import Specialty

CARET = "caret."
"""Before a visit's id: the vault's setting with its caret."""
ASKED = "asked."
"""Before a visit's id: the questions that this laptop asked about a gap, with spaces between their ids."""
WROTE = "writers."
"""Before a visit's id: the vault's setting with whose client ids are whose."""
CHAT_DRAFT = "chat_draft."
"""Before a visit's id: the vault's setting with a message or question that was begun."""


@dataclass(frozen=True, slots=True)
class StoredVisit:
    """What the vault holds of a visit."""

    visit_id: str
    summary_json: str
    record_json: str
    journal: list[JournalRow]
    commands: list[OutboxRow] = field(default_factory=list)
    caret: tuple[str, int] | None = None
    """Section and UTF-16 position where the scribe wrote last."""
    asked: tuple[str, ...] = ()
    """Ids of the questions about gaps that this laptop asked."""
    writers_json: str = ""
    """Whose client ids are whose, as the gateway said last."""
    chat_draft: str = ""
    """A message or question that was begun, as the screen kept it."""


def read_stored(vault: Vault, visit_id: str) -> StoredVisit:
    """Everything of a visit that the vault holds, with the packs of its templates read; store thread."""
    summary, record = vault.visit(visit_id) or ("", "")
    for specialty in Specialty:
        if f'"template_id":"{specialty}.' in record:
            templates_of(specialty)  # kept: the UI thread reads no file
    commands = [row for row in vault.commands() if row.visit_id == visit_id]
    caret = _read_caret(vault.get(CARET + visit_id))
    asked = tuple((vault.get(ASKED + visit_id) or "").split())
    writers = vault.get(WROTE + visit_id) or ""
    draft = vault.get(CHAT_DRAFT + visit_id) or ""
    return StoredVisit(visit_id, summary, record, vault.journal(visit_id), commands, caret, asked, writers, draft)


def _read_caret(kept: str | None) -> tuple[str, int] | None:
    section, _, position = (kept or "").partition(" ")
    return (section, int(position)) if position.isdecimal() else None


def replay(document: VisitDocument, journal: Sequence[JournalRow]) -> None:
    """Apply a journal, neighbours of one author at once: each application is looked through for who wrote what."""
    for author, rows in groupby(journal, lambda row: row.author):
        # The vault is ours and each foreign row passed the guard before it was kept.
        update = merge([row.update for row in rows])
        document.apply(CheckedUpdate(update, frozenset()), author or "self")
