"""What the note's editors report, replayed on a string, is the text they show, whatever others change meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.section_editor import UNSHOWABLE, SectionEditor, plain_text
from visit.indexes import utf8_to_utf16, utf16_length, utf16_to_utf8

Op = tuple[object, ...]
PIECES = ["a", "b ", "\u00b5", "\U0001f980", "e\u0301", "\u00a0", "\u4e2d", "***", "\n", "\U0001f468\u200d\u2695\ufe0f"]
AWKWARD = ["\r\n", "\r", "\u2028", "\u2029", "\0", "\t"]
KEYS: list[tuple[Qt.Key, Qt.KeyboardModifier]] = [
    (key, held)
    for key in (
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Return,
    )
    for held in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
    )
] + [(key, Qt.KeyboardModifier.ControlModifier) for key in (Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_C, Qt.Key.Key_V)]
typed = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
foreign = st.lists(st.sampled_from(PIECES + AWKWARD), max_size=3).map("".join)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("type"), typed),
        st.tuples(st.just("key"), st.sampled_from(KEYS)),
        st.tuples(st.just("paste"), foreign),
        st.tuples(st.just("compose"), typed, typed),
        st.tuples(st.just("remote"), st.floats(0, 1), st.floats(0, 1), foreign),
        st.tuples(st.just("jump"), st.floats(0, 1)),
    ),
    max_size=25,
)


def spliced(text: str, start: int, end: int, inserted: str) -> str:
    """The text with units [start, end) replaced; fails when a place lies inside a character."""
    data = text.encode()
    first, last = utf16_to_utf8(text, start), utf16_to_utf8(text, end)
    return (data[:first] + inserted.encode() + data[last:]).decode()


def place(text: str, share: float) -> int:
    """A boundary between characters, as a UTF-16 position."""
    return utf16_length(text[: round(share * len(text))])


@dataclass
class Bench:
    """An editor beside the text that its reports make."""

    editor: SectionEditor
    text: str = ""

    def on_edited(self, section: str, start: int, end: int, inserted: str) -> None:
        assert section == "hpi"
        self.text = spliced(self.text, start, end, inserted)

    def check(self) -> None:
        assert plain_text(self.editor) == self.text.translate(UNSHOWABLE)

    def type(self, text: str) -> None:
        for char in text:
            key = Qt.Key.Key_Return if char == "\n" else Qt.Key.Key_unknown
            event = QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
            QApplication.sendEvent(self.editor, event)

    def key(self, pressed: tuple[Qt.Key, Qt.KeyboardModifier]) -> None:
        QTest.keyClick(self.editor, pressed[0], pressed[1])

    def paste(self, text: str) -> None:
        mime = QMimeData()
        mime.setText(text)
        self.editor.insertFromMimeData(mime)

    def compose(self, begun: str, committed: str) -> None:
        """An input method shows a beginning, then commits; nothing of the beginning may be reported."""
        before = self.text
        QApplication.sendEvent(self.editor, QInputMethodEvent(begun, []))
        removed_selection = self.text  # starting to compose replaces the selection, as any editor does
        assert len(removed_selection) <= len(before)
        done = QInputMethodEvent()
        done.setCommitString(committed)
        QApplication.sendEvent(self.editor, done)

    def remote(self, from_share: float, to_share: float, inserted: str) -> None:
        start, end = sorted((place(self.text, from_share), place(self.text, to_share)))
        caret = self.editor.textCursor().position()
        shown = plain_text(self.editor)
        self.editor.apply_change(start, end - start, inserted)
        self.text = spliced(self.text, start, end, inserted)
        now, moved = plain_text(self.editor), self.editor.textCursor().position()
        if caret <= start:
            assert before_caret(now, moved) == before_caret(shown, caret)
        if caret >= end and caret > start:
            assert after_caret(now, moved) == after_caret(shown, caret)

    def jump(self, share: float) -> None:
        cursor = self.editor.textCursor()
        cursor.setPosition(place(self.text, share))
        self.editor.setTextCursor(cursor)


def before_caret(text: str, caret: int) -> bytes:
    return text.encode("utf-16-le")[: 2 * caret]


def after_caret(text: str, caret: int) -> bytes:
    return text.encode("utf-16-le")[2 * caret :]


def new_bench(text: str = "") -> Bench:
    editor = SectionEditor("hpi", "Note section")
    editor.show_text(text)
    bench = Bench(editor, text)
    editor.text_edited.connect(bench.on_edited)
    return bench


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=foreign, ops=operations)
def test_what_is_reported_is_what_is_shown(qapp: QApplication, start: str, ops: list[Op]) -> None:
    bench = new_bench(start)
    bench.check()
    for name, *values in ops:
        act: Callable[..., None] = getattr(bench, str(name))
        act(*values)
        bench.check()
    bench.editor.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_typing_goes_on_where_it_was_while_another_writes_above(qapp: QApplication) -> None:
    bench = new_bench("Knee pain.")
    bench.type(" Left")
    bench.editor.apply_change(0, 4, "Shoulder \U0001f980")
    bench.text = spliced(bench.text, 0, 4, "Shoulder \U0001f980")
    bench.type(" side")
    assert plain_text(bench.editor) == bench.text == "Shoulder \U0001f980 pain. Left side"


def test_a_selection_is_kept_around_a_foreign_change(qapp: QApplication) -> None:
    bench = new_bench("one two three")
    cursor = bench.editor.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(7, QTextCursor.MoveMode.KeepAnchor)
    bench.editor.setTextCursor(cursor)
    bench.editor.apply_change(0, 3, "1")
    assert bench.editor.textCursor().selectedText() == "two"


def test_what_the_input_method_shows_is_not_in_the_note_before_it_commits(qapp: QApplication) -> None:
    bench = new_bench()
    QApplication.sendEvent(bench.editor, QInputMethodEvent("ni", []))
    assert bench.text == plain_text(bench.editor) == ""
    done = QInputMethodEvent()
    done.setCommitString("\u4f60")
    QApplication.sendEvent(bench.editor, done)
    assert bench.text == plain_text(bench.editor) == "\u4f60"


def test_a_refused_paste_changes_nothing(qapp: QApplication) -> None:
    bench = new_bench("Knee pain.")
    offered: list[str] = []

    def refuse(text: str) -> bool:
        offered.append(text)
        return False

    bench.editor.may_paste = refuse
    bench.paste("Nguyen, Bao 1995-07-02")
    assert offered == ["Nguyen, Bao 1995-07-02"]
    assert bench.text == plain_text(bench.editor) == "Knee pain."


def test_pasted_markup_is_plain_text(qapp: QApplication) -> None:
    bench = new_bench()
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("bold")
    bench.editor.insertFromMimeData(mime)
    assert bench.text == "bold"
    assert not bench.editor.document().firstBlock().charFormat().font().bold()


def test_undo_and_redo_are_asked_of_the_document(qapp: QApplication) -> None:
    bench = new_bench("a")
    asked: list[str] = []
    bench.editor.undo_requested.connect(lambda: asked.append("undo"))
    bench.editor.redo_requested.connect(lambda: asked.append("redo"))
    bench.type("b")
    QTest.keyClick(bench.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(bench.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert asked == ["undo", "redo"]
    assert plain_text(bench.editor) == "ab"


def test_a_signed_note_takes_no_key_and_no_paste(qapp: QApplication) -> None:
    bench = new_bench("signed")
    bench.editor.setReadOnly(True)
    bench.type("x")
    QTest.keyClick(bench.editor, Qt.Key.Key_Backspace)
    QTest.keyClick(bench.editor, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert bench.text == plain_text(bench.editor) == "signed"


def test_a_place_after_an_emoji_counts_two_units(qapp: QApplication) -> None:
    bench = new_bench("\U0001f980")
    reported: list[tuple[int, int, str]] = []
    bench.editor.text_edited.connect(lambda _section, start, end, text: reported.append((start, end, text)))
    bench.type("x")
    assert reported == [(2, 2, "x")]
    assert utf8_to_utf16(bench.text, len(bench.text.encode())) == 3
