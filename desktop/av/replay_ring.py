"""The last seconds of sound as Opus, in one given piece of memory: packets, gaps, and how loud each was. No I/O.

Nothing of it is kept outside that memory, so that wiping the memory wipes all. What becomes too old is overwritten.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from desktop.av.opus import MAX_PACKET_BYTES, MAX_SAMPLES, RATE

BYTES_A_SECOND = 12_000
"""96 kbit/s: three times what a room's browser sends. A room that sends more is kept for a shorter time."""
ENTRIES_A_SECOND = 60
"""A packet is 20 ms; the rest is for what stood in for lost ones."""
ENTRY = np.dtype(
    [("at", "<f8"), ("offset", "<u4"), ("samples", "<u2"), ("length", "<u2"), ("kind", "u1"), ("level", "u1")]
)
LONGEST_REST = RATE // 2
"""Silence is kept in pieces of at most half a second."""
BREAK_SECONDS = 0.5
"""Sound that comes later than this began anew: in between nothing was heard."""
FOLLOW = 0.25
"""At most so much of an entry's length the kept time is moved to follow the clock."""
QUIETEST_DB = -54.0


class Kind(IntEnum):
    """What an entry is."""

    PACKET = 1
    LOST = 2
    """A packet that did not come: its coarse copy may be in the next one."""
    MADE_UP = 3
    """Sound that stood in for what was late."""
    REST = 4
    """Silence: nothing was there to be heard."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One entry: when it was heard (seconds of the caller's clock), its length, and a packet's bytes in place."""

    at: float
    kind: Kind
    samples: int
    data: NDArray[np.uint8]

    @property
    def end(self) -> float:
        """When it had been heard."""
        return self.at + self.samples / RATE


def bytes_for(seconds: int) -> int:
    """The memory that a ring of so many seconds needs."""
    return seconds * (BYTES_A_SECOND + ENTRIES_A_SECOND * ENTRY.itemsize)


class ReplayRing:
    """Entries have numbers that go up from 0; those from `first` up to `next` are kept. Not thread-safe."""

    def __init__(self, memory: memoryview, seconds: int) -> None:
        self.seconds = seconds
        slots = seconds * ENTRIES_A_SECOND
        self._entries = np.frombuffer(memory, ENTRY, slots)
        self._heap = np.frombuffer(memory, np.uint8, offset=self._entries.nbytes)
        self.first = 0
        self.next = 0
        self._head = 0

    def put(self, kind: Kind, data: bytes, samples: int, level: float, now: float) -> None:
        """Keep what is heard at `now`, `level` 0..1 loud; what cannot be kept whole is a gap."""
        samples = min(samples, MAX_SAMPLES)
        if kind is Kind.PACKET and not 0 < len(data) <= min(MAX_PACKET_BYTES, len(self._heap)):
            kind = Kind.MADE_UP
        at = self._time(samples, now)
        if kind is Kind.REST and self._longer_rest(samples, now):
            return
        room = data if kind is Kind.PACKET else b""
        if self.next - self.first == len(self._entries):
            self._drop()
        offset = self._place_for(len(room))
        self._heap[offset : offset + len(room)] = np.frombuffer(room, np.uint8)
        self._head = offset + len(room)
        slot = self.next % len(self._entries)
        self._entries[slot] = (at, offset, samples, len(room), kind, _to_byte(level))
        self.next += 1
        self.expire(now)

    def expire(self, now: float) -> None:
        """Overwrite what is too old."""
        while self.first < self.next and self._end(self.first) < now - self.seconds:
            self._drop()

    @property
    def begin(self) -> float | None:
        """When the oldest sound was heard; None while there is none."""
        return float(self._entry(self.first)["at"]) if self.first < self.next else None

    @property
    def end(self) -> float | None:
        """When the newest sound has been heard."""
        return self._end(self.next - 1) if self.first < self.next else None

    def find(self, at: float) -> int:
        """The number of what was heard at that time; else of what came next; `next` when nothing did."""
        low, high = self.first, self.next
        while low < high:
            middle = (low + high) // 2
            if self._end(middle) <= at:
                low = middle + 1
            else:
                high = middle
        return low

    def get(self, number: int) -> Kept | None:
        """An entry; None when it is gone or not there yet. Its data is valid until the ring changes."""
        if not self.first <= number < self.next:
            return None
        entry = self._entry(number)
        offset, length = int(entry["offset"]), int(entry["length"])
        kind = Kind(int(entry["kind"]))
        return Kept(float(entry["at"]), kind, int(entry["samples"]), self._heap[offset : offset + length])

    def peaks(self, now: float, count: int) -> bytes:
        """How loud it was over the ring's time up to `now`, in `count` parts: 0 is -54 dB or less, 255 is full."""
        found = np.zeros(count, np.uint8)
        slots = np.arange(self.first, self.next) % len(self._entries)
        parts = np.floor((self._entries["at"][slots] - (now - self.seconds)) * count / self.seconds).astype(int)
        np.maximum.at(found, np.clip(parts, 0, count - 1), self._entries["level"][slots])
        return found.tobytes()

    def forget(self) -> None:
        """Forget everything; the memory's owner wipes it."""
        self.first, self._head = self.next, 0

    # --- inside --------------------------------------------------------------------------------------------------

    def _entry(self, number: int) -> np.void:
        return self._entries[number % len(self._entries)]  # type: ignore[no-any-return]

    def _end(self, number: int) -> float:
        entry = self._entry(number)
        return float(entry["at"]) + int(entry["samples"]) / RATE

    def _time(self, samples: int, now: float) -> float:
        """Blocks are played in bursts: sound that follows sound is given the time that is due, led by the clock."""
        end = self.end
        if end is None or now - end > BREAK_SECONDS:
            return now
        follow = FOLLOW * samples / RATE
        led = end + max(-follow, min(follow, 0.02 * (now - end)))
        return max(led, float(self._entry(self.next - 1)["at"]))  # a long block must not begin before a short one

    def _longer_rest(self, samples: int, now: float) -> bool:
        """Whether the newest entry is a silence that goes on."""
        if self.first == self.next:
            return False
        entry = self._entry(self.next - 1)
        together = int(entry["samples"]) + samples
        if entry["kind"] != Kind.REST or together > LONGEST_REST or now - self._end(self.next - 1) > BREAK_SECONDS:
            return False
        entry["samples"] = together
        return True

    def _place_for(self, length: int) -> int:
        """Where so many bytes in one piece begin; the oldest entries make room."""
        offset = self._head
        if offset + length > len(self._heap):
            while self.first < self.next and self._entry(self.first)["offset"] >= self._head:
                self._drop()
            offset = 0
        while length and self.first < self.next and self._overlaps(offset, length):
            self._drop()
        return offset

    def _overlaps(self, offset: int, length: int) -> bool:
        entry = self._entry(self.first)
        begin = int(entry["offset"])
        return begin < offset + length and offset < begin + max(1, int(entry["length"]))

    def _drop(self) -> None:
        entry = self._entry(self.first)
        offset, length = int(entry["offset"]), int(entry["length"])
        self._heap[offset : offset + length] = 0
        self._entries[self.first % len(self._entries)] = np.zeros((), ENTRY)
        self.first += 1


def _to_byte(level: float) -> int:
    loud = 20 * math.log10(level) if level > 0 else QUIETEST_DB
    return max(0, min(255, round(255 * (1 - loud / QUIETEST_DB))))
