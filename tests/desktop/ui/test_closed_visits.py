"""A visit that was closed with words the practice has not got is still spoken of, until it has them."""

from PySide6.QtTest import QTest

from desktop.ui.words import say
from tests.desktop.ui.desk import Desk


def test_words_of_a_closed_visit_are_counted_and_said_to_be_unsaved_until_they_are(desk: Desk) -> None:
    desk.sign_in()
    note = desk.open(note={}).view.note
    note.focus_section("hpi")
    editor = note.editor
    desk.vault.broken = True
    QTest.keyClicks(editor, "Knee pain.")
    desk.jobs.run()
    visit_id = next(iter(desk.flows.sync.open))
    desk.controller._close_visit(visit_id)
    desk.jobs.run()
    desk.controller.saved_changed(visit_id, desk.flows.sync.open[visit_id].save_state)
    assert desk.window.notice.text.text() == say("notice.not_saved")
    assert desk.window.notice.isVisible()
    desk.vault.broken = False
    desk.jobs.advance(2.0)
    assert not desk.window.notice.isVisible()
    waiting = desk.flows.sync.open[visit_id].waiting_for_gateway
    assert waiting > 0
    assert desk.window.status.waiting.text() == say("status.waiting", count=waiting)
