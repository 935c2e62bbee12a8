"""The note: sections, blanks, other people's words, and a caret that no event takes away."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor, QTextFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_pane import NotePane
from desktop.ui.section_editor import SectionEditor
from desktop.ui.tokens import DARK, LIGHT
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.gallery import NOTE
from visit.templates import DEFAULT_KEYS


def shown_note(put_up: Shown, texts: dict[str, str] | None = None, height: int = 700) -> NotePane:
    pane = NotePane(LIGHT)
    put_up(pane, 620, height)
    pane.show_texts(NOTE if texts is None else texts)
    settle()
    return pane


def editor(pane: NotePane, key: str) -> SectionEditor:
    return pane.blocks[key].editor


def underlined(pane: NotePane, key: str) -> list[str]:
    key_ = QTextFormat.Property.TextUnderlineStyle.value
    marks = editor(pane, key).extraSelections()
    return [mark.cursor.selectedText() for mark in marks if mark.format.hasProperty(key_)]


def test_each_section_says_how_it_stands(put_up: Shown) -> None:
    pane = shown_note(put_up, {"chief_complaint": "Knee pain.", "hpi": "*** and ***", "ros": ""})
    states = {key: (block.dot.text(), block.state.text()) for key, block in pane.blocks.items()}
    assert states["chief_complaint"] == ("●", "written")
    assert states["hpi"] == ("●", "2 blanks")
    assert states["ros"] == ("○", "")
    assert states["assessment_and_plan"] == ("○", "needed")
    assert pane.complete.text().startswith("1 of 6")


def test_blanks_are_marked_where_they_are_and_found_over_sections(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "\U0001f980 *** then", "ros": "a *** b ***"})
    pane.focus_section("chief_complaint")
    found = []
    for _ in range(4):
        pane.find_blank(True)
        cursor = editor(pane, pane.last_section).textCursor()
        found.append((pane.last_section, cursor.selectionStart(), cursor.selectedText()))
    assert found[:3] == [("hpi", 3, "***"), ("ros", 2, "***"), ("ros", 8, "***")]
    assert found[3] == found[0]
    pane.find_blank(False)
    assert pane.last_section == "ros"
    assert [mark.cursor.selectionStart() for mark in editor(pane, "hpi").extraSelections()] == [3]


def test_typing_over_a_blank_fills_it(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "occurs *** weekly"})
    edits: list[tuple[str, int, int, str]] = []
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    pane.focus_section("chief_complaint")
    pane.find_blank(True)
    QTest.keyClicks(editor(pane, "hpi"), "t")
    assert edits == [("hpi", 7, 10, "t")]


def test_words_of_others_are_marked_and_named(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "\U0001f980 Left knee. Mine."})
    pane.mark_authors("hpi", [(3, 10, "Dr. Okafor")])
    assert underlined(pane, "hpi") == ["Left knee."]
    assert "Dr. Okafor" in pane.blocks["hpi"].changed_by.text()
    assert "Dr. Okafor" in editor(pane, "hpi").accessibleName()
    pane.show_counts({"hpi": "\U0001f980 Left knee. Mine. More."})
    assert "Dr. Okafor" in pane.blocks["hpi"].changed_by.text()
    pane.mark_authors("hpi", [])
    assert underlined(pane, "hpi") == []
    assert "Dr. Okafor" not in editor(pane, "hpi").accessibleName()


def test_what_is_typed_behind_a_mark_is_not_in_it(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "Left knee."})
    pane.mark_authors("hpi", [(0, 10, "Dr. Okafor")])
    pane.focus_section("hpi")
    QTest.keyClicks(editor(pane, "hpi"), " Mine")
    assert underlined(pane, "hpi") == ["Left knee."]
    cursor = editor(pane, "hpi").textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    editor(pane, "hpi").setTextCursor(cursor)
    QTest.keyClicks(editor(pane, "hpi"), "Also ")
    assert underlined(pane, "hpi") == ["Left knee."]


def test_another_appearance_repaints_the_marks(put_up: Shown) -> None:
    pane = shown_note(put_up, {"hpi": "a ***"})
    grounds = []
    for tokens in (LIGHT, DARK):
        pane.use_tokens(tokens)
        marks = editor(pane, "hpi").extraSelections()
        grounds.append(marks[0].format.background().color().name())
    assert grounds == [LIGHT.warn_soft, DARK.warn_soft]


def test_a_foreign_change_takes_neither_caret_nor_keyboard(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.focus_section("hpi")
    before = editor(pane, "hpi").textCursor().position()
    pane.apply_change("ros", 0, 0, "From the provider. ")
    pane.apply_change("hpi", before, 0, " And more.")
    settle()
    assert editor(pane, "hpi").hasFocus()
    assert editor(pane, "hpi").textCursor().position() == before


def test_foreign_text_above_moves_the_note_under_the_hands_but_not_the_caret(put_up: Shown) -> None:
    pane = shown_note(put_up, height=300)
    pane.focus_section("physical_exam")
    settle()
    pane.apply_change("chief_complaint", 0, 0, "Many words of somebody else. " * 40)
    settle()
    QTest.keyClicks(editor(pane, "physical_exam"), "x")
    settle()
    caret = editor(pane, "physical_exam").cursorRect()
    spot = editor(pane, "physical_exam").viewport().mapTo(pane.area.viewport(), caret.center())
    assert pane.area.viewport().rect().contains(QPoint(spot.x(), spot.y()))


def test_tab_and_keys_move_between_sections(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.focus_section("chief_complaint")
    QTest.keyClick(editor(pane, "chief_complaint"), Qt.Key.Key_Tab)
    assert pane.last_section == "hpi"
    pane.step(True)
    assert pane.last_section == "ros"
    pane.step(False)
    QTest.keyClick(editor(pane, "hpi"), Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert pane.last_section == "chief_complaint"
    pane.step(False)
    assert pane.last_section == "chief_complaint"
    QTest.keyClick(editor(pane, "chief_complaint"), Qt.Key.Key_Down)
    assert editor(pane, "hpi").hasFocus()
    assert QApplication.focusWidget() is editor(pane, "hpi")


def test_an_editor_is_as_high_as_its_text(put_up: Shown) -> None:
    pane = shown_note(put_up)
    for key in NOTE:
        document = editor(pane, key).document().documentLayout().documentSize().height()
        assert editor(pane, key).viewport().height() >= document - 1
    short = editor(pane, "chief_complaint").height()
    pane.focus_section("chief_complaint")
    QTest.keyClick(editor(pane, "chief_complaint"), Qt.Key.Key_Return)
    settle()
    assert editor(pane, "chief_complaint").height() > short


def test_a_signed_note_is_read_only(put_up: Shown) -> None:
    pane = shown_note(put_up)
    pane.show_state("Signed", "ok", read_only=True)
    assert all(block.editor.isReadOnly() for block in pane.blocks.values())
    pane.show_state("Draft", "warn", read_only=False)
    assert not any(block.editor.isReadOnly() for block in pane.blocks.values())


def test_a_refused_paste_is_asked_for_every_section(put_up: Shown) -> None:
    pane = shown_note(put_up)
    asked: list[str] = []

    def refuse(text: str) -> bool:
        asked.append(text)
        return False

    pane.guard_paste(refuse)
    QApplication.clipboard().setText("Nguyen, Bao")
    for key in NOTE:
        pane.focus_section(key)
        QTest.keyClick(editor(pane, key), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["Nguyen, Bao"] * len(NOTE)
    assert {key: editor(pane, key).toPlainText() for key in NOTE} == NOTE


def test_text_outside_the_template_is_shown_in_its_place_and_guarded_as_the_rest(put_up: Shown) -> None:
    pane = NotePane(LIGHT)
    put_up(pane, 620, 700)
    pane.guard_paste(lambda _text: False)
    pane.show_state("Signed", "ok", read_only=True)
    pane.show_texts({"instructions": "Rest.", "allergies": "Latex.", "hpi": "Pain.", "goals": ""})
    settle()
    keys = list(pane.blocks)
    assert keys == [*DEFAULT_KEYS[:2], "allergies", *DEFAULT_KEYS[2:], "instructions"]
    shown = [pane.blocks[key].editor.mapTo(pane, QPoint(0, 0)).y() for key in keys]
    assert shown == sorted(shown)
    assert editor(pane, "allergies").toPlainText() == "Latex."
    assert editor(pane, "allergies").isReadOnly()
    assert editor(pane, "allergies").may_paste is editor(pane, "hpi").may_paste
    pane.focus_section("hpi")
    pane.step(True)
    settle()
    assert editor(pane, "allergies").hasFocus()
