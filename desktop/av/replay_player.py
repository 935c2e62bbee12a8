"""Plays the ring's sound from a point on, slower or faster at the same pitch; gaps are concealed. No I/O."""

from collections import deque

import numpy as np

from desktop.av.opus import CHANNELS, RATE, OpusDecoder, OpusError, Samples
from desktop.av.playout import UNIT
from desktop.av.replay_ring import Kept, Kind, ReplayRing
from desktop.av.stretch import FASTEST, SLOWEST, Stretch

LEAD_IN = 4
"""A decoder that begins in the middle needs some packets to find in; they are not heard."""


class ReplayPlayer:
    """One way through the ring, from the time `at` on. Not thread-safe: whoever takes holds the ring's lock."""

    def __init__(self, ring: ReplayRing, at: float, speed: float) -> None:
        self._ring = ring
        self._decoder = OpusDecoder()
        self._stretch = Stretch(speed)
        self._made: Samples = np.zeros((0, CHANNELS), np.float32)
        self._marks: deque[tuple[int, float]] = deque()
        """Where in the stretched stream an entry begins, and when it was heard."""
        self._decoded = 0
        self._number = ring.find(at)
        self._lead_in(at)

    @property
    def position(self) -> float | None:
        """When what is heard next was heard live; None before anything is."""
        at = self._stretch.at - len(self._made) * self._stretch.speed
        while len(self._marks) > 1 and self._marks[1][0] <= at:
            self._marks.popleft()
        return self._marks[0][1] + (at - self._marks[0][0]) / RATE if self._marks else None

    @property
    def speed(self) -> float:
        """How fast it is played."""
        return self._stretch.speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._stretch.speed = min(FASTEST, max(SLOWEST, speed))

    def take(self, count: int) -> Samples:
        """So many samples; fewer when the ring's newest sound is reached."""
        while len(self._made) < count:
            while self._stretch.lacks:
                if not self._decode_next():
                    return self._cut(len(self._made))
            self._made = np.concatenate((self._made, self._stretch.make()))
        return self._cut(count)

    def last(self, count: int) -> Samples:
        """What would come next, for a fade: at most so many samples, then silence."""
        found = np.concatenate((self.take(count), self._stretch.rest(count)))[:count]
        return np.concatenate((found, np.zeros((count - len(found), CHANNELS), np.float32)))

    def close(self) -> None:
        """Free the decoder."""
        self._decoder.close()

    # --- inside --------------------------------------------------------------------------------------------------

    def _cut(self, count: int) -> Samples:
        cut, self._made = self._made[:count], self._made[count:]
        return cut

    def _lead_in(self, at: float) -> None:
        start = self._number
        for number in range(max(self._ring.first, start - LEAD_IN), start):
            kept = self._ring.get(number)
            if kept is not None:
                self._sound_of(kept, number)
        kept = self._ring.get(start)
        if kept is not None:
            self._number = start + 1
            skipped = max(0, round((at - kept.at) * RATE))
            self._add(kept.at + skipped / RATE, self._sound_of(kept, start)[skipped:])

    def _decode_next(self) -> bool:
        """Decode one entry more; False when there is none. What has been overwritten meanwhile is passed over."""
        self._number = max(self._number, self._ring.first)
        kept = self._ring.get(self._number)
        if kept is None:
            return False
        self._add(kept.at, self._sound_of(kept, self._number))
        self._number += 1
        return True

    def _add(self, at: float, sound: Samples) -> None:
        self._marks.append((self._decoded, at))
        self._decoded += len(sound)
        self._stretch.put(sound)

    def _sound_of(self, kept: Kept, number: int) -> Samples:
        try:
            if kept.kind is Kind.REST:
                return np.zeros((kept.samples, CHANNELS), np.float32)
            if kept.kind is Kind.PACKET:
                return self._decoder.decode(kept.data)
            after = self._ring.get(number + 1)
            if kept.kind is Kind.LOST and after is not None and after.kind is Kind.PACKET:
                return self._decoder.recover(after.data, kept.samples)
        except OpusError:
            pass  # it was none when it was heard live, either
        return self._decoder.conceal(max(UNIT, kept.samples // UNIT * UNIT))
