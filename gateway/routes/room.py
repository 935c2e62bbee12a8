"""The room's half of the page: pairing and the room's session."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, Response

from gateway.live.connection import Closing
from gateway.routes.bodies import json_body
from gateway.routes.context import Context, Parts, caller_address
from gateway.routes.cookies import set_cookie
from gateway.routes.page import PAGES
from gateway.routes.principals import check_origin
from gateway.routes.refusals import Denied, deny
from wire.http import PairRoomReply, PairRoomRequest, RoomChallengeReply, RoomSessionRequest
from wire.people import Role
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/room")
PairBody = Annotated[PairRoomRequest, Depends(json_body(PairRoomRequest))]
SessionBody = Annotated[RoomSessionRequest, Depends(json_body(RoomSessionRequest))]
PAIRED_ANEW = Closing(1008, "paired anew")
_own_page = [Depends(check_origin)]


@router.get("/")
async def room() -> Response:
    """The room's page; what it may do comes with its session."""
    return FileResponse(PAGES / "room.html")


@router.post("/pair", dependencies=_own_page)
async def pair(request: Request, body: PairBody, parts: Parts) -> PairRoomReply:
    """Spend a pairing code for this browser's key; the browser before it is no longer the room."""
    if not parts.throttles.codes.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)
    answer = await parts.rooms.pair(body)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    parts.services.hub.disconnect(lambda p: (p.role, p.id) == (Role.ROOM, answer.room_id), PAIRED_ANEW)
    return answer


@router.post("/challenge", dependencies=_own_page)
async def challenge(request: Request, parts: Parts) -> RoomChallengeReply:
    """A nonce for the room's key to sign."""
    _bound(request, parts)
    return await parts.rooms.challenge()


@router.post("/session", status_code=204, dependencies=_own_page)
async def session(request: Request, body: SessionBody, parts: Parts) -> Response:
    """Open the room's session."""
    _bound(request, parts)
    answer = await parts.rooms.open_session(body)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    response = Response(status_code=204)
    set_cookie(response, parts.config.server, Role.ROOM.value, answer, parts.config.identity.session_seconds)
    return response


def _bound(request: Request, parts: Context) -> None:
    if not parts.throttles.sign_in.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)
