"""The scribe's microphone: no stream exists until a press opens one, and its release closes it.

Opening at the press costs no more than starting a stream that was prepared: measured, 1 ms to open and 1 to 5 ms to
start on PulseAudio, against 1 to 5 ms; the first block of 10 ms comes 20 to 40 ms after the press either way. So
nothing is prepared, and no system shows a microphone in use while nobody holds the key.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from desktop.av.opus import RATE
from desktop.av.sound_output import SoundOutput
from desktop.ports import TalkEnd

BLOCK_SAMPLES = 480
LATENCY_SECONDS = 0.04

Heard = Callable[[bytes], None]
Failed = Callable[[TalkEnd], None]


class Microphone:
    """Opened and closed on the sound output's thread, since PortAudio begins and ends for both together."""

    def __init__(self, sound: SoundOutput) -> None:
        self._sound = sound
        self._heard: Heard = lambda _block: None
        self._failed: Failed = lambda _reason: None
        self._stream: Any = None
        self._press = 0
        """Counts openings: what an earlier one still brings is not heard."""
        sound.before_restart = self._let_go

    def open(self, heard: Heard, failed: Failed) -> None:
        """Listen; `heard` gets 16-bit mono at 48 kHz on the event loop, or `failed` a reason."""
        self._heard, self._failed = heard, failed
        self._press += 1
        self._sound.lane.submit(self._open, self._press, asyncio.get_running_loop())

    def close(self) -> None:
        """Listen no longer: from here on nothing is heard, and the device is closed as soon as it lets itself be."""
        self._press += 1
        self._sound.lane.submit(self._close)

    # --- on the sound thread ---------------------------------------------------------------------------------------

    def _open(self, press: int, loop: asyncio.AbstractEventLoop) -> None:
        self._close()
        if press != self._press:
            return  # released meanwhile: it never opens
        library = self._sound.load()
        if library is None:
            self._tell(loop, press, TalkEnd.NO_MICROPHONE)
            return

        def on_block(data: Any, _frames: int, _time: object, _status: object) -> None:  # noqa: ANN401
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._on_block, press, bytes(data))

        try:
            self._stream = library.RawInputStream(
                samplerate=RATE,
                channels=1,
                dtype="int16",
                blocksize=BLOCK_SAMPLES,
                latency=LATENCY_SECONDS,
                callback=on_block,
                finished_callback=lambda: self._tell(loop, press, TalkEnd.MICROPHONE_LOST),
            )
            self._stream.start()
        except (library.PortAudioError, ValueError):
            self._tell(loop, press, TalkEnd.NO_MICROPHONE)
            self._close()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()  # aborts: what was not yet read is never read

    def _let_go(self) -> None:
        """PortAudio begins anew to find devices; a stream of before must not be touched again."""
        self._close()

    # --- on the event loop -----------------------------------------------------------------------------------------

    def _tell(self, loop: asyncio.AbstractEventLoop, press: int, reason: TalkEnd) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(self._on_failed, press, reason)

    def _on_block(self, press: int, samples: bytes) -> None:
        if press == self._press:
            self._heard(samples)

    def _on_failed(self, press: int, reason: TalkEnd) -> None:
        if press == self._press:
            self._failed(reason)
