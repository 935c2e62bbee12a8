"""The outline and what screen readers are told: sections, their states, and what a mark means."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import desktop.ui.note_editor.editor as editor_module
from desktop.ui.actions import key_of
from desktop.ui.note_editor.marks import Mark
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane, shown_sections
from desktop.ui.tokens import DARK, LIGHT
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import NOTE


@pytest.fixture
def pane(put_up: Shown) -> NotePane:
    made = NotePane(LIGHT)
    put_up(made, 620, 700)
    made.show_texts(NOTE)
    made.focus_section("chief_complaint")
    settle()
    return made


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What is announced while a screen reader runs."""
    said: list[str] = []
    monkeypatch.setattr(editor_module, "announce", lambda _widget, text: said.append(text))
    QAccessible.setActive(True)
    yield said
    QAccessible.setActive(False)


def rows(pane: NotePane) -> list[str]:
    return [pane.outline.item(number).text() for number in range(pane.outline.count())]


def spoken_rows(pane: NotePane) -> list[str]:
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(pane.outline.item(number).data(role)) for number in range(pane.outline.count())]


def test_the_outline_shows_every_sections_state_at_a_glance(pane: NotePane) -> None:
    assert len(rows(pane)) == len(shown_sections())
    assert set(rows(pane)) <= {"●", "○"}
    assert [row == "●" for row in rows(pane)] == [bool(NOTE.get(section.key)) for section in shown_sections()]
    tips = [pane.outline.item(number).toolTip() for number in range(pane.outline.count())]
    assert tips[0] == f"Chief complaint · {say('note.written')} · {key_of('section_1')}"


def test_the_outline_has_words_while_it_has_the_keyboard(pane: NotePane) -> None:
    narrow, text = pane.outline.width(), pane.editor.width()
    pane.focus_outline()
    settle()
    assert pane.outline.width() > 4 * narrow
    assert pane.editor.width() == text  # the note does not move
    assert "History of present illness" in rows(pane)[1]
    QTest.keyClick(pane.outline, Qt.Key.Key_Down)
    QTest.keyClick(pane.outline, Qt.Key.Key_Down)
    QTest.keyClick(pane.outline, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is pane.editor
    assert pane.last_section == "ros"
    assert pane.outline.width() == narrow


def test_escape_leaves_the_outline_and_the_caret_where_it_was(pane: NotePane) -> None:
    pane.show_caret(Caret("hpi", 5))
    pane.focus_outline()
    QTest.keyClick(pane.outline, Qt.Key.Key_Down)
    QTest.keyClick(pane.outline, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is pane.editor
    assert pane.caret() == Caret("hpi", 5)


def test_a_click_in_the_outline_goes_to_the_section(pane: NotePane) -> None:
    place = pane.outline.visualItemRect(pane.outline.item(4)).center()
    QTest.mouseClick(pane.outline.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert pane.last_section == "physical_exam"


def test_the_outline_follows_the_caret_and_the_order(pane: NotePane) -> None:
    pane.focus_section("vital_signs")
    assert pane.outline.currentRow() == 3
    pane.show_sections(tuple(reversed(shown_sections())))
    assert pane.outline.currentRow() == 2
    assert spoken_rows(pane)[0].startswith("Note section Assessment and plan")


def test_every_row_is_spoken_with_state_and_who_changed_it(pane: NotePane) -> None:
    pane.mark_authors("physical_exam", [(0, 4, "Dr. A. Okafor")])
    assert spoken_rows(pane)[4].startswith("Note section Physical exam. changed by Dr. A. Okafor. written")
    interface = QAccessible.queryAccessibleInterface(pane.outline)
    names = [interface.child(number).text(QAccessible.Text.Name) for number in range(interface.childCount())]
    assert names == spoken_rows(pane)


def test_rows_have_the_colours_of_the_appearance(pane: NotePane) -> None:
    pane.use_tokens(DARK)
    assert pane.outline.item(0).foreground().color().name() == DARK.ok
    assert pane.outline.item(5).foreground().color().name() == DARK.warn


def test_the_spoken_name_is_that_of_the_carets_section(pane: NotePane) -> None:
    interface = QAccessible.queryAccessibleInterface(pane.editor)
    assert interface.text(QAccessible.Text.Name) == "Note section Chief complaint"
    pane.focus_section("assessment_and_plan")
    assert interface.text(QAccessible.Text.Name) == "Note section Assessment and plan"
    assert interface.text(QAccessible.Text.Description) == say("note.needed")


def test_the_spoken_text_has_headings_and_sections(pane: NotePane) -> None:
    text = QAccessible.queryAccessibleInterface(pane.editor).textInterface()
    whole = text.text(0, text.characterCount())
    assert whole.startswith(f"Chief complaint\n{NOTE['chief_complaint']}\nHistory of present illness\n")
    assert whole.rstrip("\n").endswith("Assessment and plan")


def test_another_section_is_announced_once_with_its_state(pane: NotePane, heard: list[str]) -> None:
    pane.focus_section("vital_signs")
    QTest.keyClicks(pane.editor, "x")
    pane.focus_section("assessment_and_plan")
    assert heard == ["Vital signs, written", f"Assessment and plan, {say('note.needed')}"]


def test_what_a_mark_means_is_announced_when_the_caret_comes_to_it(pane: NotePane, heard: list[str]) -> None:
    look = QTextCharFormat()
    pane.editor.show_marks("chief_complaint", [Mark(4, 5, look, "Heard at 04:12")])
    pane.show_caret(Caret("chief_complaint", 2))
    heard.clear()
    for _ in range(10):
        QTest.keyClick(pane.editor, Qt.Key.Key_Right)
    assert heard == ["Heard at 04:12"]


def test_the_hint_about_headings_is_announced(pane: NotePane, heard: list[str]) -> None:
    cursor = pane.editor.textCursor()
    cursor.setPosition(1)
    pane.editor.setTextCursor(cursor)
    heard.clear()
    QTest.keyClicks(pane.editor, "x")
    assert heard == [say("note.heading_stays")]


def test_from_right_to_left_the_outline_is_at_the_right(pane: NotePane) -> None:
    pane.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    pane.resize(640, 700)
    settle()
    holder = pane.outline.parentWidget()
    assert holder is not None
    assert pane.outline.geometry().right() == holder.width() - 1
    assert pane.editor.geometry().right() < pane.outline.geometry().left()
    pane.apply_change("hpi", 0, 0, "\u05db\u05d0\u05d1 \u05d1\u05d7\u05d6\u05d4. ")
    pane.focus_section("hpi")
    QTest.keyClicks(pane.editor, "x")
    settle()
    assert pane.editor.text("hpi").endswith("x")
