"""Our receiver in place of aiortc's: a video frame leaves on its marker bit, and the first one is asked for at once.

aiortc 1.16.0 releases a frame only when a packet of the next one comes: one frame of delay, always. Its names are
private, so versions are pinned exactly and tests/desktop/av/test_rtc_receiver.py fails when they change.
"""

import asyncio
import time
from typing import Any

import aiortc.rtcpeerconnection
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtpPacket

PRIVATE = "_RTCRtpReceiver__"
VIDEO_CAPACITY = 512
PLI_SECONDS = 0.5
"""A key frame is asked for this often until a picture decodes."""
GAP_SECONDS = 0.3
"""A gap that retransmission has not closed by then is skipped to the next key frame."""


class MarkerBuffer(JitterBuffer):
    """A jitter buffer that gives a frame out when it is whole: contiguous up to a packet with the marker bit."""

    def __init__(self, capacity: int = VIDEO_CAPACITY) -> None:
        super().__init__(capacity=capacity, is_video=True)

    def _remove_frame(self, _sequence_number: int) -> JitterFrame | None:
        return self.pop()

    def pop(self) -> JitterFrame | None:
        """The next whole frame, or None."""
        origin = self._origin
        if origin is None:
            return None
        parts: list[bytes] = []
        for count in range(self.capacity):
            packet = self._packets[(origin + count) % self.capacity]
            if packet is None:
                return None
            parts.append(packet._data)  # type: ignore[attr-defined]  # noqa: SLF001  # set by the receiver
            if packet.marker:
                timestamp = packet.timestamp
                self.remove(count + 1)
                return JitterFrame(data=b"".join(parts), timestamp=timestamp)
        return None

    @property
    def waits(self) -> bool:
        """Whether packets lie behind a gap."""
        origin = self._origin
        if origin is None:
            return False
        return self._packets[origin % self.capacity] is None and any(p is not None for p in self._packets)

    def skip(self) -> None:
        """Give the gap up: drop what lies before the newest frame's end."""
        self.remove(self.capacity)
        self._origin = None


class AlcoveReceiver(RTCRtpReceiver):
    """aiortc's receiver with MarkerBuffer for video, PLI from the start, and counters for the quality display."""

    def __init__(self, kind: str, transport: Any) -> None:  # noqa: ANN401  # aiortc's own type is private
        super().__init__(kind, transport)
        self.kind = kind
        self.bytes_received = 0
        self.last_packet_at = 0.0
        self.decoded_any = False
        self._asked_at = 0.0
        self._gap_since = 0.0
        if kind == "video":
            setattr(self, PRIVATE + "jitter_buffer", MarkerBuffer())

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        now = time.monotonic()
        self.last_packet_at = now
        self.bytes_received += len(packet.payload)
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        if self.kind != "video":
            return
        self._drain()
        await self._mend(packet.ssrc, now)

    def _drain(self) -> None:
        """A filled gap may have completed several frames: give all of them to the decoder."""
        buffer: MarkerBuffer = getattr(self, PRIVATE + "jitter_buffer")
        codecs = getattr(self, PRIVATE + "codecs")
        codec = next((c for c in codecs.values() if c.mimeType.lower() in ("video/vp8", "video/h264")), None)
        while codec is not None and (frame := buffer.pop()) is not None:
            frame.timestamp = getattr(self, PRIVATE + "timestamp_mapper").map(frame.timestamp)
            getattr(self, PRIVATE + "decoder_queue").put((codec, frame))

    async def _mend(self, ssrc: int, now: float) -> None:
        """Ask for a key frame until one decodes; give up a gap that stays open."""
        buffer: MarkerBuffer = getattr(self, PRIVATE + "jitter_buffer")
        if not buffer.waits:
            self._gap_since = 0.0
        elif self._gap_since == 0.0:
            self._gap_since = now
        elif now - self._gap_since > GAP_SECONDS:
            buffer.skip()
            self._gap_since = 0.0
            self.decoded_any = False
        if not self.decoded_any and now - self._asked_at > PLI_SECONDS:
            self._asked_at = now
            await self._send_rtcp_pli(ssrc)


def install() -> None:
    """Let every new peer connection use our receiver."""
    aiortc.rtcpeerconnection.RTCRtpReceiver = AlcoveReceiver  # type: ignore[attr-defined]


async def newest(track: Any) -> Any:  # noqa: ANN401
    """The track's newest frame: what the screen missed is not shown late."""
    frame = await track.recv()
    queue: asyncio.Queue[Any] = track._queue  # noqa: SLF001
    while not queue.empty():
        later = queue.get_nowait()
        if later is None:
            queue.put_nowait(None)
            break
        frame = later
    return frame
