"""The room says within 2 s that the scribe does not hear it, by what the gateway hears and by what it sees itself."""

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.test_media import SECONDS, Listener, listener, loopback, room
from tests.gateway.world import World
from wire.capture import Lost
from wire.commands import ReportGap, ReportListening

pytestmark = pytest.mark.anyio
FIXTURES = (loopback, room, listener)
WITHIN_MS = 2_000
HEARS, HEARS_NOT = "✓ Hears you", "✗ Does not hear you"


async def hears(listener: Listener, world: World) -> None:
    """The listener connects, and says so."""
    await listener.ready()
    await listener.answer(await listener.offer())
    for track in listener.tracks:
        await asyncio.wait_for(track.recv(), SECONDS)
    scenes.accepted(await world.scribe(ReportListening(admission_id=listener.admission_id, hears=True)))


async def lose(listener: Listener, world: World, reason: str) -> None:
    command = ReportListening(admission_id=listener.admission_id, hears=False, reason=reason)
    scenes.accepted(await world.scribe(command))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("silent", "Connection lost; it comes back by itself"),
        ("posture_failed", "A check of the laptop failed"),
        ("left", "Has left"),
        ("anything else", "Listening has ended"),
    ],
)
async def test_the_room_says_who_does_not_hear_and_why(
    room: Page, listener: Listener, world: World, reason: str, words: str
) -> None:
    await hears(listener, world)
    panel = room.get_by_test_id("listening")
    await expect(panel).to_contain_text(HEARS)
    await lose(listener, world, reason)
    await expect(panel).to_contain_text(HEARS_NOT, timeout=WITHIN_MS)
    await expect(panel).to_contain_text(words)
    await expect(panel.get_by_role("listitem")).to_have_count(1)


def cut(listener: Listener) -> None:
    """The listener's network is gone; nobody can say so."""
    transport = listener.pc.getTransceivers()[0].receiver.transport.transport
    for protocol in transport._connection._protocols:
        protocol.transport.abort()


async def test_a_dead_network_is_seen_by_the_room_itself_though_nobody_reports_it(
    room: Page, listener: Listener, world: World
) -> None:
    await hears(listener, world)
    panel = room.get_by_test_id("listening")
    await expect(panel).to_contain_text(HEARS)
    cut(listener)
    await expect(panel).to_contain_text(HEARS_NOT, timeout=WITHIN_MS)
    await expect(panel.get_by_role("listitem")).to_have_count(1)


async def test_what_was_missed_is_said_when_the_scribe_is_back(room: Page, listener: Listener, world: World) -> None:
    await hears(listener, world)
    await lose(listener, world, "silent")
    panel = room.get_by_test_id("listening")
    await expect(panel).to_contain_text(HEARS_NOT)
    start = world.clock()
    world.clock.advance(7)
    scenes.accepted(await world.scribe(ReportListening(admission_id=listener.admission_id, hears=True)))
    gap = ReportGap(
        gap_id="g1",
        admission_id=listener.admission_id,
        start=start,
        end=start + timedelta(seconds=7),
        lost=Lost.BOTH,
        reason="silent",
    )
    scenes.accepted(await world.scribe(gap))
    await expect(panel).to_contain_text(HEARS)
    times = "12:00:00–12:00:07"  # in the practice's zone
    await expect(panel).to_contain_text(f"missed 00:07, {times}: sound and picture")


async def test_the_provider_is_told_the_same(browsing: Browsing, world: World) -> None:
    admission_id = await scenes.listen(world)
    page = await scenes.open_visit(browsing)
    panel = page.get_by_test_id("listening")
    await expect(panel).to_contain_text(HEARS)
    scenes.accepted(await world.scribe(ReportListening(admission_id=admission_id, hears=False, reason="silent")))
    await expect(panel).to_contain_text(HEARS_NOT, timeout=WITHIN_MS)
