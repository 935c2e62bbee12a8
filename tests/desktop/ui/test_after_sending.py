"""What the scribe sees once a note was sent, signed, or frozen: what is so, and the one thing to do about it."""

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.ui.note_strip import NoteStrip
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import StoredVisit
from desktop.workflows.sync import Sync
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.test_visit_controller import NOW, PROVIDER, SCRIBE, START, SUMMARY, Room4
from tests.desktop.workflows.doubles import RecordingLine
from wire.live import DocumentUpdated
from wire.people import Author, Person, Role
from wire.record import (
    EhrRetracted,
    Fact,
    NoteOpened,
    NoteRecalled,
    NoteSent,
    NoteSigned,
    ScribeAdmitted,
    VisitFrozen,
    VisitMoved,
    VisitRetracted,
    VisitUnfrozen,
)
from wire.visits import NoteState, VisitSummary

ME = Person(person_id=SCRIBE.id, name=SCRIBE.name)
NAMESAKE = SUMMARY.model_copy(
    update={
        "visit_id": "v2",
        "patient": SUMMARY.patient.model_copy(update={"patient_id": "9", "mrn_tail": "9902"}),
        "scheduled_at": START + timedelta(minutes=40),
        "scribe": ME,
    }
)
FROZEN = VisitFrozen(reason="Another Rivera")
ADMITTED = ScribeAdmitted(admission_id="a1", device_id="d1", report_sha256="a" * 64, policy_version="1")


class FrozenRoom(Room4):
    """A visit with the day's others around it."""

    def __init__(self) -> None:
        super().__init__()
        self.sync = Sync(self.jobs, self.visit.screen, RecordingLine())
        self.sync.open["v1"] = self.visit
        self.visit.around = self.sync
        self.offer(NAMESAKE)
        self.controller.me = ME

    def offer(self, *summaries: VisitSummary) -> None:
        self.sync.visits = {one.visit_id: one for one in (SUMMARY, *summaries)}

    def tell(self, *facts: Fact, by: Author = PROVIDER) -> None:
        for fact in facts:
            self.record(fact, by)


@pytest.fixture
def room(put_up: Shown) -> FrozenRoom:
    made = FrozenRoom()
    put_up(made.view)
    return made


def words(room: Room4) -> tuple[str, str]:
    """The strip's sentence and its button; '' for what is not shown."""
    strip: NoteStrip = room.view.strip
    if not strip.isVisible():
        return "", ""
    return strip.text.text(), strip.button.text() if strip.button.isVisible() else ""


def signed(room: Room4) -> NoteSigned:
    return NoteSigned(version=3, sha256=room.visit.snapshot_sha256(), auth_time=START)


# --- sent, taken back, opened, signed ---------------------------------------------------------------------------------


def test_a_note_that_was_sent_by_mistake_is_taken_back_in_one_press_until_it_is_opened(room: FrozenRoom) -> None:
    assert words(room) == ("", "")
    room.tell(NoteSent(version=3, sha256="1" * 64), by=SCRIBE)
    text, button = words(room)
    assert text.startswith("Sent for signature at 14:10")
    assert "Dr. Okafor" in text
    assert button == say("strip.recall")
    room.view.strip.button.click()
    assert room.commands() == [{"type": "recall_note", "version": 3}]
    room.controller.refresh(NOW)
    assert words(room) == (say("finish.recalling"), "")
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.tell(NoteRecalled(version=3), by=SCRIBE)
    assert words(room) == (say("strip.recalled", who=SCRIBE.name, provider="Dr. Okafor"), "")
    room.tell(NoteSent(version=3, sha256="1" * 64), by=SCRIBE)
    room.tell(NoteOpened(version=3))
    text, button = words(room)
    assert button == ""
    assert text.startswith("Dr. Okafor opened the note at ")


def test_words_after_the_signature_are_said_to_be_no_part_of_it_also_after_a_restart(room: FrozenRoom) -> None:
    room.visit.edit("hpi", 0, 0, "Three weeks.")
    room.tell(NoteSent(version=3, sha256="1" * 64), by=SCRIBE)
    room.tell(signed(room))
    assert words(room) == ("", "")
    room.visit.edit("hpi", 0, 0, "Late. ")
    room.controller.refresh(NOW)
    assert words(room) == (say("strip.differs"), say("strip.compare"))
    room.jobs.run()
    again = OpenVisit(room.jobs, room.visit.screen, StoredVisit("v1", "", "", room.vault.journal("v1")))
    again.record = room.visit.record
    assert again.differs_from_signed


def test_compare_opens_the_versions(room: FrozenRoom) -> None:
    room.tell(signed(room))
    room.visit.edit("hpi", 0, 0, "Late. ")
    room.controller.refresh(NOW)
    room.view.strip.button.click()
    assert room.view.versions is not None
    assert room.view.versions.isVisible()


# --- frozen -----------------------------------------------------------------------------------------------------------


def buttons(room: FrozenRoom) -> list[str]:
    """What can be pressed in the pane that puts it right."""
    settle()
    found = room.view.put_right.findChildren(QPushButton)
    return [one.text() for one in found if one.isVisible()]


def frozen(room: FrozenRoom, *more: Fact) -> None:
    room.tell(ADMITTED, by=SCRIBE)
    room.tell(FROZEN, *more)


def choose(room: FrozenRoom, visit_id: str = "v2") -> None:
    choice = room.view.put_right.choice
    choice.setCurrentIndex(choice.findData(visit_id))
    settle()


