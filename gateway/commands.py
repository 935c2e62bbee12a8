"""Commands: decided by the rules once, kept with their answer in one transaction, answered alike when repeated."""

from dataclasses import replace

from gateway.documents import DocumentService
from gateway.ledger import Change, Ledger
from gateway.moving import Moving
from gateway.note import OpenNote
from gateway.ports import SessionInfo, author_of, key_of
from gateway.rules.decide import Command, decide
from gateway.rules.situation import Accepted, Decision, Settling, refuse
from gateway.rules.wrong_patient import signed_orders
from gateway.situations import Situations
from gateway.store import task_rows
from gateway.store.answer_rows import Answer, keep_answer, load_answer
from gateway.store.database import StorageFull
from gateway.store.document_rows import keep_snapshot
from gateway.store.layer_rows import load_layers
from visit.answering import leave_out, put_answer
from visit.canonical import canonical_bytes
from visit.document import VisitDocument
from visit.provider_layer import ProviderLayer
from visit.record import cited
from wire.commands import ChooseTemplate, MoveContent, SetModality, StartCapture
from wire.live import CommandAccepted, CommandRefused, ProviderOrder, RoomOrder, ScribeOrder
from wire.people import Principal
from wire.record import (
    NoteAddended,
    NoteReturned,
    NoteSent,
    NoteSigned,
    OrderSigned,
    VisitFrozen,
    VisitRetracted,
    VisitUnfrozen,
)
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState

Order = ScribeOrder | ProviderOrder | RoomOrder
_GIVES_TEMPLATE = (ChooseTemplate, SetModality, StartCapture)


