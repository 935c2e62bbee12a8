"""Our receiver in place of aiortc's: our own orders of packets, requests and bounds; aiortc keeps SRTP, RTX and REMB.

aiortc 1.16.0 adds one frame of delay, asks once for what is lost, and loses 5 % of speech at 1 % packet loss. Its names
are private, so versions are pinned exactly and tests/desktop/av/test_contract.py fails when they change.
"""

import asyncio
import queue
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiortc.codecs
import aiortc.rtcpeerconnection
import aiortc.rtcrtpreceiver
import aiortc.rtp
from aiortc.codecs import is_rtx
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtcpFeedback, RTCRtpCodecParameters, RTCRtpHeaderExtensionParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import RtcpByePacket, RtcpSrPacket, RtpPacket

from desktop.av.arrivals import FEEDBACK, URI, Arrivals
from desktop.av.decoder import decode_all, decoder_of
from desktop.av.lip_sync import captured_at
from desktop.av.opus import samples_in
from desktop.av.playout import AudioPacket
from desktop.av.red import Piece, pieces_of
from desktop.av.untrusted import Sources, key_frame_size, may_be_decoded
from desktop.av.video_order import VideoOrder, VideoPacket

PRIVATE = "_RTCRtpReceiver__"
TICK_SECONDS = 0.01
CALM_TICK_SECONDS = 0.03
MISSED_SECONDS = 1.0
"""So long after something of the sound was asked for it may have to be asked for again."""
MAX_UNDECODED = 8
"""Encoded frames that wait for the decoder; beyond it video starts over at a key frame."""
MAX_ARRIVALS = 64
PAUSE_SECONDS = 1.0
"""After such a silence nothing that was missed is asked for any more; only a key frame helps."""
MAX_LINE_LOST = 100
"""Packets of one line lost in a row; more, and it is another stream."""
RED = "audio/red"
OPUS = "audio/opus"
DYNAMIC_PAYLOAD_TYPES = (*range(35, 64), *range(96, 128))
"""What a sender may number as it likes (RFC 3551 section 6); Chromium numbers redundant audio in the lower ones."""
EXTENSION = 5
"""aiortc's own go to 3."""
CLOCK_RATES = {"video": 90_000, "audio": 48_000}


