"""An HTTP edge around the gateway's real services for the page's tests: it only stands in for signing in and pairing.

Frames, rules, record and document are the gateway's own, so what the page speaks with here cannot drift from it.
"""

import asyncio
import base64
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI, WebSocket
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request

import gateway
from gateway.ports import SessionInfo
from tests.gateway.world import SCRIBE, World
from wire.http import (
    GatewayInfo,
    PairingCode,
    PairRoomReply,
    PairRoomRequest,
    RefusalReply,
    RoomChallengeReply,
    RoomSessionRequest,
)
from wire.people import Principal
from wire.refusals import Refusal, RefusalCode
from wire.signalling import GrantClaims
from wire.versions import VersionComparison

PAGES = Path(gateway.__file__).parent / "pages"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ROOM_COOKIE = "alcove_test_room"


@dataclass(slots=True)
class Edge:
    """The running edge: its address, its keys, and what a test may switch."""

    world: World
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    address: str = ""
    signed_in: bool = True
    room_paired: bool = True
    codes: dict[str, str] = field(default_factory=dict)
    room_keys: dict[str, dict[str, str]] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    steps_up: int = 0
    requests: list[str] = field(default_factory=list)
    server: uvicorn.Server | None = None

    def new_code(self) -> str:
        """A pairing code of the world's room."""
        code = secrets.token_hex(4).upper()
        self.codes[code] = self.world.room.id
        return code

    def grant(self, admission_id: str, device_jkt: str, **changes: str) -> str:
        """An admission grant as the gateway signs it."""
        now = self.world.clock()
        claims = GrantClaims(
            admission_id=admission_id,
            visit_id=self.world.visit_id,
            person_id=SCRIBE.id,
            person_name=SCRIBE.name,
            device_id=SCRIBE.device_id or "",
            device_jkt=device_jkt,
            room_id=self.world.room.id,
            room_jkt=ECKey.import_key(self.room_keys[self.world.room.id]).thumbprint(),  # type: ignore[arg-type]
            nonce=secrets.token_urlsafe(16),
            issued_at=now,
            expires_at=now + timedelta(minutes=5),
        )
        body = claims.model_dump(mode="json") | changes
        return jwt.encode({"alg": "ES256"}, body, self.key, registry=JWSRegistry(algorithms=["ES256"]))

    def disconnect_all(self) -> None:
        """The network breaks: every live channel ends without a word."""
        from gateway.live.connection import GOING_AWAY

        self.world.services.hub.disconnect(lambda _: True, GOING_AWAY)


def refused(code: RefusalCode, status: int) -> JSONResponse:
    return JSONResponse(RefusalReply(refusal=Refusal(code=code)).model_dump(mode="json"), status)


class _Headers(BaseHTTPMiddleware):
    """The headers that the gateway sends with every page."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CSP
        response.headers["Permissions-Policy"] = "camera=(self), microphone=(self)"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def build_app(edge: Edge) -> FastAPI:
    """The edge's routes, those of docs/protocol.md."""
    app = FastAPI()
    app.add_middleware(_Headers)
    app.mount("/static", StaticFiles(directory=PAGES / "static"))
    _add_common(app, edge)
    _add_provider(app, edge)
    _add_room(app, edge)
    return app


def _add_common(app: FastAPI, edge: Edge) -> None:
    @app.get("/.well-known/alcove")
    async def info() -> GatewayInfo:
        public = {name: str(value) for name, value in edge.key.as_dict(private=False).items()}
        return GatewayInfo(
            practice="Hill Street Practice",
            zone="America/New_York",
            protocols=(1,),
            issuer="https://id.example",
            client_id="alcove",
            scope="openid",
            gateway_jwk={name: public[name] for name in ("kty", "crv", "x", "y")},
            server_time=edge.world.clock(),
            version="0",
        )

    @app.websocket("/v1/live")
    async def scribe_live(websocket: WebSocket) -> None:
        await edge.world.services.live.serve(websocket, SCRIBE, SessionInfo())


