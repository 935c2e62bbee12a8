"""A visit on the screen over its real workflow and document: what is seen, kept and sent is the same."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.units import from_qt
from desktop.ui.orders_pane import OrderDraft
from desktop.ui.present import Now, finish_state
from desktop.ui.tokens import LIGHT
from desktop.ui.visit_controller import VisitController
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.stored_visit import StoredVisit, read_stored
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.note_bench import underlined
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from visit.document import TextChange, VisitDocument
from visit.guard import CheckedUpdate
from visit.indexes import utf16_length
from visit.templates import DEFAULT_KEYS
from wire.live import DocumentUpdated, RecordEntries
from wire.people import Author, Person, Role, Room
from wire.record import ChatSent, Fact, NoteReturned, NoteSent, NoteSigned, QuestionAnswered, QuestionAsked, RecordEntry
from wire.visits import Coding, Patient, VisitSummary

START = datetime(2026, 11, 23, 14, 10, tzinfo=UTC)
NOW = Now(START + timedelta(minutes=20), UTC)
PROVIDER = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. Okafor")
SCRIBE = Author(role=Role.SCRIBE, id="p-santos", name="J. Santos")
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
ANA = Patient(patient_id="1", name="Rivera, Ana M", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471")
BAO = Patient(patient_id="2", name="Nguyen, Bao", birth_date=date(1995, 7, 2), sex="male", mrn_tail="0912")
SUMMARY = VisitSummary(
    visit_id="v1",
    patient=ANA,
    provider=Person(person_id=PROVIDER.id, name=PROVIDER.name),
    room=Room(room_id="r4", name="Room 4"),
    scheduled_at=START,
    reason="Chest pain follow-up",
    specialty="cardiology",
    problems=(Coding(system=ICD, code="R06.09", display="Dyspnea on exertion"),),
)


class LiveScreen(RememberingScreen):
    """Shows text and authors on the controller at once, as the program does."""

    controller: VisitController | None = None

    def text_changed(self, visit_id: str, change: TextChange) -> None:
        if self.controller is not None:
            self.controller.show_change(change)

    def authors_changed(self, visit_id: str) -> None:
        if self.controller is not None:
            self.controller.show_authors()


class Room4:
    """One visit on the screen, and the provider's document on the other side."""

    def __init__(self) -> None:
        self.vault = MemoryVault()
        self.jobs = SteppedJobs(self.vault)
        screen = LiveScreen()
        self.visit = OpenVisit(self.jobs, screen, StoredVisit("v1", SUMMARY.model_dump_json(), "", []))
        self.view = VisitView("v1", LIGHT)
        self.controller = screen.controller = VisitController(self.visit, self.view, lambda: [ANA, BAO])
        self.provider = VisitDocument()
        self.seq = 0

    def editor(self, section: str = "") -> NoteEditor:
        """The editor, with the caret at the end of a section if one is named."""
        if section:
            self.view.note.editor.go_to(section)
        return self.view.note.editor

    def record(self, fact: Fact, author: Author = PROVIDER) -> None:
        self.seq += 1
        at = START + timedelta(seconds=self.seq)
        entry = RecordEntry(visit_id="v1", seq=self.seq, at=at, author=author, fact=fact)
        self.visit.take_record(RecordEntries(visit_id="v1", entries=(entry,)))
        self.controller.refresh(NOW)
        self.jobs.run()

    def exchange(self) -> None:
        """The provider's page gets what the scribe wrote."""
        update = self.visit.document.update_since(self.provider.state_vector())
        self.provider.apply(CheckedUpdate(update, frozenset()), SCRIBE.id)

    def provider_writes(self, section: str, start: int, end: int, text: str) -> None:
        before = self.provider.state_vector()
        self.provider.replace(section, start, end, text)
        update = self.provider.update_since(before)
        self.visit.take_update(DocumentUpdated(visit_id="v1", author=PROVIDER, update=update))
        self.jobs.run()

    def commands(self) -> list[dict[str, object]]:
        self.jobs.run()
        return [dict(json.loads(row.command_json)["command"]) for row in self.vault.outbox]

    def check(self) -> None:
        for section, text in self.visit.document.texts().items():
            if text or section in DEFAULT_KEYS:
                assert self.editor().text(section) == text
        shown = from_qt(self.editor().document().toRawText())
        texts = self.visit.document.texts()
        assert shown == "\n".join(f"{s.heading}\n{texts[s.key]}" for s in self.editor().places.sections)

    def provider_marks(self, section: str = "hpi") -> list[str]:
        return underlined(self.editor(), section)


@pytest.fixture
def room(put_up: Shown) -> Room4:
    made = Room4()
    put_up(made.view)
    made.view.note.focus_section("hpi")
    return made