class AlcoveReceiver(RTCRtpReceiver):
    """Gives whole frames to aiortc's decoder thread at once and in order, and sound to `on_sound` as it comes.

    Runs on the event loop.
    """

    def __init__(self, kind: str, transport: Any) -> None:  # noqa: ANN401  # aiortc's own type is private
        super().__init__(kind, transport)
        self.kind = kind
        self.bytes_received = 0
        self.last_packet_at = 0.0
        self.overruns = 0
        self.on_sound: Callable[[AudioPacket, float], None] = lambda _packet, _now: None
        """Each Opus packet, in the order of arrival, and time.monotonic()."""
        self.sound_wanted: Callable[[float], tuple[int, ...]] = lambda _now: ()
        """The numbers of Opus packets that the sender is to be asked for again, at time.monotonic()."""
        self.sender_clock: tuple[int, int] | None = None
        """The newest sender report's NTP time (64 bits) and RTP time (RFC 3550 section 6.4.1)."""
        self.arrivals = Arrivals()
        """Of the whole connection: all of its receivers have the same one."""
        self.on_others_lost: Callable[[int, float], Awaitable[None]] | None = None
        """How many packets of the connection's other lines were lost just before one of this line, and when it came."""
        self._sequence: int | None = None
        self._tells_arrivals = False
        self._tap = _Tap()
        self._sources = Sources()
        self._ssrc: int | None = None
        self._timestamp: int | None = None
        self._adding: int | None = None
        self._video = VideoOrder()
        self._sound_missed_at = float("-inf")
        self._arrivals: OrderedDict[int, float] = OrderedDict()
        self._ticking: asyncio.Task[None] | None = None
        setattr(self, PRIVATE + "jitter_buffer", self._tap)
        setattr(self, PRIVATE + "nack_generator", None)

    def measured_rtt(self, seconds: float) -> None:
        """How long an answer takes: what is lost is asked for again after it."""
        self._video.rtt = seconds

    def arrived_at(self, timestamp: int | None) -> float:
        """time.monotonic() when the frame's last packet came; now, when that is not known."""
        return self._arrivals.pop(-1 if timestamp is None else timestamp, 0.0) or time.monotonic()

    async def receive(self, parameters: Any) -> None:  # noqa: ANN401
        """Start receiving; from now on gaps are looked after."""
        await super().receive(parameters)
        self._tells_arrivals = self._has_feedback(FEEDBACK)
        if self._tells_arrivals:
            setattr(self, PRIVATE + "remote_bitrate_estimator", None)
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())

    async def stop(self) -> None:
        """Stop for ever."""
        if self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None
        self._forget_undecoded()
        await super().stop()

    async def ask_ahead(self, lost: int, now: float) -> None:
        """So many packets of this line were lost, as another line's first packet after a hole showed."""
        numbers = self._video.ahead(lost, now)
        if numbers and self._ssrc is not None:
            await self._send_rtcp_nack(self._ssrc, sorted(numbers))

    # --- aiortc's hooks --------------------------------------------------------------------------------------------

    async def _handle_rtp_packet(self, packet: RtpPacket, arrival_time_ms: int) -> None:
        now = time.monotonic()
        if not self._sources.accept(packet.ssrc):
            self.transport._rtp_router.ssrc_table.pop(packet.ssrc, None)  # noqa: SLF001  # it would grow for ever
            return
        if self.last_packet_at and now - self.last_packet_at > PAUSE_SECONDS:
            self._begin(self._ssrc)
        self.last_packet_at = now
        self.bytes_received += len(packet.payload)
        self._see_decoder_error()
        await self._report_arrival(packet, now)
        await super()._handle_rtp_packet(packet, arrival_time_ms)
        taken, self._tap.taken = self._tap.taken, None
        if taken is not None and self._add(taken, now):
            await self._give(now)

    def _handle_disconnect(self) -> None:
        self._forget_undecoded()
        super()._handle_disconnect()

    async def _handle_rtcp_packet(self, packet: Any) -> None:  # noqa: ANN401
        if isinstance(packet, RtcpByePacket):
            return  # aiortc would wait for the decoder and never decode again; silence is noticed without it
        if isinstance(packet, RtcpSrPacket):
            self.sender_clock = (packet.sender_info.ntp_timestamp, packet.sender_info.rtp_timestamp)
        await super()._handle_rtcp_packet(packet)

    def captured_at(self, timestamp: int) -> float | None:
        """Seconds of the sender's clock at an RTP time; None before its first report."""
        if self.sender_clock is None:
            return None
        return captured_at(self.sender_clock, timestamp & 0xFFFFFFFF, CLOCK_RATES[self.kind])

    # --- inside --------------------------------------------------------------------------------------------------

    async def _report_arrival(self, packet: RtpPacket, now: float) -> None:
        """A sender that is told when its packets came finds its rate itself, and is told none (REMB)."""
        number = packet.extensions.transport_sequence_number
        if number is None or not self._tells_arrivals:
            return
        passed_over = self.arrivals.came(number, now)
        if self.on_others_lost is not None:
            await self.on_others_lost(passed_over - self._lost_before(packet.sequence_number), now)
        ours = getattr(self, PRIVATE + "rtcp_ssrc")
        report = None if ours is None else self.arrivals.report(now, ours, packet.ssrc)
        if report is not None:
            await self._send_rtcp(report)  # type: ignore[arg-type]  # it takes what has bytes; aiortc knows no such

    def _lost_before(self, sequence: int) -> int:
        """How many of this line's own packets were lost just before this one."""
        step = 0 if self._sequence is None else (sequence - self._sequence) & 0xFFFF
        if self._sequence is None or step < 0x10000 - MAX_LINE_LOST:
            self._sequence = sequence  # all but one that comes late
        return step - 1 if 0 < step <= MAX_LINE_LOST else 0

    def _has_feedback(self, name: str) -> bool:
        codecs = getattr(self, PRIVATE + "codecs").values()
        return any(feedback.type == name for codec in codecs for feedback in codec.rtcpFeedback)

    def _forget_undecoded(self) -> None:
        """Ending waits for the decoder's thread: for one frame at most."""
        waiting: queue.Queue[Any] = getattr(self, PRIVATE + "decoder_queue")
        while not waiting.empty():
            waiting.get_nowait()

    def _see_decoder_error(self) -> None:
        failed = getattr(self, PRIVATE + "decoder_error")
        if failed.is_set():
            failed.clear()
            self._video.restart()

    def _add(self, packet: RtpPacket, now: float) -> bool:
        """Whether something may leave or be wanted now; most packets are the middle of a picture."""
        if packet.ssrc != self._ssrc:
            self._begin(packet.ssrc)
            self.sender_clock = None
        data: bytes = packet._data  # type: ignore[attr-defined]  # noqa: SLF001  # set by the base class
        if self.kind == "audio":
            self._add_sound(packet, data, now)
            return True
        may_end = bool(packet.marker) or packet.timestamp != self._adding
        self._adding = packet.timestamp
        starts = starts_key_frame(packet.payload)
        self._video.add(VideoPacket(packet.sequence_number, packet.timestamp, bool(packet.marker), starts, data), now)
        return may_end or self._video.restless

    def _begin(self, ssrc: int | None) -> None:
        before = self._video
        self._ssrc, self._video = ssrc, VideoOrder()
        self._video.rtt, self._video.hole_at = before.rtt, before.hole_at

    def _add_sound(self, packet: RtpPacket, data: bytes, now: float) -> None:
        """A packet, and what it brings of the ones before it."""
        codec = getattr(self, PRIVATE + "codecs").get(packet.payload_type)
        is_redundant = codec is not None and codec.mimeType.lower() == RED
        for piece in pieces_of(data) if is_redundant else [Piece(data, 0, 0)]:
            samples = samples_in(piece.data)
            if samples:
                sequence = (packet.sequence_number - piece.back) & 0xFFFF
                timestamp = (packet.timestamp - piece.offset) & 0xFFFFFFFF
                self.on_sound(AudioPacket(sequence, timestamp, piece.data, samples, copy=piece.back > 0), now)

    @property
    def hole_at(self) -> float:
        """time.monotonic() when the last hole of the network ended; minus infinity before any."""
        return self._video.hole_at

    @property
    def repeats(self) -> bool:
        """Whether the sender sends again what it is asked for (RFC 4585, generic NACK)."""
        return self._has_feedback("nack")

    async def _give(self, now: float) -> None:
        """Every picture that is whole to the decoder; everything that is wanted to the sender."""
        if self.kind == "audio":
            await self._ask_for_sound(now)
            return
        for frame in self._video.frames():
            self._decode(frame.timestamp, frame.data, now)
        wanted = self._video.wanted(now)
        if self._ssrc is not None and wanted.again:
            await self._send_rtcp_nack(self._ssrc, sorted(wanted.again))
        if self._ssrc is not None and wanted.key_frame:
            await self._send_rtcp_pli(self._ssrc)

    async def _ask_for_sound(self, now: float) -> None:
        again = self.sound_wanted(now)
        if again and self._ssrc is not None:
            self._sound_missed_at = now
            await self._send_rtcp_nack(self._ssrc, sorted(again))

    def _decode(self, timestamp: int, data: bytes, now: float) -> None:
        waiting: queue.Queue[Any] = getattr(self, PRIVATE + "decoder_queue")
        codecs = getattr(self, PRIVATE + "codecs").values()
        codec = next((known for known in codecs if not is_rtx(known)), None)
        if codec is None or getattr(self, PRIVATE + "decoder_thread") is None:
            return
        if not may_be_decoded(data):
            self._video.restart()
            return
        if waiting.qsize() >= MAX_UNDECODED:
            self.overruns += 1
            self._video.restart()
            return
        unwrapped = self._unwrap(timestamp)
        self._arrivals[unwrapped] = now
        while len(self._arrivals) > MAX_ARRIVALS:
            self._arrivals.popitem(last=False)
        waiting.put((codec, JitterFrame(data=data, timestamp=unwrapped)))

    def _unwrap(self, timestamp: int) -> int:
        """The 32-bit RTP time as a number that does not wrap; never negative."""
        last = self._timestamp if self._timestamp is not None else timestamp + (1 << 32)
        step = (timestamp - last) & 0xFFFFFFFF
        self._timestamp = max(0, last + (step - (1 << 32) if step >= 1 << 31 else step))
        return self._timestamp

    async def _tick(self) -> None:
        """Gaps are looked after though no packet comes; seldom while there are none."""
        while True:
            await asyncio.sleep(TICK_SECONDS if self._restless else CALM_TICK_SECONDS)
            self._see_decoder_error()
            if self._restless:
                await self._give(time.monotonic())

    @property
    def _restless(self) -> bool:
        """Whether something may have to be asked for though no packet comes."""
        return self._video.restless or time.monotonic() - self._sound_missed_at < MISSED_SECONDS


