"""The live channel against the real gateway: it comes back by itself, and ends when the session does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from pydantic import TypeAdapter

from demo.practice import Practice
from desktop.link.gateway import GatewayClient
from desktop.link.live import GatewayChannel, LiveEvents
from desktop.ports import LinkState
from tests.desktop.link.conftest import Device, new_key
from tests.desktop.link.test_gateway import age
from wire.live import FollowVisit, GatewayFrame, RecordEntries, Visits, Welcome
from wire.refusals import RefusalCode

pytestmark = [pytest.mark.anyio, pytest.mark.together]
FRAME: TypeAdapter[GatewayFrame] = TypeAdapter(GatewayFrame)


@dataclass
class Ear:
    """Hears a channel; waits until something was heard."""

    frames: list[GatewayFrame] = field(default_factory=list)
    states: list[tuple[LinkState, RefusalCode | None]] = field(default_factory=list)
    heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    def on_frame(self, frame: str) -> None:
        self.frames.append(FRAME.validate_json(frame))
        self._tell()

    def on_state(self, state: LinkState, code: RefusalCode | None) -> None:
        self.states.append((state, code))
        self._tell()

    def _tell(self) -> None:
        async def tell() -> None:
            async with self.heard:
                self.heard.notify_all()

        self._telling = asyncio.ensure_future(tell())

    def count(self, state: LinkState) -> int:
        return [each for each, _ in self.states].count(state)

    async def until_online(self, times: int) -> None:
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: self.count(LinkState.ONLINE) >= times)

    async def until_frame(self, kind: type, times: int = 1) -> None:
        async with asyncio.timeout(30), self.heard:
            await self.heard.wait_for(lambda: sum(isinstance(f, kind) for f in self.frames) >= times)


@asynccontextmanager
async def channel(client: GatewayClient) -> AsyncIterator[tuple[GatewayChannel, Ear, "asyncio.Task[None]"]]:
    ear = Ear()
    opened = GatewayChannel(client, LiveEvents(ear.on_frame, ear.on_state), "test")
    running = asyncio.create_task(opened.run())
    yield opened, ear, running
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_it_says_hello_and_follows_a_visit(signed_in: Device) -> None:
    visit = (await signed_in.client.visits())[0]
    async with channel(signed_in.client) as (opened, ear, _):
        await ear.until_frame(Visits)
        assert isinstance(ear.frames[0], Welcome)
        follow = FollowVisit(visit_id=visit.visit_id, record_after=0, state_vector=b"\x00")
        assert await opened.send(follow.model_dump_json())
        await ear.until_frame(RecordEntries)
    assert not await opened.send("{}")


async def test_a_dropped_socket_is_opened_again(signed_in: Device) -> None:
    async with channel(signed_in.client) as (opened, ear, _):
        await ear.until_online(1)
        connection = opened._connection
        assert connection is not None
        connection.transport.abort()
        await ear.until_online(2)
        await ear.until_frame(Welcome, 2)
    assert [state for state, _ in ear.states] == [
        LinkState.CONNECTING,
        LinkState.ONLINE,
        LinkState.OFFLINE,
        LinkState.CONNECTING,
        LinkState.ONLINE,
    ]


async def test_a_gateway_that_is_killed_and_comes_back(practice: Practice, signed_in: Device) -> None:
    async with channel(signed_in.client) as (_, ear, _running):
        await ear.until_frame(Visits)
        await asyncio.to_thread(practice.gateway.kill)
        await asyncio.to_thread(practice.gateway.start)
        await ear.until_online(2)
        await ear.until_frame(Visits, 2)
    assert LinkState.SIGNED_OUT not in [state for state, _ in ear.states]


async def test_a_token_that_ends_is_renewed_before_it_reconnects(signed_in: Device) -> None:
    old = age(signed_in.client)
    async with channel(signed_in.client) as (_, ear, _running):
        await ear.until_online(1)
    session = signed_in.client._session
    assert session is not None
    assert session.access_token != old.access_token


async def test_without_a_session_it_ends(practice: Practice) -> None:
    client = GatewayClient(practice.gateway.address, new_key())
    async with channel(client) as (_, ear, running):
        await asyncio.wait_for(running, 10)
    assert ear.states[-1] == (LinkState.SIGNED_OUT, RefusalCode.NOT_SIGNED_IN)
    await client.close()


async def test_a_stolen_session_opens_no_channel(practice: Practice, signed_in: Device) -> None:
    thief = GatewayClient(practice.gateway.address, new_key())
    await thief.info()
    thief._session = signed_in.client._session
    async with channel(thief) as (_, ear, running):
        await asyncio.wait_for(running, 10)
    assert ear.states[-1] == (LinkState.SIGNED_OUT, RefusalCode.NOT_SIGNED_IN)
    assert LinkState.ONLINE not in [state for state, _ in ear.states]
    await thief.close()


async def test_a_sign_in_that_is_ended_ends_the_open_channel(practice: Practice, signed_in: Device) -> None:
    old = age(signed_in.client)
    async with channel(signed_in.client) as (_, ear, running):
        await ear.until_online(1)
        thief = GatewayClient(practice.gateway.address, signed_in.key)
        await thief.info()
        with pytest.raises(Exception, match="not_signed_in"):
            await thief.refresh(old.refresh_token)
        await asyncio.wait_for(running, 30)
        await thief.close()
    assert ear.states[-1] == (LinkState.SIGNED_OUT, RefusalCode.NOT_SIGNED_IN)
