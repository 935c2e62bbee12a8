"""Taking a note or a question back, and freezing a visit of the wrong patient, from the scribe's screen."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.ui.chat_pane import Bubble
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.test_visit_controller import NOW, PROVIDER, SCRIBE, START, Room4
from wire.record import (
    ChatSeen,
    LateLeftOut,
    NoteAddended,
    NoteOpened,
    NoteRecalled,
    NoteSent,
    NoteSigned,
    QuestionAnswered,
    QuestionAsked,
    QuestionWithdrawn,
    VisitFrozen,
    VisitMoved,
)

SHA = "1" * 64


@pytest.fixture
def room(put_up: Shown) -> Room4:
    made = Room4()
    put_up(made.view)
    return made


def sent_and_open(room: Room4) -> None:
    room.record(NoteSent(version=3, sha256=SHA), SCRIBE)
    room.controller.open_finish(NOW)


def back_buttons(room: Room4) -> list[QPushButton]:
    settle()
    bubbles = room.view.chat.findChildren(Bubble)
    return [one for bubble in bubbles for one in bubble.findChildren(QPushButton) if one.isVisible()]


def test_a_sent_note_is_taken_back_until_it_is_opened(room: Room4) -> None:
    sent_and_open(room)
    finish = room.view.finish
    assert finish.recall_button.isVisible()
    assert say("finish.can_recall", provider="Dr. Okafor") in finish.sentence.text()
    finish.recall_button.click()
    assert [one for one in room.commands() if one["type"] == "recall_note"] == [{"type": "recall_note", "version": 3}]
    room.controller.refresh(NOW)
    assert finish.sentence.text() == say("finish.recalling")
    assert not finish.recall_button.isVisible()
    room.visit.command_answered(room.visit.outbox[0].command_id, None)
    room.record(NoteRecalled(version=3), SCRIBE)
    assert not finish.recall_button.isVisible()
    assert finish.send_button.isVisible()


def test_an_opened_note_offers_no_way_back_until_it_is_sent_again(room: Room4) -> None:
    sent_and_open(room)
    room.record(NoteOpened(version=3))
    assert not room.view.finish.recall_button.isVisible()
    room.record(NoteSent(version=4, sha256=SHA), SCRIBE)
    assert room.view.finish.recall_button.isVisible()


def test_a_question_is_taken_back_until_it_is_seen(room: Room4) -> None:
    room.record(QuestionAsked(question_id="q1", text="Which knee?"), SCRIBE)
    (back,) = back_buttons(room)
    assert back.accessibleName() == say("chat.withdraw_which", text="Which knee?")
    back.click()
    assert room.commands() == [{"type": "withdraw_question", "question_id": "q1"}]
    room.controller.refresh(NOW)
    assert back_buttons(room) == []
    room.record(QuestionWithdrawn(question_id="q1"), SCRIBE)
    assert back_buttons(room) == []
    room.record(QuestionAsked(question_id="q2", text="Since when?"), SCRIBE)
    assert len(back_buttons(room)) == 1
    room.record(ChatSeen(up_to_seq=room.seq))
    assert back_buttons(room) == []


def test_every_answer_stays_in_the_chat(room: Room4) -> None:
    room.record(QuestionAsked(question_id="q1", text="Which knee?"), SCRIBE)
    room.record(QuestionAnswered(question_id="q1", text="Left"))
    room.record(QuestionAnswered(question_id="q1", text="Right"))
    settle()
    shown = [(one.text.text(), one.foot.text()) for one in room.view.chat.findChildren(Bubble)]
    assert ("Left", say("chat.earlier_foot", who="Dr. Okafor", question="Which knee?")) in shown
    assert ("Right", say("chat.answer_foot", who="Dr. Okafor", question="Which knee?")) in shown


def test_addenda_and_what_became_of_late_words_are_said(room: Room4) -> None:
    sent_and_open(room)
    room.record(NoteSigned(version=3, sha256=SHA, auth_time=START))
    addendum = NoteAddended(
        number=1, version=4, text="The left knee.", sha256="2" * 64, signed_sha256=SHA, auth_time=START, late=1
    )
    room.record(addendum)
    room.record(LateLeftOut(late=2))
    words = room.view.finish.points_text()
    assert "The left knee." in words
    assert say("finish.late_taken", number=1) in words
    assert say("finish.late_left_out", who="Dr. Okafor") in words


def test_a_visit_is_frozen_with_a_reason_and_not_by_one_press(room: Room4) -> None:
    room.controller.open_finish(NOW)
    finish = room.view.finish
    finish.wrong_button.click()
    assert finish.reason.hasFocus()
    finish.freeze_button.click()
    assert room.commands() == []
    QTest.keyClicks(finish.reason, "Another Rivera")
    finish.freeze_button.click()
    assert room.commands() == [{"type": "mark_wrong_patient", "reason": "Another Rivera"}]
    room.record(VisitFrozen(reason="Another Rivera"), SCRIBE)
    assert room.editor().isReadOnly()
    assert not finish.send_button.isVisible()
    assert not finish.wrong_button.isVisible()
    assert "Another Rivera" in finish.sentence.text()
    assert say("wrong.to_move", provider="Dr. Okafor") in room.view.put_right.points_text()
    room.record(VisitMoved(to_visit_id="v2"), PROVIDER)
    assert say("wrong.moved") in room.view.put_right.points_text()
