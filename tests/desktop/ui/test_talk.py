"""The talk key and button are held: a repeat is no press, and whatever takes the keyboard away lets go."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.ports import FeedState, TalkEnd, TalkNews, TalkState
from desktop.ui.talk_hold import REPEAT_MS
from desktop.ui.visit_controller import VisitController
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.states import live

KEY = Qt.Key.Key_F9


@pytest.fixture
def listening(desk: Desk) -> Desk:
    """A desktop in front, that listens, the caret in the note."""
    live(desk)
    desk.window.show()
    desk.window.activateWindow()
    settle()
    return desk


def current(desk: Desk) -> VisitController:
    found = desk.controller.current
    assert found is not None
    return found


def view(desk: Desk) -> VisitView:
    return current(desk).view


def asked(desk: Desk, what: str) -> list[Any]:
    return [value for name, value in desk.media.asked if name == what]


def state(desk: Desk) -> TalkState:
    return desk.flows.talk.state


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def program() -> QCoreApplication:
    found = QApplication.instance()
    assert found is not None
    return found


def repeat(*, told: bool = True) -> None:
    """What X11 and Windows make of a held key; Qt does not always tell (see REPEAT_MS)."""
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, KEY, Qt.KeyboardModifier.NoModifier, "", told)
        QCoreApplication.sendEvent(focused(), event)


def test_the_key_is_held_through_its_repeats_and_released_once(listening: Desk) -> None:
    focus = focused()
    text = current(listening).visit.document.texts()
    QTest.keyPress(focus, KEY)
    assert state(listening) is TalkState.OPENING
    for number in range(5):
        repeat(told=number % 2 == 0)
        QTest.qWait(REPEAT_MS)
    assert state(listening) is TalkState.OPENING
    assert len(asked(listening, "hold")) == 1
    QTest.keyRelease(focus, KEY)
    assert state(listening) is TalkState.OPENING  # it could still be a repeat
    QTest.qWait(2 * REPEAT_MS)
    assert asked(listening, "release_talk") == [TalkEnd.RELEASED]
    assert current(listening).visit.document.texts() == text
    assert focused() is focus


def test_the_button_is_held_by_mouse_and_by_the_space_bar(listening: Desk) -> None:
    button = view(listening).feed.talk.button
    assert button.isVisible()
    QTest.mousePress(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert state(listening) is TalkState.OPENING
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert state(listening) is TalkState.SILENT
    button.setFocus()
    QTest.keyPress(button, Qt.Key.Key_Space)
    assert state(listening) is TalkState.OPENING
    QTest.keyRelease(button, Qt.Key.Key_Space)
    assert state(listening) is TalkState.SILENT


@pytest.mark.parametrize(
    "doubt",
    [
        lambda desk: QCoreApplication.sendEvent(desk.window, QEvent(QEvent.Type.WindowDeactivate)),
        lambda desk: QCoreApplication.sendEvent(program(), QEvent(QEvent.Type.ApplicationDeactivate)),
        lambda desk: desk.window.hide(),
        lambda desk: desk.controller.go("today"),
    ],
    ids=["window", "program", "hidden", "another page"],
)
def test_whatever_takes_the_keyboard_away_lets_go(listening: Desk, doubt: Callable[[Desk], object]) -> None:
    QTest.keyPress(focused(), KEY)
    assert state(listening) is TalkState.OPENING
    doubt(listening)
    assert state(listening) is TalkState.SILENT
    assert asked(listening, "release_talk") == [TalkEnd.FOCUS_LOST]


def test_the_bar_says_speak_now_only_once_samples_come_and_who_hears(listening: Desk) -> None:
    bar = view(listening).feed.talk
    assert not bar.words.isVisible()
    QTest.keyPress(focused(), KEY)
    assert bar.words.text() == say("talk.opening")
    listening.media.on_talk(TalkNews(TalkState.SPEAKING, None, 0.4, 1))
    assert bar.words.text() == say("talk.not_yet_heard", room="Room 4")
    listening.flows.talk.heard = True
    listening.flows.talk.on_changed()
    assert bar.words.text() == say("talk.heard", room="Room 4")
    listening.media.on_talk(TalkNews(TalkState.SILENT, TalkEnd.NO_MICROPHONE, 0.0, 1))
    assert bar.words.text() == say("talk.end.no_microphone")
    QTest.keyRelease(focused(), KEY)
    assert bar.words.isVisible()


def test_every_end_has_a_sentence_and_without_a_feed_there_is_no_button(desk: Desk) -> None:
    for end in TalkEnd:
        if end is not TalkEnd.RELEASED:
            assert say(f"talk.end.{end}", room="Room 4")
    live(desk)
    desk.feed(FeedState.WAITING)
    assert not view(desk).feed.talk.button.isVisibleTo(view(desk))
