"""The list under the caret: it takes arrows, Tab, Enter and Escape while it is there, and no other key ever."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from desktop.ui.note_editor import suggestion_list
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_pane import NotePane
from desktop.ui.tokens import LIGHT
from desktop.workflows.quick_text import QuickText, shipped_library
from desktop.workflows.suggestions import Kind
from tests.desktop.ui.conftest import Shown, settle
from visit import typed_forms
from visit.forms import form_text
from visit.phrases import PhraseLibrary

Key = Qt.Key


@pytest.fixture(scope="module")
def library() -> PhraseLibrary:
    return shipped_library()


@pytest.fixture
def pane(put_up: Shown, library: PhraseLibrary) -> NotePane:
    made = NotePane(LIGHT)
    put_up(made, 620, 700)
    quick = QuickText()
    quick.use(library)
    made.editor.expand = quick.expand
    made.editor.names.use(quick)
    made.focus_section("hpi")
    return made


def names(pane: NotePane) -> list[str]:
    return [row.name for row in pane.editor.names.rows]


def is_shown(pane: NotePane) -> bool:
    return pane.editor.names.shown


def test_the_list_comes_with_a_name_narrows_and_goes_with_it(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, "Fell. .me")
    assert ".mechanism" in names(pane)
    before = len(names(pane))
    QTest.keyClicks(pane.editor, "chanism")
    assert names(pane)[0] == ".mechanism"
    assert len(names(pane)) < before
    QTest.keyClicks(pane.editor, "zzzz")
    assert not is_shown(pane)
    for _ in range(5):
        QTest.keyClick(pane.editor, Key.Key_Backspace)
    assert is_shown(pane)
    QTest.keyClicks(pane.editor, ",")
    assert not is_shown(pane)


@pytest.mark.parametrize("text", ["Pain 1.5 of 10", "e.g. knee", "and/or", "120/80", "Dr. Smith.", "3/4 /knee"])
def test_ordinary_text_shows_no_list_and_is_typed_as_it_is(pane: NotePane, text: str) -> None:
    shown = []
    for char in text:
        QTest.keyClicks(pane.editor, char)
        shown.append(pane.editor.names.shown)
    assert pane.editor.text("hpi") == text
    assert not any(shown)


@pytest.mark.parametrize("key", [Key.Key_Tab, Key.Key_Return, Key.Key_Enter])
def test_tab_and_enter_take_the_chosen_row(pane: NotePane, key: Key) -> None:
    QTest.keyClicks(pane.editor, "/lac")
    QTest.keyClick(pane.editor, Key.Key_Down)
    QTest.keyClick(pane.editor, Key.Key_Up)
    assert pane.editor.names.rows[0].kind is Kind.FORM
    QTest.keyClick(pane.editor, key)
    form = typed_forms.find("laceration")
    assert form is not None
    assert pane.editor.text("hpi").startswith(form_text(form))
    assert pane.editor.textCursor().hasSelection()
    assert not is_shown(pane)
    assert pane.last_section == "hpi"


def test_arrows_choose_and_come_round(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, ".m")
    rows = names(pane)
    QTest.keyClick(pane.editor, Key.Key_Up)
    QTest.keyClick(pane.editor, Key.Key_Tab)
    taken = pane.editor.text("hpi")
    assert taken
    assert rows[-1] not in taken
    library = pane.editor.names._quick_text.library  # type: ignore[union-attr]
    phrase = library.find(rows[-1][1:]) if library is not None else None
    assert phrase is not None
    assert taken == phrase.text


def test_escape_closes_until_another_name_is_begun(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, ".me")
    QTest.keyClick(pane.editor, Key.Key_Escape)
    assert not is_shown(pane)
    QTest.keyClicks(pane.editor, "c")
    assert not is_shown(pane)
    QTest.keyClick(pane.editor, Key.Key_Return)
    assert pane.editor.text("hpi") == ".mec\n", "with no list Enter is Enter"
    QTest.keyClicks(pane.editor, ".me")
    assert is_shown(pane)


@pytest.mark.parametrize("key", [Key.Key_Home, Key.Key_Left, Key.Key_Right, Key.Key_Space, Key.Key_Delete])
def test_every_other_key_does_what_it_does_without_a_list(pane: NotePane, key: Key) -> None:
    pane.editor.names.use(QuickText())
    QTest.keyClicks(pane.editor, "A .mec")
    QTest.keyClick(pane.editor, key)
    plain = (pane.editor.text("hpi"), pane.caret())
    other = QuickText()
    other.use(shipped_library())
    pane.apply_change("hpi", 0, len(pane.editor.text("hpi")), "")
    pane.editor.names.use(other)
    pane.focus_section("hpi")
    QTest.keyClicks(pane.editor, "A .mec")
    assert is_shown(pane)
    QTest.keyClick(pane.editor, key)
    assert (pane.editor.text("hpi"), pane.caret()) == plain


def test_the_list_goes_when_the_keyboard_goes_or_the_caret_is_elsewhere(pane: NotePane) -> None:
    QTest.keyClicks(pane.editor, ".me")
    pane.outline.setFocus()
    assert not is_shown(pane)
    pane.focus_last()
    QTest.keyClicks(pane.editor, "c")
    assert is_shown(pane)
    pane.editor.set_caret(Caret("ros", 0))
    assert not is_shown(pane)


def test_a_signed_note_offers_nothing(pane: NotePane) -> None:
    pane.show_state("Signed", "ok", read_only=True)
    QTest.keyClicks(pane.editor, ".me")
    assert not is_shown(pane)


def test_the_list_stays_within_the_note_wherever_the_caret_is(pane: NotePane) -> None:
    for section in ("chief_complaint", "assessment_and_plan"):
        pane.focus_section(section)
        QTest.keyClicks(pane.editor, "/")
        settle()
        shown = pane.editor.names._list
        assert shown is not None
        assert shown.isVisible()
        assert pane.editor.viewport().rect().contains(shown.geometry())
        assert not shown.geometry().contains(pane.editor.cursorRect().center())
        QTest.keyClick(pane.editor, Key.Key_Escape)


def test_a_screen_reader_hears_how_many_fit_and_what_is_chosen(pane: NotePane, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(suggestion_list, "announce", lambda _widget, text: heard.append(text))
    QTest.keyClicks(pane.editor, "/kne")
    assert any("/knee" in text and "Tab" in text for text in heard)
    heard.clear()
    QTest.keyClick(pane.editor, Key.Key_Down)
    assert len(heard) == 1
    shown = pane.editor.names._list
    assert shown is not None
    interface = QAccessible.queryAccessibleInterface(shown)
    assert interface is not None
    assert interface.text(QAccessible.Text.Name)
