"""Plays a sound line through PortAudio. Opening a device can take long, so a thread of its own does it."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from desktop.av.opus import CHANNELS, RATE
from desktop.av.sound import SAMPLE_BYTES, SoundLine

LATENCIES = (0.03, 0.04, 0.06, 0.08)
"""Seconds that the sound card is given ahead: as few as this machine bears."""
BORNE_GAPS = 2
"""The card ran out of sound so often between two looks: more, and it is given more ahead."""
LOOK_SECONDS = 3.0
"""How often a device that is missing or went away is looked for."""
PUMP_SECONDS = 0.02
PUMP_BYTES = round(PUMP_SECONDS * RATE) * SAMPLE_BYTES
MAX_DEVICES = 32
MAX_NAME = 100
PLUGGED = "/dev/snd"
"""Linux: its entries change when a device is plugged in or out. PortAudio itself lists devices once."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """Whether sound is played, on which device ('' is the system's default), and which ones there are."""

    playing: bool
    device: str = ""
    devices: tuple[str, ...] = ()


class SoundOutput:
    """Keeps a stream open while sound is wanted; the event loop never waits for the sound system."""

    def __init__(self, changed: Callable[[OutputState], None]) -> None:
        self.line: SoundLine | None = None
        """What is played; None: silence."""
        self.latency = 0.0
        """Seconds from taking a block to hearing it."""
        self._ahead = 0
        self._gaps = 0
        self.device = ""
        """The device that is wanted, by name; empty: the system's default."""
        self.before_restart: Callable[[], None] = lambda: None
        """Called on the sound thread before PortAudio, and every stream of it, ends to begin anew."""
        self._changed = changed
        self.lane = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound")
        self._library: ModuleType | None = None
        self._stream: Any = None
        self._stale = False
        self._opened_for: str | None = None
        self._state = OutputState(False)
        self._plugged: tuple[str, ...] = ()
        self._keeping: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    @property
    def playing(self) -> bool:
        """Whether a device plays."""
        return self._state.playing

    def warm_up(self) -> None:
        """Load PortAudio ahead."""
        self.lane.submit(self.load)

    def want(self) -> None:
        """Play, on the wanted device or else on the default one."""
        if self._keeping is None:
            self._keeping = asyncio.get_running_loop().create_task(self._keep())

    def choose(self, device: str) -> None:
        """Play on another device from now on."""
        self.device = device
        self._woken.set()

    def unwant(self) -> None:
        """Close the device."""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        self.lane.submit(self._close)
        self._state = OutputState(False)

    def end(self) -> None:
        """Close for ever."""
        self.unwant()
        self.lane.shutdown(wait=True)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        told: OutputState | None = None
        while True:
            self._woken.clear()
            self._state = await loop.run_in_executor(self.lane, self._ensure, self.device)
            if self._state != told:
                told = self._state
                self._changed(told)
            await (self._wait() if self.playing else self._pump())

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()

    async def _pump(self) -> None:
        """Without a device the sound goes on unheard, so that its level and what is said of it stay true."""
        begun = time.monotonic()
        for count in range(round(LOOK_SECONDS / PUMP_SECONDS)):
            await asyncio.sleep(max(0.0, begun + count * PUMP_SECONDS - time.monotonic()))
            if self._woken.is_set():
                return
            if self.line is not None:
                self.line.take(PUMP_BYTES, time.monotonic())

    # --- on the sound thread ---------------------------------------------------------------------------------------

    def load(self) -> ModuleType | None:
        """PortAudio, or None where it is not installed."""
        if self._library is None:
            with contextlib.suppress(OSError):  # PortAudio is not installed
                import sounddevice

                self._library = sounddevice
        return self._library

    def _ensure(self, device: str) -> OutputState:
        library = self.load()
        if library is None:
            return OutputState(False)
        gaps, self._gaps = self._gaps, 0
        too_many = gaps > BORNE_GAPS and self._ahead + 1 < len(LATENCIES)
        self._ahead += too_many
        if self._stream is not None and self._stream.active and not too_many and not self._should_reopen(device):
            return self._state
        if self._stream is not None or self._stale:
            self._close()
            # PortAudio lists devices once: begin anew to see what was plugged in or out.
            self.before_restart()
            library._terminate()  # noqa: SLF001
            library._initialize()  # noqa: SLF001
        self._plugged, self._opened_for = _plugged(), device
        found = _devices(library)
        for name in dict.fromkeys((device, "")):
            if (name == "" or name in found) and self._open(library, found.get(name)):
                self._stale = False
                return OutputState(True, name, tuple(found))
        self._stale = True
        return OutputState(False, "", tuple(found))

    def _should_reopen(self, device: str) -> bool:
        """Another device was chosen, or the one that is wanted may have come back."""
        return device != self._opened_for or (device != self._state.device and _plugged() != self._plugged)

    def _open(self, library: ModuleType, index: int | None) -> bool:
        try:
            self._stream = library.RawOutputStream(
                samplerate=RATE,
                channels=CHANNELS,
                dtype="int16",
                device=index,
                latency=LATENCIES[self._ahead],
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

    def _play(self, outdata: Any, _frames: int, _time: object, status: Any) -> None:  # noqa: ANN401
        line = self.line
        self._gaps += bool(status.output_underflow)
        outdata[:] = bytes(len(outdata)) if line is None else line.take(len(outdata), time.monotonic())


def _devices(library: ModuleType) -> dict[str, int]:
    """Every device that plays stereo, by name; of several with one name the first."""
    found: dict[str, int] = {}
    with contextlib.suppress(library.PortAudioError):
        for index, one in enumerate(library.query_devices()):
            name = str(one["name"])[:MAX_NAME]
            if one["max_output_channels"] >= CHANNELS and name and len(found) < MAX_DEVICES:
                found.setdefault(name, index)
    return found


def _plugged() -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(PLUGGED)))
    except OSError:
        return ()  # another system: there a device comes back at the next join
