"""Dangerous abbreviations: found while typing rests, named in words, mended by one key; nothing else is touched."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextFormat
from PySide6.QtTest import QTest

from desktop.ui.note_editor.dangers import REST_MS, STRETCH, instead_of
from desktop.ui.note_editor.menu import note_menu
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane
from desktop.ui.tokens import DARK, LIGHT
from tests.desktop.ui.conftest import Shown
from tests.desktop.ui.note_bench import looks
from visit.abbreviations import lint

WAVY = QTextFormat.Property.TextUnderlineStyle.value
RISKY = "Insulin 10 U qd, then 5.0 mg; INR 2.0, moderate MS. Dose .5 mg."


@pytest.fixture
def pane(put_up: Shown) -> NotePane:
    made = NotePane(LIGHT)
    put_up(made, 620, 700)
    made.focus_section("hpi")
    return made


def found(pane: NotePane, section: str = "hpi") -> list[str]:
    pane.editor.dangers.look_at_all()
    return [text for _, text in looks(pane.editor, section, WAVY)]


def wanted(text: str) -> list[str]:
    data = text.encode("utf-16-le")
    return [data[2 * it.start : 2 * it.end].decode("utf-16-le") for it in lint(text)]


def test_what_is_dangerous_is_underlined_and_what_is_not_is_left_in_peace(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, f"😀 {RISKY}")
    assert found(pane) == wanted(RISKY) == ["U", "qd", "5.0 mg", ".5 mg"]


def test_no_key_waits_for_it_and_rest_brings_it(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, "Give 10 U now")
    assert looks(pane.editor, "hpi", WAVY) == []
    QTest.qWait(REST_MS + 200)
    assert looks(pane.editor, "hpi", WAVY) == [(8, "U")]


def test_a_word_that_is_being_typed_is_left_alone(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, "Give 10 u")
    assert found(pane) == []
    QTest.keyClicks(pane.editor, "nits")
    assert found(pane) == []
    QTest.keyClicks(pane.editor, ", 5 u")
    assert found(pane) == []
    pane.editor.set_caret(Caret("hpi", 0))
    assert found(pane) == ["u"]


def test_findings_follow_the_text_and_go_with_their_reason(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, "Give 10 U now")
    assert found(pane) == ["U"]
    pane.apply_change("hpi", 0, 0, "Well. ")
    assert looks(pane.editor, "hpi", WAVY) == [(14, "U")]
    pane.apply_change("hpi", 11, 2, "vitamin")
    assert found(pane) == []


def test_one_key_writes_the_safer_form_then_goes_to_the_next(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, "Give 10U qd\nfor long.")
    pane.apply_change("assessment_and_plan", 0, 0, "Lantus 4 IU")
    pane.editor.set_caret(Caret("hpi", 11))
    pane.outline.setFocus()
    found(pane)
    pane.focus_last()
    edits: list[tuple[str, int, int, str]] = []
    pane.text_edited.connect(lambda *edit: edits.append(edit))
    found(pane)
    pane.mend_abbreviation()
    assert pane.editor.text("hpi") == "Give 10U daily\nfor long."
    assert pane.caret() == Caret("hpi", 14)
    found(pane)
    pane.mend_abbreviation()
    assert pane.editor.text("hpi") == "Give 10 units daily\nfor long."
    assert pane.caret() == Caret("hpi", 19)
    found(pane)
    pane.mend_abbreviation()
    assert pane.caret() == Caret("assessment_and_plan", 9), "the line has none any more: it goes on"
    pane.mend_abbreviation()
    assert pane.editor.text("assessment_and_plan") == "Lantus 4 international units"
    assert [edit[3] for edit in edits if edit[3]] == ["daily", " units", "international units"]
    found(pane)
    pane.mend_abbreviation()
    assert "No dangerous" in pane.hints.text()


def test_a_word_stands_beside_the_finding_of_the_carets_line(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, "Give 10 U now\nand rest")
    pane.editor.set_caret(Caret("hpi", 3))
    found(pane)
    tag = pane.editor.dangers._tag
    assert tag is not None
    assert tag.isVisible()
    assert "units" in tag.text()
    assert "Ctrl+." in tag.text()
    assert pane.editor.viewport().rect().contains(tag.geometry())
    pane.editor.set_caret(Caret("hpi", 18))
    assert not tag.isVisible()
    caret = pane.editor.textCursor()
    caret.setPosition(pane.editor.places.position(Caret("hpi", 9)))
    assert "units" in pane.editor.said_under(pane.editor.cursorRect(caret).center()), "the mouse is told, too"


def test_the_menu_offers_it_where_it_was_asked_for(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, "Give 10 U now")
    found(pane)
    at = pane.editor.places.position(Caret("hpi", 9))
    menu = note_menu(pane.editor, at)
    first = menu.actions()[0]
    assert "units" in first.text()
    first.trigger()
    assert pane.editor.text("hpi") == "Give 10 units now"
    elsewhere = note_menu(pane.editor, pane.editor.places.position(Caret("hpi", 1)))
    assert not any("units" in it.text() for it in elsewhere.actions())


def test_another_appearance_draws_them_again(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, RISKY)
    before = found(pane)
    pane.use_tokens(DARK)
    assert found(pane) == before
    assert any(instead_of(mark) == "daily" for mark in pane.editor.overlay.dangers["hpi"])


def test_a_long_paragraph_is_found_out_piece_by_piece_as_at_once(pane: NotePane) -> None:
    text = " ".join(f"word{number} 10 U and 5.0 mg, INR 2.0;" for number in range(300))
    assert len(text) > 3 * STRETCH
    pane.apply_change("hpi", 0, 0, text)
    assert found(pane) == wanted(text)
    middle = len(text) // 2
    pane.editor.set_caret(Caret("hpi", middle))
    QTest.keyClicks(pane.editor, " 7 U then ")
    assert found(pane) == wanted(pane.editor.text("hpi"))
    pane.apply_change("hpi", 100, 3_000, "")
    assert found(pane) == wanted(pane.editor.text("hpi"))


def test_lines_that_are_joined_and_parted_are_looked_at(pane: NotePane) -> None:
    pane.apply_change("hpi", 0, 0, "Give 10\nU now")
    assert found(pane) == []
    pane.editor.set_caret(Caret("hpi", 8))
    QTest.keyClick(pane.editor, Qt.Key.Key_Backspace)
    QTest.keyClicks(pane.editor, " ")
    assert found(pane) == ["U"]
    pane.editor.set_caret(Caret("hpi", 8))
    QTest.keyClick(pane.editor, Qt.Key.Key_Return)
    assert found(pane) == []
