"""What reaches a real listener while the curtain is drawn: black and silence, and packets all the time."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page

from tests.gateway.pages import scenes
from tests.gateway.pages.test_media import SECONDS, Listener, listener, loopback, room

pytestmark = pytest.mark.anyio
FIXTURES = (listener, loopback, room)
QUIET = 40
"""Of 32,767: the codec's own noise."""


def brightest(picture: Any) -> int:  # noqa: ANN401
    return int(picture.to_ndarray(format="gray").max())


def loudest(sound: Any) -> int:  # noqa: ANN401
    return int(abs(sound.to_ndarray().astype(int)).max())


async def draw(page: Page, curtain: str) -> None:
    await page.get_by_role("group", name="Privacy curtain").get_by_role("button", name=curtain, exact=True).click()


async def until(track: Any, wanted: Any) -> int:  # noqa: ANN401
    """How many frames until one is as wanted; bounded by time."""
    async with asyncio.timeout(SECONDS):
        for count in range(1_000):
            if wanted(await track.recv()):
                return count
    raise AssertionError("never")


async def test_a_drawn_curtain_sends_black_and_silence_without_a_pause(room: Page, listener: Listener) -> None:
    await listener.ready()
    await listener.answer(await listener.offer())
    kinds = {track.kind: track for track in listener.tracks}  # aiortc has them once the offer is taken
    picture, sound = kinds["video"], kinds["audio"]
    await until(picture, lambda one: brightest(one) > 100)
    await until(sound, lambda one: loudest(one) > 1_000)
    await draw(room, "Picture off")
    await until(picture, lambda one: brightest(one) < QUIET)
    for _ in range(3):  # black goes on coming: nothing here looks like a lost or frozen feed
        assert brightest(await asyncio.wait_for(picture.recv(), SECONDS)) < QUIET
    await until(sound, lambda one: loudest(one) > 1_000)  # the fake microphone beeps once a second
    await draw(room, "Picture and sound off")
    await scenes.settled(room)
    await until(sound, lambda one: loudest(one) < QUIET)
    silent = [loudest(await asyncio.wait_for(sound.recv(), SECONDS)) for _ in range(100)]  # two seconds
    assert max(silent[25:]) < QUIET
    await draw(room, "Open")
    await until(sound, lambda one: loudest(one) > 1_000)
    await until(picture, lambda one: brightest(one) > 100)
