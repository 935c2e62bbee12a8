"""Faults that the converging schedules found, each with its own test: late edits, missed updates, closed visits."""

from base64 import urlsafe_b64decode

import pytest

from desktop.ports import JournalRow, LinkState
from desktop.workflows.journal import RETRY_SECONDS
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.sync import Sync
from tests.desktop.workflows.doubles import RecordingLine, RememberingScreen, SteppedJobs
from tests.desktop.workflows.test_sync import ME, NOW, PROVIDER, Desk
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from wire.live import AuthorRun, DocumentState, DocumentUpdated, UpdateRefused, Welcome
from wire.people import Author, Role
from wire.refusals import Refusal, RefusalCode

CLOSED = Refusal(code=RefusalCode.DOCUMENT_CLOSED)
OTHER = Author(role=Role.SCRIBE, id="p-uma", name="U. Uma")


@pytest.fixture
def desk() -> Desk:
    return Desk()


class Restarted(Desk):
    """The same laptop after a crash; which visit is opened is the test's choice."""

    def __init__(self, before: Desk) -> None:
        self.vault, self.gateway = before.vault, before.gateway
        self.jobs, self.screen, self.line = SteppedJobs(self.vault), RememberingScreen(), RecordingLine()
        self.sync = Sync(self.jobs, self.screen, self.line)


def edit_by_provider(desk: Desk, text: str, start: int = 0, end: int = 0) -> DocumentUpdated:
    """The provider changes the gateway's text; the frame is not delivered yet."""
    before = desk.gateway.state_vector()
    desk.gateway.replace("hpi", start, end, text)
    return DocumentUpdated(visit_id="v1", update=desk.gateway.update_since(before), author=PROVIDER)


def test_the_next_edits_go_out_after_some_came_too_late(desk: Desk) -> None:
    desk.connect()
    desk.type("late")
    (first,) = desk.frames("document_update")
    desk.type(" and later")
    desk.hear(UpdateRefused(visit_id="v1", update_id=first["update_id"], refusal=CLOSED))
    updates = desk.frames("document_update")
    assert len(updates) == 2
    desk.hear(UpdateRefused(visit_id="v1", update_id=updates[1]["update_id"], refusal=CLOSED))
    assert desk.visit.waiting_for_gateway == 0
    assert desk.visit.document.text("hpi") == "late and later"


def test_what_was_missed_is_asked_for_and_nobody_is_alarmed(desk: Desk) -> None:
    desk.connect()
    edit_by_provider(desk, "one ")
    second, third = edit_by_provider(desk, "two ", 4, 4), edit_by_provider(desk, "three ", 8, 8)
    desk.line.sent.clear()
    desk.hear(second)
    desk.hear(third)
    assert desk.screen.notices == []
    (follow,) = desk.frames("follow_visit")
    vector = urlsafe_b64decode(follow["state_vector"])
    state = DocumentState(
        visit_id="v1", epoch=1, update=desk.gateway.update_since(vector), state_vector=desk.gateway.state_vector()
    )
    desk.hear(state)
    assert desk.visit.document.text("hpi") == "one two three "


def stamped(desk: Desk, *runs: tuple[int, Author]) -> DocumentState:
    return DocumentState(
        visit_id="v1",
        epoch=1,
        update=desk.gateway.update_since(desk.visit.document.state_vector()),
        state_vector=desk.gateway.state_vector(),
        authors={"hpi": tuple(AuthorRun(length=length, author=author) for length, author in runs)},
    )


def test_stamps_are_asked_for_again_once_own_edits_no_longer_change_the_text(desk: Desk) -> None:
    desk.connect()
    desk.drop()
    desk.gateway.replace("hpi", 0, 0, "theirs ")
    desk.type("mine")
    desk.sync.link_changed(LinkState.ONLINE, None)
    desk.hear(stamped(desk, (7, PROVIDER)))
    assert sorted(desk.visit.document.author_runs("hpi")) == [(4, ""), (7, "gateway")]
    (update,) = desk.frames("document_update")
    follows = len(desk.frames("follow_visit"))
    desk.save_at_gateway(update)
    assert len(desk.frames("follow_visit")) == follows + 1
    mine = Author(role=Role.SCRIBE, id=ME.id, name=ME.name)
    runs = [(7, PROVIDER), (4, mine)] if desk.gateway.text("hpi").startswith("theirs") else [(4, mine), (7, PROVIDER)]
    desk.hear(stamped(desk, *runs))
    assert desk.visit.document.author_runs("hpi") == [(length, author.id) for length, author in runs]
    assert len(desk.frames("follow_visit")) == follows + 1


def test_stamps_of_another_text_of_the_same_length_are_not_taken(desk: Desk) -> None:
    desk.connect()
    desk.type("abcd")
    desk.save_at_gateway(desk.frames("document_update")[0])
    desk.drop()
    desk.visit.edit("hpi", 0, 4, "wxyz")  # the gateway still has abcd
    desk.jobs.run()
    desk.sync.link_changed(LinkState.ONLINE, None)
    desk.hear(stamped(desk, (2, OTHER), (2, PROVIDER)))
    assert {author for _, author in desk.visit.document.author_runs("hpi")} == {""}


