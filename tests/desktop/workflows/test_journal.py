"""Nothing is sent that is not committed; nothing typed is dropped; a stuck disk is said after 2 s."""

import pytest

from desktop.ports import JournalRow, SaveState
from desktop.workflows.journal import Journal, JournalOwner
from tests.desktop.workflows.doubles import MemoryVault, SteppedJobs
from visit.document import VisitDocument
from visit.guard import CheckedUpdate


class Desk:
    def __init__(self) -> None:
        self.vault = MemoryVault()
        self.jobs = SteppedJobs(self.vault)
        self.committed: list[JournalRow] = []
        self.states: list[SaveState] = []
        self.document = VisitDocument()
        owner = JournalOwner("v1", self.document.client_id, self.committed.append, self.states.append)
        self.journal = Journal(self.jobs, owner)
        self.document.on_update = self.journal.add

    def type(self, text: str) -> None:
        for char in text:
            end = len(self.document.text("hpi"))
            self.document.replace("hpi", end, end, char)

    def last_state(self) -> SaveState:
        return self.states[-1]

    def stored_text(self) -> str:
        copy = VisitDocument()
        for row in self.vault.rows:
            copy.apply(CheckedUpdate(row.update, frozenset()), "self")
        return copy.text("hpi")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_update_is_committed_before_it_is_called_saved(desk: Desk) -> None:
    desk.type("a")
    assert desk.states == [SaveState.SAVING]
    assert desk.committed == []
    desk.jobs.run()
    assert desk.states == [SaveState.SAVING, SaveState.SAVED]
    assert desk.stored_text() == "a"


def test_updates_that_wait_for_a_commit_are_merged(desk: Desk) -> None:
    desk.type("hello")
    desk.jobs.run()
    assert len(desk.vault.rows) == 2
    assert desk.stored_text() == "hello"


def test_a_full_disk_says_not_saved_and_loses_nothing(desk: Desk) -> None:
    desk.vault.broken = True
    desk.type("ab")
    desk.jobs.run()
    assert desk.last_state() is SaveState.NOT_SAVED
    desk.type("c")
    desk.vault.broken = False
    desk.jobs.advance(1.0)
    desk.jobs.run()
    assert desk.last_state() is SaveState.SAVED
    assert desk.stored_text() == "abc"


def test_two_seconds_without_a_commit_say_not_saved(desk: Desk) -> None:
    desk.type("a")
    held = desk.jobs._waiting
    desk.jobs._waiting = []
    desk.jobs.advance(1.9)
    assert desk.states == [SaveState.SAVING]
    desk.jobs.advance(0.2)
    assert desk.states == [SaveState.SAVING, SaveState.NOT_SAVED]
    desk.jobs._waiting = held
    desk.jobs.run()
    assert desk.last_state() is SaveState.SAVED