def _add_provider(app: FastAPI, edge: Edge) -> None:
    @app.get("/page/")
    async def page() -> Response:
        return FileResponse(PAGES / "provider.html") if edge.signed_in else JSONResponse({"sign": "in"})

    @app.get("/page/visits", response_model=None)
    async def visits() -> Response | list[object]:
        if not edge.signed_in:
            return refused(RefusalCode.NOT_SIGNED_IN, 401)
        listed = await edge.world.services.visits.listed_for(edge.world.provider)
        return [visit.model_dump(mode="json") for visit in listed]

    @app.get("/page/visits/{visit_id}/versions")
    async def versions(visit_id: str) -> list[object]:
        listed = await edge.world.services.versions.listed(edge.world.provider, visit_id)
        assert isinstance(listed, tuple)
        return [version.model_dump(mode="json") for version in listed]

    @app.get("/page/visits/{visit_id}/versions/{left}/compared/{right}")
    async def compared(visit_id: str, left: int, right: int) -> VersionComparison:
        comparison = await edge.world.services.versions.compared(edge.world.provider, visit_id, left, right)
        assert isinstance(comparison, VersionComparison)
        return comparison

    @app.get("/page/step-up")
    async def step_up() -> RedirectResponse:
        edge.steps_up += 1
        edge.world.auth_time = edge.world.clock()
        return RedirectResponse("/page/", 303)

    @app.post("/page/sign-out")
    async def sign_out() -> Response:
        edge.signed_in = False
        return Response(status_code=204)

    @app.post("/page/pairing-codes")
    async def pairing_code(received: Request) -> PairingCode:
        assert await received.json() == {"room_id": edge.world.room.id}
        expires_at = edge.world.clock() + timedelta(minutes=10)
        return PairingCode(code=edge.new_code(), room_name=edge.world.room.name, expires_at=expires_at)

    @app.websocket("/page/live")
    async def live(websocket: WebSocket) -> None:
        if not edge.signed_in:
            await websocket.close(4401)
            return
        await edge.world.services.live.serve(
            websocket, edge.world.provider, SessionInfo(auth_time=edge.world.auth_time)
        )


def _add_room(app: FastAPI, edge: Edge) -> None:
    @app.get("/room/")
    async def page() -> FileResponse:
        return FileResponse(PAGES / "room.html")

    @app.post("/room/pair", response_model=None)
    async def pair(received: Request) -> Response | PairRoomReply:
        request = PairRoomRequest.model_validate_json(await received.body())
        room_id = edge.codes.pop(request.code, "")
        if not room_id:
            return refused(RefusalCode.CODE_INVALID, 403)
        edge.room_keys[room_id] = request.jwk
        return PairRoomReply(room_id=room_id, room_name=edge.world.room.name)

    @app.post("/room/challenge")
    async def challenge() -> RoomChallengeReply:
        nonce = secrets.token_urlsafe(16)
        edge.nonces.add(nonce)
        return RoomChallengeReply(nonce=nonce, expires_at=edge.world.clock() + timedelta(seconds=60))

    @app.post("/room/session")
    async def session(received: Request) -> Response:
        request = RoomSessionRequest.model_validate_json(await received.body())
        edge.requests.append("room session")
        if request.nonce not in edge.nonces:
            return refused(RefusalCode.NONCE_SPENT, 403)
        edge.nonces.discard(request.nonce)
        jwk = edge.room_keys.get(request.room_id)
        if jwk is None or not edge.room_paired:
            return refused(RefusalCode.ROOM_NOT_PAIRED, 403)
        signature = base64.urlsafe_b64decode(request.signature + "==")
        algorithm = JWSRegistry.algorithms["ES256"]
        if not algorithm.verify(request.nonce.encode(), signature, ECKey.import_key(jwk)):  # type: ignore[arg-type]
            return refused(RefusalCode.PROOF_INVALID, 403)
        response = Response(status_code=204)
        response.set_cookie(ROOM_COOKIE, request.room_id, httponly=True, samesite="strict")
        return response

    @app.websocket("/room/live")
    async def live(websocket: WebSocket) -> None:
        if websocket.cookies.get(ROOM_COOKIE) != edge.world.room.id or not edge.room_paired:
            await websocket.close(4401)
            return
        await edge.world.services.live.serve(websocket, edge.world.room, SessionInfo())


@asynccontextmanager
async def running_edge(world: World) -> AsyncIterator[Edge]:
    """Serve the page on a free port of loopback."""
    edge = Edge(world)
    config = uvicorn.Config(build_app(edge), log_level="error", lifespan="off", ws="websockets-sansio")
    edge.server = server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))  # calls wait in its queue until the server takes them
    edge.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield edge
    finally:
        edge.disconnect_all()
        server.should_exit = True
        server.force_exit = True
        await serving


def provider_named(world: World, name: str) -> Principal:
    return world.provider.model_copy(update={"name": name})
