"""One peer connection of the media process: answers an offer, receives, and says what it hears and sees."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcconfiguration import RTCBundlePolicy

from desktop.av.rtc_receiver import AlcoveReceiver, newest
from desktop.ports import FeedState

SILENT_SECONDS = 3.0
"""Without a packet for so long the feed counts as lost."""
CONNECT_SECONDS = 15.0
CLOSE_SECONDS = 2.0
START_KBIT, MAX_KBIT = 1500, 2500


@dataclass(frozen=True, slots=True)
class FeedEvents:
    """Who hears of one feed."""

    answered: Callable[[str], None]
    changed: Callable[[FeedState, str], None]
    picture: Callable[[Any], None]
    sound: Callable[[bytes], None]


def configuration(ice_servers: list[dict[str, str]]) -> RTCConfiguration:
    """`iceServers` is always given, even empty: aiortc's default would ask a public STUN server."""
    servers = [
        RTCIceServer(urls=s["urls"], username=s.get("username"), credential=s.get("credential")) for s in ice_servers
    ]
    return RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


class Feed:
    """Receives only. Runs on the media process's event loop."""

    def __init__(self, ice_servers: list[dict[str, str]], events: FeedEvents) -> None:
        self._events = events
        self._pc = RTCPeerConnection(configuration(ice_servers))
        self._pc.on("track", self._on_track)
        self._pc.on("connectionstatechange", self._on_connection)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._live = False
        self.pictures = 0
        self.sound_reason = ""

    @property
    def fingerprint(self) -> str:
        """Our certificate's SHA-256 fingerprint (RFC 8122)."""
        certificate = self._pc._RTCPeerConnection__certificates[0]  # type: ignore[attr-defined]  # noqa: SLF001
        return next(str(f.value).upper() for f in certificate.getFingerprints() if f.algorithm == "sha-256")

    async def accept(self, untrusted_sdp: str) -> None:
        """Answer an offer whose proof the UI process checked; a hostile SDP refuses the feed, nothing more."""
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=untrusted_sdp, type="offer"))
            for transceiver in self._pc.getTransceivers():
                transceiver.direction = "recvonly"
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, AssertionError, RuntimeError) as problem:
            self._events.changed(FeedState.REFUSED, type(problem).__name__)
            return
        self._events.answered(with_bitrate_hints(self._pc.localDescription.sdp))
        self._own(self._watch())

    async def close(self) -> None:
        """Close everything, with a bound."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._pc.close()
        except TimeoutError:
            pass  # its sockets go with the process

    def receivers(self) -> list[AlcoveReceiver]:
        """The receivers, for figures."""
        return [r for r in self._pc.getReceivers() if isinstance(r, AlcoveReceiver)]

    # --- inside --------------------------------------------------------------------------------------------------

    def _own(self, coroutine: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_track(self, track: Any) -> None:  # noqa: ANN401
        self._own(self._pictures(track) if track.kind == "video" else self._sounds(track))

    async def _pictures(self, track: Any) -> None:  # noqa: ANN401
        try:
            while True:
                frame = await newest(track)
                for receiver in self.receivers():
                    receiver.decoded_any = True
                self.pictures += 1
                self._events.picture(frame)
                self._is_live()
        except MediaStreamError:
            pass  # the track ended; the watch says so

    async def _sounds(self, track: Any) -> None:  # noqa: ANN401
        try:
            while True:
                frame = await track.recv()
                self._events.sound(bytes(frame.planes[0])[: frame.samples * 4])
                self._is_live()
        except MediaStreamError:
            pass

    def _is_live(self) -> None:
        if not self._live and not self._closed:
            self._live = True
            self._events.changed(FeedState.LIVE, self.sound_reason)

    def _on_connection(self) -> None:
        if self._pc.connectionState in ("failed", "closed") and not self._closed:
            self._lost(self._pc.connectionState)

    async def _watch(self) -> None:
        """Notice silence; aiortc itself needs half a minute."""
        started = time.monotonic()
        while not self._closed:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            last = max((r.last_packet_at for r in self.receivers()), default=0.0)
            if last == 0.0 and now - started > CONNECT_SECONDS:
                self._lost("no_media")
            elif last and now - last > SILENT_SECONDS:
                self._lost("silent")

    def _lost(self, reason: str) -> None:
        self._closed = True
        self._events.changed(FeedState.LOST, reason)


def with_bitrate_hints(sdp: str) -> str:
    """Let a Chromium sender start at a readable picture instead of climbing for 20 s."""
    lines = sdp.split("\r\n")
    numbers = [
        line.split(":")[1].split(" ")[0] for line in lines if line.startswith("a=rtpmap:") and "VP8/90000" in line
    ]
    hint = f"x-google-start-bitrate={START_KBIT};x-google-max-bitrate={MAX_KBIT}"
    made: list[str] = []
    for line in lines:
        made.append(line)
        for number in numbers:
            if line.startswith(f"a=rtpmap:{number} VP8/90000"):
                made.append(f"a=fmtp:{number} {hint}")
    return "\r\n".join(made)