def test_a_section_outside_the_template_appears_when_the_provider_writes_in_it(room: Room4) -> None:
    room.provider_writes("allergies", 0, 0, "Penicillin.")
    room.check()
    keys = [section.key for section in room.editor().places.sections]
    assert keys[:3] == ["chief_complaint", "hpi", "allergies"]
    room.controller.show_authors()
    assert room.provider_marks("allergies") == ["Penicillin."]
    assert "1 of 7" in room.view.note.complete.text()
    room.editor().set_caret(Caret("allergies", 0))
    QTest.keyClicks(room.editor(), "No latex. ")
    assert room.visit.document.text("allergies") == "No latex. Penicillin."
    room.exchange()
    room.provider_writes("allergies", 0, 21, "")
    room.check()
    assert "0 of 6" in room.view.note.complete.text()


def test_a_note_that_mixes_the_combined_section_with_a_part_says_why_it_cannot_be_sent(room: Room4) -> None:
    for section in ("chief_complaint", "hpi", "assessment_and_plan", "plan_of_treatment"):
        room.provider_writes(section, 0, 0, "Words.")
    state = finish_state(room.visit, NOW, listening=False, online=True)
    assert [line.words for line in state.obstacles] == [say("finish.mixed", heading="Plan")]
    assert state.points == ()
    assert not state.may_send
    room.provider_writes("plan_of_treatment", 0, 6, "")
    assert finish_state(room.visit, NOW, listening=False, online=True).may_send


def test_what_is_typed_is_in_the_document_and_in_the_vault(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Knee pain.")
    room.check()
    room.jobs.run()
    reopened = VisitDocument()
    for row in room.vault.rows:
        reopened.apply(CheckedUpdate(row.update, frozenset()), "self")
    assert reopened.text("hpi") == "Knee pain."


def test_the_providers_words_appear_marked_and_the_scribes_between_them_do_not(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Pain in the knee.")
    room.exchange()
    room.provider_writes("hpi", 8, 8, "left and right ")
    room.check()
    assert room.provider_marks() == ["left and right "]
    room.editor().set_caret(Caret("hpi", 12))
    QTest.keyClicks(room.editor(), "XX")
    room.check()
    assert room.provider_marks() == ["left", " and right "]


def test_undo_takes_back_ones_own_words_only(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "mine")
    room.exchange()
    room.provider_writes("hpi", 4, 4, " theirs")
    QTest.keyClick(room.editor(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    room.check()
    assert "theirs" in room.visit.document.text("hpi")
    assert "mine" not in room.visit.document.text("hpi")


def test_text_of_another_patient_is_refused_in_sight(room: Room4) -> None:
    QApplication.clipboard().setText("Bao Nguyen, born 1995-07-02")
    QTest.keyClick(room.editor(), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    room.check()
    assert room.visit.document.text("hpi") == ""
    assert room.view.note.message.isVisible()
    assert "Nguyen" not in room.view.note.message.text()
    QTest.keyClicks(room.editor(), "o")
    assert not room.view.note.message.isVisible()


def test_a_half_filled_order_survives_and_a_whole_one_is_pended(room: Room4) -> None:
    room.view.show_new_order()
    form = room.view.orders.form
    form.show_draft(OrderDraft(test="30934-4", priority="routine"))
    QTest.keyClicks(form.instructions, "fasting")
    form.pend_button.click()
    assert "collection" in form.missing.text()
    room.view.orders.close_form()
    form.show_draft(OrderDraft())
    room.view.show_new_order()
    kept = form.draft()
    assert kept == OrderDraft(test="30934-4", priority="routine", instructions="fasting")
    form.show_draft(replace(kept, reason="R06.09", collection="at_lab"))
    form.pend_button.click()
    orders = [command["order"] for command in room.commands() if command["type"] == "pend_order"]
    assert len(orders) == 1
    assert isinstance(orders[0], dict)
    assert orders[0]["test"]["code"] == "30934-4"
    assert orders[0]["reason"]["code"] == "R06.09"
    assert room.visit.document.draft_orders() == {}
    assert form.draft() == OrderDraft()


def test_an_answer_is_shown_with_its_question_and_seen_once(room: Room4) -> None:
    ask = QuestionAsked(question_id="q1", text="Which knee?", quick_replies=("left", "right"), section="hpi")
    room.record(ask, SCRIBE)
    room.record(QuestionAnswered(question_id="q1", text="left"))
    room.record(ChatSent(message_id="m1", text="Also add BNP."))
    settle()
    seen = [command for command in room.commands() if command["type"] == "mark_chat_seen"]
    assert seen[-1]["up_to_seq"] == room.seq
    room.controller.refresh(NOW)
    settle()
    assert [c for c in room.commands() if c["type"] == "mark_chat_seen"] == seen


def test_an_incomplete_note_is_not_sent_and_a_complete_one_is_sent_as_shown(room: Room4) -> None:
    room.controller.open_finish(NOW)
    assert not room.view.finish.send_button.isEnabled()
    for section in ("chief_complaint", "hpi", "assessment_and_plan"):
        QTest.keyClicks(room.editor(section), "Text.")
    room.jobs.run()
    room.controller.open_finish(NOW)
    room.view.finish.send_button.click()
    sent = [command for command in room.commands() if command["type"] == "send_note"]
    assert [command["sha256"] for command in sent] == [room.visit.snapshot_sha256()]


def test_a_returned_note_says_why_and_a_signed_one_is_closed(room: Room4) -> None:
    room.record(NoteSent(version=1, sha256="0" * 64), SCRIBE)
    room.record(NoteReturned(version=1, comment="Add the plan.", section="assessment_and_plan"))
    assert "Add the plan." in room.view.note.message.text()
    assert not room.editor().isReadOnly()
    room.record(NoteSent(version=2, sha256="1" * 64), SCRIBE)
    room.record(NoteSigned(version=2, sha256="1" * 64, auth_time=START))
    assert room.editor().isReadOnly()
    assert room.view.note.state.text() == say("note_state.signed")


PIECES = ["a", "b ", "\u00b5", "\U0001f980", "\n", "***"]
actions = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.sampled_from(PIECES)),
        st.tuples(st.just("backspace"), st.none()),
        st.tuples(st.just("undo"), st.none()),
        st.tuples(st.just("redo"), st.none()),
        st.tuples(st.just("exchange"), st.none()),
        st.tuples(st.just("provider"), st.tuples(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["", *PIECES]))),
        st.tuples(st.just("jump"), st.floats(0, 1)),
    ),
    max_size=20,
)


def units(text: str, share: float) -> int:
    return utf16_length(text[: round(share * len(text))])


def act(room: Room4, name: str, value: object) -> None:
    editor, document = room.editor(), room.visit.document
    if name == "type":
        editor.insertPlainText(str(value))
    elif name == "backspace":
        QTest.keyClick(editor, Qt.Key.Key_Backspace)
    elif name == "undo":
        editor.undo_requested.emit()
    elif name == "redo":
        editor.redo_requested.emit()
    elif name == "exchange":
        room.exchange()
    elif name == "jump" and isinstance(value, float):
        editor.set_caret(Caret("hpi", units(document.text("hpi"), value)))
    elif name == "provider" and isinstance(value, tuple):
        text = room.provider.text("hpi")
        start, end = sorted((units(text, value[0]), units(text, value[1])))
        if start != end or value[2]:
            room.provider_writes("hpi", start, end, str(value[2]))
    room.jobs.run()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=actions)