def test_an_own_edit_never_stands_before_the_foreign_one_that_it_leans_on(desk: Desk) -> None:
    """The disk is full while somebody's words come, and free again when the scribe writes into them."""
    desk.connect()
    desk.vault.broken = True
    desk.hear(edit_by_provider(desk, "left knee"))
    desk.vault.broken = False
    desk.visit.edit("hpi", 4, 4, " swollen")
    desk.jobs.advance(RETRY_SECONDS)
    assert [row.author for row in desk.vault.rows] == [PROVIDER.id, ""]
    again = Restarted(desk)
    assert again.open().document.text("hpi") == "left swollen knee"


def test_a_closed_visit_is_sent_until_the_gateway_has_all_of_it(desk: Desk) -> None:
    desk.type("written offline")
    desk.sync.close_visit("v1")
    assert desk.sync.open["v1"].waiting_for_gateway == 1
    desk.connect()
    (update,) = desk.frames("document_update")
    desk.save_at_gateway(update)
    assert desk.gateway.text("hpi") == "written offline"
    assert desk.sync.open == {}
    assert desk.frames("unfollow_visit")


def test_what_an_earlier_run_left_in_other_visits_is_counted_and_sent(desk: Desk) -> None:
    desk.type("left behind")
    again = Restarted(desk)
    again.sync.open_visit("v2", lambda _: None)
    again.sync.pick_up()
    again.jobs.run()
    assert sum(visit.waiting_for_gateway for visit in again.sync.open.values()) == 1
    again.visit = again.sync.open["v1"]
    again.connect()
    (update,) = again.frames("document_update")
    again.save_at_gateway(update)
    assert again.gateway.text("hpi") == "left behind"
    assert list(again.sync.open) == ["v2"]


def test_a_visit_closed_between_two_commits_opens_with_both_words(desk: Desk) -> None:
    desk.visit.edit("hpi", 0, 0, "one")
    desk.visit.edit("hpi", 3, 3, " two")  # waits for the first commit
    desk.sync.close_visit("v1")
    opened: list[OpenVisit] = []
    desk.sync.open_visit("v1", opened.append)
    desk.jobs.run()
    assert opened[0].document.text("hpi") == "one two"
    assert len(opened[0].unsent) == 2


def test_a_note_is_not_sent_while_words_of_it_are_being_committed(desk: Desk) -> None:
    desk.connect()
    desk.visit.edit("hpi", 0, 0, "one")
    desk.visit.edit("hpi", 3, 3, " two")
    desk.visit.send_note()
    waiting = desk.jobs._waiting
    waiting.pop(0)()  # the first words are committed and sent; the second ones are not yet
    waiting.pop(0)()
    frame = desk.frames("document_update")[0]
    desk.gateway.apply(CheckedUpdate(urlsafe_b64decode(frame["update"]), frozenset()), ME.id)
    desk.visit.updates_saved(desk.sync._landed(desk.visit, frame["update_id"]))
    desk.sync._send_waiting(desk.visit)
    assert desk.frames("command") == []
    desk.jobs.run()
    desk.save_at_gateway(desk.frames("document_update")[1])
    assert len(desk.frames("command")) == 1


def test_an_answer_that_could_not_be_kept_is_kept_later(desk: Desk) -> None:
    desk.connect()
    desk.type("words")
    desk.vault.broken = True
    desk.save_at_gateway(desk.frames("document_update")[0])
    assert len(desk.vault.pending_updates()) == 1
    desk.vault.broken = False
    desk.jobs.advance(RETRY_SECONDS)
    assert desk.vault.pending_updates() == []


def test_a_gateway_that_lost_what_it_had_is_given_all_of_it_once(desk: Desk) -> None:
    """A database that was put back from a copy: what was saved there is here still."""
    desk.connect()
    desk.type("old")
    desk.save_at_gateway(desk.frames("document_update")[0])
    desk.gateway = VisitDocument()
    desk.type(" new")
    gap = Refusal(code=RefusalCode.UPDATE_GAP)
    desk.hear(UpdateRefused(visit_id="v1", update_id=desk.frames("document_update")[1]["update_id"], refusal=gap))
    assert desk.visit.waiting_for_gateway == 2
    desk.hear(stamped(desk))
    third = desk.frames("document_update")[2]
    desk.hear(UpdateRefused(visit_id="v1", update_id=third["update_id"], refusal=gap))
    desk.hear(stamped(desk))
    assert len(desk.frames("document_update")) == 4  # what is missing is somebody else's: no endless asking
    desk.save_at_gateway(desk.frames("document_update")[3])
    assert desk.gateway.text("hpi") == "old new"


def test_rows_of_two_runs_and_a_foreign_one_open_in_the_order_of_the_journal(desk: Desk) -> None:
    desk.connect()
    desk.hear(edit_by_provider(desk, "theirs "))
    desk.type("mine")
    rows: list[JournalRow] = desk.vault.rows
    assert [bool(row.author) for row in rows] == [True, False]
    assert [row.acknowledged for row in rows] == [True, False]
    welcome = Welcome(protocol=1, principal=ME, server_time=NOW)
    again = Restarted(desk)
    again.visit = again.open()
    again.sync.link_changed(LinkState.ONLINE, None)
    again.hear(welcome)
    assert again.visit.document.author_runs("hpi") == [(7, PROVIDER.id), (4, "self")]
