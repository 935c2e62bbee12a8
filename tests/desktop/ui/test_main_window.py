"""The window: the patient is never cut, states stay in sight, tabs and rail say where to go."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar, QToolButton, QWidget

from desktop.ui.main_window import MainWindow, StatusBar
from desktop.ui.parts import Page
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.tokens import LIGHT
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import SCREENS, plain_window, visit_window

LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maria Alejandra"
MANY = "Allergies: penicillin (hives), sulfonamides (rash), latex (anaphylaxis), peanuts (anaphylaxis), codeine"


@pytest.mark.parametrize("width", [960, 1024, 1180, 1280, 1440, 1920])
@pytest.mark.parametrize(("name", "allergies"), [("Rivera, Ana M", ""), (LONG_NAME, MANY), ("Nguyen, Bao", MANY)])
def test_name_birth_date_and_number_are_never_cut(put_up: Shown, width: int, name: str, allergies: str) -> None:
    window, _ = visit_window(LIGHT)
    put_up(window, width, 700)
    window.banner.show_patient(name, "54 F · 1972-03-11 · ··4471", allergies, "Dr. Okafor · Room 4")
    settle()
    for label in (window.banner.name, window.banner.details):
        assert label.width() >= label.sizeHint().width()
        assert label.mapTo(window, label.rect().topRight()).x() < window.width()
    assert window.banner.finish.mapTo(window, window.banner.finish.rect().topRight()).x() <= window.width()
    for pill in (window.banner.consent, window.banner.time, window.banner.link, window.banner.device):
        assert pill.width() >= pill.sizeHint().width()
        assert pill.mapTo(window, pill.rect().topRight()).x() <= window.width()
    assert window.banner.allergies.toolTip() == allergies


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_1024_by_700(put_up: Shown, name: str) -> None:
    window = SCREENS[name](LIGHT)
    put_up(window, 1024, 700)
    page = window.centralWidget()
    assert page is not None
    needed = page.minimumSizeHint()
    assert needed.width() <= 1024
    assert needed.height() <= 700


def test_what_is_saved_and_what_waits_outlast_version_and_time(put_up: Shown) -> None:
    host = QWidget()
    bar = StatusBar()
    bar.setParent(host)
    bar.setGeometry(0, 0, 1400, 30)
    put_up(host, 1400, 30)
    StatusBar.put(bar.saved, say("status.not_saved"))
    StatusBar.put(bar.waiting, say("status.waiting", count=12))
    StatusBar.put(bar.link, say("status.offline"))
    StatusBar.put(bar.time, say("status.time", time="14:22 (CST)"))
    StatusBar.put(bar.version, say("status.version", version="0.1.0"))
    settle()
    assert bar.version.isVisible()
    assert bar.time.isVisible()
    bar.resize(bar.minimumSizeHint().width(), 30)
    settle()
    assert not bar.version.isVisible()
    for part in (bar.saved, bar.waiting, bar.link):
        assert part.isVisible()
        assert part.width() >= part.sizeHint().width()
    assert bar.saved.property("kind") == "small_bad"


def test_tabs_choose_and_close_visits(put_up: Shown) -> None:
    window, _ = visit_window(LIGHT)
    put_up(window)
    chosen: list[str] = []
    closed: list[str] = []
    window.tab_chosen.connect(chosen.append)
    window.tab_closed.connect(closed.append)
    window.show_tabs([("1", "Rivera, Ana M")], "1")
    assert not window.tab_strip.isVisible()
    window.show_tabs([("1", "Rivera, Ana M"), ("2", "Nguyen, Bao")], "1")
    settle()
    assert window.tab_strip.isVisible()
    assert chosen == []
    window.tabs.setFocus()
    QTest.keyClick(window.tabs, Qt.Key.Key_Right)
    assert chosen == ["2"]
    closer = window.tabs.tabButton(1, QTabBar.ButtonPosition.RightSide)
    assert isinstance(closer, QToolButton)
    QTest.mouseClick(closer, Qt.MouseButton.LeftButton)
    assert closed == ["2"]


def test_the_rail_shows_only_where_one_can_go(put_up: Shown) -> None:
    window = plain_window("Alcove", "", signed_in=False)
    put_up(window)
    buttons = {b.text(): b for b in window.rail.findChildren(QToolButton)}
    assert not any(b.isVisible() for b in buttons.values())
    window.rail.show_place("today", can_visit=False, signed_in=True)
    settle()
    assert {text for text, b in buttons.items() if b.isVisible()} == {"Today", "Phrases", "Device"}
    places: list[str] = []
    window.rail.place_chosen.connect(places.append)
    buttons["Today"].setFocus()
    QTest.keyClick(buttons["Today"], Qt.Key.Key_Space)
    assert places == ["today"]
    assert buttons["Today"].isChecked()
    window.rail.show_place("gate", can_visit=True, signed_in=True)
    assert buttons["Visit"].isChecked()
    assert not buttons["Today"].isChecked()


def test_the_sheet_of_keys_opens_and_gives_the_keyboard_back(put_up: Shown) -> None:
    window, view = visit_window(LIGHT)
    put_up(window)
    view.note.focus_section("hpi")
    before = QApplication.focusWidget()
    window.toggle_shortcuts()
    settle()
    sheet = window.findChild(ShortcutSheet)
    assert isinstance(sheet, ShortcutSheet)
    assert sheet.isVisible()
    QTest.keyClick(sheet.close_button, Qt.Key.Key_Escape)
    assert not sheet.isVisible()
    assert QApplication.focusWidget() is before
    window.toggle_shortcuts()
    window.toggle_shortcuts()
    assert not sheet.isVisible()
    assert QApplication.focusWidget() is before


def test_a_page_takes_the_keyboard_once_and_keeps_it(put_up: Shown) -> None:
    window, view = visit_window(LIGHT)
    put_up(window)
    view.chat.box.setFocus()
    window.show_page(view)  # the same page again, as after any event
    assert view.chat.box.hasFocus()
    window.show_page(Page())
    window.show_page(view)
    assert view.note.editor.hasFocus()


def test_a_notice_does_not_take_the_keyboard(put_up: Shown) -> None:
    window, view = visit_window(LIGHT)
    put_up(window)
    view.note.focus_section("ros")
    window.notice.show_text(say("refusal.changed_meanwhile"))
    settle()
    assert view.note.editor.hasFocus()
    assert view.note.last_section == "ros"
    window.notice.dismiss.click()
    assert not window.notice.isVisible()


def test_the_window_closes_only_when_it_may(put_up: Shown) -> None:
    window = MainWindow()
    put_up(window)
    window.may_close = lambda: False
    assert not window.close()
    assert window.isVisible()
    window.may_close = lambda: True
    assert window.close()
