"""Brings what was signed to the EHR, with growing pauses until the EHR confirms it; only its answer is recorded."""

import asyncio
from datetime import timedelta

from gateway.ledger import Ledger, VisitState, fold
from gateway.ports import (
    GATEWAY,
    AddendumWrite,
    EhrProblem,
    EhrWriter,
    EhrWritten,
    NoteWrite,
    OrderWrite,
    Policy,
    Retraction,
)
from gateway.store import task_rows as rows
from gateway.store.document_rows import load_snapshot
from visit.addendum import addendum_as_plain_text
from visit.attestation import addendum_statement, attestation
from visit.snapshot import as_plain_text
from wire.people import Author
from wire.record import (
    AddendumWritten,
    EhrRetracted,
    EhrWriteFailed,
    Fact,
    NoteSigned,
    NoteWritten,
    OrderPended,
    OrderSigned,
    OrderWritten,
    RecordEntry,
    VisitRetracted,
)

_PAUSE_FOR_NOTE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=5)


class BrokenTask(Exception):
    """A queued write whose signed thing is not in the record: our fault."""


class EhrOutbox:
    """The queue of writes to the EHR; it survives restarts, and each write carries the same task id every time."""

    def __init__(self, ledger: Ledger, writer: EhrWriter, policy: Policy) -> None:
        self._ledger = ledger
        self._writer = writer
        self._policy = policy
        self._filled = asyncio.Event()
        self._draining = asyncio.Lock()

    def filled(self) -> None:
        """Something was queued."""
        self._filled.set()

    async def run(self) -> None:
        """Write what is due, then wait for more; until cancelled."""
        while True:
            self._filled.clear()
            pause = await self.drain()
            try:
                await asyncio.wait_for(self._filled.wait(), pause)
            except TimeoutError:
                continue

    async def drain(self) -> float | None:
        """Write everything that is due; seconds until the next one, None when nothing waits."""
        async with self._draining:  # nothing is written twice at a time
            async with self._ledger.database.read() as connection:
                tasks = await rows.open_tasks(connection)
            for task in tasks:
                if task.next_at <= self._ledger.clock():
                    await self._attempt(task)
        async with self._ledger.database.read() as connection:
            tasks = await rows.open_tasks(connection)
        if not tasks:
            return None
        return max(0.0, (tasks[0].next_at - self._ledger.clock()).total_seconds())

    async def _attempt(self, task: rows.EhrTask) -> None:
        state = await self._ledger.state(task.visit_id)
        if state is None:
            raise BrokenTask(task.task_id)
        answer = await self._write(task, state)
        await self._ledger.run(self._wait(task) if answer is None else self._record(task, answer))

    async def _write(self, task: rows.EhrTask, state: VisitState) -> EhrWritten | EhrProblem | None:
        """The EHR's answer; None when the task waits for another one."""
        kind, retracts = task.kind.removeprefix(rows.RETRACT), task.kind.startswith(rows.RETRACT)
        if retracts:
            return await self._writer.retract(_retraction(task, state, kind))
        if state.record.frozen is not None:
            return None  # given up meanwhile
        match kind:
            case rows.NOTE:
                return await self._writer.write_note(await self._note_job(task, state))
            case rows.ORDER:
                return await self._writer.write_order(_order_job(task, state))
            case rows.ADDENDUM if not state.record.note_ehr_reference:
                return None
            case rows.ADDENDUM:
                return await self._writer.write_addendum(self._addendum_job(task, state))
            case _:
                raise BrokenTask(task.task_id)

    async def _wait(self, task: rows.EhrTask) -> None:
        """An addendum goes out after its note: look again in a while."""
        async with self._ledger.changing() as change:
            await rows.put_off_task(change.tx, task, change.now + _PAUSE_FOR_NOTE)

    async def _record(self, task: rows.EhrTask, answer: EhrWritten | EhrProblem) -> None:
        async with self._ledger.changing() as change:
            match answer:
                case EhrWritten():
                    await rows.finish_task(change.tx, task)
                    await change.append(task.visit_id, GATEWAY, [_written(task, answer)])
                case EhrProblem(code=code):
                    pause = (
                        min(timedelta(seconds=2**task.attempts), _LONGEST_PAUSE)
                        if task.attempts < 16
                        else _LONGEST_PAUSE
                    )
                    await rows.postpone_task(change.tx, task, change.now + pause, code.value)
                    if task.last_problem != code.value:  # told once, not at each attempt
                        failed = EhrWriteFailed(subject=task.subject, code=code)
                        await change.append(task.visit_id, GATEWAY, [failed])

    async def _note_job(self, task: rows.EhrTask, state: VisitState) -> NoteWrite:
        entry, signed = _signed_note(state, task)
        async with self._ledger.database.read() as connection:
            snapshot = await load_snapshot(
                connection, self._ledger.envelope, task.visit_id, signed.version, signed.sha256
            )
        if snapshot is None:
            raise BrokenTask(task.task_id)
        # As the record stood at the signature: what the provider had on the screen, whatever was reported since.
        signed_record = fold(task.visit_id, state.entries[: entry.seq])
        statement = attestation(signed_record, state.facts.provider.name, self._policy.zone)
        return NoteWrite(
            task_id=task.task_id,
            visit=state.facts,
            snapshot=snapshot,
            sha256=signed.sha256,
            version=signed.version,
            text=as_plain_text(snapshot, statement),
            scribe=state.record.scribe,
            signed_by=entry.author,
            signed_at=entry.at,
        )

    def _addendum_job(self, task: rows.EhrTask, state: VisitState) -> AddendumWrite:
        addendum = next((one for one in state.record.addenda if one.version == task.version), None)
        if addendum is None:
            raise BrokenTask(task.task_id)
        statement = addendum_statement(addendum.author.name, addendum.at, self._policy.zone)
        return AddendumWrite(
            task_id=task.task_id,
            visit=state.facts,
            number=addendum.number,
            sha256=addendum.sha256,
            text=addendum_as_plain_text(addendum.number, addendum.text, statement),
            amends=state.record.note_ehr_reference,
            signed_by=addendum.author,
            signed_at=addendum.at,
        )


