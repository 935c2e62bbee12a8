"""The document service: one document per visit; foreign updates are guarded, committed, applied and only then told."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from gateway.document_probe import BULK_BYTES, survives
from gateway.ledger import Change, Ledger
from gateway.note import OpenNote
from gateway.ports import author_of, key_of
from gateway.rules.note import may_update_document
from gateway.rules.situation import Situation, may_write, refuse
from gateway.store import document_rows as rows
from gateway.store.database import StorageFull
from visit.document import VisitDocument, merge
from visit.guard import CheckedUpdate, GuardProblem, check_update
from visit.indexes import utf16_length
from visit.marks import MarkedText
from visit.moved_marks import put_together
from wire.commands import EditText
from wire.ids import new_id
from wire.live import DocumentUpdate
from wire.people import Author, Principal
from wire.refusals import Refusal, RefusalCode

_log = structlog.get_logger(__name__)
_PROBES = 2
# A client id is new for each opened document; a state vector that names thousands is refused by every guard.
MAX_CLIENT_IDS = 512
# The whole state goes to a new follower in one frame.
MAX_DOCUMENT_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Merged:
    """News: an update was merged. `origin` is whatever the sender's edge gave, so that it does not hear itself."""

    visit_id: str
    update: bytes
    author: Author
    origin: object | None
    text_changed: bool
    late: bool = False
    """It came after the signature: beside the note, not in it."""


MergedListener = Callable[[Merged], None]
SituationOf = Callable[[Principal, str, OpenNote], Situation]


