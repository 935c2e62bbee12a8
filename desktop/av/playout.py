"""Decides which packet is heard next, and what takes the place of one that did not come. No I/O; time is passed in.

As in other receivers of speech: a packet that is needed now and is not there is rebuilt from the next one's copy of it
(in-band FEC), else concealed; when nothing at all is there, the sound is drawn out until something comes.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum

from desktop.av.jitter import CALM_SECONDS, MAX_TARGET, Jitter
from desktop.av.missing import Missing

MAX_JUMP = 1_500
"""Sequence numbers further off than this are a new stream."""
MAX_WAITING_SECONDS = 3.0
"""More does not wait: the oldest is dropped."""
LONGEST_GAP = 25
"""So many missing packets (half a second) were a break, not a loss: nothing is made up for them."""
DRAWN_OUT = 5
"""So many times in a row the sound is drawn out; then it is silent until a reserve is there again."""
MAX_ASKED_BACK = 50
"""So many packets before a newer one are asked for again: a second."""
MAX_REPEAT_SECONDS = 0.15
REPEAT_SLACK_SECONDS = 0.08
"""The sound is drawn out for a packet that was asked for again: a round trip and this, where a round trip is short."""
PATIENCE_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 2.0
"""Where it is long, until so much more waits than should, and at most for the second."""
DRY_FILL_SECONDS = 0.12
"""So much is there before anything is heard after a silence: one long silence is better than many short ones."""
QUEUED_SHARE = 0.3
"""Of what bridges stalls, a repetition is given so much longer before the next request: it is in the queue, too."""
FAR_CALM_SECONDS = 8.0
"""So long without a stall, and they are over where a repetition takes long; elsewhere Jitter's own time is enough."""
FILLED_SHARE = 0.5
"""Of what bridges stalls, so much is there again before anything is heard after the line ran dry."""
LEAD_SECONDS = 1.0
UNIT = 120
"""2.5 ms: Opus knows no shorter sound, and only multiples of it."""


@dataclass(frozen=True, slots=True)
class AudioPacket:
    """One RTP packet: its 16-bit number, its 32-bit time, its encoded sound and how many samples that is."""

    sequence: int
    timestamp: int
    data: bytes
    samples: int = 960
    copy: bool = False
    """It came within a later packet (RFC 2198): it fills a gap and tells nothing of the network's delay."""


class Move(Enum):
    """What the decoder does next."""

    DECODE = "decode"
    RECOVER = "recover"
    """The packet is lost; `data` is the next one, which holds a copy."""
    CONCEAL = "conceal"
    DRAW_OUT = "draw_out"
    """Nothing is there; what is late may still come."""
    REST = "rest"
    """Silence, until enough waits."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move, with the packet's bytes and the samples to make."""

    move: Move
    samples: int
    data: bytes = b""
    number: int = 0
    """The packet's place, without wrapping."""
    timestamp: int | None = None
    """The RTP time of a packet's first sample; None for what was made up."""


@dataclass(slots=True)
class Counts:
    """Since the start, in packets."""

    received: int = 0
    repaired: int = 0
    """Heard whole by a copy."""
    repeated: int = 0
    """Heard whole, because it was asked for again."""
    lost: int = 0
    recovered: int = 0
    """Of the lost: heard by the coarse copy in the next one (in-band FEC)."""
    late: int = 0
    dropped: int = 0
    dry: int = 0


