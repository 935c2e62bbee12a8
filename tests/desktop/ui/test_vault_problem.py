"""Every way into a closed vault, the place to write meanwhile, the lock, and the two steps of erasing."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from desktop.ports import LEAST_PASSPHRASE, Given, GivenKind, VaultProblem
from desktop.ui.arrival import LockedView
from desktop.ui.passphrase_card import PassphraseCard
from desktop.ui.vault_problem import BY_CODE, VaultProblemView
from desktop.ui.wipe_view import WipeView
from desktop.ui.words import say
from desktop.workflows.wiping import WipePhase, WipeState
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.desk import ANA, Desk
from tests.desktop.ui.states_vault import VAULT_STATES, in_a_visit, vault_damaged

WORDS = "correct horse battery staple"


@pytest.fixture
def view(put_up: Shown) -> VaultProblemView:
    made = VaultProblemView()
    put_up(made, 1024, 700)
    return made


def given_by(view: VaultProblemView) -> list[Given]:
    heard: list[Given] = []
    view.given.connect(heard.append)
    return heard


@pytest.mark.parametrize("problem", list(VaultProblem))
def test_in_every_state_a_scribe_can_go_on_writing(view: VaultProblemView, problem: VaultProblem) -> None:
    view.show_vault_problem(problem)
    settle()
    assert view.meanwhile.box.isVisible()
    heard: list[str] = []
    view.typed.connect(heard.append)
    view.meanwhile.box.setFocus()
    QTest.keyClicks(view.meanwhile.box, "Knee.")
    until = time.monotonic() + 20.0
    while heard[-1:] != ["Knee."] and time.monotonic() < until:
        QTest.qWait(50)
    assert heard[-1] == "Knee."
    view.meanwhile.show_kept(True)
    assert view.meanwhile.state.text() == say("meanwhile.sealed")
    view.meanwhile.show_kept(False)
    assert view.meanwhile.state.text() == say("meanwhile.window_only")
    view.show_vault_problem(problem)
    assert view.meanwhile.box.hasFocus(), "trying again does not take the keyboard away"
    assert view.meanwhile.box.toPlainText() == "Knee."


def test_where_there_is_no_vault_yet_there_is_nothing_to_write_into(view: VaultProblemView) -> None:
    view.show_vault_problem(VaultProblem.KEYRING_MISSING, new=True)
    assert view.meanwhile.isHidden()


def test_a_new_passphrase_is_long_enough_and_typed_twice(view: VaultProblemView) -> None:
    heard = given_by(view)
    view.show_vault_problem(VaultProblem.KEYRING_MISSING, new=True)
    way = view.way
    assert way.secret.isHidden()
    way.new.setText("x" * (LEAST_PASSPHRASE - 1))
    way.go.click()
    assert (way.hint.text(), heard) == (say("way.too_short", least=LEAST_PASSPHRASE), [])
    way.new.setText(WORDS)
    way.again.setText(WORDS + " ")
    QTest.keyClick(way.again, Qt.Key.Key_Return)
    assert (way.hint.text(), heard) == (say("way.not_the_same"), [])
    way.again.setText(WORDS)
    QTest.keyClick(way.again, Qt.Key.Key_Return)
    assert heard == [Given(GivenKind.NEW_PASSPHRASE, WORDS)]
    assert WORDS not in repr(heard[0]), "no log and no traceback shows it"


def test_policy_may_forbid_a_passphrase(view: VaultProblemView) -> None:
    view.show_vault_problem(VaultProblem.KEYRING_MISSING, new=True, offer=False)
    assert view.way.isHidden()


def test_a_passphrase_is_given_by_enter_and_shows_no_letters(view: VaultProblemView) -> None:
    heard = given_by(view)
    view.show_vault_problem(VaultProblem.PASSPHRASE_NEEDED)
    settle()
    assert view.way.secret.hasFocus()
    QTest.keyClicks(view.way.secret, WORDS)
    assert WORDS not in view.way.secret.displayText()
    QTest.keyClick(view.way.secret, Qt.Key.Key_Return)
    assert heard == [Given(GivenKind.PASSPHRASE, WORDS)]
    view.show_vault_problem(VaultProblem.PASSPHRASE_WRONG)
    assert view.way.secret.text() == ""


def test_a_forgotten_passphrase_is_replaced_with_its_code(view: VaultProblemView) -> None:
    heard = given_by(view)
    view.show_vault_problem(VaultProblem.PASSPHRASE_WRONG)
    view.way.other.click()
    assert view.way.kind is GivenKind.CODE
    view.way.secret.setText("abcd-efgh")
    view.way.new.setText(WORDS)
    view.way.again.setText(WORDS)
    view.way.go.click()
    assert heard == [Given(GivenKind.CODE, "abcd-efgh", WORDS)]
    view.way.other.click()
    assert view.way.secret.accessibleName() == say("way.passphrase")


@pytest.mark.parametrize("problem", list(VaultProblem))
def test_its_code_is_asked_for_where_it_helps(view: VaultProblemView, problem: VaultProblem) -> None:
    view.show_vault_problem(problem)
    assert (view.way.kind is GivenKind.CODE) == (problem in BY_CODE)


def test_words_that_are_only_here_are_given_up_by_two_presses(desk: Desk) -> None:
    closed: list[bool] = []
    desk.window.may_close = lambda: closed.append(True) or False  # type: ignore[func-returns-value]
    vault_damaged(desk)
    page = desk.window.pages.currentWidget()
    assert isinstance(page, VaultProblemView)
    page.quit.click()
    assert closed == []
    assert page.meanwhile.state.text() == say("meanwhile.lost_by_quitting")
    page.quit.click()
    assert closed == [True]


def visible_texts(window: QWidget) -> str:
    return " ".join(label.text() for label in window.findChildren(QLabel) if label.isVisible())


@pytest.mark.parametrize("name", ["locked", "locking", "wiping", "wiped_kept", "wipe_asks"])
def test_a_screen_that_hides_everything_shows_no_patient(desk: Desk, name: str) -> None:
    VAULT_STATES[name](desk)
    settle()
    page = desk.window.pages.currentWidget()
    assert isinstance(page, LockedView | WipeView)
    desk.window.vault_strip.show_typed("words of a patient")
    for place in ("today", "visit", "device"):
        desk.controller.go(place)
    desk.controller.record_changed("v1")
    desk.controller.session_changed()
    settle()
    assert desk.window.pages.currentWidget() is page
    assert ANA.name not in visible_texts(desk.window)
    assert "knee" not in visible_texts(desk.window).lower()
    assert not desk.window.vault_strip.isVisible()
    assert desk.window.tab_strip.isHidden()


def test_uncovered_everything_is_where_it_was(desk: Desk) -> None:
    in_a_visit(desk, two=True)
    view = desk.window.pages.currentWidget()
    desk.controller.start.locked(locking=True)
    desk.controller.uncover()
    settle()
    assert desk.window.pages.currentWidget() is view
    assert desk.window.tab_strip.isVisible()


def test_the_lock_is_opened_by_one_key(put_up: Shown) -> None:
    view = LockedView()
    put_up(view, 1024, 700)
    heard: list[str] = []
    view.unlock_requested.connect(lambda: heard.append("unlock"))
    view.other_requested.connect(lambda: heard.append("other"))
    view.take_focus()
    QTest.keyClick(view.go, Qt.Key.Key_Space)
    view.other.click()
    assert heard == ["unlock", "other"]
    view.show_busy(locking=True, opening=False)
    assert not view.go.isEnabled()


def test_nothing_is_erased_by_one_press_and_the_keyboard_is_never_on_what_erases(put_up: Shown) -> None:
    view = WipeView()
    put_up(view, 1024, 700)
    pressed: list[str] = []
    view.erase_requested.connect(lambda: pressed.append("erase"))
    view.kept.connect(lambda: pressed.append("keep"))
    view.ended.connect(lambda: pressed.append("end"))
    view.show_state(WipeState(WipePhase.ASKS, 12, 2))
    settle()
    assert "12 changes in 2 visits" in view.text.text()
    assert view.end.hasFocus()
    assert view.keep.isHidden()
    view.erase.click()
    view.show_state(WipeState(WipePhase.SURE, 12, 2))
    settle()
    assert view.keep.hasFocus()
    assert "12 changes in 2 visits" in view.erase.text()
    QTest.keyClick(view.keep, Qt.Key.Key_Space)
    assert pressed == ["erase", "keep"]
    for phase in (WipePhase.NOTHING_UNSENT, WipePhase.KEPT_FOR_IT, WipePhase.ERASED, WipePhase.FAILED):
        view.show_state(WipeState(phase, 1, 1))
        assert view.erase.isHidden()
        assert view.end.hasFocus()


def test_another_passphrase_asks_for_the_old_and_twice_for_the_new(put_up: Shown) -> None:
    card = PassphraseCard()
    put_up(card, 600, 400)
    heard: list[tuple[str, str]] = []
    card.changed.connect(lambda old, new: heard.append((old, new)))
    old, new, again = card.fields
    old.setText("the old one")
    new.setText("short")
    QTest.keyClick(new, Qt.Key.Key_Return)
    assert card.said.text() == say("way.too_short", least=LEAST_PASSPHRASE)
    new.setText(WORDS)
    again.setText(WORDS)
    QTest.keyClick(again, Qt.Key.Key_Return)
    assert heard == [("the old one", WORDS)]
    card.show_result(say("way.changed"))
    assert [field.text() for field in card.fields] == ["", "", ""]
