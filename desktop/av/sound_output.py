"""Plays a sound line through PortAudio. Opening a device can take long, so a thread of its own does it."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

from desktop.av.opus import CHANNELS, RATE
from desktop.av.sound import SAMPLE_BYTES, SoundLine

LATENCY_SECONDS = 0.04
LOOK_SECONDS = 3.0
"""How often a device that is missing or went away is looked for."""
PUMP_SECONDS = 0.02
PUMP_BYTES = round(PUMP_SECONDS * RATE) * SAMPLE_BYTES


class SoundOutput:
    """Keeps a stream open while sound is wanted; the event loop never waits for the sound system."""

    def __init__(self, changed: Callable[[bool], None]) -> None:
        self.line: SoundLine | None = None
        """What is played; None: silence."""
        self.latency = 0.0
        """Seconds from taking a block to hearing it."""
        self._changed = changed
        self._lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound")
        self._library: ModuleType | None = None
        self._stream: Any = None
        self._stale = False
        self._keeping: asyncio.Task[None] | None = None
        self.playing = False

    def warm_up(self) -> None:
        """Load PortAudio ahead."""
        self._lane.submit(self._load)

    def want(self, device: str) -> None:
        """Play on the named device, or on the default one when the name is empty or unknown."""
        if self._keeping is None:
            self._keeping = asyncio.get_running_loop().create_task(self._keep(device))

    def unwant(self) -> None:
        """Close the device."""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        self._lane.submit(self._close)
        self.playing = False

    def end(self) -> None:
        """Close for ever."""
        self.unwant()
        self._lane.shutdown(wait=True)

    async def _keep(self, device: str) -> None:
        loop = asyncio.get_running_loop()
        told: bool | None = None
        while True:
            self.playing = await loop.run_in_executor(self._lane, self._ensure, device)
            if self.playing is not told:
                told = self.playing
                self._changed(told)
            await (asyncio.sleep(LOOK_SECONDS) if self.playing else self._pump())

    async def _pump(self) -> None:
        """Without a device the sound goes on unheard, so that its level and what is said of it stay true."""
        begun = time.monotonic()
        for count in range(round(LOOK_SECONDS / PUMP_SECONDS)):
            await asyncio.sleep(max(0.0, begun + count * PUMP_SECONDS - time.monotonic()))
            if self.line is not None:
                self.line.take(PUMP_BYTES, time.monotonic())

    # --- on the sound thread ---------------------------------------------------------------------------------------

    def _load(self) -> ModuleType | None:
        if self._library is None:
            with contextlib.suppress(OSError):  # PortAudio is not installed
                import sounddevice

                self._library = sounddevice
        return self._library

    def _ensure(self, device: str) -> bool:
        library = self._load()
        if library is None:
            return False
        if self._stream is not None and self._stream.active:
            return True
        if self._stream is not None or self._stale:
            self._close()
            # PortAudio lists devices once: begin anew to see what was plugged in or out.
            library._terminate()  # noqa: SLF001
            library._initialize()  # noqa: SLF001
        opened = any(self._open(library, name) for name in dict.fromkeys((device, "")))
        self._stale = not opened
        return opened

    def _open(self, library: ModuleType, device: str) -> bool:
        try:
            self._stream = library.RawOutputStream(
                samplerate=RATE,
                channels=CHANNELS,
                dtype="int16",
                device=device or None,
                latency=LATENCY_SECONDS,
                callback=self._play,
            )
            self._stream.start()
            self.latency = float(self._stream.latency)
        except (library.PortAudioError, ValueError):
            self._close()
            return False
        return True

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _play(self, outdata: Any, _frames: int, _time: object, _status: object) -> None:  # noqa: ANN401
        line = self.line
        outdata[:] = bytes(len(outdata)) if line is None else line.take(len(outdata), time.monotonic())
