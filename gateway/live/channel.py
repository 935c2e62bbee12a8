"""Serves one WebSocket: hello first, then frames in order, each answered or refused; nothing ends the process.

The caller authenticates before; `serve` accepts the WebSocket and returns when the connection is over.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import assert_never

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.admissions import AdmissionService
from gateway.commands import CommandService
from gateway.documents import DocumentService
from gateway.ledger import Ledger
from gateway.live.connection import GOING_AWAY, NORMAL, POLICY, SLOW, Closing, Connection, Pace
from gateway.live.frames import read_frame
from gateway.live.hub import Hub
from gateway.live.views import record_frames, visible
from gateway.note import OpenNote
from gateway.note_texts import shown_note
from gateway.ports import Clock, Policy, SessionInfo, key_of
from gateway.rules.signals import may_signal
from gateway.rules.situation import may_follow, refuse
from gateway.situations import Situations
from gateway.store.database import StorageFull
from visit.guard import GuardProblem, read_state_vector
from visit.sections import SECTIONS
from wire.base import MAX_FRAME_BYTES
from wire.live import (
    DocumentState,
    DocumentUpdate,
    FollowVisit,
    Hello,
    ProviderOrder,
    RoomOrder,
    ScribeOrder,
    SendSignal,
    Signalled,
    UnfollowVisit,
    UpdateRefused,
    UpdateSaved,
    Welcome,
)
from wire.people import Principal, Role
from wire.protocol import negotiate
from wire.refusals import RefusalCode

_log = structlog.get_logger(__name__)
_CLOSE_SECONDS = 5.0
_OUR_FAULT = Closing(1011, "our fault")
_FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """Everything a connection's frames need; one for the process."""

    hub: Hub
    ledger: Ledger
    documents: DocumentService
    commands: CommandService
    admissions: AdmissionService
    situations: Situations
    policy: Policy
    clock: Clock

    async def serve(self, websocket: WebSocket, principal: Principal, session: SessionInfo) -> None:
        """Talk to one authenticated client until either side ends it."""
        await websocket.accept()
        connection = Connection(principal, session)
        self.hub.add(connection)
        writer = asyncio.create_task(_write(websocket, connection))
        reader = asyncio.create_task(self._read(websocket, connection))
        closer = asyncio.create_task(self._closing(connection))
        try:
            await asyncio.wait((reader, closer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            connection.close(_end_of(reader, principal))
            self.hub.remove(connection)
            await _finish(websocket, connection, writer, (reader, closer))

    async def _closing(self, connection: Connection) -> None:
        """Wait for the gateway's own reason to end, the session's time being one."""
        expires_at = connection.session.expires_at
        timeout = max(0.0, (expires_at - self.clock()).total_seconds()) if expires_at is not None else None
        try:
            await asyncio.wait_for(connection.closing(), timeout)
        except TimeoutError:
            connection.refuse(refuse(RefusalCode.TOKEN_EXPIRED), POLICY)

    async def _read(self, websocket: WebSocket, connection: Connection) -> None:
        pace = Pace(self.policy, time.monotonic())
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text")
            if text is None:
                connection.refuse(refuse(RefusalCode.MALFORMED, kind="binary"))
            else:
                await self._take(connection, text)
            pause = pace.take(time.monotonic())
            if pause > 0:  # the client's own sending slows down behind an unread frame
                await asyncio.sleep(pause)

    async def _take(self, connection: Connection, untrusted_text: str) -> None:
        frame = read_frame(untrusted_text, connection.principal.role)
        match frame:
            case Hello():
                await self._hello(connection, frame)
            case _ if not connection.is_welcome:
                connection.refuse(refuse(RefusalCode.OUT_OF_ORDER, expected="hello"), POLICY)
            case FollowVisit() | UnfollowVisit() | SendSignal() | DocumentUpdate():
                await self._take_visit(connection, frame)
            case ScribeOrder() | ProviderOrder() | RoomOrder():
                connection.post(await self.commands.run(connection.principal, connection.session, frame))
            case _:
                connection.refuse(frame)

    async def _take_visit(
        self, connection: Connection, frame: FollowVisit | UnfollowVisit | SendSignal | DocumentUpdate
    ) -> None:
        match frame:
            case FollowVisit():
                await self._follow(connection, frame)
            case UnfollowVisit():
                connection.follows.discard(frame.visit_id)
            case SendSignal():
                await self._signal(connection, frame)
            case DocumentUpdate():
                await self._update(connection, frame)
            case _:
                assert_never(frame)

    async def _hello(self, connection: Connection, hello: Hello) -> None:
        if connection.is_welcome:
            connection.refuse(refuse(RefusalCode.OUT_OF_ORDER, expected="anything but hello"))
            return
        protocol = negotiate(hello.protocols)
        if protocol is None:
            connection.refuse(refuse(RefusalCode.PROTOCOL_UNKNOWN), POLICY)
            return
        connection.is_welcome = True
        connection.post(
            Welcome(
                protocol=protocol,
                principal=connection.principal,
                server_time=self.clock(),
                ice_servers=connection.session.ice_servers,
                relay_only=connection.session.relay_only,
            )
        )
        await self.hub.send_list(connection)

    async def _follow(self, connection: Connection, frame: FollowVisit) -> None:
        state = await self.ledger.state(frame.visit_id)
        if state is None:
            connection.refuse(refuse(RefusalCode.VISIT_UNKNOWN, visit_id=frame.visit_id))
            return
        note = await self.documents.opened(frame.visit_id)
        refusal = may_follow(self.situations.of(connection.principal, frame.visit_id, note))
        if refusal is not None:
            connection.refuse(refusal)
            return
        if not 0 <= frame.record_after <= state.record.last_seq:
            connection.refuse(refuse(RefusalCode.OUT_OF_ORDER, last_seq=str(state.record.last_seq)))
            return
        vector = frame.state_vector
        if vector is not None and isinstance(read_state_vector(vector), GuardProblem):
            connection.refuse(refuse(RefusalCode.MALFORMED, field="state_vector"))
            return
        try:
            await self.ledger.run(self._audit_follow(connection.principal, frame.visit_id))
        except StorageFull:  # nobody reads what cannot be said to have been read
            connection.refuse(refuse(RefusalCode.STORAGE_FULL))
            return
        # From here to the last post nothing is awaited: the follower misses nothing and hears nothing twice.
        connection.follows.add(frame.visit_id)
        role = connection.principal.role
        for part in record_frames(frame.visit_id, visible(state.entries[frame.record_after :], role)):
            connection.post(part)
        match role:
            case Role.SCRIBE:
                connection.post(_document_state(note, vector, closed=state.record.signed_by is not None))
            case Role.PROVIDER:
                connection.post(shown_note(state, note, self.policy.zone))
            case Role.ROOM:
                pass

    async def _audit_follow(self, principal: Principal, visit_id: str) -> None:
        async with self.ledger.changing() as change:
            await change.tx.audit(key_of(principal), "visit_followed", {"visit_id": visit_id})

    async def _update(self, connection: Connection, frame: DocumentUpdate) -> None:
        refusal = await self.documents.update(connection.principal, frame, connection)
        here = {"visit_id": frame.visit_id, "update_id": frame.update_id}
        if refusal is None:
            connection.post(UpdateSaved(**here))
        else:
            connection.post(UpdateRefused(**here, refusal=refusal))

    async def _signal(self, connection: Connection, frame: SendSignal) -> None:
        state = await self.ledger.state(frame.visit_id)
        if state is None:
            connection.refuse(refuse(RefusalCode.VISIT_UNKNOWN, visit_id=frame.visit_id))
            return
        note = await self.documents.opened(frame.visit_id)
        sender, signal = connection.principal, frame.signal
        situation = self.situations.of(sender, frame.visit_id, note)
        refusal = may_signal(situation, signal, self.admissions.live(frame.visit_id))
        if refusal is not None:
            connection.refuse(refusal)
            return
        signalled = Signalled(visit_id=frame.visit_id, sender=sender, signal=signal)
        if sender.role is Role.SCRIBE:
            room_id = state.facts.room.room_id
            self.hub.signal(signalled, lambda p: p.role is Role.ROOM and p.id == room_id)
            return
        admission = self.admissions.get(signal.admission_id)
        if admission is not None:
            self.hub.signal(
                signalled,
                lambda p: p.role is Role.SCRIBE and (p.id, p.device_id) == (admission.person_id, admission.device_id),
            )


def _document_state(note: OpenNote, vector: bytes | None, *, closed: bool) -> DocumentState:
    state = DocumentState(
        visit_id=note.visit_id,
        epoch=_FIRST_EPOCH + 1 if closed else _FIRST_EPOCH,
        update=note.document.update_since(vector),
        state_vector=note.document.state_vector(),
        authors={section.key: runs for section in SECTIONS if (runs := note.author_runs(section.key))},
        writers=note.writers(),
    )
    # Who wrote what is a help; the text itself must fit into one frame and always does.
    left_out: tuple[dict[str, object], ...] = ({}, {"authors": {}}, {"authors": {}, "writers": ()})
    for without in left_out:
        shorter = state.model_copy(update=without)
        if len(shorter.model_dump_json()) <= MAX_FRAME_BYTES:
            break
    return shorter


async def _write(websocket: WebSocket, connection: Connection) -> None:
    while (text := await connection.next_text()) is not None:
        try:
            await websocket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):  # gone while we wrote: the reader hears it too
            return


def _end_of(reader: asyncio.Task[None], principal: Principal) -> Closing:
    """Why the reader ended: the one place where a bug in a frame's handling stops, with its connection only."""
    if not reader.done():
        return GOING_AWAY
    if reader.cancelled() or reader.exception() is None:
        return NORMAL
    _log.error("live_frame_failed", role=principal.role.value, error=type(reader.exception()).__name__)
    return _OUR_FAULT


async def _finish(
    websocket: WebSocket, connection: Connection, writer: asyncio.Task[None], others: tuple[asyncio.Task[None], ...]
) -> None:
    """Write what is queued within a bound, say why, and end the connection's tasks."""
    closing = await connection.closing()
    for task in others:
        task.cancel()
    if closing is SLOW:
        writer.cancel()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(writer, return_exceptions=True), _CLOSE_SECONDS)
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        await asyncio.wait_for(websocket.close(closing.code, closing.reason), _CLOSE_SECONDS)
    await asyncio.gather(writer, *others, return_exceptions=True)
