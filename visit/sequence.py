"""The order of all characters that a document's sections ever had, deleted ones included, each by client and clock.

A place in a text that follows everybody's edits has to be named by the ids of its characters, and pycrdt shows none:
its sticky indexes mix bytes with UTF-16 units and panic at the end of a text and on an id that they do not know.
So the order is kept here, by the same rule as in Yjs (YATA, github.com/yjs/yjs, Item.integrate), on runs. Clocks
count UTF-16 units, and so does every position here.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from visit.roots import TEXT_ROOTS
from visit.shape import Shape
from visit.update_format import Kind, StructId, Update

Span = tuple[int, int, int]
"""A client's characters: client id, first clock, number of units."""

_MOST_PENDING = 64


@dataclass(slots=True, eq=False)
class _Run:
    """Characters of one client that stand together, all there or all deleted."""

    client: int
    clock: int
    length: int
    origin: StructId | None
    right_origin: StructId | None
    root: str
    alive: bool
    right: "_Run | None" = None
    position: int = 0
    """Where it stands, once `Sequences` has counted."""

    @property
    def end(self) -> int:
        return self.clock + self.length


@dataclass(slots=True)
class _ClientRuns:
    """One client's runs by clock; clocks spent elsewhere (in a map) are missing."""

    starts: list[int] = field(default_factory=list)
    runs: list[_Run] = field(default_factory=list)

    def index(self, clock: int) -> int:
        """The index of the last run that begins at or before the clock; -1 when none does."""
        return bisect_right(self.starts, clock) - 1

    def add(self, run: _Run) -> None:
        index = self.index(run.clock) + 1
        self.starts.insert(index, run.clock)
        self.runs.insert(index, run)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the surviving characters of some spans stand: from the first to behind the last, and how many they are."""

    start: int
    end: int
    units: int


class Sequences:
    """The characters of a document's sections. It follows each update once the document's shape has taken it."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._pending: list[Update] = []
        self._heads = {root: _Run(0, 0, 0, None, None, root, alive=False) for root in TEXT_ROOTS}
        self._clients: dict[int, _ClientRuns] = {}
        self._uncounted = set(TEXT_ROOTS)

    def follow(self, update: Update) -> None:
        """Take in an update that the shape has taken; the work waits until somebody asks."""
        self._pending.append(update)
        if len(self._pending) >= _MOST_PENDING:
            self._catch_up()

    def spans(self, root: str, start: int, end: int) -> list[Span]:
        """The characters that stand at [start, end) of a root, in order."""
        self._count(root)
        found: list[Span] = []
        run = self._heads[root].right
        while run is not None and run.position < end:
            first, last = max(start - run.position, 0), min(end - run.position, run.length)
            if run.alive and first < last:
                found.append((run.client, run.clock + first, last - first))
            run = run.right
        return found

    def place(self, root: str, spans: Iterable[Span]) -> Placed | None:
        """Where those of the spans' characters stand that are still there; None when none is."""
        self._count(root)
        start, end, units = -1, 0, 0
        for client, clock, length in spans:
            runs = self._clients.get(client)
            if runs is None:
                continue
            behind = clock + length
            for index in range(max(0, runs.index(clock)), len(runs.runs)):
                run = runs.runs[index]
                if run.clock >= behind:
                    break
                low, high = max(run.clock, clock), min(run.clock + run.length, behind)
                if run.alive and low < high and run.root == root:
                    begin = run.position + low - run.clock
                    start = begin if start < 0 else min(start, begin)
                    end = max(end, begin + high - low)
                    units += high - low
        return Placed(start, end, units) if units else None

    def _count(self, root: str) -> None:
        """Give every run of a root its position."""
        self._catch_up()
        if root not in self._uncounted:
            return
        self._uncounted.remove(root)
        position = 0
        run = self._heads[root].right
        while run is not None:
            run.position = position
            if run.alive:
                position += run.length
            run = run.right

    def _catch_up(self) -> None:
        for update in self._pending:
            for struct, begin in update.taken:
                root, _ = self._shape.place_at(struct.client, begin) or ("", None)
                if root in TEXT_ROOTS:
                    origin = struct.origin if begin == struct.clock else (struct.client, begin - 1)
                    alive = struct.kind is not Kind.DELETED
                    length = struct.end - begin
                    self._insert(_Run(struct.client, begin, length, origin, struct.right_origin, root, alive))
            for client, start, end in update.deleted:
                self._delete(client, start, end)
        self._pending.clear()

    def _insert(self, run: _Run) -> None:
        left = self._ending_with(run.origin) if run.origin is not None else self._heads[run.root]
        right = self._beginning_with(run.right_origin) if run.right_origin is not None else None
        if left.right is not right:
            left = self._settle(run, left, right)
        self._uncounted.add(run.root)
        if _continues(left, run):
            left.length += run.length
            return
        left.right, run.right = run, left.right
        self._clients.setdefault(run.client, _ClientRuns()).add(run)

    def _settle(self, run: _Run, left: _Run, right: _Run | None) -> _Run:
        """Behind which run it goes when others were inserted at the same place."""
        before: set[_Run] = set()
        rivals: set[_Run] = set()
        other = left.right
        while other is not None and other is not right:
            before.add(other)
            rivals.add(other)
            if other.origin == run.origin:
                if other.client < run.client:
                    left = other
                    rivals.clear()
                elif other.right_origin == run.right_origin:
                    break
            else:
                origin = self._holding(other.origin) if other.origin is not None else None
                if origin not in before:
                    break
                if origin not in rivals:
                    left = other
                    rivals.clear()
            other = other.right
        return left

    def _delete(self, client: int, start: int, end: int) -> None:
        runs = self._clients.get(client)
        if runs is None:
            return
        self._cut(client, start)
        self._cut(client, end)
        for index in range(runs.index(start - 1) + 1, len(runs.runs)):
            run = runs.runs[index]
            if run.clock >= end:
                break
            run.alive = False
            self._uncounted.add(run.root)

    def _holding(self, unit: StructId) -> _Run:
        """The run that a character is in."""
        runs = self._clients[unit[0]]
        return runs.runs[runs.index(unit[1])]

    def _ending_with(self, unit: StructId) -> _Run:
        self._cut(unit[0], unit[1] + 1)
        return self._holding(unit)

    def _beginning_with(self, unit: StructId) -> _Run:
        self._cut(*unit)
        return self._holding(unit)

    def _cut(self, client: int, clock: int) -> None:
        """Have a run begin at that clock, if the clock lies in one."""
        runs = self._clients[client]
        index = runs.index(clock)
        run = runs.runs[index] if index >= 0 else None
        if run is None or not run.clock < clock < run.end:
            return
        tail = _Run(
            client, clock, run.end - clock, (client, clock - 1), run.right_origin, run.root, run.alive, run.right
        )
        run.length -= tail.length
        run.right = tail
        runs.add(tail)


def _continues(left: _Run, run: _Run) -> bool:
    """Whether both are one run, as when somebody types on."""
    return (
        run.origin == (left.client, left.end - 1) == (run.client, run.clock - 1)
        and run.right_origin == left.right_origin
        and run.alive == left.alive
    )


def join_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans with neighbours of one client made one."""
    joined: list[Span] = []
    for client, clock, length in spans:
        if joined and joined[-1][0] == client and sum(joined[-1][1:]) == clock:
            joined[-1] = (client, joined[-1][1], joined[-1][2] + length)
        else:
            joined.append((client, clock, length))
    return tuple(joined)
