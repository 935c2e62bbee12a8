"""What a laptop's document must be at the end, made from what the gateway has."""

from collections.abc import Iterable

from gateway.note import OpenNote
from gateway.services import Services
from gateway.store.document_rows import StoredUpdate, load_late_updates
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.sections import SECTIONS


async def late_of(services: Services, visit_id: str) -> list[StoredUpdate]:
    """The edits that came after the signature."""
    async with services.database.read() as connection:
        return await load_late_updates(connection, services.envelope, visit_id)


def lately(note: OpenNote, late: Iterable[StoredUpdate]) -> VisitDocument:
    """The gateway's note, with these late edits of one scribe."""
    document = VisitDocument()
    document.apply(CheckedUpdate(note.document.update_since(), frozenset()), "gateway")
    for section in SECTIONS:
        document.set_author_runs(section.key, note.document.author_runs(section.key))
    for update in late:
        document.apply(CheckedUpdate(update.data, frozenset()), update.sender.id)
    return document


def runs_of(document: VisitDocument, section: str, me: str) -> list[tuple[int, str]]:
    """Who wrote what, with this scribe's own words under one name and neighbours of one author as one."""
    runs: list[tuple[int, str]] = []
    for length, author in document.author_runs(section):
        who = me if author in ("", "self") else author
        if runs and runs[-1][1] == who:
            runs[-1] = (runs[-1][0] + length, who)
        else:
            runs.append((length, who))
    return runs