def test_a_frozen_visit_says_so_over_the_note_and_leads_to_what_puts_it_right(room: FrozenRoom) -> None:
    assert not room.view.put_right.isVisible()
    frozen(room)
    text, button = words(room)
    assert "Another Rivera" in text
    assert button == say("strip.put_right")
    room.view.strip.button.click()
    assert room.view.put_right.isVisible()
    assert room.view.put_right.choice.hasFocus()
    assert not room.view.chat.ask_button.isVisible()
    assert say("wrong.mistake", provider="Dr. Okafor") in room.view.put_right.points_text()


def test_everything_is_moved_after_a_second_press_that_names_the_patient_in_full(room: FrozenRoom) -> None:
    frozen(room)
    assert buttons(room) == [say("wrong.settle")]  # nothing is moved to nobody
    choose(room)
    pane = room.view.put_right
    assert "··9902" in pane.who.text()
    pane.move_button.click()
    assert room.commands() == []
    assert "··9902" in pane.question.text()
    assert buttons(room) == [say("wrong.no"), say("wrong.yes")]
    pane.no_button.click()
    assert pane.move_button.hasFocus()
    pane.move_button.click()
    pane.yes_button.click()
    assert room.commands() == [{"type": "move_content", "to_visit_id": "v2"}]
    room.controller.refresh(NOW)
    assert say("wrong.moving") in pane.points_text()
    assert say("wrong.move") not in buttons(room)
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.tell(VisitMoved(to_visit_id="v2"))
    assert "··9902" in pane.points_text()
    assert say("wrong.move") not in buttons(room)
    assert say("wrong.copy") in buttons(room)
    assert say("wrong.mistake", provider="Dr. Okafor") not in pane.points_text()


def test_who_was_not_admitted_there_is_not_offered_to_move(room: FrozenRoom) -> None:
    room.offer(NAMESAKE.model_copy(update={"scribe": None}))
    frozen(room)
    choose(room)
    assert say("wrong.move") not in buttons(room)
    assert room.view.put_right.no_move.isVisible()
    assert say("wrong.copy") in buttons(room)


def test_what_was_signed_is_not_a_scribes_to_settle(room: FrozenRoom) -> None:
    room.tell(signed(room))
    frozen(room)
    assert say("wrong.settle") not in buttons(room)
    assert say("wrong.to_retract", provider="Dr. Okafor") in room.view.put_right.points_text()
    room.tell(VisitRetracted())
    assert say("wrong.retracting") in room.view.put_right.points_text()
    room.tell(EhrRetracted(what="note", subject="note", ehr_reference="DocumentReference/1"))
    assert say("wrong.retracted") in room.view.put_right.points_text()


def test_a_visit_without_anything_signed_is_settled_after_a_second_press(room: FrozenRoom) -> None:
    frozen(room)
    room.view.put_right.settle_button.click()
    assert room.commands() == []
    room.view.put_right.yes_button.click()
    assert room.commands() == [{"type": "retract_visit"}]
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.tell(VisitRetracted(), by=SCRIBE)
    assert buttons(room) == []
    assert say("wrong.settled") in room.view.put_right.points_text()


def test_signed_and_frozen_visits_are_no_place_to_move_to_and_namesakes_come_first(room: FrozenRoom) -> None:
    bao = SUMMARY.patient.model_copy(update={"patient_id": "2", "name": "Nguyen, Bao"})
    near = SUMMARY.model_copy(update={"visit_id": "v3", "patient": bao})
    room.offer(
        near,
        NAMESAKE,
        NAMESAKE.model_copy(update={"visit_id": "v4", "note_state": NoteState.SIGNED}),
        NAMESAKE.model_copy(update={"visit_id": "v5", "frozen": True}),
    )
    frozen(room)
    choice = room.view.put_right.choice
    assert [choice.itemData(index) for index in range(choice.count())] == ["", "v2", "v3"]


def test_edits_that_are_on_this_laptop_alone_are_counted_in_a_frozen_visit(room: FrozenRoom) -> None:
    room.visit.edit("hpi", 0, 0, "Only here.")
    room.jobs.run()
    frozen(room)
    assert say("wrong.only_here", count=1) in room.view.put_right.points_text()


def test_missing_words_are_copied_after_a_second_press_and_said_to_be(room: FrozenRoom) -> None:
    room.visit.edit("hpi", 0, 0, "Only here. Twice.")
    room.jobs.run()
    frozen(room)
    choose(room)
    room.view.put_right.copy_button.click()
    room.view.put_right.yes_button.click()
    room.jobs.run()
    settle()
    assert room.sync.open["v2"].document.text("hpi") == "Only here. Twice."
    assert room.view.put_right.result.text() == say("wrong.copied", count=2)
    room.view.put_right.copy_button.click()
    room.view.put_right.yes_button.click()
    assert room.view.put_right.result.text() == say("wrong.nothing_missing")


def test_an_unfrozen_visit_goes_on_and_says_who_took_the_freeze_back(room: FrozenRoom) -> None:
    frozen(room)
    assert room.editor().isReadOnly()
    room.tell(VisitUnfrozen(reason="It is her after all"))
    assert not room.editor().isReadOnly()
    assert not room.view.put_right.isVisible()
    text, button = words(room)
    assert "It is her after all" in text
    assert button == ""


# --- who wrote what ---------------------------------------------------------------------------------------------------


def test_another_scribes_words_are_marked_once_it_is_known_who_sits_here(room: FrozenRoom) -> None:
    uma = Author(role=Role.SCRIBE, id="p-uma", name="U. Uma")
    room.controller.me = None
    room.provider.replace("hpi", 0, 0, "Hers. ")
    room.visit.take_update(DocumentUpdated(visit_id="v1", author=uma, update=room.provider.update_since()))
    room.jobs.run()
    assert not room.view.note.is_marked("hpi", 0, 5)
    room.controller.me = ME
    assert room.view.note.is_marked("hpi", 0, 5)
