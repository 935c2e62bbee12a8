"""Sound played slower or faster at the same pitch: WSOLA (Verhelst and Roelands, ICASSP 1993). No I/O.

Windows of the sound are laid over each other at half their length; each is taken near where the speed wants it, at the
place that goes on most like the one before.
"""

import numpy as np

from desktop.av.opus import CHANNELS, RATE, Samples

HOP = round(0.015 * RATE)
"""Samples that one step makes: half a window of 30 ms."""
SEEK = round(0.010 * RATE)
"""So far to both sides a fitting place is looked for: 20 ms hold a period of every voice."""
COARSE = 4
"""The search looks at every fourth sample first."""
QUIET = 1e-6
"""Mean square (-60 dB) below which every place fits."""
SLOWEST, FASTEST = 0.5, 2.0


class Stretch:
    """A stream: `put` sound while `lacks` says so, `make` gives HOP samples a call."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._sound: Samples = np.zeros((0, CHANNELS), np.float32)
        self._origin = 0
        """The index, in the whole stream, of the first sample that is still here."""
        self._natural = 0
        """Where the last window goes on by itself."""
        self._wanted = 0.0
        """Where the speed wants the next window."""
        self._tail: Samples | None = None
        """The last window's second half, faded out."""

    @property
    def at(self) -> int:
        """The index, in the stream that was put in, of what is made next."""
        return self._natural if self.speed == 1 else max(0, round(self._wanted))

    @property
    def lacks(self) -> bool:
        """Whether the next step needs more sound than is here."""
        reach = self._natural if self.speed == 1 else max(self._natural, round(self._wanted) + SEEK)
        return self._origin + len(self._sound) < reach + 2 * HOP

    def put(self, sound: Samples) -> None:
        """More of the stream."""
        self._sound = np.concatenate((self._sound, sound))

    def make(self) -> Samples:
        """HOP samples; only while nothing is lacking."""
        if self._tail is None:
            self._tail = self._slice(self._natural, HOP) * (1 - RISE)
        place = self._natural if self.speed == 1 else self._fitting()
        self._wanted = (place if self.speed == 1 else self._wanted) + HOP * self.speed
        made = self._tail + self._slice(place, HOP) * RISE
        self._tail = self._slice(place + HOP, HOP) * (1 - RISE)
        self._natural = place + HOP
        gone = min(self._natural, max(0, round(self._wanted) - SEEK)) - self._origin
        if gone > 0:
            self._sound, self._origin = self._sound[gone:], self._origin + gone
        return np.asarray(made, np.float32)

    def rest(self, count: int) -> Samples:
        """How the sound would go on by itself, up to so many samples."""
        return self._slice(self._natural, count)

    def _slice(self, index: int, count: int) -> Samples:
        return self._sound[index - self._origin :][:count]

    def _fitting(self) -> int:
        """Where near the wanted place the sound goes on most like the last window does."""
        first = max(self._origin, round(self._wanted) - SEEK)
        near = self._slice(first, 2 * SEEK + HOP).mean(axis=1)
        pattern = self._slice(self._natural, HOP).mean(axis=1)
        if float(np.mean(pattern * pattern)) < QUIET:
            return max(first, round(self._wanted))
        rough = COARSE * int(np.argmax(_likeness(near[::COARSE], pattern[::COARSE])))
        low = max(0, rough - COARSE)
        fine = _likeness(near[low : rough + COARSE + HOP], pattern)
        return first + low + int(np.argmax(fine))


def _likeness(near: Samples, pattern: Samples) -> Samples:
    """The normalized correlation of the pattern with each place."""
    places = np.lib.stride_tricks.sliding_window_view(near, len(pattern))
    energy = np.sqrt(np.einsum("ij,ij->i", places, places))
    return np.asarray(places @ pattern / np.maximum(energy, 1e-9), np.float32)


RISE: Samples = np.asarray(0.5 - 0.5 * np.cos(np.pi * (np.arange(HOP) + 0.5) / HOP), np.float32)[:, np.newaxis]
"""Half a Hann window: two neighbours add up to one."""
