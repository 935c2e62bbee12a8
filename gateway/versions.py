"""The versions of a visit's note: read from the record and the kept snapshots, by those who may see the visit.

Who reads a text is in the audit chain before it is given.
"""

from collections.abc import Iterator, Mapping, Sequence

from gateway.documents import DocumentService
from gateway.ledger import Ledger, VisitState
from gateway.ports import key_of
from gateway.rules.situation import may_follow, refuse
from gateway.situations import Situations
from gateway.store.database import StorageFull
from gateway.store.document_rows import load_snapshot
from visit.compare import compare_notes
from wire.people import Principal, Role
from wire.record import NoteAddended, NoteReturned, NoteSent, NoteSigned, RecordEntry
from wire.refusals import Refusal, RefusalCode
from wire.versions import NoteVersion, VersionComparison, VersionSection, VersionState, VersionText


class MissingSnapshot(Exception):
    """A version whose text was not kept: our fault."""


class VersionService:
    """Reads versions; a room sees none, whatever its visit."""

    def __init__(self, ledger: Ledger, documents: DocumentService, situations: Situations) -> None:
        self._ledger = ledger
        self._documents = documents
        self._situations = situations

    async def listed(self, principal: Principal, visit_id: str) -> tuple[NoteVersion, ...] | Refusal:
        """Every version, oldest first."""
        state = await self._seen(principal, visit_id)
        return state if isinstance(state, Refusal) else tuple(versions_in(state.entries))

    async def text(self, principal: Principal, visit_id: str, seq: int) -> VersionText | Refusal:
        """One version with its text."""
        state = await self._seen(principal, visit_id)
        if isinstance(state, Refusal):
            return state
        text = await self._text(state, seq)
        if isinstance(text, Refusal):
            return text
        return await self._note_read(principal, "version_read", visit_id, {"seq": seq}) or text

    async def compared(self, principal: Principal, visit_id: str, left: int, right: int) -> VersionComparison | Refusal:
        """Two versions side by side."""
        state = await self._seen(principal, visit_id)
        if isinstance(state, Refusal):
            return state
        ours, theirs = await self._text(state, left), await self._text(state, right)
        if isinstance(ours, Refusal):
            return ours
        if isinstance(theirs, Refusal):
            return theirs
        unread = await self._note_read(principal, "versions_compared", visit_id, {"left": left, "right": right})
        if unread is not None:
            return unread
        sections = compare_notes(ours.sections, theirs.sections)
        return VersionComparison(left=ours.version, right=theirs.version, sections=sections)

    async def _note_read(
        self, principal: Principal, action: str, visit_id: str, details: Mapping[str, int]
    ) -> Refusal | None:
        """Nobody reads what cannot be said to have been read: a refusal while the disk is full."""
        try:
            await self._ledger.run(self._audit(key_of(principal), action, visit_id, details))
        except StorageFull:
            return refuse(RefusalCode.STORAGE_FULL)
        return None

    async def _audit(self, actor: str, action: str, visit_id: str, details: Mapping[str, int]) -> None:
        async with self._ledger.changing() as change:
            await change.tx.audit(actor, action, {"visit_id": visit_id}, details)

    async def _seen(self, principal: Principal, visit_id: str) -> VisitState | Refusal:
        if principal.role is Role.ROOM:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED)
        state = await self._ledger.state(visit_id)
        if state is None:
            return refuse(RefusalCode.VISIT_UNKNOWN)
        note = await self._documents.opened(visit_id)
        return may_follow(self._situations.of(principal, visit_id, note)) or state

    async def _text(self, state: VisitState, seq: int) -> VersionText | Refusal:
        version = next((one for one in versions_in(state.entries) if one.seq == seq), None)
        if version is None:
            return refuse(RefusalCode.VERSION_UNKNOWN)
        return VersionText(version=version, sections=await self._kept(state, version))

    async def _kept(self, state: VisitState, version: NoteVersion) -> tuple[VersionSection, ...]:
        """An amended version is the signed note with its addenda so far, each under a heading of its own."""
        envelope, visit_id, record = self._ledger.envelope, state.facts.visit_id, state.record
        amended = version.state is VersionState.ADDENDED
        name = (record.note_version, record.note_sha256) if amended else (version.version, version.sha256)
        async with self._ledger.database.read() as connection:
            snapshot = await load_snapshot(connection, envelope, visit_id, *name)
        if snapshot is None:
            raise MissingSnapshot(f"{visit_id} {version.seq}")
        addenda = [one for one in record.addenda if amended and one.version <= version.version]
        return (
            *(VersionSection(key=one.key, heading=one.heading, text=one.text) for one in snapshot.sections),
            *(
                VersionSection(key=f"addendum:{one.number}", heading=f"Addendum {one.number}", text=one.text)
                for one in addenda
            ),
        )


def versions_in(entries: Sequence[RecordEntry]) -> Iterator[NoteVersion]:
    """The versions that a record's facts made."""
    for entry in entries:
        match entry.fact:
            case NoteSent(version=version, sha256=sha256):
                state = VersionState.SENT
            case NoteReturned(version=version, sha256=str(sha256)):
                state = VersionState.RETURNED
            case NoteSigned(version=version, sha256=sha256):
                state = VersionState.SIGNED
            case NoteAddended(version=version, sha256=sha256):
                state = VersionState.ADDENDED
            case _:
                continue
        yield NoteVersion(seq=entry.seq, state=state, version=version, sha256=sha256, author=entry.author, at=entry.at)
