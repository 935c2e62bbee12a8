"""The room's sound between network and PortAudio: a bounded ring that keeps its delay small. No I/O, no clock.

The reserve grows by 20 ms when it ran dry for a moment, shrinks after half a minute without that, and what waits beyond
it is cut out in steps of 20 ms: delay that a pause of the network brought goes again within seconds.
"""

from array import array
from collections import deque
from threading import Lock

RATE = 48_000
CHANNELS = 2
SAMPLE_BYTES = 2 * CHANNELS
BLOCK_SAMPLES = 960
BLOCK_BYTES = BLOCK_SAMPLES * SAMPLE_BYTES
"""20 ms of 16-bit stereo."""
MIN_TARGET, MAX_TARGET = 2, 10
"""The reserve in blocks: 40 to 200 ms."""
MAX_BYTES = 16 * BLOCK_BYTES
"""320 ms; when more waits, the oldest is dropped."""
CONCEALED_SAMPLES = 3 * BLOCK_SAMPLES
"""A longer hole is a pause, not a loss."""
WINDOW_BLOCKS = 25
CALM_BLOCKS = 1_500
PAUSE_BYTES = 25 * BLOCK_BYTES
"""Silence longer than half a second was a pause of the sender, not jitter."""
FADE_SAMPLES = 240


class SoundRing:
    """`put` on the event loop's thread, `take` on PortAudio's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._blocks: deque[bytes] = deque()
        self._held = 0
        self._last = b""
        self._due: int | None = None
        self._target = MIN_TARGET
        self._filling = True
        self._silence = 0
        self._lowest = MAX_BYTES
        self._blocks_in_window = 0
        self._calm = 0
        self.gain = 1.0
        self.concealed = 0
        """Samples made up for lost ones."""
        self.dropped = 0
        """Samples cut out to keep the delay small."""
        self.dry = 0
        """How often nothing was there to play."""

    @property
    def delay_samples(self) -> int:
        """How much waits."""
        return self._held // SAMPLE_BYTES

    def put(self, data: bytes, timestamp: int) -> None:
        """Add decoded sound; `timestamp` counts samples, so a hole shows and is bridged by fading repetition."""
        sound = data if self.gain == 1.0 else with_gain(data, self.gain)
        with self._lock:
            hole = 0 if self._due is None else timestamp - self._due
            if 0 < hole <= CONCEALED_SAMPLES and self._last:
                self._add(concealment(self._last, hole * SAMPLE_BYTES))
                self.concealed += hole
            self._due = timestamp + len(data) // SAMPLE_BYTES
            self._add(sound)
            self._last = sound[-BLOCK_BYTES:]
            self._keep_small()
            if self._held >= self._target * BLOCK_BYTES:
                self._resume()

    def take(self, length: int) -> bytes:
        """Exactly `length` bytes; where nothing is there the sound fades out, and a reserve is gathered anew."""
        with self._lock:
            if self._filling:
                self._silence += length
                return bytes(length)
            parts: list[bytes] = []
            have = 0
            while have < length and self._blocks:
                block = self._blocks.popleft()
                if have + len(block) > length:
                    cut = length - have
                    self._blocks.appendleft(block[cut:])
                    block = block[:cut]
                parts.append(block)
                have += len(block)
            self._held -= have
            self._lowest = min(self._lowest, self._held)
            if have < length:
                self.dry += 1
                self._filling, self._silence = True, length - have
                parts.append(concealment(self._last, min(length - have, BLOCK_BYTES)).ljust(length - have, b"\0"))
            return b"".join(parts)

    def clear(self) -> None:
        """Forget every sound; the learned reserve stays."""
        with self._lock:
            self._blocks.clear()
            self._held = 0
            self._last = b""
            self._due = None
            self._filling, self._silence = True, PAUSE_BYTES
            self._lowest, self._blocks_in_window = MAX_BYTES, 0

    # --- inside, under the lock ------------------------------------------------------------------------------------

    def _add(self, sound: bytes) -> None:
        self._blocks.append(sound)
        self._held += len(sound)

    def _resume(self) -> None:
        if self._filling and 0 < self._silence < PAUSE_BYTES and self.dry:
            self._target = min(self._target + 1, MAX_TARGET)
            self._calm = 0
        self._filling, self._silence = False, 0

    def _keep_small(self) -> None:
        while self._held > MAX_BYTES:
            self._cut()
        self._blocks_in_window += 1
        self._calm += 1
        if self._calm >= CALM_BLOCKS:
            self._target, self._calm = max(self._target - 1, MIN_TARGET), 0
        if self._blocks_in_window < WINDOW_BLOCKS:
            return
        spare = self._lowest - (self._target - 1) * BLOCK_BYTES
        if spare >= BLOCK_BYTES and not self._filling:
            self._cut()
            if spare >= 5 * BLOCK_BYTES:
                self._cut()
        self._lowest, self._blocks_in_window = MAX_BYTES, 0

    def _cut(self) -> None:
        """Take the oldest block out, with a short cross-fade where the ends meet."""
        gone = self._blocks.popleft()
        self._held -= len(gone)
        self.dropped += len(gone) // SAMPLE_BYTES
        if self._blocks:
            self._blocks[0] = cross_faded(gone, self._blocks[0])


def with_gain(data: bytes, gain: float) -> bytes:
    """16-bit samples times a gain, clipped."""
    samples = array("h", data)
    scaled = array("h", (max(-32768, min(32767, round(sample * gain))) for sample in samples))
    return scaled.tobytes()


def concealment(last: bytes, length: int) -> bytes:
    """`length` bytes that repeat the last sound while it fades away within 60 ms."""
    if not last:
        return bytes(length)
    samples = array("h", (last * (length // len(last) + 1))[:length])
    end = CONCEALED_SAMPLES * CHANNELS
    faded = array("h", (sample * (end - n) // end if n < end else 0 for n, sample in enumerate(samples)))
    return faded.tobytes()


def cross_faded(gone: bytes, kept: bytes) -> bytes:
    """`kept`, begun with the beginning of `gone` (which would have been heard next) within 5 ms."""
    count = min(FADE_SAMPLES * CHANNELS, len(gone) // 2, len(kept) // 2)
    old, new = array("h", gone[: count * 2]), array("h", kept[: count * 2])
    mixed = array("h", ((o * (count - n) + k * n) // count for n, (o, k) in enumerate(zip(old, new, strict=True))))
    return mixed.tobytes() + kept[count * 2 :]


def peak(data: bytes) -> float:
    """The largest sample's magnitude, 0..1."""
    samples = memoryview(data).cast("h")
    return min(1.0, max(max(samples), -min(samples)) / 32768) if samples else 0.0
