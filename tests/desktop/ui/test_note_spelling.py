"""Words that a checker does not know are underlined, asked in a thread of its own, and never while they are typed.

The checker here is a stand-in: which words it knows is not what is tested.
"""

import threading
from collections.abc import Iterator, Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.places import Caret
from desktop.ui.tokens import LIGHT
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.note_bench import KEYS_OF, SECTIONS, underlined


class KnownWords:
    """Knows some words, and remembers what it was asked and where."""

    def __init__(self, *known: str) -> None:
        self.known = set(known)
        self.asked: list[str] = []
        self.threads: set[int] = set()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def misspelled(self, words: Sequence[str]) -> set[str]:
        self.may_answer.wait(5)
        self.asked += words
        self.threads.add(threading.get_ident())
        return set(words) - self.known


@pytest.fixture
def editor(put_up: Shown) -> Iterator[NoteEditor]:
    made = NoteEditor(LIGHT)
    made.show_note(SECTIONS, dict.fromkeys(KEYS_OF, ""))
    put_up(made, 500, 300)
    made.setFocus()
    yield made
    made.use_speller(None)


def show(editor: NoteEditor, text: str) -> None:
    editor.apply("hpi", 0, editor.mirror.length("hpi"), text)


def wait(editor: NoteEditor, wanted: list[str]) -> None:
    for _ in range(100):
        QTest.qWait(10)
        if underlined(editor, "hpi") == wanted:
            return
    assert underlined(editor, "hpi") == wanted


def test_unknown_words_are_underlined_wherever_they_stand(editor: NoteEditor) -> None:
    check = KnownWords("no", "fever", "Patient's")
    editor.use_speller(check)
    show(editor, "\U0001f980 no fevr\nPatient's fevr, H2O 3x")
    wait(editor, ["fevr", "fevr"])
    assert check.asked.count("fevr") == 1
    assert threading.get_ident() not in check.threads


def test_the_word_that_is_being_typed_is_left_alone_until_it_is_left(editor: NoteEditor) -> None:
    check = KnownWords("no", "fever")
    editor.use_speller(check)
    QTest.keyClicks(editor, "no fevr")
    QTest.qWait(50)
    assert underlined(editor, "hpi") == []
    assert "fevr" not in check.asked
    assert "fev" not in check.asked
    QTest.keyClicks(editor, " ")
    wait(editor, ["fevr"])
    editor.set_caret(Caret("hpi", 6))
    QTest.keyClicks(editor, "e")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    wait(editor, [])


def test_typing_does_not_wait_for_the_checker(editor: NoteEditor) -> None:
    check = KnownWords()
    check.may_answer.clear()
    editor.use_speller(check)
    QTest.keyClicks(editor, "one two ")
    assert editor.text("hpi") == "one two "
    assert underlined(editor, "hpi") == []
    check.may_answer.set()
    wait(editor, ["one", "two"])


def test_a_paragraph_that_went_meanwhile_is_not_drawn(editor: NoteEditor) -> None:
    check = KnownWords()
    check.may_answer.clear()
    editor.use_speller(check)
    show(editor, "one\ntwo\nthree")
    show(editor, "")
    check.may_answer.set()
    QTest.qWait(50)
    assert underlined(editor, "hpi") == []
    settle()


def test_without_a_checker_nothing_is_underlined(editor: NoteEditor) -> None:
    editor.use_speller(KnownWords())
    editor.go_to("ros")
    show(editor, "one two")
    wait(editor, ["one", "two"])
    editor.use_speller(None)
    assert underlined(editor, "hpi") == []
