"""Puts together what several sources still have of one vault, and says which edits are in none of them. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.ports import VisitRescue
from desktop.secure_store.chain import Link, relinked, visit_tag
from desktop.secure_store.salvage import Content

FORGOTTEN = "purged"
LOST = "lost"


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal's head said: all edits so far, and the last number of each visit it remembers, by tag."""

    total: int = 0
    numbers: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(slots=True)
class Account:
    """What is left, and what is not."""

    content: Content
    visits: tuple[VisitRescue, ...]
    missing_elsewhere: int
    kept: int

    @property
    def missing(self) -> int:
        """All missing edits."""
        return self.missing_elsewhere + sum(visit.missing for visit in self.visits)


def together(sources: Sequence[Content], key: bytes) -> Content:
    """One content of several of the same vault, newest first: a later one adds only what the earlier ones lack.

    Tables that were read to the end are believed: what is not in them was deleted. `key` is the chain's.
    """
    made = Content(whole={table for source in sources for table in source.whole})
    for table, name in (("outbox", 1), ("visits", 0), ("settings", 0), ("reports", 0)):
        found: dict[object, tuple[Any, ...]] = {}
        for source in sources:
            for row in getattr(source, table):
                found.setdefault(row[name], row)
            if table in source.whole:
                break
        setattr(made, table, list(found.values()))
    # One source's, never a mixture: they fit the journal of their own moment.
    accounts = next((source for source in sources if {"gaps", "departed"} <= source.whole), None)
    if accounts is not None:
        made.gaps, made.departed = list(accounts.gaps), list(accounts.departed)
    made.total = max((source.total for source in sources if source.total is not None), default=None)
    for source in sources:
        for visit_id, number in source.expected.items():
            made.expected[visit_id] = max(number, made.expected.get(visit_id, 0))
    forgotten = {tag for reason, tag, _ in made.departed if reason == FORGOTTEN}
    made.links = _links(sources, lambda visit_id: visit_tag(key, visit_id).hex() in forgotten)
    return made


def _links(sources: Sequence[Content], forgotten: Callable[[str], bool]) -> list[Link]:
    """Every edit once, from the newest source that has it; of a forgotten visit only what the newest one has."""
    visits: dict[str, dict[int, Link]] = {}
    names: set[str] = set()
    for source in sources:
        added = [link for link in source.links if link.row.update_id not in names]
        if source is not sources[0]:
            gone = {visit_id for visit_id in {link.row.visit_id for link in added} if forgotten(visit_id)}
            added = [link for link in added if link.row.visit_id not in gone]
        for link in added:
            _place(visits.setdefault(link.row.visit_id, {}), link)
        names.update(link.row.update_id for link in source.links)
    return [link for places in visits.values() for link in sorted(set(places.values()), key=lambda it: it.first)]


def _place(places: dict[int, Link], link: Link) -> None:
    """Put a row where its edits are not covered yet; a merged row takes the place of all that lie within it."""
    span = range(link.first, link.number + 1)
    within = {places[number] for number in span if number in places}
    if sum(other.edits for other in within) >= link.edits or any(
        other.first < link.first or other.number > link.number for other in within
    ):
        return
    places.update(dict.fromkeys(span, link))


def settle(content: Content, known: Known, key: bytes, live: frozenset[str] | None = None) -> Account:
    """Find what is missing, write it into `gaps` and `departed`, and link the journal anew. `key` is the chain's.

    `live` has the update ids that the vault's own file still gave: everything else was recovered. None: nothing was.
    """
    expected = _expected(content, known, key)
    by_visit: dict[str, list[Link]] = {visit_id: [] for visit_id in expected}
    for link in content.links:
        by_visit.setdefault(link.row.visit_id, []).append(link)
    reported = {visit_id: [(g[1], g[2]) for g in content.gaps if g[0] == visit_id] for visit_id in by_visit}
    content.gaps, told, links, missing = [], [], [], 0
    for visit_id, rows in by_visit.items():
        links += relinked(key, visit_id, rows)
        holes = _holes(rows, expected.get(visit_id, 0))
        content.gaps += [(visit_id, first, last) for first, last in holes]
        old = {number for first, last in reported[visit_id] for number in range(first, last + 1)}
        lost = sum(1 for first, last in holes for number in range(first, last + 1) if number not in old)
        recovered = sum(link.edits for link in rows if link.row.update_id not in live) if live is not None else 0
        missing += lost
        if lost or recovered:
            told.append(VisitRescue(visit_id, recovered, lost))
    content.links = links
    content.total = max(known.total, content.total or 0)
    kept = sum(link.edits for link in links)
    named = kept + sum(last - first + 1 for _, first, last in content.gaps)
    elsewhere = max(0, content.total - named - sum(row[2] for row in content.departed))
    if elsewhere:
        content.departed.append((LOST, "", elsewhere))
    return Account(content, tuple(told), elsewhere, kept)


def _expected(content: Content, known: Known, key: bytes) -> dict[str, int]:
    """The last number of each visit of which anything is known."""
    expected = dict(content.expected)
    names = {link.row.visit_id for link in content.links} | {row[0] for row in content.visits}
    names |= {row[2] for row in content.outbox} | {gap[0] for gap in content.gaps} | set(expected)
    for visit_id in names:
        said = known.numbers.get(visit_tag(key, visit_id))
        if said is not None:
            expected[visit_id] = said
    for link in content.links:
        expected[link.row.visit_id] = max(link.number, expected.get(link.row.visit_id, 0))
    for visit_id, _, last in content.gaps:
        expected[visit_id] = max(last, expected.get(visit_id, 0))
    return expected


def _holes(rows: Sequence[Link], last: int) -> list[tuple[int, int]]:
    """The edits 1 to `last` that no row stands for, as (first, last)."""
    found, due = [], 1
    for link in rows:
        if link.first > due:
            found.append((due, link.first - 1))
        due = link.number + 1
    return [*found, (due, last)] if due <= last else found
