"""A room's half of a peer connection for tests: a picture of one colour and a tone, over loopback."""

import asyncio
import math
import threading
from array import array
from collections.abc import Coroutine
from fractions import Fraction
from typing import Any, TypeVar

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import AudioFrame, VideoFrame

from desktop.av.ice import offer_loopback

T = TypeVar("T")


class Colour(VideoStreamTrack):
    """640x360, every pixel of one luma."""

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(640, 360, "yuv420p")
        for plane, value in zip(frame.planes, (180, 90, 200), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Tone(AudioStreamTrack):
    """A 440 Hz sine at half scale."""

    async def recv(self) -> AudioFrame:
        paced = await super().recv()
        start = paced.pts or 0
        frame = AudioFrame(format="s16", layout="mono", samples=160)
        tone = array("h", (round(16000 * math.sin(2 * math.pi * 440 * (start + n) / 8000)) for n in range(160)))
        frame.planes[0].update(tone.tobytes())
        frame.pts, frame.sample_rate, frame.time_base = start, 8000, Fraction(1, 8000)
        return frame


class Sender:
    """Runs on a thread and loop of its own, as a browser would."""

    def __init__(self, configuration: RTCConfiguration | None = None) -> None:
        self.configuration = configuration or RTCConfiguration(iceServers=[])
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.pc: RTCPeerConnection | None = None

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def offer(self) -> str:
        async def make() -> str:
            offer_loopback(True)
            pc = self.pc = RTCPeerConnection(self.configuration)
            pc.addTransceiver(Colour(), direction="sendonly")
            pc.addTransceiver(Tone(), direction="sendonly")
            await pc.setLocalDescription(await pc.createOffer())
            return str(pc.localDescription.sdp)

        return self._run(make())

    def answer(self, sdp: str) -> None:
        async def take() -> None:
            assert self.pc is not None
            await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

        self._run(take())

    def pause(self) -> None:
        """Send neither sound nor picture any more; the connection stands."""

        async def stop() -> None:
            assert self.pc is not None
            for transceiver in self.pc.getTransceivers():
                transceiver.sender.replaceTrack(None)

        self._run(stop())

    def close(self) -> None:
        async def end() -> None:
            if self.pc is not None:
                await self.pc.close()

        self._run(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()
