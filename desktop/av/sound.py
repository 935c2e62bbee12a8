"""The room's sound from packets to what the sound card plays: one line that is pulled, block by block. No I/O.

Too much waiting is played a little faster, too little a little slower, at the same pitch; a sound card whose clock
differs from the sender's is followed by a resampler whose ratio never jumps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np
import soxr  # type: ignore[import-untyped]  # it has no types

from desktop.av.opus import CHANNELS, RATE, OpusDecoder, OpusError, Samples
from desktop.av.pitch import QUIET, lengthened, period_of, shortened
from desktop.av.playout import AudioPacket, Counts, Move, Playout, Step

SAMPLE_BYTES = 2 * CHANNELS


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the line may be made shorter by a period, and how alike the two must be that become one."""

    up_to: float
    """Seconds that wait too long."""
    every: float
    alike: float


SLACK_SECONDS = 0.010
"""So far off its target the line changes nothing but the resampler's ratio."""
PACES = (
    Pace(0.06, 0.1, 0.9),
    Pace(0.2, 0.05, 0.9),
    Pace(0.5, 0.03, 0.9),
    Pace(1.0, 0.0, 0.9),
    Pace(float("inf"), 0.0, 0.2),
)
"""How the line comes back to its target: gently where a little waits too long, in haste where very much does."""
PAUSE_SHARE = 0.03
"""A block this much softer than speech (30 dB) is a pause: there the line comes back to its target unheard."""
LOUD_KEPT = 0.995
"""Of the loudness of speech, with each block."""
JOIN_SAMPLES = 120
DRIFT_SHARE = 0.3
"""Of the distance to the target, the resampler makes up so much in a second."""
MAX_DRIFT = 0.005
SLEW_SAMPLES = 960
RAMP_SAMPLES = 480
"""Gain changes over 10 ms."""

Keeper = Callable[[Step, float], None]
"""Told each step that is played and how loud it was (0..1), on the sound thread."""
Over = Callable[[Samples], Samples]
"""Given what the line plays next; what it gives back is played instead, with the line's gain."""


