"""Puts audio packets in order and waits a little for a late one. No I/O; time is passed in.

It adds no delay of its own while nothing is missing: the reserve against jitter is the sound ring's (sound.py).
"""

from dataclasses import dataclass

MAX_JUMP = 500
"""Sequence numbers further off than this are a new stream."""
MAX_HELD = 50
"""A second of packets behind a gap; then the gap is given up, whatever the clock says."""
HOLD_SECONDS = 0.02
"""How long packets behind a gap wait for the missing one: as much reordering as the ring can bridge."""


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """One RTP packet: its 16-bit number, its 32-bit time, the encoded sound."""

    sequence: int
    timestamp: int
    data: bytes


class AudioOrder:
    """One stream's packets between network and decoder."""

    def __init__(self) -> None:
        self.lost = 0
        self._packets: dict[int, AudioPacket] = {}
        self._highest: int | None = None
        self._next = 0
        self._gap_since: float | None = None

    def add(self, packet: AudioPacket, now: float) -> None:
        """Take a packet in any order; late ones and repetitions are dropped."""
        if self._highest is None:
            self._begin(packet)
            return
        step = (packet.sequence - self._highest) & 0xFFFF
        step = step - 0x10000 if step >= 0x8000 else step
        if abs(step) > MAX_JUMP:
            self._begin(packet)
            return
        number = self._highest + step
        if number < self._next or number in self._packets:
            return
        self._packets[number] = packet
        self._highest = max(self._highest, number)
        if self._next not in self._packets and self._gap_since is None:
            self._gap_since = now

    def take(self, now: float) -> list[AudioPacket]:
        """Every packet that can be decoded now; what was missing is skipped after HOLD_SECONDS."""
        ready: list[AudioPacket] = []
        while self._packets:
            packet = self._packets.pop(self._next, None)
            if packet is not None:
                ready.append(packet)
                self._next += 1
                self._gap_since = None
                continue
            if self._gap_since is None:
                self._gap_since = now
            if now - self._gap_since < HOLD_SECONDS and len(self._packets) < MAX_HELD:
                break
            found = min(self._packets)
            self.lost += found - self._next
            self._next = found
            self._gap_since = None
        return ready

    def _begin(self, packet: AudioPacket) -> None:
        self._packets = {packet.sequence + 0x10000: packet}
        self._highest = self._next = packet.sequence + 0x10000
        self._gap_since = None