class DocumentService:
    """All visits' documents. Callers hand in the situation's maker, so that rules see one state."""

    def __init__(self, ledger: Ledger, situation_of: SituationOf) -> None:
        self._ledger = ledger
        self._situation_of = situation_of
        self._notes: dict[str, OpenNote] = {}
        self._open_lock = asyncio.Lock()
        self._probes = asyncio.Semaphore(_PROBES)
        self._listeners: list[MergedListener] = []

    def listen(self, listener: MergedListener) -> None:
        """Call `listener(merged)` after each merge; it must not fail."""
        self._listeners.append(listener)

    async def opened(self, visit_id: str) -> OpenNote:
        """A visit's document: when first asked for, rebuilt by replaying the stored updates with their stamps."""
        async with self._open_lock:
            if visit_id not in self._notes:
                self._notes[visit_id] = await self._load(visit_id)
            return self._notes[visit_id]

    async def update(
        self, principal: Principal, untrusted: DocumentUpdate, origin: object | None = None
    ) -> Refusal | None:
        """Merge a scribe's update: None when it is saved (also when it was before), or why it is not."""
        state = await self._ledger.state(untrusted.visit_id)
        if state is None:
            return refuse(RefusalCode.VISIT_UNKNOWN)
        note = await self.opened(untrusted.visit_id)
        situation = self._situation_of(principal, untrusted.visit_id, note)
        checked = may_write(situation) or self._check(principal, note, untrusted)
        if isinstance(checked, Refusal):
            return checked
        if len(checked.data) > BULK_BYTES:
            async with self._probes:
                if not await survives(note.document.update_since(), checked):
                    _log.warning("document_probe_died", visit_id=note.visit_id, update_bytes=len(checked.data))
                    return refuse(RefusalCode.UPDATE_HOSTILE, problem="probe")
        return await self._ledger.run(self._merge(principal, note, untrusted, origin))

    async def edit(self, change: Change, note: OpenNote, principal: Principal, command: EditText) -> None:
        """Apply a provider's accepted edit as that provider, inside the change that keeps it."""

        def work(pen: VisitDocument) -> None:
            pen.replace(command.section, command.start, command.end, command.text)

        await self.change_as(change, note, principal, work)

    async def append_texts(
        self, change: Change, note: OpenNote, principal: Principal, texts: Mapping[str, MarkedText]
    ) -> None:
        """Write texts with their marks after what stands in their sections, as that principal, inside the change."""

        def work(pen: VisitDocument) -> None:
            for section, text in texts.items():
                end = utf16_length(pen.text(section))
                pen.replace_marked(section, end, end, put_together([MarkedText(""), text]) if end else text)

        await self.change_as(change, note, principal, work)

    async def change_as(
        self, change: Change, note: OpenNote, principal: Principal, work: Callable[[VisitDocument], None]
    ) -> None:
        """Let `work` change the document as that principal, as one update inside the change that keeps it."""
        pen = note.pen(principal.id)
        change.undo.append(lambda: note.drop_pen(principal.id))
        made: list[bytes] = []
        pen.on_update = made.append
        try:
            work(pen)
        finally:
            pen.on_update = None
        if made:
            await self._keep_own(change, note, principal, pen.client_id, merge(made))

    async def _keep_own(
        self, change: Change, note: OpenNote, principal: Principal, client_id: int, data: bytes
    ) -> None:
        if client_id not in note.owners:
            await rows.claim_client_id(change.tx, note.visit_id, client_id, key_of(principal))
        fingerprint = self._ledger.envelope.fingerprint(data)
        update = rows.StoredUpdate(new_id(), author_of(principal), client_id, data, fingerprint)
        await rows.append_update(change.tx, self._ledger.envelope, note.visit_id, note.position, update)
        checked = CheckedUpdate(data, frozenset({client_id}))
        change.after.append(lambda: self._merged(note, update, checked, None))
        change.after.append(lambda: note.owners.update({client_id: key_of(principal)}))

    async def take_late_in(self, change: Change, note: OpenNote, principal: Principal) -> None:
        """Edits that came while the visit was frozen become part of the note, each with its own writer's stamp."""
        envelope, visit_id = self._ledger.envelope, note.visit_id
        async with self._ledger.database.read() as connection:
            late = await rows.load_late_updates(connection, envelope, visit_id)
        if not late:
            return
        await rows.drop_late_updates(change.tx, visit_id)
        for position, update in enumerate(late, note.position):
            await rows.append_update(change.tx, envelope, visit_id, position, update)
        subject = {"visit_id": visit_id}
        await change.tx.audit(key_of(principal), "late_edits_taken_in", subject, {"updates": len(late)})

        def taken() -> None:
            note.forget_late()
            for update in late:
                checked = CheckedUpdate(update.data, frozenset({update.client_id}))
                self._merged(note, update, checked, None)

        change.after.append(taken)

    def _check(self, principal: Principal, note: OpenNote, untrusted: DocumentUpdate) -> CheckedUpdate | Refusal:
        """The guard, with the client ids that are this sender's."""
        owner = key_of(principal)
        if note.owners.get(untrusted.client_id, owner) != owner:
            return refuse(RefusalCode.UPDATE_HOSTILE, problem="client_id")
        allowed = {client_id for client_id, who in note.owners.items() if who == owner} | {untrusted.client_id}
        if untrusted.client_id not in note.owners and len(note.owners) >= MAX_CLIENT_IDS:
            return refuse(RefusalCode.UPDATE_HOSTILE, problem="client_ids")
        if note.size_with(untrusted.update) > MAX_DOCUMENT_BYTES:
            return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_DOCUMENT_BYTES))
        checked = check_update(untrusted.update, note.clocks(late=True), allowed)
        if not isinstance(checked, GuardProblem):
            return checked
        match checked:
            case GuardProblem.GAP:
                return refuse(RefusalCode.UPDATE_GAP)
            case GuardProblem.TOO_LARGE:
                return refuse(RefusalCode.TOO_LARGE)
            case (
                GuardProblem.MALFORMED
                | GuardProblem.UNKNOWN_ROOT
                | GuardProblem.WRONG_CONTENT
                | GuardProblem.TOO_DEEP
                | GuardProblem.FOREIGN_CLIENT
            ):
                return refuse(RefusalCode.UPDATE_HOSTILE, problem=checked.value)

    async def _merge(
        self, principal: Principal, note: OpenNote, untrusted: DocumentUpdate, origin: object | None
    ) -> Refusal | None:
        try:
            async with self._ledger.changing() as change:
                return await self._merge_in(change, principal, note, untrusted, origin)
        except StorageFull:
            return refuse(RefusalCode.STORAGE_FULL)

    async def _merge_in(
        self, change: Change, principal: Principal, note: OpenNote, untrusted: DocumentUpdate, origin: object | None
    ) -> Refusal | None:
        """Under the change's lock: look again, since others may have come first; then keep it."""
        situation = self._situation_of(principal, note.visit_id, note)
        closed = may_update_document(situation)
        fingerprint = self._ledger.envelope.fingerprint(untrusted.update)
        if fingerprint in note.fingerprints:  # sent again, under whatever id; what was signed is not late
            return closed if fingerprint in note.late_fingerprints else None
        checked = may_write(situation) or self._check(principal, note, untrusted)
        if isinstance(checked, Refusal):
            return checked
        if untrusted.client_id not in note.owners:
            await rows.claim_client_id(change.tx, note.visit_id, untrusted.client_id, key_of(principal))
            change.after.append(lambda: note.owners.update({untrusted.client_id: key_of(principal)}))
        # A client that missed our answer sends more under the same id: its content counts, not its name.
        update_id = new_id() if untrusted.update_id in note.update_ids else untrusted.update_id
        update = rows.StoredUpdate(update_id, author_of(principal), untrusted.client_id, checked.data, fingerprint)
        envelope = self._ledger.envelope
        if closed is not None:
            await rows.append_late_update(change.tx, envelope, note.visit_id, note.late_position, update)
            subject = {"visit_id": note.visit_id, "update_id": update.update_id}
            await change.tx.audit(key_of(principal), "late_edit_kept", subject, {"bytes": len(update.data)})
            change.after.append(lambda: self._merged_late(note, update, checked))
        else:
            await rows.append_update(change.tx, envelope, note.visit_id, note.position, update)
            change.after.append(lambda: self._merged(note, update, checked, origin))
        return closed

    def _merged(self, note: OpenNote, update: rows.StoredUpdate, checked: CheckedUpdate, origin: object | None) -> None:
        changed = _take(note, update, checked)
        for listener in self._listeners:
            listener(Merged(note.visit_id, update.data, update.sender, origin, changed))

    def _merged_late(self, note: OpenNote, update: rows.StoredUpdate, checked: CheckedUpdate) -> None:
        note.take_late(update, checked)
        for listener in self._listeners:
            listener(Merged(note.visit_id, update.data, update.sender, None, text_changed=True, late=True))

    async def _load(self, visit_id: str) -> OpenNote:
        async with self._ledger.database.read() as connection:
            updates = await rows.load_updates(connection, self._ledger.envelope, visit_id)
            late = await rows.load_late_updates(connection, self._ledger.envelope, visit_id)
            owners = await rows.load_client_ids(connection, visit_id)
        note = OpenNote(visit_id, owners=owners)
        for update in updates:
            _take(note, update, CheckedUpdate(update.data, frozenset({update.client_id})))
        for update in late:
            note.take_late(update, CheckedUpdate(update.data, frozenset({update.client_id})))
        return note


def _take(note: OpenNote, update: rows.StoredUpdate, checked: CheckedUpdate) -> bool:
    try:
        return note.take(update, checked)
    except (ValueError, RuntimeError) as error:
        # It is in the store and stays there; a document that opens without it beats one that never opens.
        _log.error("update_not_applied", visit_id=note.visit_id, position=note.position, error=type(error).__name__)
        return False