class CommandService:
    """Runs every role's commands; `outbox_filled` is called after a commit that queued a write to the EHR."""

    def __init__(self, ledger: Ledger, documents: DocumentService, situations: Situations) -> None:
        self._ledger = ledger
        self._documents = documents
        self._situations = situations
        self._moving = Moving(documents)
        self.outbox_filled = lambda: None

    async def run(self, principal: Principal, session: SessionInfo, order: Order) -> Answer:
        """Answer a command, once and for all."""
        return await self._ledger.run(self._run(principal, session, order))

    async def _run(self, principal: Principal, session: SessionInfo, order: Order) -> Answer:
        state = await self._ledger.state(order.visit_id)
        note = await self._documents.opened(order.visit_id) if state is not None else None
        target = await self._target(order.command)
        fingerprint = self._ledger.envelope.fingerprint(_command_bytes(order.visit_id, order.command))
        try:
            async with self._ledger.changing() as change:
                kept = await load_answer(change.tx, key_of(principal), order.command_id)
                if kept is not None:
                    if kept.fingerprint == fingerprint:
                        return kept.answer
                    return CommandRefused(command_id=order.command_id, refusal=refuse(RefusalCode.COMMAND_REUSED))
                if note is None:
                    decision: Decision = refuse(RefusalCode.VISIT_UNKNOWN)
                else:
                    situation = self._situations.of(principal, order.visit_id, note)
                    situation = self._situations.with_session(situation, session)
                    if isinstance(order.command, _GIVES_TEMPLATE):
                        situation = replace(situation, layers=await self._layers(change, order.visit_id))
                    if target is not None:
                        second = self._situations.of(principal, target.visit_id, target)
                        situation = replace(situation, target=second)
                    decision = decide(situation, order.command)
                    if target is not None and isinstance(decision, Accepted):
                        problem = await self._moving.carry_out(change, principal, (note, target), decision)
                        decision = problem or decision
                answer = await self._carry_out(change, principal, order, note, decision)
                await keep_answer(change.tx, key_of(principal), fingerprint, answer)
                return answer
        except StorageFull:
            # Not kept, since nothing can be: the client repeats it when there is room again.
            return CommandRefused(command_id=order.command_id, refusal=refuse(RefusalCode.STORAGE_FULL))

    async def _target(self, command: Command) -> OpenNote | None:
        """The note of the second visit that a command names."""
        match command:
            case MoveContent(to_visit_id=visit_id) if await self._ledger.state(visit_id) is not None:
                return await self._documents.opened(visit_id)
            case _:
                return None

    async def _layers(self, change: Change, visit_id: str) -> tuple[ProviderLayer, ...]:
        """Those of the visit's provider, as they are kept now."""
        provider_id = self._ledger.loaded(visit_id).facts.provider.person_id
        return await load_layers(change.tx, self._ledger.envelope, provider_id)

    async def _carry_out(
        self, change: Change, principal: Principal, order: Order, note: OpenNote | None, decision: Decision
    ) -> Answer:
        if isinstance(decision, Refusal) or note is None:
            refusal = decision if isinstance(decision, Refusal) else refuse(RefusalCode.VISIT_UNKNOWN)
            details = {"command": order.command.type, "code": refusal.code.value}
            await change.tx.audit(key_of(principal), "command_refused", {"visit_id": order.visit_id}, details)
            return CommandRefused(command_id=order.command_id, refusal=refusal)
        if decision.edit is not None:
            await self._documents.edit(change, note, principal, decision.edit)
            subject = {"visit_id": order.visit_id, "section": decision.edit.section}
            await change.tx.audit(key_of(principal), "text_edited", subject, {"units": len(decision.edit.text)})
        seq = await change.append(order.visit_id, author_of(principal), decision.facts)
        if decision.settling is not None:
            await self._settle(change, note, principal, _cited_by(decision.settling, seq))
        await self._keep_signed(change, note, decision)
        if any(isinstance(fact, VisitUnfrozen) for fact in decision.facts):
            await self._go_on(change, note, principal)
        return CommandAccepted(command_id=order.command_id, seq=seq)

    async def _settle(self, change: Change, note: OpenNote, principal: Principal, settling: Settling) -> None:
        """Fill a question's gap with the answer that was just recorded, or before, or take its statement out."""

        def work(pen: VisitDocument) -> None:
            if settling.text is None:
                leave_out(pen, settling.question_id)
                return
            put_answer(pen, settling.question_id, settling.text, settling.message_id, again=settling.again)

        await self._documents.change_as(change, note, principal, work)
        subject = {"visit_id": note.visit_id, "question_id": settling.question_id}
        details = {"left_out": int(settling.text is None)}
        await change.tx.audit(key_of(principal), "question_settled", subject, details)

    async def _keep_signed(self, change: Change, note: OpenNote, decision: Accepted) -> None:
        """What was sent, returned or signed is kept as it was rendered; what was signed is queued for the EHR."""
        for fact in decision.facts:
            match fact:
                case NoteSent(version=version) | NoteReturned(version=version):
                    await keep_snapshot(change.tx, self._ledger.envelope, version, note.snapshot())
                case NoteSigned(version=version):
                    await keep_snapshot(change.tx, self._ledger.envelope, version, note.snapshot())
                    await task_rows.put_task(change.tx, note.visit_id, task_rows.NOTE, task_rows.NOTE, version)
                    change.after.append(self.outbox_filled)
                case NoteAddended(number=number, version=version):
                    subject = f"{task_rows.ADDENDUM}-{number}"
                    await task_rows.put_task(change.tx, note.visit_id, task_rows.ADDENDUM, subject, version)
                    change.after.append(self.outbox_filled)
                case VisitFrozen():
                    await task_rows.give_up_writes(change.tx, note.visit_id)
                case VisitRetracted():
                    await self._queue_retractions(change, note.visit_id)
                case OrderSigned(order_id=order_id, version=version):
                    await task_rows.put_task(change.tx, note.visit_id, task_rows.ORDER, order_id, version)
                    change.after.append(self.outbox_filled)
                case _:
                    pass

    async def _go_on(self, change: Change, note: OpenNote, principal: Principal) -> None:
        """The visit is no longer frozen: what was typed meanwhile is in the note, unless it was signed before."""
        record = self._ledger.loaded(note.visit_id).record
        if record.note_state is not NoteState.SIGNED:
            await self._documents.take_late_in(change, note, principal)
        unwritten = [
            (task_rows.ORDER, one.order.order_id, one.order.version)
            for one in signed_orders(record)
            if not one.ehr_reference
        ]
        if record.signed_by is not None and not record.note_ehr_reference:
            unwritten.append((task_rows.NOTE, task_rows.NOTE, record.note_version))
        for one in record.addenda:
            if not one.ehr_reference:
                unwritten.append((task_rows.ADDENDUM, f"{task_rows.ADDENDUM}-{one.number}", one.version))
        for kind, subject, version in unwritten:
            await task_rows.take_up_write(change.tx, note.visit_id, kind, subject, version)
        change.after.append(self.outbox_filled)

    async def _queue_retractions(self, change: Change, visit_id: str) -> None:
        """Everything that was signed, whether the EHR has answered or not."""
        record = self._ledger.loaded(visit_id).record
        signed = [(task_rows.ORDER, one.order.order_id, one.order.version) for one in signed_orders(record)]
        signed += [(task_rows.ADDENDUM, f"{task_rows.ADDENDUM}-{one.number}", one.version) for one in record.addenda]
        if record.signed_by is not None:
            signed.append((task_rows.NOTE, task_rows.NOTE, record.note_version))
        for kind, subject, version in signed:
            await task_rows.put_task(change.tx, visit_id, task_rows.RETRACT + kind, subject, version)
        change.after.append(self.outbox_filled)


def _cited_by(settling: Settling, seq: int | None) -> Settling:
    """An answer that is recorded just now is cited by its entry."""
    return settling if settling.message_id or seq is None else replace(settling, message_id=cited(seq))


def _command_bytes(visit_id: str, command: Command) -> bytes:
    return visit_id.encode() + b"\x00" + canonical_bytes(command)