@dataclass(slots=True)
class Playout:
    """One stream's packets between network and decoder."""

    jitter: Jitter = field(default_factory=Jitter)
    counts: Counts = field(default_factory=Counts)
    reserve: float = 0.0
    """Seconds that shall wait at least, whatever the jitter: for lip-sync."""
    repeats: float | None = None
    """Seconds from asking for a packet again to its coming; None: the sender repeats nothing."""
    _packets: dict[int, AudioPacket] = field(default_factory=dict)
    _highest: int | None = None
    _highest_time: int = 0
    _next: int = 0
    _samples: int = 960
    _filling: bool = True
    _drawn: int = 0
    _shift: float = 0.0
    _leads: deque[tuple[float, float]] = field(default_factory=deque)
    _missing: Missing = field(default_factory=Missing)

    def add(self, packet: AudioPacket, now: float, unheard: float = 0.0) -> bool:
        """Take a packet in any order; False for a repetition or one whose time is over.

        `unheard` is the decoded sound, in seconds, that waits behind this kernel.
        """
        number = self._place(packet, now)
        is_repeat = self.repeats is not None and self._missing.since(number) is not None
        self._missing.came(number)
        if packet.copy:
            return self._repair(number, packet, now)
        self.counts.received += 1
        if number < self._next or number in self._packets:
            self.counts.late += number < self._next
            if is_repeat and _is_far(self._repeats_in(now)):
                self.jitter.too_late(self._time(number, packet) / 48_000, now)
            return False
        if not self._packets and number - self._next >= LONGEST_GAP:
            self._jump(number)
            self._filling = True
        self._packets[number] = packet
        self._samples = max(UNIT, packet.samples // UNIT * UNIT)
        if is_repeat:  # it tells how long a repetition takes, not how late packets are
            self.counts.repeated += 1
            return True
        sent = self._time(number, packet) / 48_000
        self.jitter.arrived(sent, now)
        self._note_lead((number - self._next) * self._samples / 48_000 + unheard, now)
        while self.waiting > MAX_WAITING_SECONDS:
            self._drop()
        return True

    def measured(self, repeats: float | None) -> None:
        """How long repetitions take now; what was learnt far away says nothing of a way that is short again."""
        was_far, self.repeats = _is_far(self.repeats), repeats
        if was_far and not _is_far(repeats):
            self.jitter.forget_stalls()

    def wanted(self, now: float) -> tuple[int, ...]:
        """The 16-bit numbers of packets that the sender is to be asked for again now."""
        if self.repeats is None:
            return ()
        self._missing.forget_before(self._next)
        queued = QUEUED_SHARE * self._stalled_target(now)
        return self._missing.again(now, self.repeats + queued)

    @property
    def waiting(self) -> float:
        """Seconds between the next packet to be heard and the newest."""
        return 0.0 if self._highest is None else max(0, self._highest + 1 - self._next) * self._samples / 48_000

    def target(self, now: float) -> float:
        """Seconds that should wait: what the jitter needs, and two packets: a lost one's copy is in the next."""
        return max(self._begin_target, self._stalled_target(now))

    @property
    def _begin_target(self) -> float:
        """Seconds that should wait before anything is heard; after a break nobody waits for the next stall's."""
        return max(self.jitter.target, self.reserve, min(MAX_TARGET, 2 * self._samples / 48_000))

    def excess(self, now: float) -> float:
        """Seconds by which more waits than should, judged by the earliest packets of the last second."""
        while self._leads and self._leads[0][0] < now - LEAD_SECONDS:
            self._leads.popleft()
        if not self._leads:
            return 0.0
        return self._leads[0][1] - self._shift - self.target(now)

    def shifted(self, seconds: float) -> None:
        """Sound was cut out (or, negative, put in) behind this kernel."""
        self._shift += seconds

    def next(self, now: float, unheard: float = 0.0) -> Step:
        """What comes next; every call is one step of playing."""
        if self._must_fill(now, unheard):
            return self._rest(now, unheard) if self._filling else self._run_dry(now, unheard)
        self._filling = False
        packet = self._packets.pop(self._next, None)
        if packet is not None:
            self._drawn = 0
            self._next += 1
            return Step(Move.DECODE, packet.samples, packet.data, self._next - 1, packet.timestamp)
        if not self._packets:
            return self._run_dry(now, unheard)
        gap = min(self._packets) - self._next
        if gap >= LONGEST_GAP:
            self._jump(self._next + gap)
            return self.next(now, unheard)
        if self._may_still_come(now):
            return self._filler(Move.DRAW_OUT)
        self.counts.lost += 1
        after = self._packets.get(self._next + 1)
        if after is not None:
            self.counts.recovered += 1
            return self._advance(Move.RECOVER, after.data, self._samples)
        return self._advance(Move.CONCEAL, b"", self._samples)

    # --- inside --------------------------------------------------------------------------------------------------

    def _repeats_in(self, now: float) -> float | None:
        """Seconds until a repetition is there: it waits in the same queue as all else."""
        return None if self.repeats is None else self.repeats + self._stalled_target(now)

    def _stalled_target(self, now: float) -> float:
        return self.jitter.stalled_target(now, FAR_CALM_SECONDS if _is_far(self.repeats) else CALM_SECONDS)

    def _must_fill(self, now: float, unheard: float) -> bool:
        """Whether nothing is heard before more is there: one long silence rather than many short ones."""
        wanted = 0.0
        if self._filling or self._drawn:
            wanted = FILLED_SHARE * self._stalled_target(now)
        if self._filling:
            wanted = max(wanted, self._begin_target, DRY_FILL_SECONDS if self.counts.dry else 0.0)
        return bool(self._packets or self._filling) and self.waiting + unheard < wanted

    def _may_still_come(self, now: float) -> bool:
        """Whether the next packet was asked for again a moment ago, or more has to wait anyway."""
        since = self._missing.since(self._next)
        repeats = self._repeats_in(now)
        if since is None or repeats is None:
            return False
        if _is_far(repeats):
            return self.excess(now) < PATIENCE_SECONDS and now - since < LONGEST_WAIT_SECONDS
        return now - since < repeats + REPEAT_SLACK_SECONDS

    def _repair(self, number: int, packet: AudioPacket, now: float) -> bool:
        if not self._next <= number < (self._highest or 0) or number in self._packets:
            return False
        self._packets[number] = packet
        self.counts.repaired += 1
        return True

    def _advance(self, move: Move, data: bytes, samples: int) -> Step:
        self._next += 1
        return Step(move, samples, data, self._next - 1)

    def _run_dry(self, now: float, unheard: float) -> Step:
        self._drawn += 1
        if self._drawn == 1:
            self.counts.dry += 1
        if self._drawn > DRAWN_OUT:
            self._filling, self._drawn = True, 0
            return self._rest(now, unheard)
        self._judge_anew(now, unheard)
        return self._filler(Move.DRAW_OUT)

    def _rest(self, now: float, unheard: float) -> Step:
        self._judge_anew(now, unheard)
        return self._filler(Move.REST)

    def _judge_anew(self, now: float, unheard: float) -> None:
        """What came early a moment ago says nothing any more: the line is short now."""
        self._leads.clear()
        self._note_lead(self.waiting + unheard, now)

    def _filler(self, move: Move) -> Step:
        samples = max(UNIT, self._samples // 2 // UNIT * UNIT)
        self._shift -= samples / 48_000
        return Step(move, samples)

    def _jump(self, number: int) -> None:
        """What is missing before `number` is given up."""
        self.counts.lost += number - self._next
        self._shift += (number - self._next) * self._samples / 48_000
        self._next = number

    def _drop(self) -> None:
        self.counts.dropped += self._packets.pop(self._next, None) is not None
        self._next += 1
        self._shift += self._samples / 48_000

    def _note_lead(self, lead: float, now: float) -> None:
        lead += self._shift
        while self._leads and self._leads[-1][1] <= lead:
            self._leads.pop()
        self._leads.append((now, lead))

    def _place(self, packet: AudioPacket, now: float) -> int:
        """The packet's number without wrapping; a new stream begins anew."""
        if self._highest is not None:
            step = (packet.sequence - self._highest) & 0xFFFF
            step = step - 0x10000 if step >= 0x8000 else step
            if abs(step) <= MAX_JUMP:
                number = self._highest + step
                if step > 0:
                    self._missing.note(max(self._highest + 1, number - MAX_ASKED_BACK), number, now)
                    self._highest_time = self._time(number, packet)
                    self._highest = number
                return number
        self._packets.clear()
        self._missing.clear()
        self._leads.clear()
        self._filling = True
        self._highest = self._next = packet.sequence + 0x10000
        self._highest_time = packet.timestamp + (1 << 32)
        self.jitter = Jitter()
        return self._highest

    def _time(self, number: int, packet: AudioPacket) -> int:
        """The packet's time in samples, without wrapping; never further off than its number allows."""
        step = (packet.timestamp - self._highest_time) & 0xFFFFFFFF
        step = step - (1 << 32) if step >= 1 << 31 else step
        return self._highest_time + step


def _is_far(repeats: float | None) -> bool:
    """Whether a repetition takes longer than the sound may be drawn out for it."""
    return repeats is not None and repeats > MAX_REPEAT_SECONDS
