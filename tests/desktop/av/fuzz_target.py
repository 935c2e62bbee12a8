"""What hostile input is given to: a real feed with decoders and sound, and the UI process's end of the pipe; timed.

The feed is set up from Chromium's recorded offer and is given what its transport would hand on after SRTP; only DTLS
and network are not there. Frames are decoded by libvpx on aiortc's thread, sound by libopus, pictures are converted.
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiortc.rtcrtpreceiver
from aiortc import RTCSessionDescription
from aiortc.sdp import SessionDescription

from desktop.av.decoder import decoder_of
from desktop.av.feed import Feed, FeedEvents, Seen
from desktop.av.handle import MediaProcessHandle
from desktop.av.ice import Ways
from desktop.av.pictures import convert, fitted
from desktop.av.playout import AudioPacket
from desktop.av.rtc_receiver import PRIVATE, install
from desktop.av.sdp import offer_problem
from desktop.av.slots import Slots, create_memory
from desktop.av.sound import SAMPLE_BYTES, SoundLine
from desktop.av.untrusted import guard_parsers
from desktop.ports import FrameRef
from tests.desktop.av.mutations import Input, Kind, recording

PANE = (640, 360)
BLOCK = 960
STUCK_SECONDS = 30.0
CANDIDATE = re.compile(r"^a=candidate:.*\r?\n", re.MULTILINE)
DEAD_CANDIDATE = "a=candidate:1 1 udp 2122260223 127.0.0.1 9 typ host\r\n"
REPORT_SECONDS = 0.01


class Fault(Exception):
    """Something that would have ended the feed: named, and not a refusal."""


class Clocks:
    """The longest time of each thread since it was last asked, in seconds."""

    def __init__(self) -> None:
        self.loop = self.decoder = self.picture = 0.0

    def worst(self) -> float:
        """The longest, and begin anew."""
        worst = max(self.loop, self.decoder, self.picture)
        self.loop = self.decoder = self.picture = 0.0
        return worst


class TimedDecoder:
    """A decoder of aiortc's that says how long each frame takes, whether or not it could be decoded."""

    def __init__(self, codec: Any, clocks: Clocks) -> None:  # noqa: ANN401
        self._inner = decoder_of(codec)
        self.name: str = codec.name
        self._clocks = clocks
        self.done = 0

    def decode(self, frame: Any) -> Any:  # noqa: ANN401
        """As aiortc's."""
        begun = time.perf_counter()
        try:
            return self._inner.decode(frame)
        finally:
            self._clocks.decoder = max(self._clocks.decoder, time.perf_counter() - begun)
            self.done += 1


class OftenReporting:
    """In place of `random` in aiortc's receiver: its reports go out every 10 ms, not every second."""

    @staticmethod
    def random() -> float:
        """What is added to the half second that it waits."""
        return REPORT_SECONDS - 0.5


