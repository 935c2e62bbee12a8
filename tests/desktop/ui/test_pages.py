"""The other pages: Today, the gate, finish, first run, sign-in, the vault's problems, this device, the drawer."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ports import VaultProblem
from desktop.settings import load_settings, save_user_settings
from desktop.ui.arrival import FirstRunView, SignInView
from desktop.ui.device_view import DeviceView
from desktop.ui.finish_pane import FinishPane, FinishState
from desktop.ui.gate import GateView
from desktop.ui.theme import LARGEST_PIXELS, SMALLEST_PIXELS, Theme
from desktop.ui.today import TodayView
from desktop.ui.tokens import DARK, LIGHT
from desktop.ui.vault_problem import BY_PASSPHRASE, VaultProblemView
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import REFUSED, TODAY, UNFINISHED, fill_visit


def test_a_visit_is_opened_by_keyboard(put_up: Shown) -> None:
    view = TodayView()
    put_up(view)
    chosen: list[str] = []
    view.visit_chosen.connect(chosen.append)
    view.show_rows(TODAY, "Monday", "")
    settle()
    view.take_focus()
    QTest.keyClick(view.buttons[0], Qt.Key.Key_Space)
    assert chosen == [TODAY[0].visit_id]


def test_a_new_list_keeps_the_keyboard_on_its_row(put_up: Shown) -> None:
    view = TodayView()
    put_up(view)
    view.show_rows(TODAY, "Monday", "")
    settle()
    view.buttons[1].setFocus()
    view.show_rows([*TODAY[:2], replace(TODAY[2], time="15:00")], "Monday", "")
    settle()
    assert view.buttons[1].hasFocus()


def test_an_empty_day_says_so(put_up: Shown) -> None:
    view = TodayView()
    put_up(view)
    view.show_rows([], "Monday", say("today.none"))
    assert view.buttons == []
    view.take_focus()


def test_join_works_only_when_admitted(put_up: Shown) -> None:
    view = GateView()
    put_up(view)
    joined: list[bool] = []
    view.join_requested.connect(lambda: joined.append(True))
    view.show_state(REFUSED)
    view.join_button.click()
    assert joined == []
    assert view.waits.text() == REFUSED.waits_for
    view.show_state(replace(REFUSED, may_join=True, tone="ok", waits_for=say("gate.may_join")))
    assert view.join_button.hasFocus()
    QTest.keyClick(view.join_button, Qt.Key.Key_Space)
    assert joined == [True]


def test_all_that_leaves_the_device_can_be_read(put_up: Shown) -> None:
    view = GateView()
    put_up(view)
    view.show_state(REFUSED)
    assert not view.sent.isVisible()
    view.see_all.click()
    assert view.sent.isVisible()
    assert view.sent.toPlainText() == REFUSED.sent


def test_nothing_is_checked_twice_at_once(put_up: Shown) -> None:
    view = GateView()
    put_up(view)
    view.show_state(replace(REFUSED, checking=True))
    assert not view.again.isEnabled()
    view.show_state(REFUSED)
    assert view.again.isEnabled()


def test_an_incomplete_note_cannot_be_sent(put_up: Shown) -> None:
    pane = FinishPane()
    put_up(pane, 340, 400)
    sent: list[bool] = []
    pane.send_requested.connect(lambda: sent.append(True))
    pane.show_state(UNFINISHED)
    pane.send_button.click()
    assert sent == []
    pane.show_state(FinishState(say("finish.ready"), (), may_send=True, sent=False))
    pane.send_button.click()
    assert sent == [True]
    pane.show_state(FinishState(say("finish.opened", provider="Dr. Okafor"), (), may_send=False, sent=True))
    assert not pane.send_button.isVisible()


def test_the_first_run_asks_for_both_and_sends_once(put_up: Shown) -> None:
    view = FirstRunView()
    put_up(view)
    given: list[tuple[str, str]] = []
    view.submitted.connect(lambda address, code: given.append((address, code)))
    view.take_focus()
    QTest.keyClicks(view.address, "https://alcove.example")
    QTest.keyClick(view.address, Qt.Key.Key_Return)
    assert view.code.hasFocus()
    assert given == []
    QTest.keyClicks(view.code, "ABCD-EFGH")
    QTest.keyClick(view.code, Qt.Key.Key_Return)
    assert given == [("https://alcove.example", "ABCD-EFGH")]
    view.show_busy(True)
    QTest.keyClick(view.code, Qt.Key.Key_Return)
    assert len(given) == 1


def test_an_address_of_the_organisation_cannot_be_changed(put_up: Shown) -> None:
    view = FirstRunView()
    put_up(view)
    view.show_address("https://alcove.example", by_policy=True)
    settle()
    QTest.keyClicks(view.address, "x")
    assert view.address.text() == "https://alcove.example"
    assert view.fixed.isVisible()
    view.take_focus()
    assert view.code.hasFocus()


def test_a_sign_in_that_waits_can_be_cancelled_or_begun_again(put_up: Shown) -> None:
    view = SignInView()
    put_up(view)
    heard: list[str] = []
    view.sign_in_requested.connect(lambda: heard.append("sign in"))
    view.cancelled.connect(lambda: heard.append("cancel"))
    assert not view.cancel.isVisible()
    view.go.click()
    view.show_waiting(True, "Lakeside Clinic")
    settle()
    view.cancel.click()
    view.go.click()
    assert heard == ["sign in", "cancel", "sign in"]
    assert "Lakeside Clinic" in view.headline.text()


@pytest.mark.parametrize("problem", list(VaultProblem))
def test_a_vault_problem_says_what_is_so_and_what_to_do(put_up: Shown, problem: VaultProblem) -> None:
    view = VaultProblemView()
    put_up(view, 1024, 700)
    view.show_vault_problem(problem)
    settle()
    assert view.text.text() == say(f"vault.{problem.value}")
    assert view.advice.text() == say(f"vault.{problem.value}.do")
    for part in (view.text, view.advice):
        assert part.heightForWidth(part.width()) <= part.height()
    retried: list[bool] = []
    view.retried.connect(lambda: retried.append(True))
    assert view.again.isVisible() != (problem in BY_PASSPHRASE)
    if view.again.isVisible():
        QTest.keyClick(view.again, Qt.Key.Key_Space)
        assert retried == [True]


def test_the_device_page_changes_the_look(put_up: Shown) -> None:
    view = DeviceView("light")
    put_up(view)
    looks: list[str] = []
    view.appearance_chosen.connect(looks.append)
    view.take_focus()
    QTest.keyClick(view.appearance, Qt.Key.Key_Down)
    assert looks == ["dark"]


def test_type_grows_within_bounds_and_appearances_follow(qapp: QApplication, put_up: Shown) -> None:
    theme = Theme(qapp, "light")
    heard: list[str] = []
    theme.on_changed = lambda tokens: heard.append(tokens.panel)
    for _ in range(20):
        theme.zoom(1)
    assert theme.pixels == LARGEST_PIXELS
    for _ in range(20):
        theme.zoom(-1)
    assert theme.pixels == SMALLEST_PIXELS
    theme.zoom(0)
    theme.appearance = "dark"
    theme.apply()
    assert theme.tokens == DARK
    assert qapp.palette().window().color().name() == DARK.background
    theme.appearance = "light"
    theme.apply()
    assert heard[-2:] == [DARK.panel, LIGHT.panel]


def test_orders_are_a_drawer_on_a_narrow_window(put_up: Shown) -> None:
    view = VisitView("1", LIGHT)
    put_up(view, 960, 620)
    fill_visit(view, LIGHT)
    assert not view.right.isVisible()
    view.drawer_button.click()
    settle()
    assert view.right.isVisible()
    assert view.orders.new_button.hasFocus()
    assert view.left.isVisible()
    QTest.keyClick(view.orders.new_button, Qt.Key.Key_Escape)
    assert not view.right.isVisible()
    assert view.note.editor.hasFocus()


def test_a_wider_window_turns_the_drawer_into_a_column_and_keeps_the_keyboard(put_up: Shown) -> None:
    view = VisitView("1", LIGHT)
    put_up(view, 960, 620)
    fill_visit(view, LIGHT)
    view.open_drawer()
    view.show_new_order()
    settle()
    field = QApplication.focusWidget()
    view.resize(1400, 620)
    settle()
    assert view.right.isVisible()
    assert not view.drawer_button.isVisible()
    assert QApplication.focusWidget() is field
    view.resize(960, 620)
    settle()
    assert view.right.isVisible()
    assert QApplication.focusWidget() is field


@pytest.mark.parametrize("pixels", [SMALLEST_PIXELS, LARGEST_PIXELS])
def test_every_size_of_type_is_kept_over_a_restart(tmp_path: Path, pixels: int) -> None:
    file = tmp_path / "settings.toml"
    save_user_settings(file, {"appearance": "dark", "font_pixels": pixels})
    loaded = load_settings({}, {}, file, tmp_path / "no-policy.toml")
    assert loaded.problem is None
    assert loaded.settings.font_pixels == pixels
