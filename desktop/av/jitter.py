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
"""A packet so much later than others was held by a break of the network: no target can bridge that."""


class Jitter:
    """One stream's arrivals."""

    def __init__(self) -> None:
        self._fastest: deque[tuple[float, float]] = deque()
        self._weights = [0.0] * BUCKETS

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

    def arrived(self, sent: float, now: float) -> None:
        """A packet that was sent at `sent` (seconds of the sender's clock) arrived."""
        transit = now - sent
        while self._fastest and self._fastest[-1][1] >= transit:
            self._fastest.pop()
        self._fastest.append((now, transit))
        while self._fastest[0][0] < now - WINDOW_SECONDS:
            self._fastest.popleft()
        late = transit - self._fastest[0][1]
        if late >= PAUSE_SECONDS:
            return
        self._weights = [weight * FORGET for weight in self._weights]
        self._weights[min(BUCKETS - 1, int(late / BUCKET_SECONDS))] += 1.0
