"""The keys of sources work in the whole window, and earlier notes are brought forward by section."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.ports import LinkFailed, LinkProblem
from desktop.ui.note_editor.places import Caret
from desktop.ui.visit_controller import VisitController
from desktop.ui.words import say
from desktop.workflows.earlier import Asked
from desktop.workflows.join import JoinPhase
from tests.desktop.ui.conftest import settle
from tests.desktop.ui.desk import Desk
from tests.desktop.ui.source_states import DAY, EARLIER, FAMILY, EarlierGateway, live_earlier, with_sources
from visit.provenance import Carried, Finding, Heard, Speaker

Key = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def current(desk: Desk) -> VisitController:
    """A live visit with statements of every kind, in front."""
    made = with_sources(desk)
    desk.window.show()
    desk.window.activateWindow()
    settle()
    return made


def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, held)


def waiting(current: VisitController, section: str = "physical_exam") -> int:
    return sum(mark.unheard or mark.untouched for mark in current.visit.document.marks(section))


def test_one_key_confirms_the_finding_and_another_the_section(current: VisitController) -> None:
    text = current.visit.document.texts()
    current.view.note.show_caret(Caret("physical_exam", 0))
    press(Key.Key_F3)
    assert current.view.note.caret() == Caret("physical_exam", 22)
    press(Key.Key_F4)
    assert waiting(current) == 2
    marks = current.visit.document.marks("physical_exam")
    heard = [mark.provenance.heard_ms for mark in marks if isinstance(mark.provenance, Finding)]
    assert heard[1] is not None
    assert 12 * 60_000 < heard[1] < 20 * 60_000, "the visit's time now"
    press(Key.Key_F4, SHIFT)
    assert waiting(current) == 0
    press(Key.Key_F3)
    assert current.view.note.caret().section == "family_history"
    press(Key.Key_F4)
    assert waiting(current, "family_history") == 0
    press(Key.Key_F3, SHIFT)
    assert current.view.note.hints.text() == say("source.nothing_waits")
    assert current.visit.document.texts() == text


def test_the_source_is_said_shown_and_set_by_keys(current: VisitController) -> None:
    press(Key.Key_F3, CONTROL)
    assert current.view.note.hints.text() == say("source.finding")
    press(Key.Key_F3, CONTROL | SHIFT)
    assert current.view.note.every_source
    current.view.note.show_caret(Caret("ros", 37))
    press(Key.Key_H, CONTROL | SHIFT)
    press(Key.Key_2)
    press(Key.Key_Return)
    heard = [it.provenance for it in current.visit.document.marks("ros") if isinstance(it.provenance, Heard)]
    assert [one.speaker for one in heard] == [Speaker.PROVIDER]
    assert current.view.note.editor.hasFocus()


def bring_buttons(current: VisitController) -> list[QPushButton]:
    settle()
    names = (say("earlier.bring"), say("earlier.is_here"))
    return [it for it in current.view.earlier.findChildren(QPushButton) if it.isVisible() and it.text() in names]


def test_earlier_notes_are_brought_forward_by_section_with_their_date(desk: Desk) -> None:
    live_earlier(desk)
    current = desk.controller.current
    assert current is not None
    pane = current.view.earlier
    assert pane.notes.isVisible()
    assert pane.notes.currentText() == "2026-08-02 · Dr. A. Okafor · Chest pain"
    hpi, family = bring_buttons(current)
    assert (hpi.text(), family.text()) == (say("earlier.bring"), say("earlier.is_here"))
    assert hpi.accessibleName() == say("earlier.bring_named", heading="History of present illness", date="2026-08-02")
    before = current.visit.document.text("hpi")
    hpi.click()
    assert current.visit.document.text("hpi") == f"{before}\nChest pressure since June, on exertion."
    (mark,) = [it for it in current.visit.document.marks("hpi") if isinstance(it.provenance, Carried)]
    assert mark.provenance == Carried(note_id=EARLIER.note_id, dated=DAY)
    assert mark.untouched
    assert current.view.note.caret() == Caret("hpi", mark.start)
    assert current.view.note.editor.standing("hpi").waiting == say("note.not_reviewed", count=1)
    assert bring_buttons(current)[0].text() == say("earlier.is_here")
    bring_buttons(current)[0].click()
    assert current.visit.document.text("hpi").count("since June") == 1, "it is there once"
    current.view.note.focus_last()
    press(Key.Key_Z, CONTROL)
    assert current.visit.document.text("hpi") == before
    assert current.visit.document.text("family_history") == FAMILY


def test_the_pane_opens_by_key_and_goes_back_to_the_note(current: VisitController, desk: Desk) -> None:
    desk.flows.session.gateway = EarlierGateway()  # type: ignore[assignment]  # what is asked for of it is there
    press(Key.Key_B, CONTROL | SHIFT)
    assert current.view.earlier.sentence.text() == say("earlier.asking")
    desk.jobs.run()
    assert current.view.earlier.sentence.text() == say("earlier.help")
    assert current.view.earlier.notes.hasFocus()
    current.view.earlier.note_chosen.emit("n-may")
    desk.jobs.run()
    assert bring_buttons(current) == []
    current.view.earlier.back_button.click()
    assert not current.view.earlier.isVisible()
    assert current.view.note.editor.hasFocus()


def test_a_closed_visit_is_shown_nothing_more(current: VisitController, desk: Desk) -> None:
    visit, earlier = current.visit, current.earlier._earlier
    assert earlier is not None
    desk.flows.join.phase = JoinPhase.IDLE
    desk.controller.join_changed()
    visit.unsent.clear()
    desk.controller._close_visit("v1")
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    visit.edit("physical_exam", 0, 0, "More. ")
    earlier.ask()
    desk.jobs.run()
    assert visit.marks_listeners == []


def test_why_no_note_can_be_read_is_said(current: VisitController, desk: Desk) -> None:
    press(Key.Key_B, CONTROL | SHIFT)
    assert current.view.earlier.sentence.text() == say("link.unreachable")
    assert current.view.earlier.back_button.hasFocus()
    earlier = current.earlier._earlier
    assert earlier is not None
    assert earlier.asked is Asked.FAILED
    earlier._failed(LinkFailed(LinkProblem.TIMED_OUT))
    assert current.view.earlier.sentence.text() == say("link.timed_out")
