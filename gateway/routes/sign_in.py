"""The desktop's sign-in, refresh and sign-out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from gateway.identity.desktop_sign_in import FamilyEnded
from gateway.live.connection import Closing
from gateway.routes.bodies import json_body
from gateway.routes.context import Context, Parts, caller_address
from gateway.routes.principals import Desktop, proven_key
from gateway.routes.refusals import Denied, deny
from wire.http import NonceReply, RefreshRequest, SignInRequest, TokenReply
from wire.people import Role
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/v1")
SignInBody = Annotated[SignInRequest, Depends(json_body(SignInRequest))]
RefreshBody = Annotated[RefreshRequest, Depends(json_body(RefreshRequest))]
SIGNED_OUT = Closing(1008, "signed out")


def _bound(request: Request, parts: Context) -> None:
    if not parts.throttles.sign_in.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)


@router.post("/sign-in/nonce")
async def nonce(request: Request, parts: Parts) -> NonceReply:
    """A nonce for the authorization request."""
    _bound(request, parts)
    return await parts.desktop.nonce()


@router.post("/sign-in")
async def sign_in(request: Request, body: SignInBody, parts: Parts) -> TokenReply:
    """Own tokens for the identity provider's ID token."""
    _bound(request, parts)
    answer = await parts.desktop.sign_in(body, proven_key(request, parts))
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


@router.post("/sign-in/refresh")
async def refresh(request: Request, body: RefreshBody, parts: Parts) -> TokenReply:
    """New tokens for a refresh token; one that was spent before ends the sign-in."""
    _bound(request, parts)
    answer = await parts.desktop.refresh(body, proven_key(request, parts))
    if isinstance(answer, FamilyEnded):
        await _end(parts, answer.person_id, answer.device_id)
        raise Denied(answer.refusal)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


@router.post("/sign-out", status_code=204)
async def sign_out(who: Desktop, parts: Parts) -> Response:
    """End the sign-in: its tokens, its channel and its admissions."""
    await parts.desktop.sign_out(who)
    await _end(parts, who.principal.id, who.device.device_id)
    return Response(status_code=204)


async def _end(parts: Context, person_id: str, device_id: str) -> None:
    await parts.services.admissions.revoke_of(device_id, SIGNED_OUT.reason, person_id)
    parts.services.hub.disconnect(
        lambda p: (p.role, p.id, p.device_id) == (Role.SCRIBE, person_id, device_id), SIGNED_OUT
    )
