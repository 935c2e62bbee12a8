"""The visits' records in memory and the one way to change anything: a serialized transaction, then memory, then news.

Every change runs in a task of its own that the caller's end does not cut: store and memory stay in step.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from gateway.envelope import Envelope
from gateway.ports import Clock, VisitFacts
from gateway.store.database import Database, Transaction
from gateway.store.record_rows import append_entry, load_entries
from gateway.store.visit_rows import load_visit
from visit.record import VisitRecord
from wire.people import Author
from wire.record import (
    ContentMovedIn,
    CurtainChanged,
    EhrRetracted,
    Fact,
    LetterReturned,
    LetterSent,
    LetterSigned,
    LetterWithdrawn,
    ModalitySet,
    NoteAddended,
    NoteReturned,
    NoteSent,
    NoteSigned,
    OrderPended,
    OrderSigned,
    RecordEntry,
    ReplayStarted,
    ReplayStopped,
    TemplateChosen,
    UrgentAnswered,
    UrgentDelivered,
    UrgentSeen,
    UrgentTold,
    VisitMoved,
)

T = TypeVar("T")
EntriesListener = Callable[[str, Sequence[RecordEntry]], None]


@dataclass(slots=True)
class VisitState:
    """A visit as the gateway knows it now."""

    facts: VisitFacts
    record: VisitRecord
    entries: list[RecordEntry] = field(default_factory=list)


@dataclass(slots=True)
class Change:
    """One transaction under way: facts appended to it are seen by everyone after its commit, or by nobody."""

    tx: Transaction
    _ledger: "Ledger"
    _records: dict[str, VisitRecord] = field(default_factory=dict)
    _entries: dict[str, list[RecordEntry]] = field(default_factory=dict)
    after: list[Callable[[], None]] = field(default_factory=list)
    """Called in order after the commit, before the news of the entries; they must not fail."""
    undo: list[Callable[[], None]] = field(default_factory=list)
    """Called when the change was rolled back."""

    @property
    def now(self) -> datetime:
        """The time of everything in this change."""
        return self.tx.now

    async def append(self, visit_id: str, author: Author, facts: Sequence[Fact]) -> int | None:
        """Append facts to a loaded visit's record, with the audit chain; the last one's number."""
        state = self._ledger.loaded(visit_id)
        record = self._records.get(visit_id) or fold(visit_id, state.entries)
        seq: int | None = None
        for fact in facts:
            seq = record.last_seq + 1
            entry = RecordEntry(visit_id=visit_id, seq=seq, at=self.now, author=author, fact=fact)
            record.apply(entry)
            await append_entry(self.tx, self._ledger.envelope, entry)
            actor = f"{author.role.value}:{author.id}" if author.role is not None else author.id
            await self.tx.audit(actor, fact.type, {"visit_id": visit_id}, {"seq": seq, **_details(fact)})
            self._entries.setdefault(visit_id, []).append(entry)
        self._records[visit_id] = record
        return seq

    def committed(self) -> None:
        """Bring memory up to the store and tell the listeners."""
        for visit_id, record in self._records.items():
            state = self._ledger.loaded(visit_id)
            state.record = record
            state.entries.extend(self._entries.get(visit_id, ()))
        for call in self.after:
            call()
        for visit_id, entries in self._entries.items():
            self._ledger.tell(visit_id, entries)


class Ledger:
    """All visits' states, loaded when first asked for. One per process; the event loop's thread only."""

    def __init__(self, database: Database, envelope: Envelope, clock: Clock) -> None:
        self.database = database
        self.envelope = envelope
        self.clock = clock
        self._states: dict[str, VisitState] = {}
        self._load_lock = asyncio.Lock()
        self._change_lock = asyncio.Lock()
        self._owned: set[asyncio.Task[Any]] = set()
        self._listeners: list[EntriesListener] = []

    def listen(self, listener: EntriesListener) -> None:
        """Call `listener(visit_id, entries)` after each commit that appended entries; it must not fail."""
        self._listeners.append(listener)

    def tell(self, visit_id: str, entries: Sequence[RecordEntry]) -> None:
        """Pass the news of committed entries on."""
        for listener in self._listeners:
            listener(visit_id, entries)

    def loaded(self, visit_id: str) -> VisitState:
        """A visit that `state` has returned before."""
        return self._states[visit_id]

    def loaded_visits(self) -> list[VisitState]:
        """Every visit that is in memory."""
        return list(self._states.values())

    async def state(self, visit_id: str) -> VisitState | None:
        """A visit's state, from memory or the store; None when there is no such visit."""
        async with self._load_lock:
            if visit_id in self._states:
                return self._states[visit_id]
            async with self.database.read() as connection:
                facts = await load_visit(connection, self.envelope, visit_id)
                if facts is None:
                    return None
                entries = await load_entries(connection, self.envelope, visit_id)
            self._states[visit_id] = VisitState(facts, fold(visit_id, entries), entries)
            return self._states[visit_id]

    async def refresh_facts(self, visit_id: str) -> None:
        """Read a visit's banner, people and assignments anew."""
        async with self._load_lock, self.database.read() as connection:
            facts = await load_visit(connection, self.envelope, visit_id)
        if facts is not None and visit_id in self._states:
            self._states[visit_id].facts = facts

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Change]:
        """One change at a time, inside work given to `run`; StorageFull: nothing happened."""
        async with self._change_lock:
            undo: list[Callable[[], None]] = []
            is_committed = False
            try:
                async with self.database.write(self.clock()) as tx:
                    change = Change(tx, self, undo=undo)
                    yield change
                is_committed = True
            finally:
                for call in undo if not is_committed else ():
                    call()
            change.committed()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work to its end even when the caller is cancelled."""
        task = asyncio.create_task(work)
        self._owned.add(task)
        task.add_done_callback(self._owned.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait for the work that was begun."""
        while self._owned:
            await asyncio.wait(set(self._owned))


