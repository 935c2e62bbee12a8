"""Numbers choose from a pick list, Tab, Space and Enter expand a name; every other key stays a key."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane
from desktop.ui.tokens import LIGHT
from desktop.workflows.quick_text import QuickText, shipped_library
from tests.desktop.ui.conftest import Shown
from tests.desktop.ui.desk import Desk

Key = Qt.Key


def note_with(put_up: Shown, text: str = "") -> NotePane:
    """A note whose HPI holds a text, the caret at its end, with the phrases that ship."""
    pane = NotePane(LIGHT)
    put_up(pane, 620, 700)
    pane.show_texts({"hpi": text})
    quick = QuickText()
    quick.use(shipped_library())
    pane.editor.expand = quick.expand
    pane.focus_section("hpi")
    return pane


def test_a_number_chooses_from_the_list_that_the_blank_key_selected(put_up: Shown) -> None:
    pane = note_with(put_up, "The {left|right} knee, *** days.")
    edits: list[tuple[str, int, int, str]] = []
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    pane.find_blank(True)
    QTest.keyClick(pane.editor, Key.Key_9)
    assert pane.editor.text("hpi") == "The 9 knee, *** days.", "there is no ninth: the key is a key"
    pane.apply_change("hpi", 4, 1, "{left|right}")
    pane.editor.set_caret(Caret("hpi", 4), 12)
    edits.clear()
    QTest.keyClick(pane.editor, Key.Key_2)
    assert pane.editor.text("hpi") == "The right knee, *** days."
    assert edits == [("hpi", 4, 16, "right")]
    pane.find_blank(True)
    QTest.keyClick(pane.editor, Key.Key_3)
    assert pane.editor.text("hpi") == "The right knee, 3 days.", "a blank takes the number itself"


def test_enter_takes_a_lists_default_and_is_a_line_where_there_is_none(put_up: Shown) -> None:
    pane = note_with(put_up, "{none|=mild|severe} pain, {a|b}")
    pane.editor.set_caret(Caret("hpi", 0), 19)
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text("hpi") == "mild pain, {a|b}"
    pane.editor.set_caret(Caret("hpi", 11), 5)
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text("hpi") == "mild pain, \n"


def test_a_phrase_is_expanded_by_each_of_the_three_keys_and_its_first_blank_selected(put_up: Shown) -> None:
    for key in (Key.Key_Tab, Key.Key_Space, Key.Key_Return):
        pane = note_with(put_up, "😀 ")
        QTest.keyClicks(pane.editor, ".mechanism")
        QTest.keyClick(pane.editor, key)
        text = pane.editor.text("hpi")
        assert text.startswith("😀 "), key
        assert ".mechanism" not in text
        assert pane.editor.textCursor().hasSelection()
        begin, end = pane.editor.selection_in_section()
        assert text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le")[:1] in "*{"


def test_a_block_at_a_lines_start_and_nothing_in_the_middle_of_one(put_up: Shown) -> None:
    pane = note_with(put_up)
    QTest.keyClicks(pane.editor, "/laceration")
    QTest.keyClick(pane.editor, Key.Key_Tab)
    assert "/laceration" not in pane.editor.text("hpi")
    assert "***" in pane.editor.text("hpi") or "{" in pane.editor.text("hpi")
    other = note_with(put_up)
    QTest.keyClicks(other.editor, "and/laceration e.g. 1.5")
    QTest.keyClick(other.editor, Key.Key_Space)
    assert other.editor.text("hpi") == "and/laceration e.g. 1.5 "


def test_tab_goes_on_to_the_next_section_where_no_name_ends(put_up: Shown) -> None:
    pane = note_with(put_up, "Pain.")
    QTest.keyClick(pane.editor, Key.Key_Tab)
    assert pane.last_section == "ros"
    assert pane.editor.text("hpi") == "Pain."


def test_a_signed_note_takes_none_of_these_keys(put_up: Shown) -> None:
    pane = note_with(put_up, ".mechanism")
    pane.show_state("Signed", "ok", read_only=True)
    for key in (Key.Key_Space, Key.Key_Return):
        QTest.keyClick(pane.editor, key)
    assert pane.editor.text("hpi") == ".mechanism"


def test_the_program_gives_each_open_note_its_phrases(desk: Desk) -> None:
    desk.sign_in()
    controller = desk.open(note={})
    QTest.keyClicks(controller.view.note.editor, ".mechanism")
    QTest.keyClick(controller.view.note.editor, Key.Key_Space)
    assert controller.visit.document.text("chief_complaint") == ".mechanism ", "they are read a moment after the start"
    desk.flows.quick_text.use(shipped_library())
    QTest.keyClicks(controller.view.note.editor, ".mechanism")
    QTest.keyClick(controller.view.note.editor, Key.Key_Space)
    assert controller.visit.document.text("chief_complaint").count(".mechanism") == 1
    assert controller.visit.document.text("chief_complaint") == controller.view.note.editor.text("chief_complaint")
