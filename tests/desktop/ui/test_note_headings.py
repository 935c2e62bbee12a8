"""The caret goes through the whole note, and no key, paste, drop or program takes a heading away."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QAccessible, QDropEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.places import Caret
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.note_bench import SECTIONS, Bench, new_bench, shown_text

NONE = Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TEXTS = {"hpi": "one\ntwo", "ros": "three", "plan": "four"}


@pytest.fixture
def bench(put_up: Shown) -> Iterator[Bench]:
    made = new_bench(**TEXTS)
    put_up(made.editor, 500, 300)
    made.editor.setFocus()
    yield made
    made.check()


def key(bench: Bench, pressed: Qt.Key, held: Qt.KeyboardModifier = NONE, times: int = 1) -> None:
    for _ in range(times):
        QTest.keyClick(bench.editor, pressed, held)


def test_arrows_go_through_all_sections_and_over_the_headings(bench: Bench) -> None:
    bench.cursor_at("hpi", 0)
    seen = [bench.editor.caret()]
    for _ in range(5):
        key(bench, Qt.Key.Key_Down)
        if bench.editor.caret() != seen[-1]:
            seen.append(bench.editor.caret())
    assert [(place.section, place.position) for place in seen[:4]] == [("hpi", 0), ("hpi", 4), ("ros", 0), ("plan", 0)]
    key(bench, Qt.Key.Key_Home)
    for _ in range(5):
        key(bench, Qt.Key.Key_Up)
    assert bench.editor.caret() == Caret("hpi", 0)


def test_up_and_down_keep_the_column_over_a_heading(bench: Bench) -> None:
    bench.remote("ros", 0, 1, "two again")
    bench.cursor_at("hpi", 6)
    key(bench, Qt.Key.Key_Down)
    assert bench.editor.caret() == Caret("ros", 2)
    key(bench, Qt.Key.Key_Up)
    assert bench.editor.caret() == Caret("hpi", 6)


def test_left_and_right_pass_over_the_heading(bench: Bench) -> None:
    bench.cursor_at("hpi", 7)
    key(bench, Qt.Key.Key_Right)
    assert bench.editor.caret() == Caret("ros", 0)
    key(bench, Qt.Key.Key_Left)
    assert bench.editor.caret() == Caret("hpi", 7)


def test_the_notes_beginning_and_end_are_reached(bench: Bench) -> None:
    key(bench, Qt.Key.Key_End, CONTROL)
    assert bench.editor.caret() == Caret("plan", 4)
    key(bench, Qt.Key.Key_Home, CONTROL)
    assert bench.editor.caret() == Caret("hpi", 0)
    assert not bench.editor.places.in_heading(bench.editor.textCursor().position())
    key(bench, Qt.Key.Key_PageDown)
    assert bench.editor.caret().section == "plan"
    key(bench, Qt.Key.Key_PageUp)
    assert not bench.editor.places.in_heading(bench.editor.textCursor().position())


def test_tab_goes_from_section_to_section(bench: Bench) -> None:
    bench.cursor_at("hpi", 0)
    key(bench, Qt.Key.Key_Tab)
    assert bench.editor.caret() == Caret("ros", 5)
    key(bench, Qt.Key.Key_Backtab, SHIFT)
    assert bench.editor.caret() == Caret("hpi", 7)


@pytest.mark.parametrize("held", [NONE, CONTROL, SHIFT])
def test_backspace_at_a_texts_beginning_and_delete_at_its_end_do_nothing(
    bench: Bench, held: Qt.KeyboardModifier
) -> None:
    for section in ("hpi", "ros"):
        bench.cursor_at(section, 0)
        key(bench, Qt.Key.Key_Backspace, held)
    if held is not SHIFT:  # Shift+Delete cuts
        for section in ("hpi", "ros", "plan"):
            bench.cursor_at(section, len(TEXTS[section]))
            key(bench, Qt.Key.Key_Delete, held)
    assert bench.texts == TEXTS


def test_what_is_typed_on_a_heading_goes_nowhere_and_says_so(bench: Bench) -> None:
    for press in (Qt.Key.Key_X, Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
        bench.caret_on_heading("ros")
        key(bench, press)
    bench.caret_on_heading("ros")
    bench.paste("pasted")
    bench.caret_on_heading("ros")
    bench.compose("ni", "\u4f60")
    assert bench.texts == TEXTS
    assert len(bench.hints) >= 5


def test_a_click_on_a_heading_means_its_text(bench: Bench) -> None:
    cursor = QTextCursor(bench.editor.document())
    cursor.setPosition(bench.editor.places.heading(1) + 2)
    QTest.mouseClick(bench.editor.viewport(), Qt.MouseButton.LeftButton, pos=bench.editor.cursorRect(cursor).center())
    assert bench.editor.caret() == Caret("ros", 0)


def select(bench: Bench, first: Caret, last: Caret) -> None:
    cursor = bench.editor.textCursor()
    cursor.setPosition(bench.editor.places.position(first))
    cursor.setPosition(bench.editor.places.position(last), QTextCursor.MoveMode.KeepAnchor)
    bench.editor.setTextCursor(cursor)


def test_typing_over_sections_replaces_each_part_and_keeps_the_headings(bench: Bench) -> None:
    select(bench, Caret("hpi", 4), Caret("plan", 2))
    bench.type("\U0001f980")
    assert bench.texts == {"hpi": "one\n\U0001f980", "ros": "", "plan": "ur"}
    assert bench.editor.caret() == Caret("hpi", 6)
    assert bench.hints == []


@pytest.mark.parametrize("press", [Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_X])
def test_taking_out_over_sections_keeps_the_headings(bench: Bench, press: Qt.Key) -> None:
    select(bench, Caret("plan", 2), Caret("hpi", 4))
    key(bench, press, CONTROL if press is Qt.Key.Key_X else NONE)
    assert bench.texts == {"hpi": "one\n", "ros": "", "plan": "ur"}
    if press is Qt.Key.Key_X:
        assert QApplication.clipboard().text() == "two\nReview\nthree\nPlan \U0001f980\nfo"


def test_a_composed_word_replaces_each_part(bench: Bench) -> None:
    select(bench, Caret("hpi", 4), Caret("ros", 2))
    bench.compose("ni", "\u4f60")
    assert bench.texts == {"hpi": "one\n\u4f60", "ros": "ree", "plan": "four"}


def test_what_is_copied_over_sections_has_the_headings(bench: Bench) -> None:
    select(bench, Caret("hpi", 4), Caret("ros", 3))
    key(bench, Qt.Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == "two\nReview\nthr"
    bench.remote("hpi", 0, 0, "a\u00a0b")
    select(bench, Caret("hpi", 0), Caret("hpi", 3))
    key(bench, Qt.Key.Key_C, CONTROL)
    assert QApplication.clipboard().text() == "a\u00a0b"


def test_select_all_takes_the_section_and_then_the_note(bench: Bench) -> None:
    bench.cursor_at("ros", 2)
    key(bench, Qt.Key.Key_A, CONTROL)
    assert bench.editor.textCursor().selectedText() == "three"
    key(bench, Qt.Key.Key_A, CONTROL)
    assert bench.editor.textCursor().selectedText().count("\u2029") == shown_text(bench.editor).count("\n")
    bench.type("x")
    assert bench.texts == {"hpi": "x", "ros": "", "plan": ""}


def test_select_all_in_an_empty_section_takes_the_note(bench: Bench) -> None:
    bench.remote("ros", 0, 1, "")
    bench.cursor_at("ros", 0)
    key(bench, Qt.Key.Key_A, CONTROL)
    assert len(bench.editor.textCursor().selectedText()) == len(shown_text(bench.editor))


def drop(bench: Bench, text: str, at: QPointF) -> QDropEvent:
    mime = QMimeData()
    mime.setText(text)
    event = QDropEvent(at, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NONE)
    bench.editor.dropEvent(event)
    return event


def point_of(bench: Bench, position: int) -> QPointF:
    cursor = QTextCursor(bench.editor.document())
    cursor.setPosition(position)
    return QPointF(bench.editor.cursorRect(cursor).center())


def test_a_heading_takes_no_drop_and_a_text_does(bench: Bench) -> None:
    on_heading = point_of(bench, bench.editor.places.heading(1) + 3)
    assert not drop(bench, "dropped", on_heading).isAccepted()
    assert bench.texts == TEXTS
    drop(bench, "dropped ", point_of(bench, bench.editor.places.body(1)[0]))
    assert bench.texts["ros"] == "dropped three"


def test_a_refused_drop_changes_nothing(bench: Bench) -> None:
    bench.editor.may_paste = lambda _text: False
    drop(bench, "Nguyen, Bao", point_of(bench, bench.editor.places.body(1)[0]))
    assert bench.texts == TEXTS


def test_words_are_dragged_from_one_section_to_another(bench: Bench) -> None:
    select(bench, Caret("hpi", 4), Caret("hpi", 7))
    bench.editor._move_selection(bench.editor.places.position(Caret("plan", 4)))
    assert bench.texts == {"hpi": "one\n", "ros": "three", "plan": "fourtwo"}
    assert bench.editor.caret() == Caret("plan", 7)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_program_cannot_take_a_heading_nor_change_a_signed_note(bench: Bench, read_only: bool) -> None:
    bench.editor.setReadOnly(read_only)
    program = QAccessible.queryAccessibleInterface(bench.editor).editableTextInterface()
    program.deleteText(0, bench.editor.places.body(1)[0] + 2)
    if read_only:
        assert bench.texts == TEXTS
    else:
        assert bench.texts == {"hpi": "", "ros": "ree", "plan": "four"}


def test_a_program_writes_in_a_section_as_a_person_does(bench: Bench) -> None:
    program = QAccessible.queryAccessibleInterface(bench.editor).editableTextInterface()
    first = bench.editor.places.body(1)[0]
    program.replaceText(first + 2, first + 5, "irteen")
    assert bench.texts == TEXTS | {"ros": "thirteen"}


def test_a_program_that_replaces_the_whole_note_leaves_the_headings(bench: Bench) -> None:
    program = QAccessible.queryAccessibleInterface(bench.editor).editableTextInterface()
    program.replaceText(0, len(shown_text(bench.editor).encode("utf-16-le")) // 2, "dictated")
    assert sorted(bench.texts.values()) == ["", "", "dictated"]


def test_usual_keys_never_need_the_note_written_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    healed: list[str] = []
    monkeypatch.setattr(bench.editor, "_heal", lambda: healed.append("healed"))
    for section in ("hpi", "ros", "plan"):
        bench.cursor_at(section, len(bench.texts[section]))
        bench.type(" x\ny \U0001f980")
        key(bench, Qt.Key.Key_Backspace, times=3)
        key(bench, Qt.Key.Key_Return, SHIFT)
        key(bench, Qt.Key.Key_Home)
        key(bench, Qt.Key.Key_Delete, CONTROL)
        key(bench, Qt.Key.Key_Backspace)
        bench.compose("ni", "\u4f60")
        bench.cursor_at(section, 0)
        bench.type("first\n")
        bench.paste("a\nb")
        key(bench, Qt.Key.Key_A, CONTROL)
        bench.type("over")
        bench.check()
    select(bench, Caret("hpi", 1), Caret("plan", 1))
    bench.type("z")
    assert healed == []


def test_another_order_keeps_caret_selection_and_text(bench: Bench) -> None:
    select(bench, Caret("ros", 1), Caret("ros", 4))
    bench.order(tuple(reversed(SECTIONS)))
    bench.check()
    assert bench.editor.textCursor().selectedText() == "hre"
    bench.type("X")
    bench.order(SECTIONS[:1] + SECTIONS[2:] + SECTIONS[1:2])
    assert bench.editor.caret() == Caret("ros", 2)
    assert bench.texts["ros"] == "tXe"


def test_a_section_that_is_not_shown_is_kept_and_goes_on(bench: Bench) -> None:
    bench.editor.show_sections(SECTIONS[:2])
    bench.check_shown()
    bench.editor.apply("plan", 4, 0, " more")
    bench.texts["plan"] = "four more"
    bench.editor.show_sections(SECTIONS)
    bench.check()
    settle()
