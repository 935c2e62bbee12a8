"""Who makes a call: a desktop by its DPoP-bound token, a provider or a room by a cookie with a checked Origin."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.identity.desktop_sign_in import SignedIn
from gateway.identity.dpop import Call
from gateway.identity.keys import PublicKey, TokenInvalid
from gateway.identity.sessions import PageSession
from gateway.routes.context import Context, Parts, context_of
from gateway.routes.cookies import read_cookie
from gateway.routes.refusals import Denied, deny
from wire.people import Role
from wire.refusals import Refusal, RefusalCode

_SCHEME = "dpop "
_SAFE_METHODS = ("GET", "HEAD")


def proven_key(connection: HTTPConnection, context: Context, access_token: str | None = None) -> PublicKey:
    """The key whose DPoP proof came with this call."""
    proofs = connection.headers.getlist("dpop")
    if len(proofs) != 1:
        raise deny(RefusalCode.PROOF_INVALID, reason="missing")
    return check_proof(connection, context, proofs[0], access_token)


def check_proof(
    connection: HTTPConnection, context: Context, untrusted_proof: str, access_token: str | None = None
) -> PublicKey:
    """The key of a proof for exactly this call."""
    path = connection.scope.get("raw_path") or connection.scope["path"].encode()
    call = Call(
        method=connection.scope.get("method", "GET"),
        url=context.config.server.public_url + path.decode("latin-1"),
        now=context.services.clock(),
        access_token=access_token,
    )
    try:
        return context.proofs.check(untrusted_proof, call)
    except TokenInvalid as problem:
        raise deny(RefusalCode.PROOF_INVALID, reason=problem.reason) from problem


async def signed_in_desktop(connection: HTTPConnection) -> SignedIn:
    """The scribe on an enrolled device that makes this call."""
    context = context_of(connection)
    header = connection.headers.get("authorization", "")
    if not header.lower().startswith(_SCHEME):
        raise deny(RefusalCode.NOT_SIGNED_IN)
    untrusted_token = header[len(_SCHEME) :].strip()
    key = proven_key(connection, context, untrusted_token)
    who = await context.desktop.principal(untrusted_token, key)
    if isinstance(who, Refusal):
        raise Denied(who)
    return who


def check_origin(connection: HTTPConnection) -> None:
    """Refuse a call that another site's page makes with this browser's cookies (also for WebSockets)."""
    if connection.headers.get("origin") != context_of(connection).config.server.public_url:
        raise deny(RefusalCode.ROLE_NOT_ALLOWED, reason="origin")


async def _session(connection: HTTPConnection, role: Role) -> PageSession:
    context = context_of(connection)
    if connection.scope["type"] == "websocket" or connection.scope["method"] not in _SAFE_METHODS:
        check_origin(connection)
    untrusted_secret = read_cookie(connection, context.config.server, role.value)
    session = await context.sessions.find(untrusted_secret, role) if untrusted_secret else None
    if session is None:
        raise deny(RefusalCode.NOT_SIGNED_IN)
    return session


async def provider_session(connection: HTTPConnection) -> PageSession:
    """The signed-in provider."""
    return await _session(connection, Role.PROVIDER)


async def room_session(connection: HTTPConnection) -> PageSession:
    """The paired room."""
    return await _session(connection, Role.ROOM)


Desktop = Annotated[SignedIn, Depends(signed_in_desktop)]
Provider = Annotated[PageSession, Depends(provider_session)]

__all__ = [
    "Desktop",
    "Parts",
    "Provider",
    "check_origin",
    "check_proof",
    "proven_key",
    "provider_session",
    "room_session",
    "signed_in_desktop",
]
