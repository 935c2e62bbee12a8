"""Bounds how often a caller may try: a token bucket for each, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_CALLERS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Throttle:
    """`burst` tries at once and `per_minute` in the long run, for each caller.

    Beyond 10,000 callers the longest idle is forgotten: a burst anew, for somebody who already has 10,000 addresses.
    """

    def __init__(self, burst: int, per_minute: float, monotonic: Callable[[], float]) -> None:
        self._burst = float(burst)
        self._rate = per_minute / 60
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, caller: str) -> bool:
        """Count one try; False when it is one too many."""
        now = self._monotonic()
        bucket = self._buckets.setdefault(caller, _Bucket(self._burst, now))
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True