def _written(task: rows.EhrTask, answer: EhrWritten) -> Fact:
    if task.kind == rows.NOTE:
        return NoteWritten(version=task.version, ehr_reference=answer.reference, ehr_version=answer.version)
    if task.kind == rows.ADDENDUM:
        number = int(task.subject.rpartition("-")[2])
        return AddendumWritten(number=number, ehr_reference=answer.reference, ehr_version=answer.version)
    if task.kind.startswith(rows.RETRACT):
        what = task.kind.removeprefix(rows.RETRACT)
        values = {"subject": task.subject, "ehr_reference": answer.reference, "ehr_version": answer.version}
        return EhrRetracted.model_validate({"what": what, **values})
    return OrderWritten(
        order_id=task.subject, version=task.version, ehr_reference=answer.reference, ehr_version=answer.version
    )


def _signed_note(state: VisitState, task: rows.EhrTask) -> tuple[RecordEntry, NoteSigned]:
    for entry in reversed(state.entries):
        if isinstance(entry.fact, NoteSigned) and entry.fact.version == task.version:
            return entry, entry.fact
    raise BrokenTask(task.task_id)


def _retraction(task: rows.EhrTask, state: VisitState, what: str) -> Retraction:
    retracted = next((entry for entry in state.entries if isinstance(entry.fact, VisitRetracted)), None)
    if retracted is None:
        raise BrokenTask(task.task_id)
    visit_id = state.facts.visit_id
    # As gateway.ehr names them: a note by its visit, an addendum by visit and number, an order by its own id.
    identifiers = {
        rows.NOTE: visit_id,
        rows.ADDENDUM: f"{visit_id}-{task.subject.rpartition('-')[2]}",
        rows.ORDER: task.subject,
    }
    return Retraction(task.task_id, state.facts, what, identifiers[what], retracted.author, retracted.at)


def _order_job(task: rows.EhrTask, state: VisitState) -> OrderWrite:
    line = state.record.orders.get(task.subject)
    author: Author | None = None
    pended_by: Author | None = None
    for entry in state.entries:
        if isinstance(entry.fact, OrderPended) and entry.fact.order.order_id == task.subject:
            pended_by = entry.author
        if isinstance(entry.fact, OrderSigned) and entry.fact.order_id == task.subject:
            author, at = entry.author, entry.at
    if line is None or author is None or line.order.version != task.version:
        raise BrokenTask(task.task_id)
    return OrderWrite(task.task_id, state.facts, line.order, line.sha256, author, at, pended_by)
