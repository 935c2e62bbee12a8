"""Talk-back: while the key is held the microphone goes to the room. Released, not a packet leaves.

Nothing at all is sent between two presses (no silence either), so that a capture of the line proves that nobody
listened in the scribe's room.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from aiortc.mediastreams import MediaStreamTrack
from av import Packet

from desktop.av.opus import RATE
from desktop.av.opus_encoder import FRAME_BYTES, FRAME_SAMPLES, OpusEncoder
from desktop.ports import TalkEnd, TalkState

MAX_TALK_SECONDS = 60.0
HOLD_SECONDS = 2.5
"""The UI process says every second that the key is still held; when it does not, it hangs or is gone."""
WATCH_SECONDS = 0.1
OPEN_SECONDS = 4.0
DUMB_SECONDS = 1.0
"""A microphone that gives nothing for so long, not even silence, is gone."""
MAX_WAITING = 250
"""5 s of packets that the line has not taken; beyond it the oldest go."""
TAIL_FRAMES = 3
"""Silence after the last word: what a receiver makes up for the end of the line is made up from it."""
TIME_BASE = Fraction(1, RATE)
SILENCE = bytes(FRAME_BYTES)


def awake() -> float:
    """Seconds that go on while the machine sleeps, where there is such a clock: a hold does not outlive a suspend."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class TalkLine(MediaStreamTrack):
    """The sender's track of one connection, made with it and negotiated once; it gives packets only while talked on."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._encoder = OpusEncoder()
        self._packets: deque[tuple[int, bytes]] = deque(maxlen=MAX_WAITING)
        self._come = asyncio.Event()
        self._origin = awake()
        self._next = 0

    def begin(self, now: float) -> None:
        """The first sample of a press: timestamps go on with the clock over silence (RFC 3550, 5.1)."""
        self._encoder.reset()
        self._next = max(self._next, round((now - self._origin) * RATE))

    def put(self, frame: bytes) -> None:
        """20 ms of 16-bit mono sound."""
        self._packets.append((self._next, self._encoder.encode(frame)))
        self._next += FRAME_SAMPLES
        self._come.set()

    def forget(self) -> None:
        """What was not sent yet never is."""
        self._packets.clear()

    async def recv(self) -> Any:  # noqa: ANN401  # aiortc takes frames and packets
        """The next packet; waits for as long as nobody talks."""
        while not self._packets:
            self._come.clear()
            await self._come.wait()
        timestamp, data = self._packets.popleft()
        packet = Packet(data)
        packet.pts, packet.time_base = timestamp, TIME_BASE
        return packet


TalkTold = Callable[[TalkState, TalkEnd | None, float], None]
"""Told the state, why talking ended, and how loud the microphone is (0..1)."""


class Ear(Protocol):
    """What a press opens and a release closes: the microphone."""

    def open(self, heard: Callable[[bytes], None], failed: Callable[[TalkEnd], None]) -> None:
        """Listen: blocks of 16-bit mono sound at 48 kHz come on the event loop, or the reason why none do."""

    def close(self) -> None:
        """Listen no longer; nothing is heard from here on."""


class Talk:
    """One press at a time. Runs on the media process's event loop."""

    def __init__(self, ear: Ear, told: TalkTold) -> None:
        self._ear = ear
        self._told = told
        self._line: TalkLine | None = None
        self._state = TalkState.SILENT
        self.press = 0
        """The newest one."""
        self._rest = b""
        self._level = 0.0
        self._begun = 0.0
        self._held = 0.0
        self._heard_at = 0.0
        self._watching: asyncio.Task[None] | None = None

    @property
    def state(self) -> TalkState:
        """Whether somebody talks."""
        return self._state

    def hold(self, line: TalkLine, press: int) -> None:
        """The key went down, or is still held: `press` tells which."""
        now = self._held = awake()
        if press <= self.press:
            return
        self.release(TalkEnd.LINE_LOST)
        self.press = press
        self._line, self._begun, self._rest, self._level = line, now, b"", 0.0
        self._change(TalkState.OPENING, None)
        self._ear.open(self._on_block, self.release)
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def _on_block(self, samples: bytes) -> None:
        """A block of the microphone: it goes to the room at once."""
        line = self._line
        if line is None:
            return
        self._heard_at = awake()
        if self._state is TalkState.OPENING:
            line.begin(self._heard_at - len(samples) / (2 * RATE))
            self._change(TalkState.SPEAKING, None)
        self._rest += samples
        while len(self._rest) >= FRAME_BYTES:
            frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
            line.put(frame)
        self._level = max(self._level, _loudness(samples))

    def line_ended(self, line: TalkLine) -> None:
        """The connection is over: nobody talks on it any more."""
        if self._line is line:
            self.release(TalkEnd.LINE_LOST)
        line.forget()

    def release(self, why: TalkEnd = TalkEnd.RELEASED) -> None:
        """The key went up, or talking ends by itself: the microphone is closed first of all."""
        line, self._line = self._line, None
        if line is None:
            return
        self._ear.close()
        if self._state is TalkState.SPEAKING:
            for frame in (self._rest + bytes(-len(self._rest) % FRAME_BYTES), *[SILENCE] * TAIL_FRAMES):
                if frame:
                    line.put(frame)
        self._rest = b""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        self._change(TalkState.SILENT, why)

    async def _watch(self) -> None:
        """End what nobody ends; say how loud it is."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = awake()
            if now - self._held > HOLD_SECONDS:
                self.release(TalkEnd.NOT_HELD)
            elif now - self._begun > MAX_TALK_SECONDS:
                self.release(TalkEnd.TOO_LONG)
            elif self._state is TalkState.OPENING and now - self._begun > OPEN_SECONDS:
                self.release(TalkEnd.NO_MICROPHONE)
            elif self._state is TalkState.SPEAKING and now - self._heard_at > DUMB_SECONDS:
                self.release(TalkEnd.MICROPHONE_LOST)
            elif self._state is TalkState.SPEAKING:
                level, self._level = self._level, 0.0
                self._told(self._state, None, level)

    def _change(self, state: TalkState, why: TalkEnd | None) -> None:
        self._state = state
        self._told(state, why, 0.0)


def _loudness(samples: bytes) -> float:
    return float(np.abs(np.frombuffer(samples, "<i2").astype(np.int32)).max(initial=0)) / 32768
