"""A synthetic voice, and the way its packets take to a sound line."""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from desktop.av.opus import RATE, Samples
from desktop.av.playout import AudioPacket
from desktop.av.sound import SAMPLE_BYTES, SoundLine

BLOCK = 960
CALLBACK = 0.01

Arrival = Callable[[float], float | None]
"""When a packet sent at that second arrives; None when it is lost."""


@cache
def voice(seconds: float) -> NDArray[np.int16]:
    """Mono: a vowel whose pitch wanders around 120 Hz, in syllables, over a little noise."""
    noise = np.random.default_rng(1)
    time = np.arange(int(seconds * RATE)) / RATE
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 18))
    loud = np.clip(np.sin(2 * np.pi * 2.3 * time) + 0.3, 0, 1)
    return np.asarray(tone * loud * 5_000 + noise.normal(0, 60, len(time)), np.int16)


@cache
def packets(seconds: float) -> tuple[bytes, ...]:
    """The voice as Opus packets of 20 ms, each with a copy of the one before, as Chromium sends under loss."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = RATE, "mono", "s16", 32_000
    encoder.options = {"application": "voip", "fec": "1", "packet_loss": "10", "frame_duration": "20"}
    made: list[bytes] = []
    sound = voice(seconds)
    for at in range(0, len(sound) - BLOCK, BLOCK):
        frame = av.AudioFrame.from_ndarray(sound[None, at : at + BLOCK], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(made)


@dataclass
class Played:
    """What a sound card was given, and what waited meanwhile."""

    line: SoundLine
    sound: Samples
    waits: list[tuple[float, float]] = field(default_factory=list)

    def waited(self, first: float, last: float) -> float:
        """The mean of what waited in these seconds."""
        found = [wait for now, wait in self.waits if first <= now < last]
        return sum(found) / len(found)


def listen(seconds: float, arrival: Arrival, ppm: float = 0.0, *, copies: bool = False) -> Played:
    """Play a voice of so many seconds; the sender's clock differs from the card's by `ppm`.

    With `copies` each packet brings the one before it, as redundant audio does.
    """
    under_way: list[tuple[float, int, bytes]] = []
    for number, data in enumerate(packets(seconds)):
        at = arrival(number * BLOCK / RATE * (1 + ppm * 1e-6))
        if at is not None:
            heapq.heappush(under_way, (at, number, data))
    line, blocks = SoundLine(), []
    played = Played(line, np.zeros((0, 2), np.float32))
    for tick in range(round(seconds / CALLBACK)):
        now = tick * CALLBACK
        while under_way and under_way[0][0] <= now:
            _, number, data = heapq.heappop(under_way)
            line.put(_packet(number, data), now)
            if copies and number > 0:
                line.put(replace(_packet(number - 1, packets(seconds)[number - 1]), copy=True), now)
        blocks.append(line.take(round(CALLBACK * RATE) * SAMPLE_BYTES, now))
        played.waits.append((now, line.waiting))
    pcm = np.frombuffer(b"".join(blocks), "<i2").reshape(-1, 2)
    played.sound = np.asarray(pcm / 32_767, np.float32)
    return played


def _packet(number: int, data: bytes) -> AudioPacket:
    return AudioPacket((number + 65_500) & 0xFFFF, (number * BLOCK - 5_000) & 0xFFFFFFFF, data)


def network(seed: int, loss: float = 0.0, jitter: float = 0.0, delay: float = 0.03) -> Arrival:
    """Random loss and jitter, repeatable."""
    source = random.Random(seed)  # noqa: S311  # a repeatable network
    return lambda sent: None if source.random() < loss else sent + delay + source.random() * jitter
