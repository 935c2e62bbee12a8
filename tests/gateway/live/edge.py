"""A real server for the live channel's tests: uvicorn on a free loopback port, clients by the websockets library.

The test's own route stands where the gateway's routes authenticate: it takes the principal from the query.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from pydantic import BaseModel, TypeAdapter
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gateway.ports import SessionInfo
from tests.gateway.world import OTHER_SCRIBE, SCRIBE, World
from wire.live import GatewayFrame, Hello
from wire.people import Principal

FRAMES: TypeAdapter[GatewayFrame] = TypeAdapter(GatewayFrame)
PATIENCE = 30


@dataclass(slots=True)
class Client:
    """One client's socket; frames are read into `heard` until the wanted one comes."""

    socket: ClientConnection
    heard: list[GatewayFrame] = field(default_factory=list)

    async def say(self, frame: BaseModel | dict[str, Any] | str) -> None:
        if isinstance(frame, BaseModel):
            frame = frame.model_dump_json()
        elif isinstance(frame, dict):
            frame = json.dumps(frame)
        await self.socket.send(frame)

    async def hear(self) -> GatewayFrame:
        frame = FRAMES.validate_json(await asyncio.wait_for(self.socket.recv(), PATIENCE))
        self.heard.append(frame)
        return frame

    async def wait_for(self, kind: str) -> Any:  # noqa: ANN401  # the frame of that type
        while True:
            frame = await self.hear()
            if frame.type == kind:
                return frame

    async def closed(self) -> tuple[int | None, str | None]:
        """Read to the end; the close code and reason."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.heard.append(FRAMES.validate_json(await asyncio.wait_for(self.socket.recv(), PATIENCE)))
        return self.socket.close_code, self.socket.close_reason


@dataclass(slots=True)
class Edge:
    """The server, and how to reach it as somebody."""

    world: World
    port: int = 0
    session: SessionInfo = field(default_factory=SessionInfo)

    def principal(self, name: str) -> Principal:
        known = {"scribe": SCRIBE, "other": OTHER_SCRIBE, "provider": self.world.provider, "room": self.world.room}
        return known[name]

    async def route(self, websocket: WebSocket) -> None:
        principal = self.principal(websocket.query_params["as"])
        await self.world.services.live.serve(websocket, principal, self.session)

    @asynccontextmanager
    async def silent(self, name: str) -> AsyncIterator[Client]:
        """Connected, nothing said."""
        async with connect(f"ws://127.0.0.1:{self.port}/live?as={name}", max_size=None, proxy=None) as socket:
            yield Client(socket)

    @asynccontextmanager
    async def client(self, name: str) -> AsyncIterator[Client]:
        """Connected and welcome."""
        async with self.silent(name) as client:
            await client.say(Hello(protocols=(1,), app="test"))
            await client.wait_for("visits")
            yield client


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[Edge]:
    """Serve a world's live channel."""
    edge = Edge(world, session=SessionInfo(auth_time=world.clock()))
    app = Starlette(routes=[WebSocketRoute("/live", edge.route)])
    config = uvicorn.Config(
        app,
        log_level="critical",
        ws="websockets-sansio",
        ws_max_size=1024 * 1024,
        ws_per_message_deflate=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    # Bound and listening before the server runs: whoever connects early waits in the backlog.
    listener = socket.create_server(("127.0.0.1", 0))
    edge.port = listener.getsockname()[1]
    task = asyncio.create_task(server._serve(sockets=[listener]))
    try:
        yield edge
    finally:
        server.should_exit = True
        await task
        listener.close()
