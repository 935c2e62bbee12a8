"""What the window does in the middle of a visit: undo over sections, who is heard, what cannot be done and why."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QStackedWidget, QTabBar, QToolButton

from desktop.ports import LinkProblem
from desktop.ui.arrival import FirstRunView
from desktop.ui.gate import GateView
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.theme import Theme
from desktop.ui.today import TodayView
from desktop.ui.vault_problem import VaultProblemView
from desktop.ui.visit_controller import VisitController
from desktop.ui.words import say
from desktop.workflows.session import SessionPhase
from tests.desktop.ui import states
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import ANA, BAO, OKAFOR, SANTOS, Desk
from wire.record import ChatSent, ConsentDecision, EhrWriteFailed, QuestionAnswered, QuestionAsked
from wire.refusals import RefusalCode


def current(desk: Desk) -> VisitController:
    controller = desk.controller.current
    assert controller is not None
    return controller


def test_undo_goes_back_over_sections_and_shows_where(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visit.document.UNDO_STEP_MS", 0)  # each insertion is a step of its own, however fast
    desk.sign_in()
    note = desk.open(note={}).view.note
    for section, words in (("chief_complaint", "Knee pain."), ("ros", "No fever.")):
        note.focus_section(section)
        note.editor.insertPlainText(words)
    note.focus_section("physical_exam")
    for section in ("ros", "chief_complaint"):
        editor = QApplication.focusWidget()
        assert editor is not None
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert current(desk).visit.document.text(section) == ""
        assert note.editor.hasFocus()
        assert note.last_section == section
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert current(desk).visit.document.text("chief_complaint") == "Knee pain."


def test_undo_does_not_touch_a_signed_note(desk: Desk) -> None:
    states.signed(desk)
    before = current(desk).visit.document.texts()
    editor = current(desk).view.note.editor
    editor.go_to("hpi")
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert current(desk).visit.document.texts() == before


def test_the_chat_says_when_the_provider_saw_the_newest_line(desk: Desk) -> None:
    desk.sign_in()
    desk.open(note={})
    desk.record(QuestionAsked(question_id="q1", text="Left or right?", section="hpi"), SANTOS)
    foot = current(desk).view.chat.foot
    assert foot.text() == say("chat.not_seen")
    desk.record(QuestionAnswered(question_id="q1", text="Left."), OKAFOR)
    assert foot.text().startswith(say("chat.seen", time=""))
    assert foot.text()[-5:].replace(":", "").isdigit()
    current(desk).visit.send_chat("Thank you")
    desk.jobs.run()
    assert foot.text() == say("chat.not_seen")
    desk.record(ChatSent(message_id="m1", text="Welcome"), OKAFOR)
    assert foot.text() == say("chat.not_seen")


def test_another_visit_says_whose_room_is_heard(desk: Desk) -> None:
    states.two_visits(desk)
    assert ANA.name in current(desk).view.feed.sentence.text()
    assert say("feed.off") not in current(desk).view.feed.sentence.text()
    tabs = desk.window.tabs
    words = {tabs.tabData(i): tabs.tabText(i) for i in range(tabs.count())}
    assert words["v1"] == say("visit.tab_live", name=ANA.name, mrn=ANA.mrn_tail)
    assert words["v2"] == say("visit.tab", name=BAO.name, mrn=BAO.mrn_tail)
    desk.flows.join.leave()
    assert tabs.tabText(0) == say("visit.tab", name=ANA.name, mrn=ANA.mrn_tail)


def test_a_heard_visit_is_not_closed_and_the_window_says_why(desk: Desk) -> None:
    states.two_visits(desk)
    closer = desk.window.tabs.tabButton(0, QTabBar.ButtonPosition.RightSide)
    assert isinstance(closer, QToolButton)
    closer.click()
    assert desk.window.notice.text.text() == say("visit.leave_first", name=ANA.name)
    assert desk.window.tabs.count() == 2


@pytest.mark.parametrize(
    ("state", "key"), [("consent_declined", "feed.declined"), ("signed_out", "feed.sign_in_first")]
)
def test_who_cannot_join_reads_why(desk: Desk, state: str, key: str) -> None:
    states.STATES[state](desk)
    desk.flows.join.feed.reason = ""
    desk.flows.join.leave("")
    desk.controller.join_changed()
    assert current(desk).view.feed.sentence.text() == say(key)
    assert not current(desk).view.feed.join_button.isEnabled()


def test_consent_given_later_opens_the_gate_again(desk: Desk) -> None:
    states.consent_declined(desk)
    desk.consent(ConsentDecision.AGREED)
    assert current(desk).view.feed.join_button.isEnabled()


def test_what_is_not_saved_is_said_until_it_is(desk: Desk) -> None:
    desk.sign_in()
    editor = desk.open(note={}).view.note.editor
    editor.go_to("hpi")
    desk.vault.broken = True
    QTest.keyClicks(editor, "Knee pain.")
    desk.jobs.run()
    assert desk.window.notice.text.text() == say("notice.not_saved")
    assert desk.window.notice.isVisible()
    assert desk.window.status.saved.text() == say("status.not_saved")
    desk.controller.finish()
    assert not current(desk).view.finish.send_button.isEnabled()
    desk.vault.broken = False
    desk.jobs.advance(2.0)
    assert not desk.window.notice.isVisible()
    assert desk.window.status.saved.text() == say("status.saved")


def test_the_gate_gives_durations_and_keeps_the_keyboard_while_it_checks(desk: Desk) -> None:
    states.gate_refused(desk)
    page = desk.window.pages.currentWidget()
    assert isinstance(page, GateView)
    rows = [row.sentence for row in (page._shown.rows if page._shown else ())]
    assert say("posture.screen_lock.lock_too_slow", seconds="15 min", max_seconds="5 min") in rows
    assert not page.copy.isEnabled()  # there is no report to copy
    page.again.setFocus()
    states.gate_checking(desk)
    assert page.isAncestorOf(QApplication.focusWidget() or page.window())


def test_an_empty_day_says_what_is_wrong(desk: Desk) -> None:
    desk.flows.session.problem = LinkProblem.TLS_FAILED
    desk.phase(SessionPhase.OFFLINE)
    page = desk.window.pages.currentWidget()
    assert isinstance(page, TodayView)
    settle()
    texts = {it.text() for it in page.findChildren(QLabel) if it.isVisible()}
    assert say("link.tls_failed") in texts


def test_a_first_run_waits_visibly_and_begins_at_what_is_missing(desk: Desk) -> None:
    states.first_run_refused(desk)
    page = desk.window.pages.currentWidget()
    assert isinstance(page, FirstRunView)
    assert page.code.hasFocus()
    states.enrolling(desk)
    assert page.go.text() == say("first_run.busy")
    assert not page.go.isEnabled()


def test_a_failed_start_can_be_tried_again_and_an_open_draft_written_on(desk: Desk) -> None:
    desk.sign_in()
    desk.open()
    tried: list[bool] = []
    desk.controller.show_start_problem(lambda: tried.append(True))
    settle()
    page = desk.window.pages.currentWidget()
    assert isinstance(page, VaultProblemView)
    assert page.text.text() == say("start.text")
    page.again.click()
    assert tried == [True]
    assert page.write_on.isVisible()
    page.write_on.click()
    assert desk.window.pages.currentWidget() is current(desk).view


def test_the_sheet_of_keys_is_read_by_keyboard_where_it_is_higher_than_the_window(qapp: QApplication) -> None:
    theme = Theme(qapp, "light", 26)
    theme.apply()
    desk = Desk(theme)
    desk.window.resize(1024, 700)
    desk.window.show()
    desk.window.activateWindow()
    states.shortcuts(desk)
    settle()
    sheet = desk.window.findChild(ShortcutSheet)
    assert isinstance(sheet, ShortcutSheet)
    assert not isinstance(sheet.parentWidget(), QStackedWidget), "a stack hides it from screen readers"
    bar = sheet.area.verticalScrollBar()
    assert bar.maximum() > 0
    for _ in range(20):
        QTest.keyClick(sheet.close_button, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum()
    desk.close()
    theme.on_changed = lambda _tokens: None
    theme.pixels = 13
    theme.apply()


def test_reading_panes_take_the_keyboard_only_while_they_hold_more_than_they_show(desk: Desk) -> None:
    states.live(desk)
    settle()
    lines = current(desk).view.chat.area
    assert lines.verticalScrollBar().maximum() > 0
    assert lines.focusPolicy() & Qt.FocusPolicy.TabFocus
    lines.setFocus()
    bottom = lines.verticalScrollBar().value()
    QTest.keyClick(lines, Qt.Key.Key_PageUp)
    assert lines.verticalScrollBar().value() < bottom
    orders = current(desk).view.orders.pages.widget(0)
    assert isinstance(orders, QScrollArea)
    assert not orders.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_banner_does_not_jump_when_a_figure_gets_shorter(desk: Desk) -> None:
    states.live(desk)
    banner = desk.window.banner
    desk.window.resize(1600, 800)
    settle()
    one_row = banner.height()
    for text in ("Link poor · 1041 ms · 10.2% loss and more than fits into the row beside all the others", "Link good"):
        banner.time.show_state(text, "accent")
        settle()
        assert banner.height() > one_row
    desk.window.resize(1700, 800)
    settle()
    assert banner.height() == one_row


@pytest.mark.parametrize("width", [1440, 1280, 1024, 700])
def test_nothing_below_the_banner_jumps_by_a_figure_of_the_link(desk: Desk, width: int) -> None:
    """A scribe who writes while the link gets worse must not lose the line: nor does the picture move."""
    states.live(desk)
    banner = desk.window.banner
    desk.window.resize(width, 800)
    banner.show_link("Link good", "Link good", "ok")
    settle()
    before = banner.height()
    for text in (
        "Link poor · 38 ms",
        "Link poor · 10.2% of the sound made up, and 12 % lost, and more than fits anywhere",
    ):
        banner.show_link("Link poor", text, "bad")
        settle()
        assert banner.height() == before
        assert banner.link.text() in (text, "Link poor")


def test_a_check_that_is_excused_says_until_when(desk: Desk) -> None:
    states.gate_refused(desk)
    gate = desk.flows.join.gate
    assert gate is not None
    assert gate.decision is not None
    until = datetime(2026, 11, 25, 12, tzinfo=UTC)
    excused = tuple(v.model_copy(update={"admits": True, "grace_until": until}) for v in gate.decision.verdicts)
    gate.decision = gate.decision.model_copy(update={"verdicts": excused})
    desk.controller.join_changed()
    page = desk.window.pages.currentWidget()
    assert isinstance(page, GateView)
    notes = [row.note for row in (page._shown.rows if page._shown else ()) if row.note]
    assert len(notes) == 3
    assert all(note.endswith(say("gate.grace", date="25 Nov")) for note in notes)


def test_an_order_that_the_ehr_did_not_take_says_so(desk: Desk) -> None:
    states.live(desk)
    desk.record(EhrWriteFailed(subject="o1", code=RefusalCode.EHR_UNREACHABLE))
    rows = current(desk).view.orders._shown or []
    assert [say("refusal.ehr_unreachable") in row.detail for row in rows] == [True, False, False]
