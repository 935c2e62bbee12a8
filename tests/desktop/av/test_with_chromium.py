"""Our feed against the real browser: it sends redundant Opus and VP8, and a size that can be read within seconds."""

import asyncio
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright

from demo.page import ARGUMENTS, CHROMIUM
from desktop.av.feed import Feed, FeedEvents, Seen
from desktop.av.ice import Ways, offer_loopback
from desktop.av.playout import AudioPacket
from desktop.av.rtc_receiver import install
from desktop.av.sdp import START_KBIT
from desktop.av.sound import SoundLine

STATIC = Path(__file__).resolve().parents[3] / "gateway" / "pages" / "static"
ADDRESS = "http://localhost/"
OFFER = """async () => {
  const { add_tracks, set_offer } = await import("/room/lines.js");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
  const pc = (window.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" }));
  add_tracks(pc, stream);
  const gathered = new Promise((resolve) => pc.addEventListener("icecandidate", (one) => one.candidate || resolve()));
  await set_offer(pc);
  await gathered;
  return pc.localDescription.sdp;
}"""
FOUND_RATE = """async () => {
  const pairs = [...(await pc.getStats()).values()].filter((one) => one.type === "candidate-pair");
  return Math.max(0, ...pairs.map((one) => one.availableOutgoingBitrate ?? 0));
}"""
"""What the browser believes that the way bears, bits a second."""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def losing_two_in_forty(transport: Any) -> None:  # noqa: ANN401
    """Before decryption, which takes no packet twice; two in a row, so that the next one's copy is not enough."""
    take, count = transport._recv, 0

    async def take_some() -> bytes:
        nonlocal count
        while True:
            data: bytes = await take()
            is_sound = 128 <= data[0] < 192 and data[1] & 0x7F == 63
            count += is_sound
            if not is_sound or count % 40 > 1:
                return data

    transport._recv = take_some


@pytest.mark.anyio
async def test_chromium_sends_each_sound_twice_a_lost_one_again_and_a_readable_picture() -> None:
    install()
    offer_loopback(True)
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    came: Counter[str] = Counter()
    heights: list[int] = []

    line = SoundLine()

    def heard(packet: AudioPacket, now: float) -> None:
        came["copies" if packet.copy else "packets"] += 1
        line.repeats(feed.repeat_seconds)
        line.put(packet, now)

    def seen(picture: Seen) -> None:
        heights.append(picture.frame.height)

    feed = Feed(Ways(), FeedEvents(answered.set_result, lambda _state, _reason: None, seen, heard, line.wanted))
    losing_two_in_forty(feed._transport)
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = await browser.new_page()
        await page.route("**/*.js", lambda route: route.fulfill(path=STATIC / route.request.url.removeprefix(ADDRESS)))
        await page.route(ADDRESS, lambda route: route.fulfill(body="<p>", content_type="text/html"))
        await page.goto(ADDRESS)
        await feed.accept(await page.evaluate(OFFER))
        answer = await asyncio.wait_for(answered, 10)
        await page.evaluate("(sdp) => pc.setRemoteDescription({ type: 'answer', sdp })", answer)
        async with asyncio.timeout(60):
            while came["packets"] < 100 or line.counts.repeated < 5 or 720 not in heights:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            while await page.evaluate(FOUND_RATE) < 1.2 * START_KBIT * 1_000:  # noqa: ASYNC110
                await asyncio.sleep(0.2)  # without a word from us it would stay where it started
        await feed.close()
        await browser.close()
    offer_loopback(False)
    assert answer.count(" transport-cc") >= 2, "sound and picture are told of in one count"
    assert came["copies"] >= came["packets"] - 5
    assert line.counts.repeated <= came["packets"] // 20 + 2, "what its next one brought as well was not asked for"
