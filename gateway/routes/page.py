"""The provider's half of the page: sign-in, step-up, sign-out, visits and pairing codes."""

import hmac
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response

import gateway
from gateway.identity.page_sign_in import Begun
from gateway.live.connection import Closing
from gateway.routes.bodies import json_body
from gateway.routes.context import Context, Parts, caller_address
from gateway.routes.cookies import FLOW, FLOW_SECONDS, clear_cookie, read_cookie, set_cookie
from gateway.routes.principals import Provider, provider_session
from gateway.routes.refusals import Denied, deny
from gateway.rules.situation import refuse
from wire.base import Id, Model
from wire.http import PairingCode
from wire.people import Role
from wire.refusals import Refusal, RefusalCode
from wire.visits import VisitSummary

router = APIRouter()
PAGES = Path(gateway.__file__).parent / "pages"
HOME = "/page/"
SIGNED_OUT = Closing(1008, "signed out")
_MAX_PARAMETER = 2_000
Parameter = Annotated[str, Query(max_length=_MAX_PARAMETER)]
_FAILED = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Alcove</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/static/shared/tokens.css"><link rel="stylesheet" href="/static/shared/base.css"></head>
<body><main><h1>You are not signed in</h1>
<p>The sign-in was refused: {reason}. Ask the practice's IT when it happens again.</p>
<p><a href="/page/sign-in">Sign in again</a></p></main></body></html>
"""


class PairingCodeRequest(Model):
    """Which room a browser is to be paired as."""

    room_id: Id


@router.get("/")
async def front_door() -> Response:
    """Whoever types the bare address is most likely a provider."""
    return RedirectResponse(HOME)


@router.get(HOME)
async def page(request: Request) -> Response:
    """The page, or the way to sign in."""
    try:
        await provider_session(request)
    except Denied:
        return RedirectResponse("/page/sign-in", 303)
    return FileResponse(PAGES / "provider.html")


@router.get("/page/sign-in")
async def sign_in(request: Request, parts: Parts, return_to: Annotated[str, Query(alias="return")] = HOME) -> Response:
    """Send the browser to the identity provider."""
    _bound(request, parts)
    return _go(parts, await parts.page.begin(_own_path(return_to)))


@router.get("/page/step-up")
async def step_up(request: Request, parts: Parts, return_to: Annotated[str, Query(alias="return")] = HOME) -> Response:
    """Let the signed-in person prove anew who they are; without a session it is a plain sign-in."""
    _bound(request, parts)
    try:
        session = await provider_session(request)
    except Denied:
        return _go(parts, await parts.page.begin(_own_path(return_to)))
    return _go(parts, await parts.page.begin(_own_path(return_to), session))


@router.get("/page/callback")
async def callback(
    request: Request, parts: Parts, state: Parameter = "", code: Parameter = "", iss: Parameter = ""
) -> Response:
    """The browser comes back: open its session, when it is the one that was sent (its cookie has the state)."""
    _bound(request, parts)
    server = parts.config.server
    expected = read_cookie(request, server, FLOW)
    if not code or not state or expected is None or not hmac.compare_digest(state, expected):
        return _failed(parts, refuse(RefusalCode.NONCE_SPENT))
    if iss not in ("", parts.config.identity.issuer):  # RFC 9207: another provider's answer
        return _failed(parts, refuse(RefusalCode.IDENTITY_REFUSED, reason="issuer"))
    answer = await parts.page.finish(state, code, read_cookie(request, server, Role.PROVIDER.value))
    if isinstance(answer, Refusal):
        return _failed(parts, answer)
    response = RedirectResponse(answer.return_to, 303)
    clear_cookie(response, server, FLOW)
    seconds = parts.config.identity.session_seconds
    set_cookie(response, server, Role.PROVIDER.value, answer.session_secret, seconds)
    return response


@router.post("/page/sign-out", status_code=204)
async def sign_out(request: Request, session: Provider, parts: Parts) -> Response:
    """End the session and the provider's live channels."""
    secret = read_cookie(request, parts.config.server, Role.PROVIDER.value)
    if secret is not None:
        await parts.sessions.end(secret, session.principal)
    parts.services.hub.disconnect(lambda p: (p.role, p.id) == (Role.PROVIDER, session.principal.id), SIGNED_OUT)
    response = Response(status_code=204)
    clear_cookie(response, parts.config.server, Role.PROVIDER.value)
    return response


@router.get("/page/visits")
async def visits(session: Provider, parts: Parts) -> list[VisitSummary]:
    """The provider's visits of the day."""
    return list(await parts.services.visits.listed_for(session.principal))


@router.post("/page/pairing-codes")
async def pairing_code(
    body: Annotated[PairingCodeRequest, Depends(json_body(PairingCodeRequest))], session: Provider, parts: Parts
) -> PairingCode:
    """A code to type into the browser of an exam room."""
    answer = await parts.rooms.pairing_code(session.principal, body.room_id)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


def _bound(request: Request, parts: Context) -> None:
    if not parts.throttles.sign_in.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)


def _own_path(untrusted_path: str) -> str:
    """A path of the page to come back to; anything else is the page itself."""
    fits = untrusted_path.startswith(HOME) and len(untrusted_path) <= _MAX_PARAMETER
    return untrusted_path if fits and not set(untrusted_path) & set("\\\r\n") else HOME


def _go(parts: Context, begun: Begun | Refusal) -> Response:
    if isinstance(begun, Refusal):
        return _failed(parts, begun)
    response = RedirectResponse(begun.url, 303)
    set_cookie(response, parts.config.server, FLOW, begun.state, FLOW_SECONDS)
    return response


def _failed(parts: Context, refusal: Refusal) -> Response:
    reason = " ".join((refusal.code.value, refusal.params.get("reason", ""))).strip()
    response = HTMLResponse(_FAILED.format(reason=escape(reason)), 403)
    clear_cookie(response, parts.config.server, FLOW)
    return response
