"""Puts video packets in order, gives out whole frames, and says what to ask the sender for. No I/O; time is passed in.

A frame leaves with its last packet (the RTP marker bit, RFC 3550), not with the first packet of the next one. After a
gap that is not mended, nothing leaves until a key frame: a picture built on missing data would be a false picture.
"""

from dataclasses import dataclass

from desktop.av.missing import MAX_ASKED, Missing

MAX_JUMP = 1_000
"""Sequence numbers further off than this are a new stream."""
MAX_HELD = 1_024
"""Packets held and missed ones waited for at most (about 1.2 MB); more, and it starts over at a key frame."""
MIN_PATIENCE_SECONDS, MAX_PATIENCE_SECONDS = 0.3, 1.0
"""A gap is given up after the first when nothing of it came for so long, and after the second whatever comes."""
HOLE_SECONDS = 0.1
"""So long without a packet before a gap, and it was the network that stood still."""
KEY_SECONDS = 0.5
"""A key frame is asked for this often until one comes."""


@dataclass(frozen=True, slots=True)
class VideoPacket:
    """One RTP packet: its 16-bit number, its 32-bit time, and whether it begins a key frame or ends a frame."""

    sequence: int
    timestamp: int
    marker: bool
    starts_key: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A whole encoded frame."""

    timestamp: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the sender is to be asked for now."""

    again: tuple[int, ...] = ()
    key_frame: bool = False


class VideoOrder:
    """One stream's packets between network and decoder."""

    def __init__(self) -> None:
        self.rtt = 0.05
        """Round trip in seconds, as last measured."""
        self.given_up = 0
        self.hole_at = float("-inf")
        """When the last hole of the network ended."""
        self._last_at = float("inf")
        self._mended_at = float("-inf")
        self._packets: dict[int, VideoPacket] = {}
        self._keys: set[int] = set()
        self._missing = Missing()
        self._highest: int | None = None
        self._next: int | None = None
        self._asked_key = float("-inf")
        self._ahead = (0, 0, float("-inf"))
        """The numbers asked for ahead, from the first up to the second, and when."""

    @property
    def waits_for_key(self) -> bool:
        """Whether only a key frame can be given out next."""
        return self._next is None

    @property
    def restless(self) -> bool:
        """Whether something may have to be asked for though no packet comes."""
        return bool(self._missing) or (self._next is None and self._highest is not None)

    def add(self, packet: VideoPacket, now: float) -> None:
        """Take a packet in any order; late ones and repetitions are dropped."""
        number = self._place(packet.sequence, now)
        if (self._next is not None and number < self._next) or number in self._packets:
            return
        self._packets[number] = packet
        if self._missing.came(number):
            self._mended_at = now
        if packet.starts_key:
            self._keys.add(number)
        if len(self._packets) > MAX_HELD or len(self._missing) > MAX_HELD:
            self._start_over()

    def frames(self) -> list[VideoFrame]:
        """Every frame that can leave now, in order."""
        ready: list[VideoFrame] = []
        while self._find_start() and self._next is not None:
            end = self._end_of(self._next)
            if end is None and (later := self._later_key()) is not None:
                self._next = later  # a whole key frame behind the gap: nothing before it is needed
                self._forget_before(later)
                end = self._end_of(later)
            if end is None:
                break
            parts = [self._packets[number] for number in range(self._next, end)]
            data = b"".join(part.data for part in parts)
            if data:  # padding that probes for bandwidth makes packets without any
                ready.append(VideoFrame(parts[0].timestamp, data))
            self._next = end
            self._forget_before(end)
        return ready

    def wanted(self, now: float) -> Wanted:
        """What to ask for; call it after `frames`, with every packet and every few tens of milliseconds."""
        patience = max(MIN_PATIENCE_SECONDS, 3 * self.rtt)
        is_mended = now - self._mended_at < patience  # a sender that repeats much takes its time
        lost = self._missing.longer_than(max(patience, MAX_PATIENCE_SECONDS) if is_mended else patience, now)
        if lost:
            self.given_up += 1
            self._forget_before(max(lost) + 1)
            self._next = None
            self._find_start()
        again = self._missing.again(now, self.rtt)
        key_frame = self._next is None and self._highest is not None and now - self._asked_key >= KEY_SECONDS
        if key_frame:
            self._asked_key = now
        return Wanted(again, key_frame)

    def ahead(self, count: int, now: float) -> tuple[int, ...]:
        """What to ask for when the other stream's first packet after a hole shows that so many of this one were lost.

        This stream's own next packet, which would show it, is up to a picture's time away.
        """
        if self._highest is None or count < 1 or now - self._last_at < HOLE_SECONDS or self._ahead[2] > self._last_at:
            return ()
        first = self._highest + 1
        self._ahead = (first, first + min(count, MAX_ASKED), now)
        self.hole_at = now  # what is repeated may come before the next packet, and then there is no gap to see
        return tuple(number & 0xFFFF for number in range(*self._ahead[:2]))

    def restart(self) -> None:
        """The decoder failed, or could not keep up: only a key frame helps."""
        self._next = None

    # --- inside --------------------------------------------------------------------------------------------------

    def _place(self, sequence: int, now: float) -> int:
        """The packet's number without wrapping; new gaps are noted."""
        if self._highest is None:
            self._highest, self._last_at = sequence + 0x10000, now
            return self._highest
        step = (sequence - self._highest) & 0xFFFF
        step = step - 0x10000 if step >= 0x8000 else step
        if abs(step) > MAX_JUMP:
            self._start_over()
            self._highest, self._last_at = sequence + 0x10000, now
            return self._highest
        number = self._highest + step
        if step > 1 and now - self._last_at >= HOLE_SECONDS:
            self.hole_at = now
        self._last_at = now
        self._missing.note(self._highest + 1, number, now)
        if self._highest + 1 == self._ahead[0]:
            self._missing.was_asked(*self._ahead)
        self._highest = max(self._highest, number)
        return number

    def _find_start(self) -> bool:
        """Whether it is known where the next frame begins; begins at the first key frame when not."""
        if self._next is None and self._keys:
            self._next = min(self._keys)
            self._forget_before(self._next)
        return self._next is not None

    def _end_of(self, start: int) -> int | None:
        """Where the frame at `start` ends (one past), or None while it is not whole."""
        end, whole = self._run_from(start)
        return end if whole else None

    def _run_from(self, start: int) -> tuple[int, bool]:
        """One past the last packet that is there of the frame at `start`, and whether the frame ends there."""
        first = self._packets.get(start)
        number = start
        while first is not None and (packet := self._packets.get(number)) is not None:
            if packet.timestamp != first.timestamp:
                return number, True
            number += 1
            if packet.marker:
                return number, True
        return number, False

    def _later_key(self) -> int | None:
        """The first key frame that is whole. No packet is looked at twice: a hostile sender marks each as a first."""
        seen = -1
        for key in sorted(self._keys):
            if key != self._next and key >= seen:
                seen, whole = self._run_from(key)
                if whole:
                    return key
        return None

    def _forget_before(self, number: int) -> None:
        for stale in [held for held in self._packets if held < number]:
            del self._packets[stale]
        self._missing.forget_before(number)
        self._keys = {key for key in self._keys if key >= number}

    def _start_over(self) -> None:
        self._packets.clear()
        self._missing.clear()
        self._keys.clear()
        self._next = None
