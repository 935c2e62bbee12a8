"""Packets that did not come, and when the sender is asked for each again (RFC 4585 NACK). No I/O; time is passed in."""

from collections.abc import Iterator
from dataclasses import dataclass

MAX_ASKED = 64
"""Packets named in one request."""
TRIES = 7
MIN_RETRY_SECONDS = 0.02


@dataclass(slots=True)
class _Gap:
    since: float
    asked: float = 0.0
    tries: int = 0


class Missing:
    """The missed ones of one stream, by their numbers without wrapping, in order."""

    def __init__(self) -> None:
        self._gaps: dict[int, _Gap] = {}

    def __len__(self) -> int:
        return len(self._gaps)

    def __iter__(self) -> Iterator[int]:
        return iter(self._gaps)

    def note(self, first: int, end: int, now: float) -> None:
        """The numbers from `first` up to `end`, without it, were passed over."""
        for number in range(first, end):
            self._gaps[number] = _Gap(now)

    def was_asked(self, first: int, end: int, at: float) -> None:
        """Those from `first` up to `end` were asked for once, before it was known that they are missing."""
        for number in range(first, end):
            if number in self._gaps:
                self._gaps[number].tries, self._gaps[number].asked = 1, at

    def came(self, number: int) -> bool:
        """A packet came; whether it is one of them."""
        return self._gaps.pop(number, None) is not None

    def since(self, number: int) -> float | None:
        """When it was passed over; None when it is not missing."""
        gap = self._gaps.get(number)
        return None if gap is None else gap.since

    def longer_than(self, seconds: float, now: float) -> list[int]:
        """Those that have been missing for more than so long."""
        return [number for number, gap in self._gaps.items() if now - gap.since > seconds]

    def forget_before(self, number: int) -> None:
        """Nobody waits for older ones any more."""
        for stale in [gap for gap in self._gaps if gap < number]:
            del self._gaps[stale]

    def clear(self) -> None:
        """Nobody waits for any."""
        self._gaps.clear()

    def again(self, now: float, rtt: float) -> tuple[int, ...]:
        """The 16-bit numbers to ask for now: each once, and again when its answer should have come, a few times.

        Each time a little later: a browser bounds how much it repeats in half a second, and drops what is asked beyond.
        """
        retry = max(MIN_RETRY_SECONDS, 1.5 * rtt)
        asked: list[int] = []
        for number, gap in self._gaps.items():
            is_due = gap.tries == 0 or now - gap.asked >= retry * (1 + gap.tries) / 2
            if is_due and gap.tries < TRIES and len(asked) < MAX_ASKED:
                gap.tries, gap.asked = gap.tries + 1, now
                asked.append(number & 0xFFFF)
        return tuple(asked)
