"""Two listeners at once: the first has the whole picture, the next a small one, which grows when it is alone."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page
from websockets.asyncio.client import connect

from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.pages.test_media import SECONDS, Listener, listener, loopback, room
from tests.gateway.pages.test_modules import call
from tests.gateway.world import World
from wire.signalling import FeedOffer

pytestmark = pytest.mark.anyio
FIXTURES = (loopback, room)
first = listener
CONNECTIONS = """
window.connections = [];
const Real = RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...given) { super(...given); window.connections.push(this); }
};
"""
SHARES = """() => JSON.stringify(window.connections.filter((one) => one.connectionState === 'connected').map((one) => {
  const video = one.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video');
  const { encodings } = video.sender.getParameters();
  return [encodings[0].maxBitrate, encodings[0].scaleResolutionDownBy];
}))"""


@pytest.fixture(autouse=True)
async def connections(browsing: Browsing) -> None:
    """The page's peer connections can be looked at."""
    await browsing.context.add_init_script(CONNECTIONS)


async def expect_shares(page: Page, wanted: list[list[int]]) -> None:
    """Wait until each connection's picture may take so much."""
    text = json.dumps(wanted, separators=(",", ":"))
    await page.wait_for_function(f"(wanted) => ({SHARES})() === wanted", arg=text, timeout=SECONDS * 1_000)


@pytest.fixture
async def second(first: Listener, edge: Edge, world: World) -> AsyncIterator[Listener]:
    """Another admission, on a connection of its own."""
    async with connect(edge.address.replace("http", "ws") + "/v1/live") as socket:
        await socket.send(json.dumps({"type": "hello", "protocols": [1], "app": "test"}))
        made = Listener(edge, socket, await world.admit())
        yield made
        await made.pc.close()


async def joined(one: Listener) -> Any:  # noqa: ANN401
    """The picture's track of a listener who joined."""
    await one.ready()
    for _ in range(10):  # both are on one laptop here, so each hears the other's signals too
        signal = await one.signal()
        if signal["type"] == "feed_offer" and signal["connection_id"] == one.connection_id:
            await one.answer(FeedOffer.model_validate(signal))
            break
    return next(track for track in one.tracks if track.kind == "video")


async def test_the_next_listener_gets_a_small_picture_until_the_first_has_left(
    room: Page, first: Listener, second: Listener
) -> None:
    await joined(first)
    await expect_shares(room, [[2_500_000, 1]])
    small = await joined(second)
    await expect_shares(room, [[2_500_000, 1], [800_000, 2]])
    picture = await asyncio.wait_for(small.recv(), SECONDS)
    assert picture.height <= 360
    await first.send({"type": "feed_closed", "admission_id": first.admission_id, "connection_id": "", "reason": "left"})
    await expect_shares(room, [[2_500_000, 1]])


@pytest.mark.parametrize(
    ("rank", "listeners", "bps", "scale"),
    [(0, 1, 2_500_000, 1), (0, 6, 2_500_000, 1), (1, 2, 800_000, 2), (3, 4, 800_000, 2), (5, 6, 500_000, 2)],
)
async def test_the_uplink_is_shared(room: Page, rank: int, listeners: int, bps: int, scale: int) -> None:
    share = await call(room, "room/uplink.js", "m.picture_share(a[0], a[1], 2500000)", [rank, listeners])
    assert share == {"bps": bps, "scale": scale}
