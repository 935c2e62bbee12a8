"""The hub: who is connected and follows what, and how the news reaches them, at most ten lists or notes a second."""

import asyncio
from collections.abc import Callable, Sequence

from gateway.admissions import AdmissionService
from gateway.documents import DocumentService, Merged
from gateway.ledger import Ledger
from gateway.live.connection import Closing, Connection
from gateway.live.views import record_frames, visible
from gateway.note_texts import changes_what_is_shown, shown_note
from gateway.ports import LiveAdmission, Policy
from gateway.visits import VisitService
from wire.live import DocumentUpdated, Signalled, Visits
from wire.people import Principal, Role
from wire.record import CaptureStopped, ConsentDecision, ConsentRecorded, NoteReady, RecordEntry
from wire.signalling import FeedClosed

_TICK_SECONDS = 0.1


class Hub:
    """All connections of this process. The event loop's thread only."""

    def __init__(
        self,
        ledger: Ledger,
        documents: DocumentService,
        admissions: AdmissionService,
        visits: VisitService,
        policy: Policy,
    ) -> None:
        self._ledger = ledger
        self._documents = documents
        self._admissions = admissions
        self._visits = visits
        self._policy = policy
        self._connections: set[Connection] = set()
        self._stale_notes: set[str] = set()
        self._stale_lists = False
        self._wake = asyncio.Event()
        ledger.listen(self._on_entries)
        documents.listen(self._on_merged)
        admissions.listen(self._on_admission_ended)
        visits.changed = self.lists_changed

    def add(self, connection: Connection) -> None:
        """A client connected."""
        self._connections.add(connection)

    def remove(self, connection: Connection) -> None:
        """A client is gone."""
        self._connections.discard(connection)

    def connections(self) -> tuple[Connection, ...]:
        """Everybody who is connected."""
        return tuple(self._connections)

    def disconnect(self, chosen: Callable[[Principal], bool], closing: Closing) -> int:
        """End the connections of the chosen principals (signed out, device revoked); how many."""
        connections = [connection for connection in self._connections if chosen(connection.principal)]
        for connection in connections:
            connection.close(closing)
        return len(connections)

    def lists_changed(self) -> None:
        """The visits' lists are to be sent anew."""
        self._stale_lists = True
        self._wake.set()

    async def run(self) -> None:
        """Send stale lists and notes, at most ten times a second; until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            notes, self._stale_notes = self._stale_notes, set()
            lists, self._stale_lists = self._stale_lists, False
            for visit_id in notes:
                await self._send_note(visit_id)
            if lists:
                for connection in list(self._connections):
                    if connection.is_welcome:
                        await self.send_list(connection)
            await asyncio.sleep(_TICK_SECONDS)

    async def send_list(self, connection: Connection) -> None:
        """Send a client its visits."""
        connection.post(Visits(visits=await self._visits.listed_for(connection.principal)))

    def signal(self, signalled: Signalled, receivers: Callable[[Principal], bool]) -> None:
        """Pass a signal on to the connected receivers; nobody there: it is gone, as signals are."""
        text = signalled.model_dump_json()
        for connection in self._connections:
            if connection.is_welcome and receivers(connection.principal):
                connection.post_text(text)

    def close_feed(self, visit_id: str, admission_id: str, reason: str) -> None:
        """Tell both sides of an admission that its feed is over; each hears it in the name of the other."""
        state = self._ledger.loaded(visit_id)
        scribe = state.record.admissions.get(admission_id)
        if scribe is None:
            return
        room = Principal(role=Role.ROOM, id=state.facts.room.room_id, name=state.facts.room.name)
        person = Principal(role=Role.SCRIBE, id=scribe.id, name=scribe.name)
        closed = FeedClosed(admission_id=admission_id, reason=reason)
        for sender, receiver in ((room, person), (person, room)):
            self.signal(
                Signalled(visit_id=visit_id, sender=sender, signal=closed),
                lambda p, r=receiver: (p.role, p.id) == (r.role, r.id),  # type: ignore[misc]
            )

    def _followers(self, visit_id: str) -> list[Connection]:
        return [connection for connection in self._connections if visit_id in connection.follows]

    def _on_entries(self, visit_id: str, entries: Sequence[RecordEntry]) -> None:
        for connection in self._followers(visit_id):
            seen = visible(entries, connection.principal.role)
            for frame in record_frames(visit_id, seen) if seen else ():
                connection.post(frame)
        for entry in entries:
            self._close_feeds_for(visit_id, entry)
        if any(changes_what_is_shown(entry.fact) for entry in entries):
            self._stale_notes.add(visit_id)
        self.lists_changed()

    def _close_feeds_for(self, visit_id: str, entry: RecordEntry) -> None:
        """What ends listening in the record ends the feed too."""
        match entry.fact:
            case CaptureStopped(reason=reason):
                for admission_id in self._admissions.live(visit_id):
                    self.close_feed(visit_id, admission_id, reason)
            case ConsentRecorded(decision=ConsentDecision.DECLINED | ConsentDecision.WITHDRAWN as decision):
                for admission_id in self._admissions.live(visit_id):
                    self.close_feed(visit_id, admission_id, f"consent {decision.value}")
            case NoteReady():
                for admission_id in self._admissions.live_of(visit_id, entry.author.id):
                    self.close_feed(visit_id, admission_id, "note ready")
            case _:
                pass

    def _on_admission_ended(self, admission: LiveAdmission, reason: str) -> None:
        self.close_feed(admission.visit_id, admission.admission_id, reason)

    def _on_merged(self, merged: Merged) -> None:
        if not merged.late:
            self._send_update(merged)
        if merged.text_changed:
            self._stale_notes.add(merged.visit_id)
            self._wake.set()

    def _send_update(self, merged: Merged) -> None:
        frame = DocumentUpdated(visit_id=merged.visit_id, update=merged.update, author=merged.author)
        text = frame.model_dump_json()
        for connection in self._followers(merged.visit_id):
            if connection.principal.role is Role.SCRIBE and connection is not merged.origin:
                connection.post_text(text)

    async def _send_note(self, visit_id: str) -> None:
        followers = [c for c in self._followers(visit_id) if c.principal.role is Role.PROVIDER]
        if followers:
            note = await self._documents.opened(visit_id)
            text = shown_note(self._ledger.loaded(visit_id), note, self._policy.zone).model_dump_json()
            for connection in followers:
                connection.post_text(text)
