"""How late packets come, and how much sound must wait so that most of them are in time. No I/O; time is passed in."""

from collections import deque

MIN_TARGET, MAX_TARGET = 0.020, 0.200
"""Seconds of sound that wait at least and at most, for what is jitter."""
WINDOW_SECONDS = 5.0
BUCKET_SECONDS = 0.005
BUCKETS = 60
SHARE = 0.97
"""This share of packets shall be in time."""
MEMORY_SECONDS = 3.0
"""By so much of the past the jitter is judged: a network that is good again is believed after it."""
PAUSE_SECONDS = 0.25
"""A packet so much later than others was held by a break of the network, which is no jitter."""
STALL_SECONDS, MAX_STALL_SECONDS = 0.15, 1.0
"""Packets so late came behind a lost part of a stream (a relay by TCP); later ones, behind an outage."""
STALL_WINDOW_SECONDS = 20.0
STALL_GAP_SECONDS = 0.3
CALM_SECONDS = 2.0
CALM_GAPS = 2.5
"""So long, or so many times the usual time between two stalls, without one, and they are over."""
SHORTER_SECONDS = 0.05
"""A packet so much faster than all others took another way: what was learnt of the old one is over."""
MAX_STALLED_TARGET = 0.7
STALL_SLACK = 0.02


class Fastest:
    """The fastest arrival of the last WINDOW_SECONDS, which the others are compared with."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, float]] = deque()

    def beaten_by(self, transit: float) -> bool:
        """Whether something took so much less time that it came by another way."""
        return bool(self._kept) and transit < self._kept[0][1] - SHORTER_SECONDS

    def late(self, transit: float, now: float) -> float:
        """Seconds by which an arrival took longer than the fastest; `transit` is counted from any clock's zero."""
        while self._kept and self._kept[-1][1] >= transit:
            self._kept.pop()
        self._kept.append((now, transit))
        while self._kept[0][0] < now - WINDOW_SECONDS:
            self._kept.popleft()
        return self.than(transit)

    def than(self, transit: float) -> float:
        """As `late`, of something that is not compared with later."""
        return transit - self._kept[0][1] if self._kept else 0.0


class Jitter:
    """One stream's arrivals."""

    def __init__(self) -> None:
        self._fastest = Fastest()
        self._recent: deque[tuple[float, int]] = deque()
        self._counts = [0] * BUCKETS
        self._stalls: deque[tuple[float, float]] = deque()
        self._outage_at = float("-inf")

    @property
    def target(self) -> float:
        """Seconds that a packet should wait, counted from the fastest ones: 0 before anything is known."""
        total = len(self._recent)
        if total == 0:
            return MIN_TARGET
        reached = 0
        for bucket, count in enumerate(self._counts):
            reached += count
            if reached >= SHARE * total:
                return min(MAX_TARGET, MIN_TARGET + bucket * BUCKET_SECONDS)
        return MAX_TARGET

    def stalled_target(self, now: float, calm: float = CALM_SECONDS) -> float:
        """Seconds that bridge stalls, which are seldom alone; 0 while there are none, `calm` seconds after the last.

        This alone goes beyond MAX_TARGET: a stream that repeats what was lost delivers all of it, but late (ADR 010).
        """
        stalls = self._stalls
        while stalls and stalls[0][0] < now - STALL_WINDOW_SECONDS:
            stalls.popleft()
        if not stalls:
            return 0.0
        usual = (stalls[-1][0] - stalls[0][0]) / max(1, len(stalls) - 1)
        if now - stalls[-1][0] > max(calm, CALM_GAPS * usual):
            stalls.clear()
            return 0.0
        return min(MAX_STALLED_TARGET, max(late for _, late in stalls) + STALL_SLACK)

    def arrived(self, sent: float, now: float) -> None:
        """A packet that was sent at `sent` (seconds of the sender's clock) arrived."""
        transit = now - sent
        if self._fastest.beaten_by(transit):
            self._begin_anew()
        late = self._fastest.late(transit, now)
        if late >= MAX_STALL_SECONDS:
            self._outage_at = now
        elif late >= STALL_SECONDS and now - self._outage_at > STALL_GAP_SECONDS:
            self._note_stall(late, now)
        if late < PAUSE_SECONDS:
            self._count(min(BUCKETS - 1, int(late / BUCKET_SECONDS)), now)

    def too_late(self, sent: float, now: float) -> None:
        """What was asked for again came, but after its time: the next one shall be waited for."""
        late = self._fastest.than(now - sent)
        if STALL_SECONDS <= late < MAX_STALL_SECONDS:
            self._note_stall(late, now)

    def forget_stalls(self) -> None:
        """What stalled before does no longer."""
        self._stalls.clear()

    # --- inside --------------------------------------------------------------------------------------------------

    def _count(self, bucket: int, now: float) -> None:
        self._recent.append((now, bucket))
        self._counts[bucket] += 1
        while self._recent[0][0] < now - MEMORY_SECONDS:
            self._counts[self._recent.popleft()[1]] -= 1

    def _note_stall(self, late: float, now: float) -> None:
        if self._stalls and now - self._stalls[-1][0] < STALL_GAP_SECONDS:
            late = max(late, self._stalls.pop()[1])
        self._stalls.append((now, late))

    def _begin_anew(self) -> None:
        self._stalls.clear()
        self._recent.clear()
        self._counts = [0] * BUCKETS
