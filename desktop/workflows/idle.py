"""When the screen is locked because nobody writes. Pure: every call says what time it is (monotonic seconds)."""


class IdleClock:
    """Counts from the last input. Listening to a live visit counts as one: who only hears is not locked out."""

    def __init__(self, minutes: int, now: float) -> None:
        self._limit = minutes * 60.0
        self._since = now

    def touched(self, now: float) -> None:
        """Somebody pressed a key or a button."""
        self._since = now

    def due(self, now: float, *, listening: bool) -> bool:
        """Whether it is time to lock. A computer that slept meanwhile is locked when it wakes."""
        if listening:
            self._since = now
        return now - self._since >= self._limit
