"""Text that is moved in the note, between visits or expanded from a phrase: what is known of it goes along."""

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.places import Caret
from desktop.ui.words import say
from desktop.workflows.quick_text import QuickText, shipped_library
from tests.desktop.ui.conftest import Shown
from tests.desktop.ui.note_bench import looks
from tests.desktop.ui.test_sources import CARRIED, CONTROL, DAY, GROUND, HEARD, UNHEARD, marked_room, said
from tests.desktop.ui.test_visit_controller import Room4
from visit.marks import MarkedText
from visit.provenance import Chart, FromTemplate


@pytest.fixture
def room(put_up: Shown) -> Room4:
    return marked_room(put_up)


def test_text_that_is_cut_and_pasted_in_the_note_stays_unheard(room: Room4) -> None:
    room.editor().set_caret(Caret("physical_exam", 13), 17)
    QTest.keyClick(room.editor(), Qt.Key.Key_X, CONTROL)
    room.view.note.focus_section("hpi")
    QTest.keyClick(room.editor(), Qt.Key.Key_V, CONTROL)
    room.check()
    assert room.visit.document.text("hpi") == "Mother had an MI.Heart \U0001f980 regular."
    assert said(room, "hpi") == [CARRIED, UNHEARD]
    assert room.view.note.caret() == Caret("hpi", 34)
    assert [text for _, text in looks(room.editor(), "hpi", GROUND)][1] == "Heart \U0001f980 regular."
    QTest.keyClick(room.editor(), Qt.Key.Key_Z, CONTROL)
    room.check()


def test_text_that_replaces_a_like_one_has_its_marks_whole(room: Room4) -> None:
    """The editor tells the document of the smallest change; marks need the whole text."""
    room.editor().set_caret(Caret("physical_exam", 0), 12)
    QTest.keyClick(room.editor(), Qt.Key.Key_C, CONTROL)
    room.view.note.focus_section("chief_complaint")
    QTest.keyClicks(room.editor(), "Lungs dull.")
    room.editor().set_caret(Caret("chief_complaint", 0), 11)
    QTest.keyClick(room.editor(), Qt.Key.Key_V, CONTROL)
    room.check()
    (mark,) = room.visit.document.marks("chief_complaint")
    assert (mark.start, mark.end, mark.edited) == (0, 12, False)


def test_text_that_is_dragged_elsewhere_stays_unheard(room: Room4) -> None:
    room.editor().set_caret(Caret("physical_exam", 0), 12)
    room.editor()._move_selection(room.editor().places.position(Caret("ros", 9)))
    room.check()
    assert room.visit.document.text("ros") == "No fever.Lungs clear."
    assert said(room, "ros") == [HEARD, UNHEARD]
    assert said(room) == [UNHEARD]


def test_a_selection_over_sections_keeps_each_mark_at_its_words(room: Room4) -> None:
    editor = room.editor()
    keys = [section.key for section in editor.places.sections]
    first, last = keys.index("hpi"), keys.index("ros")
    cursor = editor.textCursor()
    cursor.setPosition(editor.places.body(first)[0])
    cursor.setPosition(editor.places.body(last)[1], QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    editor.copy()
    room.view.note.focus_section("assessment_and_plan")
    editor.paste()
    room.check()
    text = room.visit.document.text("assessment_and_plan")
    found = {text[it.start : it.end]: it.provenance for it in room.visit.document.marks("assessment_and_plan")}
    assert found == {"Mother had an MI.": CARRIED, "No fever.": HEARD}


def test_in_another_visits_note_nothing_was_heard(room: Room4, put_up: Shown) -> None:
    room.editor().set_caret(Caret("physical_exam", 0), 12)
    room.controller.sources.confirm_here()
    room.editor().set_caret(Caret("physical_exam", 0), 12)
    room.editor().copy()
    other = Room4()
    other.visit.visit_id = "v2"
    put_up(other.view)
    other.view.note.focus_section("hpi")
    other.editor().paste()
    other.check()
    assert [mark.provenance for mark in other.visit.document.marks("hpi")] == [UNHEARD]


def test_text_of_other_programs_brings_no_marks(room: Room4) -> None:
    room.editor().set_caret(Caret("physical_exam", 0), 12)
    room.editor().copy()
    stale = QMimeData()
    stale.setText("Lungs clear.")
    stale.setData("application/x-alcove-copy", b"0" * 32)
    QApplication.clipboard().setMimeData(stale)
    room.view.note.focus_section("chief_complaint")
    room.editor().paste()
    assert room.visit.document.text("chief_complaint") == "Lungs clear."
    assert said(room, "chief_complaint") == []


def test_a_phrase_says_that_its_words_are_the_templates(room: Room4) -> None:
    quick = QuickText()
    quick.use(shipped_library())
    room.editor().expand = quick.expand
    room.view.note.focus_section("chief_complaint")
    QTest.keyClicks(room.editor(), ".mechanism")
    QTest.keyClick(room.editor(), Qt.Key.Key_Tab)
    room.check()
    marks = room.visit.document.marks("chief_complaint")
    assert {mark.provenance for mark in marks} == {FromTemplate(template_id="phrase:mechanism")}
    text = room.visit.document.text("chief_complaint")
    assert all("***" not in text[mark.start : mark.end] for mark in marks)
    assert room.editor().textCursor().hasSelection(), "its first field is selected"
    room.view.note.show_caret(Caret("chief_complaint", marks[0].start))
    room.controller.sources.say_here()
    assert room.view.note.hints.text() == say("source.template")


def test_the_chart_is_named_with_its_document_and_date(room: Room4) -> None:
    letter = Chart(document_id="d1", title="Letter of Dr. Bee", dated=DAY)
    room.controller.sources.put("chief_complaint", 0, 0, MarkedText.whole("Referred.", letter))
    room.view.note.show_caret(Caret("chief_complaint", 2))
    room.controller.sources.say_here()
    assert room.view.note.hints.text() == say("source.chart", title="Letter of Dr. Bee", date="2026-08-02")
