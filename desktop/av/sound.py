"""The room's sound: a bounded ring between the network and PortAudio, with gain and a level."""

from array import array
from collections import deque
from typing import Any

RATE = 48_000
CHANNELS = 2
FRAME_BYTES = 960 * CHANNELS * 2
"""20 ms of 16-bit stereo."""
PREFILL_FRAMES = 2
MAX_FRAMES = 12
"""240 ms; when more waits, the oldest is dropped so that delay never grows."""


class SoundRing:
    """Holds 20 ms frames; the audio callback takes bytes, and silence when there are none."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._rest = b""
        self._filling = True
        self.gain = 1.0
        self.dropped = 0
        self.missing = 0

    def put(self, data: bytes) -> None:
        """Add a frame; the oldest goes when the ring is full."""
        self._frames.append(data if self.gain == 1.0 else with_gain(data, self.gain))
        if len(self._frames) > MAX_FRAMES:
            self._frames.popleft()
            self.dropped += 1
        if len(self._frames) >= PREFILL_FRAMES:
            self._filling = False

    def take(self, length: int) -> bytes:
        """Exactly `length` bytes; silence where nothing is there, and a short refill after that."""
        parts = [self._rest]
        have = len(self._rest)
        while have < length and self._frames and not self._filling:
            frame = self._frames.popleft()
            parts.append(frame)
            have += len(frame)
        data = b"".join(parts)
        self._rest = data[length:]
        if len(data) < length:
            if not self._filling:
                self.missing += 1
            self._filling = True
            return data + bytes(length - len(data))
        return data[:length]

    def clear(self) -> None:
        """Forget every frame."""
        self._frames.clear()
        self._rest = b""
        self._filling = True


def with_gain(data: bytes, gain: float) -> bytes:
    """16-bit samples times a gain, clipped."""
    samples = array("h", data)
    scaled = array("h", (max(-32768, min(32767, round(sample * gain))) for sample in samples))
    return scaled.tobytes()


def peak(data: bytes) -> float:
    """The largest sample's magnitude, 0..1."""
    samples = memoryview(data).cast("h")
    return max(max(samples), -min(samples)) / 32768 if samples else 0.0


class SoundOutput:
    """A PortAudio stream that plays the ring; `open` says whether there is a device."""

    def __init__(self, ring: SoundRing) -> None:
        self._ring = ring
        self._stream: Any = None

    def open(self, device: str) -> bool:
        """Open the named device, or the default one; False when there is no sound output."""
        if self._stream is not None:
            return True
        try:
            import sounddevice
        except OSError:
            return False  # PortAudio is not installed
        try:
            self._stream = sounddevice.RawOutputStream(
                samplerate=RATE,
                channels=CHANNELS,
                dtype="int16",
                device=device or None,
                latency=0.04,
                callback=self._play,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError):
            self._stream = None
            return False
        return True

    def _play(self, outdata: Any, _frames: int, _time: object, _status: object) -> None:  # noqa: ANN401
        outdata[:] = self._ring.take(len(outdata))

    def close(self) -> None:
        """Stop playing."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._ring.clear()
