"""Asking from the note by keys, answers that come into it, ready messages, and what cannot wait."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.ui.actions import key_of
from desktop.ui.chat_pane import Bubble
from desktop.ui.note_editor.places import Caret
from desktop.ui.present import finish_state, urgent_lines
from desktop.ui.question_controller import LOOK_AFTER_MS
from desktop.ui.ready_messages import READY, ready_message
from desktop.ui.urgent_panel import UrgentPanel
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.states import complete, live, live_replay
from tests.desktop.ui.test_visit_controller import NOW, SCRIBE, Room4
from tests.gateway.world import COMPLETE
from wire.record import (
    NoteReady,
    QuestionAnswered,
    QuestionAsked,
    UrgentAnswered,
    UrgentDelivered,
    UrgentSeen,
    UrgentTold,
)
from wire.urgent import UrgentKind


@pytest.fixture
def room(put_up: Shown) -> Room4:
    made = Room4()
    put_up(made.view)
    made.view.note.focus_section("hpi")
    return made


def is_open(panel: UrgentPanel) -> bool:
    """As it is now."""
    return panel.is_open


def wait_for_a_look() -> None:
    QTest.qWait(LOOK_AFTER_MS + 100)
    settle()


def type_in(room: Room4, text: str) -> None:
    QTest.keyClicks(room.editor(), text)
    wait_for_a_look()


def asked(room: Room4) -> list[dict[str, object]]:
    return [one for one in room.commands() if one["type"] == "ask_question"]


def answered_by_gateway(room: Room4) -> None:
    """Every command was taken."""
    for one in room.commands():
        if one["type"] == "ask_question":
            fact = QuestionAsked.model_validate({**one, "type": "question_asked"})
            room.record(fact, SCRIBE)
    for row in list(room.vault.outbox):
        room.visit.command_answered(row.command_id, None)
    room.jobs.run()


def test_a_sentence_with_a_gap_is_offered_when_it_is_left_and_typing_goes_on(room: Room4) -> None:
    type_in(room, "Effusion of the ?? knee")
    assert not room.view.chat.is_asking
    type_in(room, ". Rest")
    chat = room.view.chat
    assert chat.is_asking
    assert chat.question_text.text() == "Effusion of the ?? knee."
    assert chat.replies.text() == "left, right, both"
    assert chat.section.currentData() == "hpi"
    assert room.editor().hasFocus()
    QTest.keyClicks(room.editor(), "ed.")
    assert room.visit.document.text("hpi") == "Effusion of the ?? knee. Rested."
    assert asked(room) == []


def test_the_ask_key_and_enter_ask_and_the_answer_fills_the_gap(room: Room4) -> None:
    type_in(room, "Effusion of the ?? knee. Rest.")
    room.controller.questions.ask()
    assert room.view.chat.question_text.hasFocus()
    QTest.keyClick(room.view.chat.question_text, Qt.Key.Key_Return)
    assert room.editor().hasFocus()
    (question,) = asked(room)
    assert (question["text"], question["quick_replies"]) == ("Effusion of the ?? knee.", ["left", "right", "both"])
    answered_by_gateway(room)
    QTest.keyClicks(room.editor(), " More")
    room.record(QuestionAnswered(question_id=str(question["question_id"]), text="left"))
    room.check()
    assert room.visit.document.text("hpi") == "Effusion of the left knee. Rest. More"
    assert room.editor().caret() == Caret("hpi", len("Effusion of the left knee. Rest. More"))


def test_the_ask_key_within_the_sentence_takes_it_at_once(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Takes ?? daily")
    room.controller.questions.ask()
    assert room.view.chat.question_text.hasFocus()
    assert room.view.chat.question_text.text() == "Takes ?? daily"
    assert room.view.chat.replies.text() == "once, twice, three times"


def test_the_ask_key_without_a_gap_asks_about_the_section(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Takes it daily")
    room.controller.questions.ask()
    assert room.view.chat.question_text.hasFocus()
    assert room.view.chat.question_text.text() == ""
    assert room.view.chat.section.currentData() == "hpi"


def test_an_offer_goes_with_its_gap_and_one_put_away_does_not_come_again(room: Room4) -> None:
    type_in(room, "Takes ?? daily. ")
    room.editor().set_caret(Caret("hpi", 6), 2)
    type_in(room, "it")
    assert not room.view.chat.is_asking
    assert room.view.chat.question_text.text() == ""
    room.editor().go_to("hpi")
    type_in(room, "Sleeps ?? hours. ")
    room.controller.questions.ask()
    QTest.keyClick(room.view.chat.question_text, Qt.Key.Key_Escape)
    assert room.editor().hasFocus()
    type_in(room, "Eats. ")
    assert not room.view.chat.is_asking
    assert len(room.visit.questions.unasked()) == 1


def test_a_message_that_is_being_written_is_not_covered(room: Room4) -> None:
    QTest.keyClicks(room.editor(), "Takes ?? daily. ")
    room.view.chat.write()
    wait_for_a_look()
    assert not room.view.chat.is_asking
    assert room.view.chat.box.hasFocus()


def test_touched_words_are_the_scribes_to_decide_in_the_chat(room: Room4) -> None:
    type_in(room, "Effusion of the ?? knee. ")
    room.controller.questions.ask()
    QTest.keyClick(room.view.chat.question_text, Qt.Key.Key_Return)
    question_id = str(asked(room)[0]["question_id"])
    answered_by_gateway(room)
    room.record(QuestionAnswered(question_id=question_id, text="left side"))
    room.editor().set_caret(Caret("hpi", 16), 4)
    QTest.keyClicks(room.editor(), "LEFT")
    room.record(QuestionAnswered(question_id=question_id, text="right"))
    assert "LEFT side" in room.visit.document.text("hpi")
    assert buttons(room, say("chat.put")) == []
    (show,) = buttons(room, say("chat.show"))
    show.click()
    assert room.editor().textCursor().selectedText() == " side"
    (keep,) = buttons(room, say("chat.keep"))
    assert keep.accessibleName() == say("chat.keep_which", text="right")
    keep.click()
    assert buttons(room, say("chat.keep")) == []
    assert "LEFT side" in room.visit.document.text("hpi")


def test_an_answer_that_was_undone_is_put_in_again_from_the_chat(room: Room4) -> None:
    type_in(room, "Effusion of the ?? knee. ")
    room.controller.questions.ask()
    QTest.keyClick(room.view.chat.question_text, Qt.Key.Key_Return)
    question_id = str(asked(room)[0]["question_id"])
    answered_by_gateway(room)
    QTest.qWait(700)  # so long is one step of undo
    room.record(QuestionAnswered(question_id=question_id, text="left"))
    QTest.keyClick(room.editor(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    room.check()
    assert "?? knee" in room.visit.document.text("hpi")
    room.controller.refresh(NOW)
    (put,) = buttons(room, say("chat.put"))
    assert put.accessibleName() == say("chat.put_which", text="left")
    put.click()
    room.check()
    assert "left knee" in room.visit.document.text("hpi")
    assert buttons(room, say("chat.put")) == []


def buttons(room: Room4, word: str) -> list[QPushButton]:
    settle()
    bubbles = room.view.chat.findChildren(Bubble)
    every = [one for bubble in bubbles for one in bubble.findChildren(QPushButton)]
    return [one for one in every if one.isVisible() and one.text() == word]


def test_one_key_marks_what_could_not_be_heard_with_its_time(desk: Desk) -> None:
    live(desk)
    current = desk.controller.current
    assert current is not None
    current.visit.record.capture_started_at = desk.flows.replay._now() - timedelta(minutes=4, seconds=12)
    current.view.note.focus_section("ros")
    QTest.keyClicks(current.view.note.editor, " Took ")
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_F8, Qt.KeyboardModifier.ControlModifier)
    assert current.visit.document.text("ros").endswith(" Took [inaudible 04:12]")
    wait_for_a_look()
    current.view.note.focus_section("hpi")
    wait_for_a_look()
    offered = current.view.chat.question_text.text()
    assert offered == say("chat.inaudible", time="04:12", sentence="Took [inaudible 04:12]")


def test_what_is_heard_again_is_marked_with_the_time_at_which_it_was_said(desk: Desk) -> None:
    live_replay(desk)  # 23 s behind
    current = desk.controller.current
    assert current is not None
    current.visit.record.capture_started_at = desk.flows.replay._now() - timedelta(minutes=4, seconds=35)
    current.view.note.focus_section("ros")
    current.questions.mark_inaudible()
    assert current.visit.document.text("ros").endswith("[inaudible 04:12]")


def test_without_a_room_that_captures_there_is_no_time(room: Room4) -> None:
    room.controller.questions.mark_inaudible()
    assert room.visit.document.text("hpi") == "[inaudible]"


def test_five_ready_messages_by_key_and_menu(desk: Desk) -> None:
    live(desk)
    current = desk.controller.current
    assert current is not None
    current.view.note.focus_section("physical_exam")
    desk.jobs.run()
    before = len(desk.vault.outbox)
    for number in range(1, len(READY) + 1):
        focused = QApplication.focusWidget()
        assert focused is not None
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(focused, Qt.Key(Qt.Key.Key_F3 + number), held)
        desk.jobs.run()
    sent = [row.command_json for row in desk.vault.outbox[before:]]
    assert len(sent) == len(READY) == 5
    for number, command in enumerate(sent, 1):
        message = ready_message(number)
        assert message.text in command
        kind = "ask_question" if message.question else "send_chat"
        assert f'"type":"{kind}"' in command
        assert all(f'"{answer}"' in command for answer in message.answers)
    assert '"section":"physical_exam"' in sent[2]
    menu = current.view.chat.ready.menu()
    assert [action.text() for action in menu.actions()] == [
        f"{ready_message(number).text}\t{key_of(f'ready_{number}')}" for number in range(1, 6)
    ]
    menu.actions()[0].trigger()
    desk.jobs.run()
    assert ready_message(1).text in desk.vault.outbox[-1].command_json


def test_what_cannot_wait_is_told_by_one_key_a_cause_and_enter(desk: Desk) -> None:
    live(desk)
    current = desk.controller.current
    assert current is not None
    panel = current.view.chat.urgent
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_F12)
    assert is_open(panel)
    assert not panel.tell_button.isEnabled()
    first = QApplication.focusWidget()
    assert first is not None
    QTest.keyClick(first, Qt.Key.Key_1)
    assert panel.text.hasFocus()
    assert panel.kinds[UrgentKind.CRITICAL_VALUE].text().startswith("✓")
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    assert is_open(panel)  # a critical value is named
    QTest.keyClicks(panel.text, "Potassium 6.8")
    QTest.keyClick(panel.text, Qt.Key.Key_Return)
    assert not is_open(panel)
    assert current.view.note.editor.hasFocus()
    desk.jobs.run()
    assert '"type":"tell_provider"' in desk.vault.outbox[-1].command_json
    assert say("urgent.not_sent", what="Critical value: Potassium 6.8") in panel.state.text()
    assert panel.state.isVisible()


def test_each_step_of_it_is_shown_until_it_is_answered(room: Room4) -> None:
    room.record(UrgentTold(urgent_id="u1", kind=UrgentKind.SUICIDAL_INTENT, text="I have a plan"), SCRIBE)
    what = "Suicidal intent: I have a plan"
    state = room.view.chat.urgent.state
    times = [NOW.clock(entry.at) for entry in room.visit.entries]
    assert state.text() == say("urgent.not_delivered", what=what, provider="Dr. Okafor", time=times[0])
    room.record(UrgentDelivered(urgent_id="u1"))
    assert state.text() == say("urgent.delivered", what=what, provider="Dr. Okafor", time=times[0])
    room.record(UrgentSeen(urgent_id="u1"))
    assert state.text() == say("urgent.seen", what=what, provider="Dr. Okafor", time=times[0])
    assert state.isVisible()
    room.record(UrgentAnswered(urgent_id="u1", text="I act on it now"))
    assert not state.isVisible()
    (line,) = urgent_lines(room.visit, NOW)
    assert line.answered
    assert "I act on it now" in line.text
    feet = [bubble.foot.text() for bubble in room.view.chat.findChildren(Bubble)]
    assert "I act on it now" in feet[-1]


def test_escape_puts_the_form_away_and_keeps_its_words(room: Room4) -> None:
    panel = room.view.chat.urgent
    room.controller.questions.tell_now()
    panel.choose(UrgentKind.ABUSE)
    QTest.keyClicks(panel.text, "Bruises")
    QTest.keyClick(panel.text, Qt.Key.Key_Escape)
    assert not is_open(panel)
    assert room.commands() == []
    room.controller.questions.tell_now()
    assert (panel.kind, panel.text.text()) == (UrgentKind.ABUSE, "Bruises")


def test_a_note_is_sent_with_its_questions(room: Room4) -> None:
    for section, text in COMPLETE.items():
        room.visit.edit(section, 0, 0, text)
    room.visit.edit("hpi", 0, 0, "Takes ?? daily. Heard [inaudible 04:12]. ")
    room.jobs.run()
    state = finish_state(room.visit, NOW, listening=False, online=True)
    assert state.may_send
    assert state.send_word == say("finish.send_with", count=2) == "Send with 2 questions"
    assert ("!", say("finish.unasked", count=2)) in state.points
    room.controller.open_finish(NOW)
    assert room.view.finish.send_button.text() == "Send with 2 questions"
    room.view.finish.send_button.click()
    room.jobs.run()
    room.controller.saved(NOW)
    kinds = [one["type"] for one in room.commands()]
    assert kinds == ["ask_question", "ask_question", "mark_ready", "send_note"]
    sent = room.commands()[-1]
    assert sent["sha256"] == room.visit.snapshot_sha256()
    assert all(one.question_id for one in room.visit.questions.open())


def test_a_note_without_questions_is_sent_as_before(room: Room4) -> None:
    for section, text in COMPLETE.items():
        room.visit.edit(section, 0, 0, text)
    room.jobs.run()
    room.record(NoteReady(), SCRIBE)
    room.controller.open_finish(NOW)
    assert room.view.finish.send_button.text() == say("finish.send")


def test_the_finish_screen_counts_on_the_whole_desktop(desk: Desk) -> None:
    live(desk)
    complete(desk)
    current = desk.controller.current
    assert current is not None
    current.view.note.focus_section("ros")
    QTest.keyClicks(current.view.note.editor, " Cough ?? days. ")
    desk.jobs.run()
    desk.controller.finish()
    assert current.view.finish.send_button.text() == say("finish.send_with", count=1)