def fold(visit_id: str, entries: Sequence[RecordEntry]) -> VisitRecord:
    """The record that these entries make."""
    record = VisitRecord(visit_id)
    for entry in entries:
        record.apply(entry)
    return record


def _details(fact: Fact) -> dict[str, str | int]:
    match fact:
        case OrderPended(order=order, sha256=sha256):
            return {"order_id": order.order_id, "version": order.version, "sha256": sha256}
        case OrderSigned(order_id=order_id, version=version, sha256=sha256):
            return {"order_id": order_id, "version": version, "sha256": sha256}
        case (
            NoteSent(version=version, sha256=str(sha256))
            | NoteReturned(version=version, sha256=str(sha256))
            | NoteSigned(version=version, sha256=str(sha256))
            | NoteAddended(version=version, sha256=str(sha256))
        ):
            return {"version": version, "sha256": sha256}
        case LetterSent(content=content, sha256=sha256):
            named = {"letter_id": content.letter_id, "kind": content.kind.value}
            return {**named, "version": content.version, "sha256": sha256}
        case LetterSigned(letter_id=letter_id, version=version, sha256=sha256):
            return {"letter_id": letter_id, "version": version, "sha256": sha256}
        case (
            LetterReturned(letter_id=letter_id, version=version) | LetterWithdrawn(letter_id=letter_id, version=version)
        ):
            return {"letter_id": letter_id, "version": version}
        case UrgentTold(urgent_id=urgent_id, kind=kind):
            return {"urgent_id": urgent_id, "kind": kind.value}
        case (
            UrgentDelivered(urgent_id=urgent_id) | UrgentSeen(urgent_id=urgent_id) | UrgentAnswered(urgent_id=urgent_id)
        ):
            return {"urgent_id": urgent_id}
        case VisitMoved(to_visit_id=visit_id):
            return {"to_visit_id": visit_id}
        case ContentMovedIn(from_visit_id=visit_id):
            return {"from_visit_id": visit_id}
        case EhrRetracted(what=what, subject=subject, ehr_reference=reference):
            return {"what": what, "subject": subject, "ehr_reference": reference}
        case TemplateChosen(template_id=template_id, template_version=version):
            return {"template_id": template_id, "version": version}
        case CurtainChanged(curtain=curtain, at=at):
            return {"curtain": curtain.value, "at": at.isoformat()}
        case ModalitySet(modality=modality, sound_only=sound_only):
            return {"modality": modality.value, "sound_only": sound_only.value if sound_only else ""}
        case ReplayStarted(replay_id=replay_id, behind_seconds=behind, speed_percent=speed):
            return {"replay_id": replay_id, "behind_seconds": behind, "speed_percent": speed}
        case ReplayStopped(replay_id=replay_id, heard_seconds=heard):
            return {"replay_id": replay_id, "heard_seconds": heard}
        case _:
            return {}
