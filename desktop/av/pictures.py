"""From decoded frames to slots of shared memory: scaled and converted on a thread, one at a time, newest first."""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from typing import Any

from av.video.reformatter import VideoReformatter

from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES, Slots

MAX_HELD = 8
CLOCK_SECONDS = 0.001
"""The event loop may wake a little early."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that lies in a slot."""

    connection_id: str
    slot: int
    size: tuple[int, int]
    stride: int
    sequence: int
    received_at: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    connection_id: str
    frame: Any
    received_at: float


class Pictures:
    """Runs on the event loop; converts on `lane`. A newer frame takes the place of one that waits."""

    def __init__(self, slots: Slots, lane: Executor, shown: Callable[[Shown], bool]) -> None:
        self._slots = slots
        self._lane = lane
        self._shown = shown
        self._pane = (0, 0)
        self._sequence = 0
        self._waiting: _Waiting | None = None
        self._converting = False
        self._held: deque[tuple[float, _Waiting]] = deque()

    def resize(self, width: int, height: int) -> None:
        """Scale to so many pixels from now on; none at all: convert nothing."""
        self._pane = (width, height)
        if 0 in self._pane:
            self._waiting = None
            self._held.clear()

    def show(self, connection_id: str, frame: Any, received_at: float, hold: float = 0.0) -> None:  # noqa: ANN401
        """Show a frame (av.VideoFrame) as soon as a slot and the thread are free, unless a newer one comes before.

        `hold` is how many seconds it waits for its sound; so many frames at most wait that memory stays bounded.
        """
        if 0 in self._pane:
            return
        waiting = _Waiting(connection_id, frame, received_at)
        if hold <= 0.0 and not self._held:
            self._waiting = waiting
            self._next()
            return
        loop = asyncio.get_running_loop()
        due = max(loop.time() + hold, self._held[-1][0] if self._held else 0.0)
        self._held.append((due, waiting))
        loop.call_at(due, self._show_held)
        if len(self._held) > MAX_HELD:  # they come faster than they may be shown: the oldest waits no longer
            self._waiting = self._held.popleft()[1]
            self._next()

    def _show_held(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._held and self._held[0][0] <= now + CLOCK_SECONDS:
            self._waiting = self._held.popleft()[1]
        self._next()

    def release(self, slot: int) -> None:
        """The screen no longer shows a slot."""
        self._slots.give_back(slot)
        self._next()

    def wipe(self) -> None:
        """Overwrite every slot, after what is being converted now."""
        self._waiting = None
        self._held.clear()
        self._lane.submit(self._slots.wipe)

    def _next(self) -> None:
        waiting = self._waiting
        if waiting is None or self._converting:
            return
        slot = self._slots.take()
        if slot is None:
            return
        self._waiting, self._converting = None, True
        size = fitted((waiting.frame.width, waiting.frame.height), self._pane)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._lane, convert, waiting.frame, size, self._slots, slot)
        future.add_done_callback(lambda it: self._converted(it, waiting, slot, size))

    def _converted(self, future: asyncio.Future[int], waiting: _Waiting, slot: int, size: tuple[int, int]) -> None:
        self._converting = False
        self._sequence += 1
        stride = 0 if future.cancelled() or future.exception() is not None else future.result()
        shown = Shown(waiting.connection_id, slot, size, stride, self._sequence, waiting.received_at)
        if stride == 0 or not self._shown(shown):
            self._slots.give_back(slot)
        self._next()


def fitted(picture: tuple[int, int], pane: tuple[int, int]) -> tuple[int, int]:
    """The largest size of the picture's shape in the pane, even numbers, within a slot."""
    scale = min(pane[0] / picture[0], pane[1] / picture[1], MAX_WIDTH / picture[0], MAX_HEIGHT / picture[1])
    return max(2, int(picture[0] * scale) // 2 * 2), max(2, int(picture[1] * scale) // 2 * 2)


@cache
def _scaler() -> VideoReformatter:
    """One for the one thread that converts: a new one for each picture would make its tables anew."""
    return VideoReformatter()


def convert(frame: Any, size: tuple[int, int], slots: Slots, slot: int) -> int:  # noqa: ANN401
    """Scale and convert to BGRX into a slot; the stride in bytes. swscale releases the interpreter lock."""
    picture = _scaler().reformat(
        frame, width=size[0], height=size[1], format="bgra", interpolation="FAST_BILINEAR", threads=1
    )
    plane = picture.planes[0]
    length = plane.line_size * size[1]
    if length > SLOT_BYTES:
        raise ValueError("picture too large")
    slots.write(slot, memoryview(plane)[:length])
    return int(plane.line_size)
