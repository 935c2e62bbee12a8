"""How late packets come, and how much sound must wait so that most of them are in time. No I/O; time is passed in."""

from collections import deque

MIN_TARGET, MAX_TARGET = 0.020, 0.200
"""Seconds of sound that wait at least and at most."""
WINDOW_SECONDS = 10.0
BUCKET_SECONDS = 0.005
BUCKETS = 60
SHARE = 0.97
"""This share of packets shall be in time."""
FORGET = 0.998
"""Of a bucket's weight, with each packet: half of it after 7 s of 20 ms packets."""
PAUSE_SECONDS = 0.25
"""A packet so much later than others was held by a break of the network, which is no jitter."""
STALL_SECONDS, MAX_STALL_SECONDS = 0.15, 1.0
"""Packets so late that they came behind a lost part of a stream (a relay by TCP); later ones, behind an outage."""
MANY_STALLS = 2
STALL_WINDOW_SECONDS = 10.0
STALL_GAP_SECONDS = 0.3
CALM_SECONDS = 2.0
CALM_GAPS = 2.5
"""So long, or so many times the usual time between two stalls, without one, and they are over."""
SHORTER_SECONDS = 0.05
"""A packet so much faster than all others took another way: what was learnt of stalls is over."""
MAX_STALLED_TARGET = 0.8
STALL_SLACK = 0.02


class Jitter:
    """One stream's arrivals."""

    def __init__(self) -> None:
        self._fastest: deque[tuple[float, float]] = deque()
        self._weights = [0.0] * BUCKETS
        self._stalls: deque[tuple[float, float]] = deque()

    @property
    def target(self) -> float:
        """Seconds that a packet should wait, counted from the fastest ones: 0 before anything is known."""
        total = sum(self._weights)
        if total == 0.0:
            return MIN_TARGET
        reached = 0.0
        for bucket, weight in enumerate(self._weights):
            reached += weight
            if reached >= SHARE * total:
                return min(MAX_TARGET, MIN_TARGET + bucket * BUCKET_SECONDS)
        return MAX_TARGET

    def stalled_target(self, now: float) -> float:
        """Seconds that bridge stalls which come again and again; 0 while they do not.

        This alone goes beyond MAX_TARGET: a stream that repeats what was lost delivers all of it, but late.
        """
        stalls = self._stalls
        while stalls and stalls[0][0] < now - STALL_WINDOW_SECONDS:
            stalls.popleft()
        if len(stalls) < MANY_STALLS:
            return 0.0
        usual = (stalls[-1][0] - stalls[0][0]) / (len(stalls) - 1)
        if now - stalls[-1][0] > max(CALM_SECONDS, CALM_GAPS * usual):
            stalls.clear()
            return 0.0
        return min(MAX_STALLED_TARGET, max(late for _, late in stalls) + STALL_SLACK)

    def _note_stall(self, late: float, now: float) -> None:
        if self._stalls and now - self._stalls[-1][0] < STALL_GAP_SECONDS:
            late = max(late, self._stalls.pop()[1])
        self._stalls.append((now, late))

    def arrived(self, sent: float, now: float) -> None:
        """A packet that was sent at `sent` (seconds of the sender's clock) arrived."""
        transit = now - sent
        if self._fastest and transit < self._fastest[0][1] - SHORTER_SECONDS:
            self._stalls.clear()
        while self._fastest and self._fastest[-1][1] >= transit:
            self._fastest.pop()
        self._fastest.append((now, transit))
        while self._fastest[0][0] < now - WINDOW_SECONDS:
            self._fastest.popleft()
        late = transit - self._fastest[0][1]
        if STALL_SECONDS <= late < MAX_STALL_SECONDS:
            self._note_stall(late, now)
        if late >= PAUSE_SECONDS:
            return
        self._weights = [weight * FORGET for weight in self._weights]
        self._weights[min(BUCKETS - 1, int(late / BUCKET_SECONDS))] += 1.0
