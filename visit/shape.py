"""What lies at each clock of a document: in which root and under which key, and where a character must not be cut.

pycrdt believes what an update says of its neighbours. An insert whose neighbours lie in two roots, or a cut inside
a surrogate pair, applies without an error and leaves replicas apart for ever; with its shape a document refuses both.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

Place = tuple[str, str | None]
"""A root's name, and the key in it when it is a map."""


@dataclass(slots=True)
class _ClientRuns:
    """One client's clocks as runs of one place each."""

    starts: list[int] = field(default_factory=list)
    places: list[Place | None] = field(default_factory=list)
    second_halves: set[int] = field(default_factory=set)
    """Clocks of low surrogates: nothing may be cut before them."""


class Shape(dict[int, int]):
    """A state vector (client id to clock) that also knows what lies before each clock.

    A shape over `below` holds what comes after it and leaves it as it is; a `below` that is a plain state vector
    knows clocks but no places.
    """

    def __init__(self, below: Mapping[int, int] | None = None) -> None:
        super().__init__()
        self._below: Mapping[int, int] = below if below is not None else {}
        self._runs: dict[int, _ClientRuns] = {}

    def clock(self, client: int) -> int:
        """The client's next clock; 0 for one that wrote nothing."""
        own = self.get(client)
        return own if own is not None else self._below.get(client, 0)

    def place_at(self, client: int, clock: int) -> Place | None:
        """Where that unit lies; None when it is not known."""
        if clock < self._below.get(client, 0):
            return self._below.place_at(client, clock) if isinstance(self._below, Shape) else None
        runs = self._runs.get(client)
        index = bisect_right(runs.starts, clock) - 1 if runs else -1
        return runs.places[index] if runs and index >= 0 else None

    def cuts_character(self, client: int, clock: int) -> bool:
        """Whether a cut before that clock would split a surrogate pair."""
        runs = self._runs.get(client)
        if runs is not None and clock in runs.second_halves:
            return True
        return isinstance(self._below, Shape) and self._below.cuts_character(client, clock)

    def append(self, client: int, length: int, place: Place | None, text: str = "") -> None:
        """The client's next units lie there; `text` tells where its surrogate pairs are."""
        runs = self._runs.setdefault(client, _ClientRuns())
        clock = self.clock(client)
        if not runs.places or runs.places[-1] != place:
            runs.starts.append(clock)
            runs.places.append(place)
        if len(text) != length:
            runs.second_halves.update(clock + unit for unit in second_halves(text))
        self[client] = clock + length


def second_halves(text: str) -> list[int]:
    """The UTF-16 positions of a text's low surrogates."""
    found = []
    position = 0
    for char in text:
        if ord(char) > 0xFFFF:
            found.append(position + 1)
            position += 1
        position += 1
    return found
