"""Replay on the screen: keys and pedals, scrubbing, and never a doubt whether the sound is live."""

from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.replay_ports import ReplayMode, ReplayNews
from desktop.ui.replay_bar import ReplayBar
from desktop.ui.replay_controller import BOTTOM_RIGHT
from desktop.ui.words import say
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.states import live, said, visit_waiting
from visit.time_anchor import TimeAnchor


@pytest.fixture
def listening(desk: Desk) -> Desk:
    """A desktop in front that listens, a minute is kept, the caret in the note."""
    live(desk)
    desk.window.show()
    desk.window.activateWindow()
    news(desk, ReplayMode.LIVE)
    settle()
    return desk


def news(desk: Desk, mode: ReplayMode, behind: float = 0.0, level: float = 0.0) -> None:
    speed = desk.flows.replay.speed
    desk.media.on_replay(ReplayNews(mode, 60, 60.0, behind, speed, level, said()))
    desk.jobs.run()


def bar(desk: Desk) -> ReplayBar:
    assert desk.controller.current is not None
    return desk.controller.current.view.feed.replay


def asked(desk: Desk) -> list[tuple[str, Any]]:
    return [one for one in desk.media.asked if one[0] in ("from", "back", "speed", "live", "catch_up")]


def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, held)


def test_what_the_grant_allows_is_kept_as_soon_as_the_feed_is_joined(listening: Desk) -> None:
    assert ("keep", ("v1", 60)) in listening.media.asked
    assert bar(listening).isVisible()
    listening.flows.join.leave()
    assert ("keep", ("v1", 0)) in listening.media.asked
    listening.media.on_replay(ReplayNews())
    assert not bar(listening).isVisible()


def test_the_keys_work_from_the_note_and_write_nothing(listening: Desk) -> None:
    assert listening.controller.current is not None
    text = listening.controller.current.visit.document.texts()
    press(Qt.Key.Key_F7)
    news(listening, ReplayMode.REPLAY, 10.0)
    press(Qt.Key.Key_F7)
    press(Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_F8, Qt.KeyboardModifier.ShiftModifier)
    press(Qt.Key.Key_F8)
    assert asked(listening) == [
        ("from", (10.0, 1.0)), ("back", 10.0), ("speed", 0.75), ("catch_up", None), ("live", None),
    ]  # fmt: skip
    assert listening.controller.current.visit.document.texts() == text


def test_a_foot_that_rests_on_the_pedal_presses_it_once(listening: Desk) -> None:
    press(Qt.Key.Key_F7)
    focus = QApplication.focusWidget()
    assert focus is not None
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress) * 5:
        QCoreApplication.sendEvent(focus, QKeyEvent(kind, Qt.Key.Key_F7, Qt.KeyboardModifier.NoModifier, "", True))
    assert asked(listening) == [("from", (10.0, 1.0))]


def test_while_the_sound_is_not_live_bar_picture_and_sentence_say_so(listening: Desk) -> None:
    assert listening.controller.current is not None
    pane = listening.controller.current.view.feed
    assert bar(listening).pill.text() == say("replay.is_live")
    assert not bar(listening).live.isEnabled()
    news(listening, ReplayMode.REPLAY, 23.4)
    assert bar(listening).pill.text() == "−0:23"
    assert pane.picture._tags[BOTTOM_RIGHT][0] == "Sound −0:23 · picture live"
    assert pane.sentence.text() == say("replay.again")
    assert bar(listening).catch_up.isVisible()
    news(listening, ReplayMode.LIVE)
    assert bar(listening).pill.text() == say("replay.is_live")
    assert pane.picture._tags[BOTTOM_RIGHT][0] == ""
    assert pane.sentence.text() != say("replay.again")


def test_who_hears_what_was_said_sees_that_somebody_speaks(listening: Desk) -> None:
    news(listening, ReplayMode.REPLAY, 23.0)
    quiet = bar(listening).live.text()
    news(listening, ReplayMode.REPLAY, 23.0, level=0.3)
    assert bar(listening).live.text() == say("replay.live_speech") != quiet
    assert bar(listening).live.accessibleName() == say("replay.live_speech_name")
    width = bar(listening).live.sizeHint().width()
    for _ in range(20):
        news(listening, ReplayMode.REPLAY, 23.0)
    assert bar(listening).live.text() == quiet
    assert bar(listening).live.sizeHint().width() == pytest.approx(width, abs=2)


