"""Rooms: a code that a signed-in person shows pairs a browser; the browser's key then opens its sessions."""

from datetime import timedelta

from gateway.identity.codes import new_code, new_secret, typed_code
from gateway.identity.keys import PublicKey, TokenInvalid
from gateway.identity.sessions import Sessions
from gateway.rules.situation import refuse
from gateway.store import code_rows, room_rows, session_rows
from wire.http import PairingCode, PairRoomReply, PairRoomRequest, RoomChallengeReply, RoomSessionRequest
from wire.people import Principal, Role
from wire.refusals import Refusal, RefusalCode

CODE_LIFE = timedelta(minutes=10)
NONCE_PURPOSE = "room_session"
NONCE_LIFE = timedelta(minutes=1)


class Rooms:
    """Pairs browsers with rooms and opens their sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._database = sessions.database
        self._clock = sessions.clock

    async def pairing_code(self, made_by: Principal, room_id: str) -> PairingCode | Refusal:
        """A code that pairs one browser as this room."""
        code, now = new_code(), self._clock()
        async with self._database.write(now) as tx:
            room = await room_rows.room_by_id(tx, room_id)
            if room is None:
                return refuse(RefusalCode.MALFORMED, field="room_id")
            await code_rows.put_pairing_code(tx, code, room_id, made_by.id, now + CODE_LIFE)
            await tx.audit(f"{made_by.role.value}:{made_by.id}", "pairing_code_made", {"room_id": room_id})
        return PairingCode(code=code, room_name=room.name, expires_at=now + CODE_LIFE)

    async def pair(self, request: PairRoomRequest) -> PairRoomReply | Refusal:
        """Make the browser with this key the code's room; the browser before it is one no longer."""
        try:
            key = PublicKey(request.jwk)
        except TokenInvalid:
            return refuse(RefusalCode.MALFORMED, field="jwk")
        async with self._database.write(self._clock()) as tx:
            spent = await code_rows.spend_pairing_code(tx, typed_code(request.code))
            room = await room_rows.room_by_id(tx, spent[0]) if spent else None
            if spent is None or room is None:
                await tx.audit("gateway", "pairing_refused")
                return refuse(RefusalCode.CODE_INVALID)
            await room_rows.pair_room(tx, room.room_id, key.jwk, key.jkt)
            await session_rows.end_sessions_of(tx, Role.ROOM, room.room_id)
            await tx.audit(f"provider:{spent[1]}", "room_paired", {"room_id": room.room_id})
        return PairRoomReply(room_id=room.room_id, room_name=room.name)

    async def challenge(self) -> RoomChallengeReply:
        """A nonce for a room to sign."""
        nonce, now = new_secret(), self._clock()
        async with self._database.write(now) as tx:
            await code_rows.put_nonce(tx, NONCE_PURPOSE, nonce, "", now + NONCE_LIFE)
        return RoomChallengeReply(nonce=nonce, expires_at=now + NONCE_LIFE)

    async def open_session(self, request: RoomSessionRequest) -> str | Refusal:
        """A session's secret for the paired key's signature over the nonce's ASCII bytes."""
        async with self._database.write(self._clock()) as tx:
            if await code_rows.spend_nonce(tx, NONCE_PURPOSE, request.nonce) is None:
                return refuse(RefusalCode.NONCE_SPENT)
            room = await room_rows.room_by_id(tx, request.room_id)
            if room is None or room.jwk is None:
                return refuse(RefusalCode.ROOM_NOT_PAIRED)
            if not PublicKey(room.jwk).verifies(request.nonce.encode(), request.signature):
                return refuse(RefusalCode.PROOF_INVALID)
            await tx.audit(f"room:{room.room_id}", "room_session_opened")
            return await self._sessions.open(tx, Role.ROOM, room.room_id)
