"""What the note's editor reports, replayed on strings, is what it shows, whatever others change; headings stay."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui.note_editor.units import UNSHOWABLE
from tests.desktop.ui.note_bench import KEYS_OF, SECTIONS, new_bench, shown_text
from visit.indexes import utf8_to_utf16

Op = tuple[object, ...]
PIECES = [
    "a",
    "b ",
    "\u00b5",
    "\U0001f980",
    "\U0001f981",
    "e\u0301",
    "\u00a0",
    "\u4e2d",
    "***",
    "\n",
    "\u05d0",
    "{a|b}",
    "|",
    "{",
]
AWKWARD = ["\r\n", "\r", "\u2028", "\u2029", "\0", "\t", "\ufdd0", "\nReview\n", "History\n", "\nReview"]
KEYS: list[tuple[Qt.Key, Qt.KeyboardModifier]] = [
    (key, held)
    for key in (
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Return,
    )
    for held in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.ControlModifier,
        Qt.KeyboardModifier.ShiftModifier,
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier,
    )
]
KEYS += [
    (key, Qt.KeyboardModifier.ControlModifier)
    for key in (Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_K, Qt.Key.Key_U)
]
typed = st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join)
foreign = st.lists(st.sampled_from(PIECES + AWKWARD), max_size=3).map("".join)
shares = st.floats(0, 1)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("type"), typed),
        st.tuples(st.just("key"), st.sampled_from(KEYS)),
        st.tuples(st.just("paste"), foreign),
        st.tuples(st.just("compose"), typed, typed),
        st.tuples(st.just("remote"), st.sampled_from(KEYS_OF), shares, shares, foreign),
        st.tuples(st.just("jump"), shares),
        st.tuples(st.just("select"), shares, shares),
        st.tuples(st.just("drag"), shares, shares, shares),
        st.tuples(st.just("tool"), shares, shares, typed),
        st.tuples(st.just("order"), st.permutations(SECTIONS)),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hpi=foreign, ros=foreign, plan=foreign, ops=operations)
def test_what_is_reported_is_what_is_shown(qapp: QApplication, hpi: str, ros: str, plan: str, ops: list[Op]) -> None:
    bench = new_bench(hpi=hpi, ros=ros, plan=plan)
    bench.check()
    for name, *values in ops:
        act: Callable[..., None] = getattr(bench, str(name))
        act(*values)
        bench.check()
    bench.editor.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_typing_goes_on_where_it_was_while_another_writes_above(qapp: QApplication) -> None:
    bench = new_bench(hpi="Knee pain.")
    bench.type(" Left")
    bench.editor.apply("hpi", 0, 4, "Shoulder \U0001f980")
    bench.texts["hpi"] = "Shoulder \U0001f980 pain. Left"
    bench.type(" side")
    bench.check()
    assert bench.texts["hpi"] == "Shoulder \U0001f980 pain. Left side"


def test_a_selection_is_kept_around_a_foreign_change(qapp: QApplication) -> None:
    bench = new_bench(hpi="one two three")
    bench.cursor_at("hpi", 4, 3)
    bench.editor.apply("hpi", 0, 3, "1")
    assert bench.editor.textCursor().selectedText() == "two"


def test_what_the_input_method_shows_is_not_in_the_note_before_it_commits(qapp: QApplication) -> None:
    bench = new_bench()
    QApplication.sendEvent(bench.editor, QInputMethodEvent("ni", []))
    bench.check()
    assert bench.texts["hpi"] == ""
    done = QInputMethodEvent()
    done.setCommitString("\u4f60")
    QApplication.sendEvent(bench.editor, done)
    bench.check()
    assert bench.texts["hpi"] == "\u4f60"


def test_others_write_while_a_word_is_composed(qapp: QApplication) -> None:
    bench = new_bench(hpi="one ")
    QApplication.sendEvent(bench.editor, QInputMethodEvent("ni", []))
    bench.remote("hpi", 0, 0, "zero \U0001f980 ")
    bench.remote("ros", 0, 0, "No fever.")
    done = QInputMethodEvent()
    done.setCommitString("\u4f60")
    QApplication.sendEvent(bench.editor, done)
    bench.check()
    assert bench.texts["hpi"] == "zero \U0001f980 one \u4f60"


def test_a_refused_paste_changes_nothing(qapp: QApplication) -> None:
    bench = new_bench(hpi="Knee pain.")
    offered: list[str] = []

    def refuse(text: str) -> bool:
        offered.append(text)
        return False

    bench.editor.may_paste = refuse
    bench.paste("Nguyen, Bao 1995-07-02")
    bench.check()
    assert offered == ["Nguyen, Bao 1995-07-02"]
    assert bench.texts["hpi"] == "Knee pain."


def test_pasted_markup_is_plain_text(qapp: QApplication) -> None:
    bench = new_bench()
    mime = QMimeData()
    mime.setHtml("<b>bold</b>")
    mime.setText("bold")
    bench.editor.insertFromMimeData(mime)
    bench.check()
    assert bench.texts["hpi"] == "bold"


def test_pasted_separators_are_lines_and_control_characters_are_nothing(qapp: QApplication) -> None:
    bench = new_bench()
    bench.paste("a\r\nb\u2029c\u2028d\x07e\x7f\tf")
    bench.check()
    assert bench.texts["hpi"] == "a\nb\nc\nde\tf"


def test_what_qt_cannot_show_has_a_stand_in_and_keeps_its_place(qapp: QApplication) -> None:
    bench = new_bench(hpi="a\rb\u2028c\0d")
    bench.check()
    bench.type("x")
    bench.check()
    assert bench.texts["hpi"] == "a\rb\u2028c\0dx"
    assert all(len(stand_in) == 1 for stand_in in UNSHOWABLE.values())


def test_undo_and_redo_are_asked_of_the_document(qapp: QApplication) -> None:
    bench = new_bench(hpi="a")
    asked: list[str] = []
    bench.editor.undo_requested.connect(lambda: asked.append("undo"))
    bench.editor.redo_requested.connect(lambda: asked.append("redo"))
    bench.type("b")
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(bench.editor, Qt.Key.Key_Z, control)
    QTest.keyClick(bench.editor, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert asked == ["undo", "redo"]
    assert bench.texts["hpi"] == "ab"


def test_a_signed_note_takes_no_key_no_paste_and_no_composed_word(qapp: QApplication) -> None:
    bench = new_bench(hpi="signed")
    bench.editor.setReadOnly(True)
    QApplication.clipboard().setText("pasted")
    bench.type("x\n")
    QTest.keyClick(bench.editor, Qt.Key.Key_Backspace)
    for key in (Qt.Key.Key_V, Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_Z):
        QTest.keyClick(bench.editor, key, Qt.KeyboardModifier.ControlModifier)
    bench.editor.cut()
    bench.compose("ni", "\u4f60")
    bench.check()
    assert bench.texts["hpi"] == "signed"


def test_a_place_after_an_emoji_counts_two_units(qapp: QApplication) -> None:
    bench = new_bench(hpi="\U0001f980")
    reported: list[tuple[str, int, int, str]] = []
    bench.editor.text_edited.connect(lambda *edit: reported.append(edit))
    bench.type("x")
    assert reported == [("hpi", 2, 2, "x")]
    assert utf8_to_utf16(bench.texts["hpi"], len(bench.texts["hpi"].encode())) == 3


def test_one_emoji_for_another_replaces_the_whole_character(qapp: QApplication) -> None:
    bench = new_bench(hpi="a\U0001f980b")
    bench.cursor_at("hpi", 1, 2)
    bench.type("\U0001f981")
    bench.check()
    assert bench.texts["hpi"] == "a\U0001f981b"


def test_a_program_that_puts_a_letter_inside_a_character_breaks_nothing(qapp: QApplication) -> None:
    bench = new_bench(hpi="a\U0001f980b", ros="No fever.")
    cursor = bench.editor.textCursor()
    cursor.setPosition(bench.editor.places.body(0)[0] + 2)
    cursor.insertText("x")
    bench.check()
    assert bench.texts["ros"] == "No fever."
    assert bench.texts["hpi"].startswith("a")
    assert bench.texts["hpi"].endswith("b")
    assert "\n" not in shown_text(bench.editor).split("History\n")[1].split("\nReview")[0]
