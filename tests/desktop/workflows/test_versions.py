"""The versions while somebody looks at them: what is chosen first, what comes too late, and what is not reached."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from desktop.ports import LinkFailed, LinkProblem, Refused
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import StoredVisit
from desktop.workflows.sync import Sync
from desktop.workflows.versions import HERE, VersionsFlow, first_choice
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from wire.live import RecordEntries
from wire.people import Author, Role
from wire.record import NoteSent, RecordEntry
from wire.refusals import Refusal, RefusalCode
from wire.versions import ComparedSection, NoteVersion, VersionComparison, VersionSection, VersionState, VersionText

AT = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
SANTOS = Author(role=Role.SCRIBE, id="p-santos", name="J. Santos")


def version(seq: int, state: VersionState = VersionState.SENT, sha: str = "") -> NoteVersion:
    return NoteVersion(seq=seq, state=state, version=seq, sha256=(sha or str(seq % 10)) * 64, author=SANTOS, at=AT)


@dataclass
class Archive:
    """A gateway with versions; `problem` is what every call ends with."""

    kept: list[NoteVersion] = field(default_factory=list)
    problem: LinkFailed | Refused | None = None
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def _may(self) -> None:
        if self.problem is not None:
            raise self.problem

    async def versions(self, visit_id: str) -> list[NoteVersion]:
        self._may()
        return list(self.kept)

    async def version(self, visit_id: str, seq: int) -> VersionText:
        self._may()
        self.asked.append((seq,))
        one = next(it for it in self.kept if it.seq == seq)
        text = VersionSection(key="hpi", heading="History of present illness", text="Three weeks.")
        return VersionText(version=one, sections=(text,))

    async def compared(self, visit_id: str, left: int, right: int) -> VersionComparison:
        self._may()
        self.asked.append((left, right))
        both = {one.seq: one for one in self.kept}
        nothing = (ComparedSection(key="hpi", heading="History of present illness", runs=()),)
        return VersionComparison(left=both[left], right=both[right], sections=nothing)


class Desk:
    """One visit whose versions are looked at."""

    def __init__(self) -> None:
        self.jobs = SteppedJobs(MemoryVault())
        self.visit = OpenVisit(self.jobs, RememberingScreen(), StoredVisit("v1", "", "", []))
        self.archive = Archive()
        sync = Sync(self.jobs, RememberingScreen(), RecordingLine())
        sync.find_gateway = lambda: self.archive  # type: ignore[return-value, assignment]  # the three calls
        self.visit.around = sync
        self.changed = 0
        self.flow = VersionsFlow(self.visit, self._on_changed)

    def _on_changed(self) -> None:
        self.changed += 1

    def tell(self, seq: int) -> None:
        """The record says that a version was made."""
        for number in range(self.visit.record.last_seq + 1, seq + 1):
            fact = NoteSent(version=number, sha256=str(number % 10) * 64)
            entry = RecordEntry(visit_id="v1", seq=number, at=AT, author=SANTOS, fact=fact)
            self.visit.take_record(RecordEntries(visit_id="v1", entries=(entry,)))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_first_the_two_newest_or_what_stands_here_when_it_is_another_text() -> None:
    sent, returned = version(3, sha="a"), version(5, VersionState.RETURNED, sha="b")
    assert first_choice([], "a" * 64) == (HERE, HERE)
    assert first_choice([sent], "a" * 64) == (3, HERE)
    assert first_choice([sent, returned], "b" * 64) == (3, 5)
    assert first_choice([sent, returned], "c" * 64) == (5, HERE)
    signed, added = version(7, VersionState.SIGNED, sha="b"), version(9, VersionState.ADDENDED, sha="d")
    assert first_choice([sent, signed, added], "b" * 64) == (7, 9)
    assert first_choice([sent, signed, added], "c" * 64) == (7, HERE)


def test_nothing_was_sent_yet(desk: Desk) -> None:
    desk.flow.open()
    waiting = [desk.flow.busy]
    desk.jobs.run()
    waiting.append(desk.flow.busy)
    assert waiting == [True, False]
    assert (desk.flow.versions, desk.flow.comparison, desk.flow.problem) == ((), None, None)


def test_an_answer_that_comes_after_another_choice_is_dropped(desk: Desk) -> None:
    desk.archive.kept = [version(3), version(5), version(7)]
    desk.flow.open()
    desk.jobs.run()
    desk.flow.choose(3, 5)
    desk.flow.choose(3, 7)
    desk.jobs.run()
    assert desk.archive.asked[-2:] == [(3, 5), (3, 7)]
    assert desk.flow.comparison is not None
    assert desk.flow.comparison.right == version(7)


def test_an_answer_that_comes_after_closing_is_kept_nowhere(desk: Desk) -> None:
    desk.archive.kept = [version(3)]
    desk.flow.open()
    desk.flow.close()
    desk.jobs.run()
    assert (desk.flow.versions, desk.flow.comparison) == ((), None)
    assert desk.archive.asked == []


@pytest.mark.parametrize(
    "problem", [LinkFailed(LinkProblem.UNREACHABLE), Refused(Refusal(code=RefusalCode.NOT_ASSIGNED))]
)
def test_a_practice_that_is_not_reached_or_refuses_is_said_and_tried_again(
    desk: Desk, problem: LinkFailed | Refused
) -> None:
    desk.archive.problem = problem
    desk.flow.open()
    desk.jobs.run()
    assert (desk.flow.problem, desk.flow.busy) == (problem, False)
    desk.archive.problem, desk.archive.kept = None, [version(3), version(5)]
    desk.flow.open()
    desk.jobs.run()
    assert desk.flow.problem is None
    assert desk.flow.comparison is not None


def test_without_a_gateway_nothing_is_waited_for(desk: Desk) -> None:
    desk.visit.around = None
    desk.flow.open()
    assert isinstance(desk.flow.problem, LinkFailed)
    assert not desk.flow.busy


def test_a_version_that_comes_while_one_looks_is_in_the_list_and_the_choice_stays(desk: Desk) -> None:
    desk.tell(2)
    desk.archive.kept = [version(1), version(2)]
    desk.flow.open()
    desk.jobs.run()
    desk.flow.choose(1, 2)
    desk.jobs.run()
    chosen = (desk.flow.left, desk.flow.right)
    desk.flow.follow_record()
    desk.jobs.run()
    desk.tell(3)
    desk.archive.kept.append(version(3))
    desk.flow.follow_record()
    desk.jobs.run()
    assert [one.seq for one in desk.flow.versions] == [1, 2, 3]
    assert (desk.flow.left, desk.flow.right) == chosen


def test_what_stands_here_is_compared_here(desk: Desk) -> None:
    desk.archive.kept = [version(3)]
    desk.visit.edit("hpi", 0, 0, "Four weeks.")
    desk.flow.open()
    desk.jobs.run()
    assert desk.archive.asked == [(3,)]
    assert desk.flow.comparison is not None
    assert desk.flow.comparison.right is None
    (hpi,) = desk.flow.comparison.sections
    assert "".join(run.text for run in hpi.runs if run.kind != "removed") == "Four weeks."
