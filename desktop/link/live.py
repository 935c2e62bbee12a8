"""The live channel: one WebSocket that is opened again until it is stopped. Implements ports.LiveChannel."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

import websockets
from websockets.asyncio.client import ClientConnection, connect

from desktop.link.address import live_address
from desktop.link.gateway import GatewayClient
from desktop.ports import LinkFailed, LinkState, Refused
from wire.base import MAX_FRAME_BYTES
from wire.live import Hello
from wire.protocol import SPOKEN
from wire.refusals import RefusalCode

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
ENDING = (
    RefusalCode.NOT_SIGNED_IN,
    RefusalCode.TOKEN_EXPIRED,
    RefusalCode.ROLE_NOT_ALLOWED,
    RefusalCode.DEVICE_NOT_ENROLLED,
)
"""Refusals after which trying again is of no use before the person signs in."""


@dataclass(frozen=True, slots=True)
class LiveEvents:
    """Who hears of the channel; called on the asyncio thread."""

    on_frame: Callable[[str], None]
    on_state: Callable[[LinkState, RefusalCode | None], None]


class GatewayChannel:
    """Connects, says hello, reads, and reconnects with jittered waits until it is cancelled."""

    def __init__(self, gateway: GatewayClient, events: LiveEvents, app: str) -> None:
        self._gateway = gateway
        self._events = events
        self._hello = Hello(protocols=SPOKEN, app=app).model_dump_json()
        self._connection: ClientConnection | None = None

    async def run(self) -> None:
        """Keep connected; returns only when the session is over."""
        wait = FIRST_WAIT_SECONDS
        while True:
            self._events.on_state(LinkState.CONNECTING, None)
            try:
                if await self._once():
                    wait = FIRST_WAIT_SECONDS
                self._events.on_state(LinkState.OFFLINE, None)
            except Refused as refused:
                if refused.refusal.code in ENDING:
                    self._events.on_state(LinkState.SIGNED_OUT, refused.refusal.code)
                    return
                self._events.on_state(LinkState.OFFLINE, refused.refusal.code)
            await asyncio.sleep(wait * (0.5 + random.random()))  # noqa: S311  # spreads reconnects, no secret
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def send(self, frame_json: str) -> bool:
        """Send one frame; False when not connected."""
        if self._connection is None:
            return False
        try:
            await self._connection.send(frame_json)
        except websockets.ConnectionClosed:
            return False
        return True

    async def _once(self) -> bool:
        """One connection's life; whether it ever came about."""
        url = live_address(self._gateway.address())
        connected = False
        try:
            headers = await self._gateway.live_headers(url)
            async with connect(
                url,
                additional_headers=headers,
                max_size=MAX_FRAME_BYTES,
                open_timeout=10,
                ping_interval=10,
                ping_timeout=10,
                close_timeout=2,
                proxy=None,
            ) as connection:
                await connection.send(self._hello)
                first = await connection.recv(decode=True)
                self._connection, connected = connection, True
                self._events.on_state(LinkState.ONLINE, None)
                self._events.on_frame(first)
                async for frame in connection:
                    if isinstance(frame, str):
                        self._events.on_frame(frame)
        except websockets.InvalidStatus as problem:
            raise _refusal_of(problem) from None
        except (OSError, TimeoutError, LinkFailed, websockets.WebSocketException):
            pass  # offline: tried again after a wait
        finally:
            self._connection = None
        return connected


def _refusal_of(problem: websockets.InvalidStatus) -> Refused | LinkFailed:
    from pydantic import ValidationError

    from wire.http import RefusalReply
    from wire.refusals import Refusal

    if problem.response.status_code == 401:
        return Refused(Refusal(code=RefusalCode.NOT_SIGNED_IN))
    try:
        return Refused(RefusalReply.model_validate_json(problem.response.body or b"").refusal)
    except ValidationError:
        return Refused(Refusal(code=RefusalCode.ROLE_NOT_ALLOWED))
