"""The versions of a note beside each other: fetched when they are looked at, and in memory alone while they are.

Two versions are compared by the gateway; what stands on this laptop, which no gateway has, is compared here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.ports import Gateway, LinkFailed, LinkProblem, Refused
from desktop.workflows.open_visit import OpenVisit
from visit.compare import compare_notes
from visit.snapshot import make_snapshot
from wire.versions import ComparedSection, NoteVersion, VersionSection, VersionState

HERE = 0
"""The number of what stands on this laptop now; versions are numbered by facts of the record, from 1."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two texts side by side; `right` is None for what stands on this laptop."""

    left: NoteVersion
    right: NoteVersion | None
    sections: tuple[ComparedSection, ...]


class VersionsFlow:
    """One visit's versions while somebody looks at them. `changed()` is called on the UI thread."""

    def __init__(self, visit: OpenVisit, changed: Callable[[], None]) -> None:
        self._visit = visit
        self._changed = changed
        self._asked = 0
        self._open = False
        self.versions: tuple[NoteVersion, ...] = ()
        self.left = HERE
        self.right = HERE
        self.comparison: Comparison | None = None
        self.problem: LinkFailed | Refused | None = None
        self.busy = False

    def open(self) -> None:
        """Fetch the list and compare what the scribe most likely wants to see."""
        self._open = True
        self._fetch(self._take_list)

    def follow_record(self) -> None:
        """There may be another version: the list is fetched anew, the choice stays."""
        if self._open and not self.busy and len(self.versions) != _versions_told(self._visit):
            self._fetch(self._take_longer_list)

    def choose(self, left: int, right: int) -> None:
        """Compare these two; `right` may be HERE."""
        if (left, right) != (self.left, self.right) or self.comparison is None:
            self.left, self.right = left, right
            self._compare()

    def close(self) -> None:
        """Nothing of it stays; an answer that comes later is dropped."""
        self._open = False
        self._asked += 1
        self.versions, self.comparison, self.problem, self.busy = (), None, None, False
        self.left = self.right = HERE

    # --- inside ----------------------------------------------------------------------------------------------

    def _gateway(self) -> Gateway | None:
        around = self._visit.around
        return around.find_gateway() if around is not None else None

    def _fetch(self, take: Callable[[list[NoteVersion]], None]) -> None:
        gateway, visit_id = self._gateway(), self._visit.visit_id
        asked = self._begin()
        if gateway is None:
            self._fail(asked, LinkFailed(LinkProblem.UNREACHABLE))
            return

        def done(versions: list[NoteVersion]) -> None:
            if asked == self._asked:
                self.busy = False
                take(versions)

        self._visit.jobs.on_link(lambda: gateway.versions(visit_id), done, lambda problem: self._fail(asked, problem))

    def _begin(self) -> int:
        self._asked += 1
        self.busy, self.problem = True, None
        self._changed()
        return self._asked

    def _fail(self, asked: int, problem: LinkFailed | Refused) -> None:
        if asked == self._asked:
            self.busy, self.problem = False, problem
            self._changed()

    def _take_list(self, versions: list[NoteVersion]) -> None:
        self.versions = tuple(versions)
        self.left, self.right = first_choice(versions, self._visit.snapshot_sha256())
        if versions:
            self._compare()
        else:
            self._changed()

    def _take_longer_list(self, versions: list[NoteVersion]) -> None:
        if self.left == HERE:
            self._take_list(versions)
            return
        self.versions = tuple(versions)
        self._changed()

    def _compare(self) -> None:
        gateway, visit_id, left, right = self._gateway(), self._visit.visit_id, self.left, self.right
        asked = self._begin()
        if gateway is None:
            self._fail(asked, LinkFailed(LinkProblem.UNREACHABLE))
            return
        here = sections_here(self._visit) if right == HERE else ()

        async def work() -> Comparison:
            if right == HERE:
                kept = await gateway.version(visit_id, left)
                return Comparison(kept.version, None, compare_notes(kept.sections, here))
            both = await gateway.compared(visit_id, left, right)
            return Comparison(both.left, both.right, both.sections)

        def done(comparison: Comparison) -> None:
            if asked == self._asked:
                self.busy, self.comparison = False, comparison
                self._changed()

        self._visit.jobs.on_link(work, done, lambda problem: self._fail(asked, problem))


def sections_here(visit: OpenVisit) -> tuple[VersionSection, ...]:
    """The note as it stands on this laptop, as a version would be kept."""
    snapshot = make_snapshot(visit.visit_id, visit.document.texts())
    return tuple(VersionSection(key=one.key, heading=one.heading, text=one.text) for one in snapshot.sections)


def first_choice(versions: Sequence[NoteVersion], sha256_here: str) -> tuple[int, int]:
    """The newest note and what stands here, when they differ or there is no other; else the two newest versions."""
    notes = [one for one in versions if one.state is not VersionState.ADDENDED]
    if not notes:
        return HERE, HERE
    if notes[-1].sha256 != sha256_here or len(versions) == 1:
        return notes[-1].seq, HERE
    return versions[-2].seq, versions[-1].seq


def _versions_told(visit: OpenVisit) -> int:
    """How many versions the record tells of."""
    told = {f"note_{state}" for state in VersionState}
    kept = (entry.fact for entry in visit.entries if entry.fact.type in told)
    return sum(1 for fact in kept if getattr(fact, "sha256", None) is not None)
