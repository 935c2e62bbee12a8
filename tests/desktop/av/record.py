"""Records what Chromium sends, for fuzzing: `python -m tests.desktop.av.record` writes `corpus/chromium.json` anew.

A page with Chromium's fake camera and microphone sends to a real feed over loopback; what the feed's transport hands on
after SRTP is kept. Nothing of a person is in it: the camera is a test picture, the addresses are written over.
"""

import asyncio
import json
import re
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from demo.page import chromium
from desktop.av.feed import Feed, FeedEvents
from desktop.av.ice import Ways, offer_loopback
from desktop.av.rtc_receiver import install
from tests.desktop.av.mutations import STREAMS, Recording

TARGET = Path(__file__).parent / "corpus" / "chromium.json"
WANTED = {"video": 60, "again": 6, "audio": 40, "rtcp": 12}
SECONDS = 30.0
ADDRESS = "http://localhost/"
OFFER = """async () => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
  const pc = window.pc = new RTCPeerConnection({iceServers: [], bundlePolicy: "max-bundle"});
  for (const track of stream.getTracks()) {
    const line = pc.addTransceiver(track, {direction: "sendonly", streams: [stream]});
    const codecs = RTCRtpSender.getCapabilities(track.kind).codecs.filter((codec) => codec.mimeType !== "audio/red");
    line.setCodecPreferences(codecs);
  }
  await pc.setLocalDescription(await pc.createOffer());
  while (pc.iceGatheringState !== "complete") await new Promise((done) => setTimeout(done, 20));
  return pc.localDescription.sdp;
}"""
ANSWER = "(sdp) => window.pc.setRemoteDescription({type: 'answer', sdp})"
T = TypeVar("T")


class Listener:
    """A feed on a thread and loop of its own that keeps what its transport hands on."""

    def __init__(self) -> None:
        self.kept: dict[str, list[bytes]] = {name: [] for name in WANTED}
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._feed: Feed | None = None

    @property
    def enough(self) -> bool:
        """Whether enough of each kind is there."""
        return all(len(self.kept[name]) >= count for name, count in WANTED.items())

    def answer(self, offer: str) -> str:
        """Our answer to the page's offer; from now on everything is kept."""
        return self._run(self._answer(offer))

    def close(self) -> None:
        """End the feed."""
        if self._feed is not None:
            self._run(self._feed.close())

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    async def _answer(self, offer: str) -> str:
        answered: asyncio.Future[str] = self._loop.create_future()
        nothing: Callable[..., None] = lambda *_: None  # noqa: E731
        self._feed = Feed(Ways(), FeedEvents(answered.set_result, nothing, nothing, nothing))
        transport: Any = self._feed._pc.getTransceivers()[0].receiver.transport
        rtp, rtcp = transport._handle_rtp_data, transport._handle_rtcp_data

        async def keep_rtp(data: bytes, arrival_time_ms: int) -> None:
            self._keep(STREAMS[data[1] & 0x7F], data)
            await rtp(data, arrival_time_ms=arrival_time_ms)

        async def keep_rtcp(data: bytes) -> None:
            self._keep("rtcp", data)
            await rtcp(data)

        transport._handle_rtp_data, transport._handle_rtcp_data = keep_rtp, keep_rtcp
        await self._feed.accept(offer)
        return await answered

    def _keep(self, name: str, data: bytes) -> None:
        if len(self.kept[name]) < WANTED[name]:
            self.kept[name].append(data)


def main() -> int:
    """Record, and say how much it is."""
    install()
    offer_loopback(True)
    listener = Listener()
    with chromium() as browser:
        page = browser.new_page()
        page.route(ADDRESS, lambda route: route.fulfill(body="<!doctype html><title>camera</title>"))
        page.goto(ADDRESS)
        offer = str(page.evaluate(OFFER))
        page.evaluate(ANSWER, listener.answer(offer))
        end = time.monotonic() + SECONDS
        while not listener.enough and time.monotonic() < end:
            page.wait_for_timeout(100)
    listener.close()
    if not listener.enough:
        raise RuntimeError(f"not enough came: { {name: len(kept) for name, kept in listener.kept.items()} }")
    TARGET.write_text(as_text(Recording(without_addresses(offer), **listener.kept)))
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")
    return 0


def without_addresses(sdp: str) -> str:
    """The offer with this machine's addresses and names written over."""
    sdp = re.sub(r"(a=candidate:\S+ \d+ \w+ \d+) \S+", r"\1 127.0.0.1", sdp)
    return re.sub(r"IN IP[46] \S+", "IN IP4 127.0.0.1", sdp)


def as_text(recording: Recording) -> str:
    """A packet a line."""
    packets = {name: [b64encode(data).decode() for data in getattr(recording, name)] for name in WANTED}
    return json.dumps({"offer": recording.offer.splitlines(), **packets}, indent=0) + "\n"


if __name__ == "__main__":
    sys.exit(main())
