"""Makes sound shorter or longer by one period of its pitch: heard as a little faster or slower, at the same pitch."""

from dataclasses import dataclass

import numpy as np

from desktop.av.opus import RATE, Samples

SHORTEST, LONGEST = round(0.0025 * RATE), round(0.0125 * RATE)
"""A voice's period: 80 to 400 Hz."""
COARSE = 4
"""The search looks at every fourth sample first."""
TEMPLATE = round(0.005 * RATE)
QUIET = 0.003
"""Below this level (root mean square, -50 dB) nobody hears a cut."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period's length in samples, and how alike two neighbours are: -1..1; 1 as well in silence."""

    samples: int
    likeness: float


def period_of(sound: Samples) -> Period | None:
    """The period at the beginning of the sound; None when the sound is too short for two of them."""
    longest = min(LONGEST, len(sound) // 2)
    mono = sound.mean(axis=1)[: longest + TEMPLATE]
    if longest < SHORTEST or len(mono) < SHORTEST + TEMPLATE:
        return None
    longest = min(longest, len(mono) - TEMPLATE)
    if float(np.sqrt(np.mean(mono * mono))) < QUIET:
        return Period(longest, 1.0)
    coarse = mono[::COARSE]
    best = SHORTEST + COARSE * int(np.argmax(_likeness(coarse, SHORTEST // COARSE, longest // COARSE)))
    first = max(SHORTEST, best - COARSE)
    fine = _likeness(mono, first, min(longest, best + COARSE))
    at = int(np.argmax(fine))
    return Period(first + at, float(fine[at]))


def shortened(sound: Samples, period: int) -> Samples:
    """The sound without its first period: the first two are faded into one."""
    fade = _fade(period)
    joined = sound[:period] * (1 - fade) + sound[period : 2 * period] * fade
    return np.concatenate((joined, sound[2 * period :]))


def lengthened(sound: Samples, period: int) -> Samples:
    """The sound with its first period played once more."""
    fade = _fade(period)
    joined = sound[period : 2 * period] * (1 - fade) + sound[:period] * fade
    return np.concatenate((sound[:period], joined, sound[period:]))


def _likeness(mono: Samples, first: int, last: int) -> Samples:
    """The normalized correlation of the beginning with what is `first` to `last` samples later."""
    length = len(mono) - last
    template = mono[:length]
    later = np.lib.stride_tricks.sliding_window_view(mono, length)[first : last + 1]
    energy = np.sqrt(np.einsum("ij,ij->i", later, later) * float(template @ template))
    return np.asarray(later @ template / np.maximum(energy, 1e-9), np.float32)


def _fade(count: int) -> Samples:
    return np.linspace(0, 1, count, endpoint=False, dtype=np.float32)[:, np.newaxis]
