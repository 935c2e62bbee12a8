"""Tells the sender when each of its packets came, so that it finds the rate that the way bears. No I/O, no clock.

Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): every packet of a connection, whichever
line it belongs to, has a number; a report says of a run of numbers which came, and when, in steps of 250 microseconds.
"""

import struct
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

URI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
FEEDBACK = "transport-cc"
REPORT_SECONDS = 0.05
TICKS = 4_000
"""A second in steps of 250 microseconds."""
REFERENCE_TICKS = 256
MAX_STEP = 0x7FFF
MAX_REPORTED = 512
"""Numbers in a report: the rest go into the next one."""
MAX_JUMP = 2_000
"""Numbers further off than this are another sender's."""
KEPT = 1_000
RTPFB, FORMAT = 205, 15
PADDED = 0x20
LOST, SOON, LATER = 0, 1, 2
"""How a number is told of: it did not come; its step takes one byte; it takes two, or goes back."""
VECTOR = 7
MAX_RUN = 0x1FFF


class Arrivals:
    """One connection's packets."""

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        self._new: set[int] = set()
        self._highest: int | None = None
        self._from = 0
        self._reported_at = float("-inf")
        self._count = 0

    def came(self, sequence: int, now: float) -> int:
        """A packet with this transport-wide number (16 bits) came; how many were passed over just before it."""
        before = self._highest
        number = self._place(sequence)
        if number in self._came:
            return 0
        self._came[number] = round(now * TICKS)
        self._new.add(number)
        if len(self._came) > 2 * KEPT:
            oldest = max(self._came) - KEPT
            self._came = {kept: at for kept, at in self._came.items() if kept > oldest}
            self._new = {kept for kept in self._new if kept > oldest}
        return 0 if before is None or len(self._came) == 1 else max(0, number - before - 1)

    def report(self, now: float, ssrc: int, media_ssrc: int) -> bytes | None:
        """The RTCP packet to send now; None when it is too early or nothing came."""
        if not self._new or now - self._reported_at < REPORT_SECONDS:
            return None
        self._reported_at = now
        oldest = min(self._new)
        first = max(min(self._from, oldest), oldest - MAX_REPORTED + 1)
        numbers = self._fitting(first, min(max(self._new) + 1, first + MAX_REPORTED))
        self._new.difference_update(numbers)
        self._from = numbers[-1] + 1
        payload = self._told(numbers)
        self._count = (self._count + 1) & 0xFF
        return _packet(struct.pack("!II", ssrc, media_ssrc) + payload)

    # --- inside --------------------------------------------------------------------------------------------------

    def _place(self, sequence: int) -> int:
        """The number without wrapping; a jump begins anew."""
        if self._highest is not None:
            step = (sequence - self._highest) & 0xFFFF
            step = step - 0x10000 if step >= 0x8000 else step
            if abs(step) <= MAX_JUMP:
                number = self._highest + step
                self._highest = max(self._highest, number)
                return number
        self._came.clear()
        self._new.clear()
        self._highest = self._from = sequence + 0x10000
        return self._highest

    def _fitting(self, first: int, end: int) -> range:
        """As many numbers from the first on as have steps that two bytes hold."""
        times = [(number, self._came[number]) for number in range(first, end) if number in self._came]
        for (_, sooner), (number, later) in pairwise(times):
            if abs(later - sooner) > MAX_STEP:
                return range(first, number)
        return range(first, end)

    def _told(self, numbers: range) -> bytes:
        times = [self._came.get(number) for number in numbers]
        begun = next(at for at in times if at is not None)
        reference = begun // REFERENCE_TICKS
        symbols, steps, last = [], [], reference * REFERENCE_TICKS
        for at in times:
            if at is None:
                symbols.append(LOST)
                continue
            step, last = at - last, at
            is_small = 0 <= step <= 0xFF
            symbols.append(SOON if is_small else LATER)
            steps.append(struct.pack("!B" if is_small else "!h", step))
        head = struct.pack("!HH", numbers.start & 0xFFFF, len(numbers))
        told_at = struct.pack("!I", (reference & 0xFFFFFF) << 8 | self._count)
        return head + told_at + b"".join(_chunks(symbols)) + b"".join(steps)


def _chunks(symbols: list[int]) -> Iterator[bytes]:
    """The statuses, long runs by their length and the rest seven by seven."""
    waiting: list[int] = []
    for symbol, count in _runs(symbols):
        left = count
        while left and (waiting or left < VECTOR):
            waiting.append(symbol)
            left -= 1
            if len(waiting) == VECTOR:
                yield _vector(waiting)
                waiting = []
        while left:
            taken = min(left, MAX_RUN)
            yield struct.pack("!H", symbol << 13 | taken)
            left -= taken
    if waiting:
        yield _vector(waiting)


def _runs(symbols: Iterable[int]) -> Iterator[tuple[int, int]]:
    for symbol, same in groupby(symbols):
        yield symbol, sum(1 for _ in same)


def _vector(symbols: list[int]) -> bytes:
    bits = 0b11
    for symbol in symbols + [LOST] * (VECTOR - len(symbols)):
        bits = bits << 2 | symbol
    return struct.pack("!H", bits)


def _packet(payload: bytes) -> bytes:
    """With its header, and padded to whole words (RFC 3550 section 6.4.1)."""
    missing = -len(payload) % 4
    padding = bytes(missing - 1) + bytes([missing]) if missing else b""
    first = 0x80 | FORMAT | (PADDED if missing else 0)
    return struct.pack("!BBH", first, RTPFB, (len(payload) + missing) // 4) + payload + padding