def test_a_click_on_the_waveform_hears_from_there_and_a_drag_scrubs(listening: Desk) -> None:
    wave = bar(listening).wave
    middle = QPoint(wave.width() // 2, wave.height() // 2)
    QTest.mousePress(wave, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    QTest.mouseMove(wave, QPoint(wave.width() // 4, 10))
    QTest.mouseRelease(wave, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(wave.width() // 4, 10))
    ages = [value[0] for name, value in asked(listening) if name == "from"]
    assert ages[0] == pytest.approx(30, abs=0.5)
    assert ages[-1] == pytest.approx(45, abs=0.5)
    listening.media.asked.clear()
    at = QPointF(middle)
    turn = QWheelEvent(
        at, wave.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QCoreApplication.sendEvent(wave, turn)
    assert asked(listening) == []


def test_the_waveform_is_a_slider_for_keys_and_screen_readers(listening: Desk) -> None:
    wave = bar(listening).wave
    news(listening, ReplayMode.REPLAY, 20.0)
    wave.setFocus()
    press(Qt.Key.Key_Left)
    press(Qt.Key.Key_PageUp)
    press(Qt.Key.Key_Home)
    press(Qt.Key.Key_End)
    ages = [value[0] if name == "from" else 0 for name, value in asked(listening)]
    assert ages == [21, 11, 60, 0]
    spoken = QAccessible.queryAccessibleInterface(wave)
    assert spoken.role() is QAccessible.Role.Slider
    assert spoken.text(QAccessible.Text.Name) == say("replay.wave", length="60 seconds")


def test_a_time_that_is_kept_no_longer_is_said_so(listening: Desk) -> None:
    listening.controller.feeds.replay.hear("v1", TimeAnchor(0))
    assert bar(listening).words.text() == say("replay.gone", length="60 seconds")
    assert asked(listening) == []
    press(Qt.Key.Key_F7)
    news(listening, ReplayMode.REPLAY, 10.0)
    assert bar(listening).words.text() == ""


def test_the_time_of_an_order_and_one_in_the_note_are_heard_again(listening: Desk) -> None:
    current = listening.controller.current
    assert current is not None
    visit = current.visit
    now = listening.flows.replay._now()
    visit.record.capture_started_at = now - timedelta(minutes=9)
    row = current.view.orders._hear_button(TimeAnchor(8 * 60_000 + 47_000))  # 13 s ago
    assert row.accessibleName() == say("replay.hear_name", time="08:47")
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    current.view.note.focus_section("hpi")
    editor = current.view.note.editor
    QTest.keyClicks(editor, "took it [inaudible 08:30]")
    press(Qt.Key.Key_F7, Qt.KeyboardModifier.ControlModifier)
    assert [round(value[0]) for _, value in asked(listening)] == [13, 30]
    QTest.keyClicks(editor, " daily")
    press(Qt.Key.Key_F7, Qt.KeyboardModifier.ControlModifier)
    assert len(asked(listening)) == 2
    assert visit.document.texts()["hpi"].endswith("took it [inaudible 08:30] daily")


def test_who_asks_for_a_time_while_nothing_is_kept_is_told_so(desk: Desk) -> None:
    visit_waiting(desk)
    desk.window.show()
    current = desk.controller.current
    assert current is not None
    current.view.hear(TimeAnchor(1_000))
    assert bar(desk).isVisible()
    assert bar(desk).words.text() == say("replay.nothing_kept")
    assert not bar(desk).works.isVisible()


def test_news_of_a_replay_do_not_make_the_pane_larger(listening: Desk) -> None:
    settle()
    width = bar(listening).width()
    news(listening, ReplayMode.REPLAY, 23.0, level=0.3)
    settle()
    assert bar(listening).width() == width