def test_screen_and_document_agree_whatever_both_sides_write(acts: list[tuple[str, object]]) -> None:
    app = QApplication.instance() or QApplication(["alcove", "-platform", "offscreen"])
    room = Room4()
    room.view.note.focus_section("hpi")
    for name, value in acts:
        act(room, name, value)
        room.check()
    room.exchange()
    assert room.provider.texts() == room.visit.document.texts()
    room.view.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


def test_a_restart_comes_back_to_the_same_caret(room: Room4, put_up: Shown) -> None:
    QTest.keyClicks(room.editor(), "Knee pain.")
    room.editor().set_caret(Caret("hpi", 4))
    QTest.qWait(1_200)
    room.jobs.run()
    again = OpenVisit(room.jobs, RememberingScreen(), read_stored(room.vault, "v1"))
    view = VisitView("v1", LIGHT)
    VisitController(again, view, lambda: [ANA, BAO])
    put_up(view)
    assert view.note.caret() == Caret("hpi", 4)
    assert view.note.editor.text("hpi") == "Knee pain."


def test_the_order_of_the_view_turns_and_text_caret_and_snapshot_stay(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Knee pain.")
    room.provider_writes("allergies", 0, 0, "Penicillin.")
    before, caret = room.visit.snapshot_sha256(), room.view.note.caret()
    room.view.note.turn_order()
    keys = [section.key for section in room.editor().places.sections]
    assert keys[0] == "assessment_and_plan"
    assert set(keys) == {*DEFAULT_KEYS, "allergies"}
    room.check()
    assert (room.visit.snapshot_sha256(), room.view.note.caret()) == (before, caret)
    QTest.keyClicks(room.editor(), " Worse.")
    assert room.visit.document.text("hpi") == "Knee pain. Worse."
    room.view.note.turn_order()
    assert [section.key for section in room.editor().places.sections][0] == "chief_complaint"
    room.check()
