"""The live channel's three doors: authenticated here, served by `gateway.live`."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from gateway.ports import SessionInfo
from gateway.routes.context import context_of
from gateway.routes.principals import provider_session, room_session, signed_in_desktop
from gateway.routes.refusals import Denied, refusal_response
from wire.people import Principal

router = APIRouter()
Opener = tuple[Principal, SessionInfo]


async def _desktop(connection: HTTPConnection) -> Opener:
    who = await signed_in_desktop(connection)
    return who.principal, SessionInfo(auth_time=who.auth_time, expires_at=who.expires_at)


async def _provider(connection: HTTPConnection) -> Opener:
    session = await provider_session(connection)
    return session.principal, SessionInfo(auth_time=session.auth_time, expires_at=session.expires_at)


async def _room(connection: HTTPConnection) -> Opener:
    session, context = await room_session(connection), context_of(connection)
    ice_servers = context.ice.for_user(session.principal.id, context.services.clock(), session.expires_at)
    info = SessionInfo(expires_at=session.expires_at, ice_servers=ice_servers, relay_only=context.ice.relay_only)
    return session.principal, info


async def _serve(websocket: WebSocket, authenticate: Callable[[HTTPConnection], Awaitable[Opener]]) -> None:
    try:
        principal, session = await authenticate(websocket)
    except Denied as denied:
        await websocket.send_denial_response(refusal_response(denied.refusal))
        return
    await context_of(websocket).services.live.serve(websocket, principal, session)


@router.websocket("/v1/live")
async def desktop_live(websocket: WebSocket) -> None:
    """A scribe's desktop, by DPoP headers."""
    await _serve(websocket, _desktop)


@router.websocket("/page/live")
async def provider_live(websocket: WebSocket) -> None:
    """The provider's half of the page, by cookie and Origin."""
    await _serve(websocket, _provider)


@router.websocket("/room/live")
async def room_live(websocket: WebSocket) -> None:
    """The room's half of the page, by cookie and Origin."""
    await _serve(websocket, _room)