class FeedTarget:
    """A feed that takes packets."""

    def __init__(self) -> None:
        install()
        guard_parsers()
        self.clocks = Clocks()
        self.pictures = 0
        self.sounds = 0
        self._line = SoundLine()
        self._now = 0.0
        self._decoders: list[TimedDecoder] = []
        self._slots = _slots()
        nothing: Callable[..., None] = lambda *_: None  # noqa: E731
        self._feed = Feed(Ways(), FeedEvents(nothing, nothing, self._on_picture, self._on_sound))

    async def start(self) -> None:
        """Set the receivers up as a connection would that stands."""
        aiortc.rtcrtpreceiver.get_decoder = self._decoder  # type: ignore[assignment,attr-defined]
        aiortc.rtcrtpreceiver.random = OftenReporting  # type: ignore[assignment,attr-defined]
        self._feed._gathered.cancel()
        pc: Any = self._feed._pc
        await pc.setRemoteDescription(RTCSessionDescription(sdp=recording().offer, type="offer"))
        await pc.createAnswer()
        for transceiver in pc.getTransceivers():
            await transceiver.receiver.receive(pc._RTCPeerConnection__remoteRtp(transceiver))
        self._transport: Any = pc.getTransceivers()[0].receiver.transport

    async def take(self, item: Input) -> float:
        """Give it a packet; the longest time that a thread needed. Fault when the feed would have ended."""
        begun = time.perf_counter()
        try:
            if item.kind is Kind.RTP:
                await self._transport._handle_rtp_data(item.data, arrival_time_ms=int(time.time() * 1000))
            else:
                await self._transport._handle_rtcp_data(item.data)
        except Exception as error:
            raise Fault(f"{type(error).__name__} ends the transport") from error
        self.clocks.loop = max(self.clocks.loop, time.perf_counter() - begun)
        await self._decoded()
        self._check()
        return self.clocks.worst()

    @property
    def deaf(self) -> bool:
        """Whether a goodbye (RFC 3550 section 6.6) ended a stream: nothing more comes of it."""
        return any(self._private(receiver, "decoder_thread") is None for receiver in self.receivers())

    def given(self) -> int:
        """How many frames the decoders' threads were given."""
        return sum(self._private(receiver, "decoder_queue").unfinished_tasks for receiver in self.receivers())

    @property
    def codecs(self) -> set[str]:
        """What decoders were made for."""
        return {decoder.name for decoder in self._decoders}

    def receivers(self) -> list[Any]:
        """The feed's."""
        return list(self._feed.receivers())

    async def close(self) -> None:
        """End it."""
        await self._feed.close()
        self._line.clear()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _decoder(self, codec: Any) -> TimedDecoder:  # noqa: ANN401
        self._decoders.append(TimedDecoder(codec, self.clocks))
        return self._decoders[-1]

    @staticmethod
    def _private(receiver: Any, name: str) -> Any:  # noqa: ANN401
        return getattr(receiver, PRIVATE + name)

    async def _decoded(self) -> None:
        """Until every frame that was given out has been decoded: no input is hidden behind another."""
        end = time.monotonic() + STUCK_SECONDS
        while not self.deaf and self.given() > sum(decoder.done for decoder in self._decoders):
            await asyncio.sleep(0)
            self._check()
            if time.monotonic() > end:
                raise Fault("the decoder is stuck")
        await asyncio.sleep(0)

    def _check(self) -> None:
        for receiver in self.receivers():
            thread, ticking = self._private(receiver, "decoder_thread"), receiver._ticking
            if thread is not None and not thread.is_alive():
                raise Fault("the decoder's thread has ended")
            for name, task in (("tick", ticking), ("reports", self._private(receiver, "rtcp_task"))):
                if task is not None and task.done() and not task.cancelled():
                    raise Fault(f"the task of {name} has ended: {task.exception()!r}")
        if self._feed.over:
            raise Fault("the feed has ended")

    def _on_picture(self, seen: Seen) -> None:
        begun = time.perf_counter()
        frame = seen.frame
        convert(frame, fitted((frame.width, frame.height), PANE), self._slots, 0)
        self.clocks.picture = max(self.clocks.picture, time.perf_counter() - begun)
        self.pictures += 1

    def _on_sound(self, packet: AudioPacket, _now: float) -> None:
        """The sound card takes as much as comes; its clock is that of the packets, since they come too fast."""
        self._now += BLOCK / 48_000
        self._line.put(packet, self._now)
        self._line.take(BLOCK * SAMPLE_BYTES, self._now)
        self.sounds += 1


class PipeTarget:
    """The UI process's end of the pipe: the real handle, without a process behind it."""

    def __init__(self) -> None:
        self.heard = 0
        self._handle = MediaProcessHandle(self, lambda _seconds, _call: None)
        self._handle._slots = _slots()
        self._handle._stopped = True  # nothing is started in place of what talks nonsense

    def take(self, item: Input) -> float:
        """Seconds that the UI process needed."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours, theirs:
            theirs.setblocking(False)
            self._handle._socket, self._handle._decoder = (
                ours,
                type(self._handle._decoder)(self._handle._decoder._messages),
            )
            theirs.sendall(item.data)
            begun = time.perf_counter()
            try:
                self._handle.on_readable()
            except Exception as error:
                raise Fault(f"{type(error).__name__} in the UI process") from error
            return time.perf_counter() - begun

    def frame_ready(self, frame: FrameRef) -> None:
        """A picture is read as the screen does."""
        self.heard += len(bytes(self._handle.image_bytes(frame)[:64]))
        self._handle.release(frame)

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Everything else that a listener is told."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._heard

    def _heard(self, *_args: object) -> None:
        self.heard += 1


def parse(untrusted_sdp: str) -> float:
    """Seconds that our check and aiortc's parser need; whatever the parser raises refuses the feed."""
    begun = time.perf_counter()
    if offer_problem(untrusted_sdp) is None:
        with suppress(Exception):  # Feed.accept's boundary
            SessionDescription.parse(untrusted_sdp)
    return time.perf_counter() - begun


async def accept(untrusted_sdp: str) -> float:
    """CPU seconds that a feed needs for an offer (it waits for sockets as well); its candidates lead nowhere."""
    install()
    guard_parsers()
    changes: list[object] = []
    nothing: Callable[..., None] = lambda *_: None  # noqa: E731
    begun = time.thread_time()
    feed = Feed(Ways(), FeedEvents(changes.append, lambda *change: changes.append(change), nothing, nothing))
    await feed.accept(CANDIDATE.sub(DEAD_CANDIDATE, untrusted_sdp))
    spent = time.thread_time() - begun
    if not changes:
        raise Fault("an offer was neither answered nor refused")
    await feed.close()
    return spent


def _slots() -> Slots:
    if not _memory:
        _memory.append(Slots(create_memory()))
    return _memory[0]


_memory: list[Slots] = []
