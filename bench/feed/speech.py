"""The speech that the room says, and what of it was heard: frames of 20 ms found again in a recording, or missing.

Sounds are float arrays at RATE. The source is a loop; the recording is compared with the part of it that was said.
"""

import io
import subprocess
import wave
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from demo.script import load_script

RATE = 16_000
FRAME = RATE // 50
MISSING_BELOW = 0.6
"""A frame is missing when no place near its expected one correlates as well as this (1 is the same wave)."""
ACTIVE_DB = -18.0
"""Frames quieter than this below the speech's loud ones are not counted: pauses, and what Opus itself blurs.

With this bound and BAND_HZ, Opus at 32 kbit/s without loss misses no frame of `voice()`, and with 5 % of its packets
replaced by silence 4.4 %.
"""
BAND_HZ = 3_000
"""Compared below this alone: Opus keeps the look of a wave there, and of noise above it only the power."""
TAPS = 129
BLOCK = RATE // 2
HOP = RATE // 10
BLOCK_FOUND = 0.35
MAX_DELAY_S = 3.0
NEAR = RATE // 100
"""How far around a block's delay its frames are searched: 10 ms, more than Opus's own blur, less than a syllable."""
NEIGHBOURS = 4
Sound = NDArray[np.float32]


def voice() -> Sound:
    """The demo's visit, voiced by espeak-ng with its pauses taken out: about a minute of a man and a woman in turn."""
    parts: list[Sound] = []
    for line in load_script().lines:
        name = "en-us+m3" if line.speaker == "provider" else "en-us+f2"
        argv = ["espeak-ng", "-v", name, "-s", "165", "--stdout", line.text]
        done = subprocess.run(argv, capture_output=True, check=True)
        with wave.open(io.BytesIO(done.stdout)) as file:
            rate = file.getframerate()
            levels = np.frombuffer(done.stdout[44:], dtype="<i2").astype(np.float32) / 32768
        parts += [soxr.resample(levels, rate, RATE), np.zeros(RATE // 4, np.float32)]
    whole = np.concatenate(parts)[: 60 * RATE]
    return np.asarray(whole * (0.5 / np.abs(whole).max()), np.float32)


def to_levels(sound: Sound) -> bytes:
    """16-bit little-endian samples."""
    return (sound * 32767).astype("<i2").tobytes()


def from_recording(levels: bytes, rate: int) -> Sound:
    """A recording of 16-bit samples at another rate."""
    return np.asarray(soxr.resample(np.frombuffer(levels, "<i2").astype(np.float32) / 32768, rate, RATE), np.float32)


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame of speech that was said."""

    said_at: float
    """Seconds, on the recording's axis."""
    delay_s: float | None
    """None when it is missing."""


def said(source: Sound, begin: int, count: int) -> Sound:
    """`count` samples of the loop from sample `begin` on."""
    return source[np.arange(begin, begin + count) % len(source)]


def listen(source_part: Sound, recording: Sound, offset: int) -> list[Heard]:
    """Every active frame of what was said, and whether the recording has it.

    `offset` is the sample of the recording that was recorded when the part's first sample was said.
    """
    source_part, recording = _low(source_part), _low(recording)
    rough = _rough_delays(source_part, recording, offset)
    loud = _loudness(source_part)
    active = loud > np.quantile(loud, 0.95) * 10 ** (ACTIVE_DB / 20)
    heard = []
    for index in np.flatnonzero(active):
        begin = int(index) * FRAME
        near = _candidates(rough, begin)
        delay = _find(source_part[begin : begin + FRAME], recording, offset + begin, near)
        heard.append(Heard((offset + begin) / RATE, None if delay is None else delay / RATE))
    return heard


def _low(sound: Sound) -> Sound:
    """Below BAND_HZ, without delay."""
    taps = np.arange(TAPS) - TAPS // 2
    kernel = np.sinc(2 * BAND_HZ / RATE * taps) * np.hamming(TAPS)
    return np.asarray(np.convolve(sound, kernel / kernel.sum(), "same"), np.float32)


def _loudness(sound: Sound) -> NDArray[np.float32]:
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    return np.asarray(np.sqrt((frames**2).mean(axis=1)), np.float32)


def _rough_delays(part: Sound, recording: Sound, offset: int) -> list[int | None]:
    """The delay of each block of half a second, HOP apart, in samples; None where it is not found."""
    reach = round(MAX_DELAY_S * RATE)
    delays: list[int | None] = []
    for begin in range(0, max(1, len(part) - BLOCK), HOP):
        block = part[begin : begin + BLOCK]
        first = offset + begin
        field = recording[max(0, first) : max(0, first + BLOCK + reach)]
        if first < 0 or len(field) < BLOCK or not np.any(block):
            delays.append(None)
            continue
        likeness = _likeness(block, field)
        best = int(likeness.argmax())
        delays.append(best if likeness[best] >= BLOCK_FOUND else None)
    return delays


def _candidates(rough: Sequence[int | None], begin: int) -> list[int]:
    """The delays of the blocks around a frame, without repetition."""
    middle = max(0, begin - BLOCK // 2) // HOP
    around = rough[max(0, middle - NEIGHBOURS) : middle + NEIGHBOURS + 1]
    kept: list[int] = []
    for delay in sorted(delay for delay in around if delay is not None):
        if not kept or delay - kept[-1] > NEAR:
            kept.append(delay)
    return kept


def _find(frame: Sound, recording: Sound, first: int, delays: Sequence[int]) -> int | None:
    best, found = MISSING_BELOW, None
    for delay in delays:
        low = max(0, first + delay - NEAR)
        field = recording[low : first + delay + NEAR + FRAME]
        if len(field) < FRAME:
            continue
        likeness = _likeness(frame, field)
        at = int(likeness.argmax())
        if likeness[at] >= best:
            best, found = float(likeness[at]), low + at - first
    return found


def _likeness(part: Sound, field: Sound) -> NDArray[np.float64]:
    """The normalized correlation of `part` with each place of `field`, by Fourier transform."""
    size = 1 << (len(field) + len(part) - 1).bit_length()
    product = np.fft.rfft(field, size) * np.conj(np.fft.rfft(part, size))
    products = np.fft.irfft(product, size)[: len(field) - len(part) + 1]
    sums = np.concatenate(([0.0], np.cumsum(field.astype(np.float64) ** 2)))
    energy = np.maximum(sums[len(part) :] - sums[: len(sums) - len(part)], 1e-9)
    return np.asarray(products / np.sqrt(energy * float((part.astype(np.float64) ** 2).sum()) + 1e-12), np.float64)
