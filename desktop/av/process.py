"""The media process: started as this program with `--media`, ends when the UI process does.

It is given no vault key and no token. Nothing it receives is ever written to disk.
"""

import asyncio
import gc
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from desktop.av.feed import Feed, FeedEvents
from desktop.av.loopback import offer_loopback
from desktop.av.pipe import Decoder, PipeBroken, encode
from desktop.av.rtc_receiver import install
from desktop.av.slots import MAX_HEIGHT, MAX_WIDTH, SLOT_BYTES, Slots
from desktop.av.sound import SoundOutput, SoundRing, peak
from desktop.ports import FeedState

READ_BYTES = 64 * 1024
QUALITY_SECONDS = 1.0


def main(word: str) -> int:
    """Run with inherited descriptors `socket:memory`; returns when the UI process is gone."""
    no_core_dumps()
    control, memory = (int(part) for part in word.split(":"))
    install()
    asyncio.run(MediaChild(socket.socket(fileno=control), Slots(memory)).run())
    return 0


def no_core_dumps() -> None:
    """Patients' pictures must not land in a core file."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class MediaChild:
    """Feeds by connection id, one picture slot writer, one sound output."""

    def __init__(self, control: socket.socket, slots: Slots) -> None:
        self._control = control
        self._slots = slots
        self._feeds: dict[str, Feed] = {}
        self._pane = (640, 360)
        self._sequence = 0
        self._converting = False
        self._converter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="convert")
        self._ring = SoundRing()
        self._output = SoundOutput(self._ring)
        self._level = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None
        self._counts: dict[str, tuple[int, int, int, int]] = {}

    async def run(self) -> None:
        """Read control messages until the pipe ends."""
        gc.freeze()
        reader, self._writer = await asyncio.open_connection(sock=self._control)
        self._own(self._report_quality())
        decoder = Decoder()
        try:
            while data := await reader.read(READ_BYTES):
                for message in decoder.feed(data):
                    if message["op"] == "stop":
                        return
                    self._dispatch(message)
        except (PipeBroken, ConnectionError):
            return
        finally:
            await self._end()

    async def _end(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        for feed in self._feeds.values():
            await feed.close()
        self._output.close()
        self._converter.shutdown(wait=True)
        self._slots.wipe()

    def _dispatch(self, message: dict[str, Any]) -> None:
        match message["op"]:
            case "prepare":
                self._prepare(message)
            case "offer":
                feed = self._feeds.get(message["id"])
                if feed is not None:
                    self._own(feed.accept(message["sdp"]))
            case "close":
                self._own(self._close(message["id"]))
            case "pane":
                self._pane = (int(message["width"]), int(message["height"]))
            case "volume":
                self._ring.gain = float(message["gain"])
            case "release":
                self._slots.give_back(int(message["slot"]))
            case _:
                pass  # an older or newer UI process

    def _prepare(self, message: dict[str, Any]) -> None:
        connection_id = str(message["id"])
        offer_loopback(bool(message["loopback"]))
        device = str(message["device"])
        events = FeedEvents(
            answered=lambda sdp: self._say("answered", id=connection_id, sdp=sdp),
            changed=lambda state, reason: self._changed(connection_id, state, reason),
            picture=self._on_picture,
            sound=lambda data: self._on_sound(data, device),
        )
        feed = Feed(message["ice_servers"], events)
        feed.sound_reason = "" if self._output.open(device) else "no_sound_output"
        self._feeds[connection_id] = feed
        self._say("prepared", id=connection_id, fingerprint=feed.fingerprint)

    async def _close(self, connection_id: str) -> None:
        feed = self._feeds.pop(connection_id, None)
        if feed is None:
            return
        await feed.close()
        if not self._feeds:
            self._output.close()
            self._slots.wipe()

    def _changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        self._say("state", id=connection_id, state=state.value, reason=reason)

    # --- picture and sound -----------------------------------------------------------------------------------------

    def _on_picture(self, frame: Any) -> None:  # noqa: ANN401
        """Convert off the loop; while one is being converted, the others are dropped."""
        width, height = self._pane
        if self._converting or width <= 0 or height <= 0:
            return
        slot = self._slots.take()
        if slot is None:
            return
        self._converting = True
        received = time.monotonic()
        size = fitted(frame.width, frame.height, width, height)
        future = asyncio.get_running_loop().run_in_executor(self._converter, convert, frame, size, self._slots, slot)
        future.add_done_callback(lambda it: self._on_converted(it, slot, size, received))

    def _on_converted(
        self, future: asyncio.Future[int], slot: int, size: tuple[int, int], received: float
    ) -> None:
        self._converting = False
        if future.cancelled() or future.exception() is not None or not self._feeds:
            self._slots.give_back(slot)
            return
        self._sequence += 1
        self._say(
            "frame",
            slot=slot,
            width=size[0],
            height=size[1],
            stride=future.result(),
            sequence=self._sequence,
            received_at=received,
        )

    def _on_sound(self, data: bytes, device: str) -> None:
        self._level = max(self._level, peak(data))
        self._ring.put(data)
        self._output.open(device)

    # --- figures -----------------------------------------------------------------------------------------------------

    async def _report_quality(self) -> None:
        while True:
            await asyncio.sleep(QUALITY_SECONDS)
            for connection_id, feed in list(self._feeds.items()):
                figures = await self._figures(connection_id, feed)
                if figures is not None:
                    self._say("quality", **figures)

    async def _figures(self, connection_id: str, feed: Feed) -> dict[str, object] | None:
        received = lost = size = 0
        for receiver in feed.receivers():
            for entry in (await receiver.getStats()).values():
                if entry.type == "inbound-rtp":
                    received += entry.packetsReceived
                    lost += entry.packetsLost
            size += receiver.bytes_received
        if received == 0:
            return None
        before = self._counts.get(connection_id, (0, 0, 0, 0))
        self._counts[connection_id] = (received, lost, size, feed.pictures)
        new, gone = received - before[0], max(0, lost - before[1])
        level, self._level = self._level, 0.0
        return {
            "loss": gone / (new + gone) if new + gone else None,
            "fps": float(feed.pictures - before[3]),
            "kbit_s": (size - before[2]) * 8 / 1000,
            "audio_level": level,
            "width": self._pane[0],
            "height": self._pane[1],
        }

    # --- saying --------------------------------------------------------------------------------------------------------

    def _say(self, op: str, **values: object) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(op, **values))

    def _own(self, coroutine: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def fitted(width: int, height: int, pane_width: int, pane_height: int) -> tuple[int, int]:
    """The largest size of the picture's shape in the pane, even numbers, within a slot."""
    scale = min(pane_width / width, pane_height / height, MAX_WIDTH / width, MAX_HEIGHT / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def convert(frame: Any, size: tuple[int, int], slots: Slots, slot: int) -> int:  # noqa: ANN401
    """Scale and convert to BGRX into a slot; the stride in bytes. swscale releases the interpreter lock."""
    picture = frame.reformat(width=size[0], height=size[1], format="bgra", interpolation="FAST_BILINEAR")
    plane = picture.planes[0]
    length = plane.line_size * size[1]
    if length > SLOT_BYTES:
        raise ValueError("picture too large")
    slots.write(slot, memoryview(plane)[:length])
    return int(plane.line_size)