class SoundLine:
    """`put` on the event loop's thread, `take` on PortAudio's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.gain = 1.0
        self.boost = Boost()
        self.keep: Keeper = lambda _step, _level: None
        self.over: Over = lambda block: block
        self.concealed = 0
        """Samples made up for lost or late ones."""
        self.heard: tuple[int, float] | None = None
        """The RTP time of the newest packet that was decoded, and when its first sample goes to the sound card."""
        self._level = 0.0
        self._gain_now = 1.0
        self._begin()

    def _begin(self) -> None:
        self._playout = Playout()
        self._decoder = OpusDecoder()
        self._resampler = soxr.ResampleStream(RATE, RATE, CHANNELS, dtype="float32", quality="HQ", vr=True)
        self._decoded: Samples = np.zeros((0, CHANNELS), np.float32)
        self._ready = b""
        self._changed_at = float("-inf")
        self._loud = 0.0
        self._ratio = 1.0
        self.heard = None

    # --- the event loop's side -------------------------------------------------------------------------------------

    def put(self, packet: AudioPacket, now: float) -> None:
        """Add a packet."""
        with self._lock:
            self._playout.add(packet, now, self._unheard)

    def repeats(self, seconds: float | None) -> None:
        """How long a packet takes that is asked for again; None: the sender repeats nothing."""
        with self._lock:
            self._playout.measured(seconds)

    def wanted(self, now: float) -> tuple[int, ...]:
        """The numbers of packets to ask the sender for again now."""
        with self._lock:
            return self._playout.wanted(now)

    def clear(self) -> None:
        """Forget every sound."""
        with self._lock:
            self._decoder.close()
            self._begin()

    def loudest(self) -> float:
        """The loudest sample since the last call, 0..1."""
        level, self._level = self._level, 0.0
        return level

    @property
    def counts(self) -> Counts:
        """What became of the packets."""
        return self._playout.counts

    def reserve(self, seconds: float) -> None:
        """So much shall wait at least."""
        self._playout.reserve = seconds

    def target(self, now: float) -> float:
        """Seconds of sound that should wait."""
        return self._playout.target(now)

    @property
    def waiting(self) -> float:
        """Seconds of sound that wait."""
        return self._playout.waiting + self._unheard

    # --- the sound card's side ---------------------------------------------------------------------------------------

    def take(self, length: int, now: float) -> bytes:
        """Exactly `length` bytes of 16-bit stereo."""
        with self._lock:
            while len(self._ready) < length:
                self._ready += self._made(now)
            block, self._ready = self._ready[:length], self._ready[length:]
        return block

    # --- inside, under the lock --------------------------------------------------------------------------------------

    @property
    def _unheard(self) -> float:
        return (len(self._decoded) + len(self._ready) // SAMPLE_BYTES) / RATE

    def _made(self, now: float) -> bytes:
        """A packet's sound, ready to be played: so large a piece at a time that a card's short blocks cost little."""
        self._decode(now)
        excess = self._playout.excess(now)
        drift = max(-MAX_DRIFT, min(MAX_DRIFT, DRIFT_SHARE * excess))
        if abs(drift - self._ratio + 1) > 1e-6:
            self._ratio = 1 + drift
            self._resampler.set_io_ratio(self._ratio, 1.0, SLEW_SAMPLES)
        made = self._resampler.resample_chunk(self._fitted(excess, now))
        return to_bytes(self._amplified(self.over(made)))

    def _decode(self, now: float) -> None:
        step = self._playout.next(now, self._unheard)
        if step.timestamp is not None:
            self.heard = (step.timestamp, now + self._unheard)
        sound = self._sound_of(step)
        level = float(np.abs(sound).max(initial=0.0))
        self._level = max(self._level, min(1.0, level))
        self.keep(step, level)
        self._decoded = np.concatenate((self._decoded, sound))

    def _sound_of(self, step: Step) -> Samples:
        try:
            match step.move:
                case Move.DECODE:
                    return self._decoder.decode(step.data)
                case Move.RECOVER:
                    return self._decoder.recover(step.data, step.samples)
                case Move.REST:
                    return np.zeros((step.samples, CHANNELS), np.float32)
                case Move.CONCEAL | Move.DRAW_OUT:
                    pass
        except OpusError:
            pass  # a hostile or broken packet is a lost one
        self.concealed += step.samples
        return self._decoder.conceal(step.samples)

    def _fitted(self, excess: float, now: float) -> Samples:
        """What was decoded, made shorter or longer where too much or too little waits."""
        sound, self._decoded = self._decoded, self._decoded[:0]
        pace = next(pace for pace in PACES if excess < pace.up_to)
        is_pause = self._is_pause(sound)
        if abs(excess) < SLACK_SECONDS or now - self._changed_at < pace.every:
            return sound
        if is_pause and excess > 0:
            self._changed_at = now
            return self._cut(sound, excess)
        period = period_of(sound)
        if period is None:
            return self._held_back(sound) if pace is not PACES[0] else sound
        if period.likeness < pace.alike:
            return sound
        self._changed_at = now
        if excess > 0:
            self._playout.shifted(period.samples / RATE)
            return shortened(sound, period.samples)
        self._playout.shifted(-period.samples / RATE)
        return lengthened(sound, period.samples)

    def _is_pause(self, sound: Samples) -> bool:
        """Whether nobody speaks in this block, by how loud it was before."""
        loud = loudness(sound)
        self._loud = max(loud, self._loud * LOUD_KEPT)
        return len(sound) > 2 * JOIN_SAMPLES and loud < max(QUIET, PAUSE_SHARE * self._loud)

    def _cut(self, sound: Samples, excess: float) -> Samples:
        """A pause made shorter by what waits too long, faded over."""
        count = min(len(sound) - JOIN_SAMPLES, round(excess * RATE))
        self._playout.shifted(count / RATE)
        fade = np.linspace(0, 1, JOIN_SAMPLES, endpoint=False, dtype=np.float32)[:, np.newaxis]
        rest = sound[count:].copy()
        rest[:JOIN_SAMPLES] = sound[:JOIN_SAMPLES] * (1 - fade) + rest[:JOIN_SAMPLES] * fade
        return rest

    def _held_back(self, sound: Samples) -> Samples:
        """Too little to find a period in: it waits for the next block."""
        self._decoded = sound
        return sound[:0]

    def _amplified(self, block: Samples) -> Samples:
        gain = self.gain
        if gain != self._gain_now:
            ramp = np.full((len(block), 1), gain, np.float32)
            count = min(RAMP_SAMPLES, len(block))
            ramp[:count, 0] = np.linspace(self._gain_now, gain, count, dtype=np.float32)
            self._gain_now = gain
            return self.boost(block * ramp)
        return self.boost(block * np.float32(gain))


class Boost:
    """The speech-boost switch: soft voices are made louder, up to four times; what is loud already stays."""

    WANTED = 0.12
    MOST = 4.0
    FLOOR = 0.004
    """Quieter than this (-48 dB) is the room's noise, and is left as it is."""
    UP, DOWN = 0.15, 0.5
    """Of the way to the wanted gain in a block: slowly up, quickly down."""

    def __init__(self) -> None:
        self.on = False
        self._gain = 1.0

    def __call__(self, block: Samples) -> Samples:
        """The block, boosted when it is on; the gain never jumps."""
        before = self._gain
        if not self.on and before == 1.0:
            return block
        loud = loudness(block)
        wanted = 1.0 if not self.on else before if loud < self.FLOOR else min(self.MOST, max(1.0, self.WANTED / loud))
        self._gain += (wanted - before) * (self.UP if wanted > before else self.DOWN)
        if abs(self._gain - 1.0) < 1e-4:
            self._gain = 1.0
        ramp = np.linspace(before, self._gain, len(block), dtype=np.float32)[:, np.newaxis]
        return np.asarray(block * ramp, np.float32)


def loudness(block: Samples) -> float:
    """The root mean square of a block, 0..1."""
    flat = block.reshape(-1)
    return float(np.sqrt(np.dot(flat, flat) / len(flat))) if len(flat) else 0.0


def to_bytes(block: Samples) -> bytes:
    """16-bit samples; beyond 0.8 they bend towards full scale instead of being cut off."""
    size = np.abs(block)
    if float(size.max(initial=0.0)) > 0.8:
        bent = 0.8 + 0.2 * np.tanh((size - 0.8) / 0.2)
        block = np.where(size > 0.8, np.sign(block) * bent, block)
    return (block * 32767).astype("<i2").tobytes()
