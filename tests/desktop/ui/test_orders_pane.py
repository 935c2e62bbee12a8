"""Orders: nothing is chosen that the scribe did not choose, and the form says what it still needs."""

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel

from desktop.ui.orders_pane import OrderDraft, OrderRow, OrdersPane
from desktop.ui.parts import KeyButton
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import ORDERS, REASONS, TESTS
from visit.time_anchor import TimeAnchor

FULL = OrderDraft("30934-4", "R06.09", "routine", "at_lab", "fasting", "12:41")


def shown_pane(put_up: Shown) -> OrdersPane:
    pane = OrdersPane()
    put_up(pane, 340, 700)
    pane.form.offer(TESTS, REASONS)
    pane.open_form()
    return pane


def typed_test(pane: OrdersPane, text: str) -> str:
    edit = pane.form.test.lineEdit()
    assert edit is not None
    pane.form.test.setFocus()
    edit.clear()
    QTest.keyClicks(pane.form.test, text)
    QTest.keyClick(QApplication.activePopupWidget() or pane.form.test, Qt.Key.Key_Tab)  # the proposals hold the keys
    assert not pane.form.test.hasFocus()
    return pane.form.draft().test


def test_nothing_is_chosen_before_the_scribe_chooses(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    assert pane.form.draft() == OrderDraft()


def test_part_of_a_name_counts_when_one_test_has_it(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    assert typed_test(pane, "natriu") == "30934-4"
    assert typed_test(pane, "LIPID") == "24331-1"
    assert typed_test(pane, "i") == ""
    assert typed_test(pane, "no such test") == ""


def test_a_test_is_pended_only_when_its_whole_name_was_seen(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pended: list[OrderDraft] = []
    pane.form.pended.connect(pended.append)
    pane.form.test.setFocus()
    QTest.keyClicks(pane.form.test, "natriu")
    pane.form.pend_button.click()  # a click that takes no focus, as on macOS
    assert pended == []
    assert "B-type natriuretic peptide" in pane.form.missing.text()
    pane.form.pend_button.click()
    assert [draft.test for draft in pended] == ["30934-4"]


def test_the_wheel_changes_no_order(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.form.show_draft(FULL)
    for box in pane.form.findChildren(QComboBox):
        box.setFocus()
        middle = QPointF(box.rect().center())
        event = QWheelEvent(
            middle,
            box.mapToGlobal(middle),
            QPoint(0, -120),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(box, event)
    assert pane.form.draft() == FULL


def test_a_kept_draft_comes_back_without_being_reported_as_a_change(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    changes: list[OrderDraft] = []
    pane.form.changed.connect(changes.append)
    pane.form.show_draft(FULL)
    assert pane.form.draft() == FULL
    assert changes == []
    QTest.keyClicks(pane.form.instructions, "!")
    assert changes[-1].instructions == "fasting!"


def test_opening_the_form_again_reports_a_change_once(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pane.form.offer(TESTS, REASONS)
    pane.form.offer(TESTS, REASONS)
    changes: list[OrderDraft] = []
    pane.form.changed.connect(changes.append)
    assert typed_test(pane, "natriu") == "30934-4"
    assert len(changes) == 1


def test_what_is_missing_is_said_and_gone_to(put_up: Shown) -> None:
    pane = shown_pane(put_up)
    pended: list[OrderDraft] = []
    pane.form.pended.connect(pended.append)
    QTest.mouseClick(pane.form.pend_button, Qt.MouseButton.LeftButton)
    assert pended == [OrderDraft()]
    pane.form.show_missing(("reason", "priority"))
    assert pane.form.reason.hasFocus()
    assert "priority" in pane.form.missing.text()


def test_only_what_can_be_taken_back_has_the_button(put_up: Shown) -> None:
    pane = OrdersPane()
    put_up(pane, 340, 700)
    taken: list[tuple[str, int]] = []
    pane.withdrawn.connect(lambda order_id, version: taken.append((order_id, version)))
    pane.show_rows(ORDERS, can_pend=True)
    links = [b for b in pane.findChildren(KeyButton) if b.property("kind") == "link"]
    assert len(links) == sum(1 for order in ORDERS if order.can_withdraw) == 1
    QTest.mouseClick(links[0], Qt.MouseButton.LeftButton)
    assert taken == [("1", 1)]


def test_an_order_of_outside_is_shown_as_plain_words(put_up: Shown) -> None:
    pane = OrdersPane()
    put_up(pane, 340, 700)
    pane.show_rows([OrderRow("1", 1, "<b>bold</b>", "<img src=x>", "Sent", "accent", False)], can_pend=False)
    settle()
    texts = {it.text() for it in pane.findChildren(QLabel) if it.isVisible()}
    assert "<b>bold</b>" in texts
    assert not pane.new_button.isEnabled()


def test_an_order_says_when_it_was_heard_and_asks_for_that_time(put_up: Shown) -> None:
    pane = OrdersPane()
    put_up(pane, 340, 700)
    asked: list[TimeAnchor] = []
    pane.time_asked.connect(asked.append)
    anchor = TimeAnchor(8 * 60_000 + 47_000)
    pane.show_rows([replace(ORDERS[0], heard_at=anchor)], can_pend=True)
    settle()
    (link,) = [one for one in pane.findChildren(KeyButton) if one.accessibleName().endswith("08:47")]
    QTest.keyClick(link, Qt.Key.Key_Space)
    assert asked == [anchor]
    pane.show_rows([replace(ORDERS[0], heard_at=None)], can_pend=True)
    settle()
    assert not [one for one in pane.findChildren(KeyButton) if "▸" in one.text() and one.isVisible()]