class _Tap:
    """Stands where aiortc keeps its jitter buffer: takes the packet, gives nothing out."""

    def __init__(self) -> None:
        self.taken: RtpPacket | None = None

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """Keep the packet for the receiver; no PLI and no frame from here."""
        self.taken = packet
        return False, None


def starts_key_frame(untrusted_payload: bytes) -> bool:
    """Whether a VP8 payload (RFC 7741) begins a key frame of a size that we decode."""
    if not untrusted_payload or untrusted_payload[0] & 0x17 != 0x10:
        return False  # most packets: not the first of a frame
    try:
        descriptor, data = VpxPayloadDescriptor.parse(untrusted_payload)
    except ValueError:
        return False
    begins = bool(descriptor.partition_start) and descriptor.partition_id == 0
    return begins and key_frame_size(data) is not None and may_be_decoded(data)


def install() -> None:
    """Let every new peer connection use our receiver, which takes redundant and repeated audio as well."""
    aiortc.rtp.DYNAMIC_PAYLOAD_TYPES = DYNAMIC_PAYLOAD_TYPES  # type: ignore[assignment]  # it knows the upper ones alone
    known = aiortc.codecs.CODECS["audio"]
    if all(codec.mimeType.lower() != RED for codec in known):
        known.append(RTCRtpCodecParameters(mimeType=RED, clockRate=48_000, channels=2, payloadType=95))
    for place, codec in enumerate(known):
        if codec.mimeType.lower() in (OPUS, RED):
            known[place] = _taking(codec, "nack", FEEDBACK)
    pictures = aiortc.codecs.CODECS["video"]
    pictures[:] = [codec if is_rtx(codec) else _taking(codec, FEEDBACK) for codec in pictures]
    for extensions in aiortc.codecs.HEADER_EXTENSIONS.values():
        if all(extension.uri != URI for extension in extensions):
            extensions.append(RTCRtpHeaderExtensionParameters(id=EXTENSION, uri=URI))
    aiortc.rtcrtpreceiver.decoder_worker = decode_all  # type: ignore[assignment]  # by place, as aiortc calls it
    aiortc.rtcrtpreceiver.get_decoder = decoder_of  # type: ignore[attr-defined]
    aiortc.rtcpeerconnection.RTCRtpReceiver = AlcoveReceiver  # type: ignore[attr-defined]


def _taking(codec: RTCRtpCodecParameters, *names: str) -> RTCRtpCodecParameters:
    """The codec, with these kinds of feedback as well (RFC 4585 section 4.2)."""
    added = [RTCRtcpFeedback(type=name) for name in names]
    return replace(codec, rtcpFeedback=codec.rtcpFeedback + [one for one in added if one not in codec.rtcpFeedback])


async def newest(track: Any) -> Any:  # noqa: ANN401
    """The track's newest frame: what the screen missed is not shown late."""
    frame = await track.recv()
    waiting: asyncio.Queue[Any] = track._queue  # noqa: SLF001
    while not waiting.empty():
        later = waiting.get_nowait()
        if later is None:
            waiting.put_nowait(None)
            break
        frame = later
    return frame
