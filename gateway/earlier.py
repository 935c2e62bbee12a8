"""Earlier signed notes of a visit's patient, for the scribe who writes today's: each reading is in the audit first."""

from collections.abc import Mapping

from gateway.documents import DocumentService
from gateway.ledger import Ledger, VisitState
from gateway.ports import Policy, key_of
from gateway.rules.earlier import Candidate, earlier_notes, may_read_earlier
from gateway.rules.situation import refuse
from gateway.situations import Situations
from gateway.store.database import StorageFull
from gateway.store.document_rows import load_snapshot
from gateway.store.visit_rows import visit_ids_of_patient
from gateway.versions import MissingSnapshot
from visit.snapshot import NoteSnapshot
from wire.earlier import EarlierNote, EarlierNoteText, EarlierSection
from wire.people import Principal
from wire.refusals import Refusal, RefusalCode


class EarlierNoteService:
    """Lists and reads; nothing leaves before the audit has it."""

    def __init__(self, ledger: Ledger, documents: DocumentService, situations: Situations, policy: Policy) -> None:
        self._ledger = ledger
        self._documents = documents
        self._situations = situations
        self._policy = policy

    async def listed(self, principal: Principal, visit_id: str) -> tuple[EarlierNote, ...] | Refusal:
        """The patient's earlier signed notes, the newest first: dates, providers and reasons, no text."""
        refusal = await self._refusal(principal, visit_id)
        if refusal is not None:
            return await self._refused(principal, visit_id, refusal)
        notes = tuple([self._note(state) for state in await self._earlier(visit_id)])
        details = {"count": len(notes)}
        kept = await self._audited(principal, "earlier_notes_listed", {"visit_id": visit_id}, details)
        return kept or notes

    async def text(self, principal: Principal, visit_id: str, note_id: str) -> EarlierNoteText | Refusal:
        """One of them as it was signed; whatever is not in the list is unknown, whether it exists or not."""
        refusal = await self._refusal(principal, visit_id)
        if refusal is not None:
            return await self._refused(principal, visit_id, refusal)
        state = next((one for one in await self._earlier(visit_id) if one.facts.visit_id == note_id), None)
        if state is None:
            return await self._refused(principal, visit_id, refuse(RefusalCode.VERSION_UNKNOWN))
        snapshot = await self._signed(state)
        kept = await self._audited(principal, "earlier_note_read", {"visit_id": visit_id, "note_id": note_id}, {})
        return kept or EarlierNoteText(
            note=self._note(state),
            sections=tuple(EarlierSection(key=s.key, heading=s.heading, text=s.text) for s in snapshot.sections),
            addenda=tuple(addendum.text for addendum in state.record.addenda),
        )

    async def _refusal(self, principal: Principal, visit_id: str) -> Refusal | None:
        if await self._ledger.state(visit_id) is None:
            return refuse(RefusalCode.VISIT_UNKNOWN)
        note = await self._documents.opened(visit_id)
        return may_read_earlier(self._situations.of(principal, visit_id, note))

    async def _earlier(self, visit_id: str) -> list[VisitState]:
        here = self._ledger.loaded(visit_id)
        patient_id = here.facts.banner.patient.patient_id
        async with self._ledger.database.read() as connection:
            visit_ids = await visit_ids_of_patient(connection, self._ledger.envelope, patient_id)
        states = [await self._ledger.state(one) for one in visit_ids]
        found = earlier_notes(_candidate(here), [_candidate(state) for state in states if state is not None])
        return [self._ledger.loaded(one) for one in found]

    async def _signed(self, state: VisitState) -> NoteSnapshot:
        visit_id, record = state.facts.visit_id, state.record
        async with self._ledger.database.read() as connection:
            snapshot = await load_snapshot(
                connection, self._ledger.envelope, visit_id, record.note_version, record.note_sha256
            )
        if snapshot is None:
            raise MissingSnapshot(visit_id)
        return snapshot

    def _note(self, state: VisitState) -> EarlierNote:
        facts = state.facts
        dated = facts.scheduled_at.astimezone(self._policy.zone).date()
        return EarlierNote(note_id=facts.visit_id, dated=dated, provider=facts.provider, reason=facts.banner.reason)

    async def _refused(self, principal: Principal, visit_id: str, refusal: Refusal) -> Refusal:
        details = {"code": refusal.code.value}
        return await self._audited(principal, "earlier_notes_refused", {"visit_id": visit_id}, details) or refusal

    async def _audited(
        self, principal: Principal, action: str, subject: Mapping[str, str], details: Mapping[str, str | int]
    ) -> Refusal | None:
        """Why it could not be kept that somebody read: then nobody reads."""

        async def keep() -> None:
            async with self._ledger.changing() as change:
                await change.tx.audit(key_of(principal), action, subject, details)

        try:
            await self._ledger.run(keep())
        except StorageFull:
            return refuse(RefusalCode.STORAGE_FULL)
        return None


def _candidate(state: VisitState) -> Candidate:
    facts = state.facts
    return Candidate(facts.visit_id, facts.banner.patient.patient_id, facts.scheduled_at, state.record)
