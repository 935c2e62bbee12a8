"""Words that a checker does not know are underlined, never while they are typed; names and taught words never are.

The checker here is a stand-in: which words it knows is not what is tested, but when it answers is.
"""

from collections.abc import Callable, Iterator, Sequence

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from desktop.ui.note_editor.editor import NoteEditor
from desktop.ui.note_editor.menu import note_menu
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.spelling import names_in, plain, words_in
from desktop.ui.note_editor.spelling_menu import Teaching, add_spelling, unknown_at
from desktop.ui.tokens import LIGHT
from desktop.ui.words import say
from tests.desktop.ui.conftest import Shown, settle
from tests.desktop.ui.note_bench import KEYS_OF, SECTIONS, underlined


class KnownWords:
    """Knows some words, remembers what it was asked, and answers with the next event, or when it is told to."""

    def __init__(self, *known: str, at_once: bool = True) -> None:
        self.known = set(known)
        self.asked: list[str] = []
        self.at_once = at_once
        self._held: list[Callable[[], None]] = []

    def look_up(self, words: Sequence[str], answered: Callable[[frozenset[str]], None]) -> None:
        self.asked += words
        self._hold(lambda: answered(frozenset(words) - self.known))

    def suggest(self, word: str, answered: Callable[[tuple[str, ...]], None]) -> None:
        self.asked.append(f"{word}?")
        self._hold(lambda: answered(tuple(sorted(self.known))[:2]))

    def answer(self) -> None:
        held, self._held = self._held, []
        for call in held:
            call()

    def _hold(self, call: Callable[[], None]) -> None:
        self._held.append(call)
        if self.at_once:
            QTimer.singleShot(0, self.answer)


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
    settle()
    assert underlined(editor, "hpi") == wanted


def test_unknown_words_are_underlined_wherever_they_stand(editor: NoteEditor) -> None:
    check = KnownWords("no", "fever", "Patient's")
    editor.use_speller(check)
    show(editor, "\U0001f980 no fevr\nPatient's fevr, H2O 3x")
    wait(editor, ["fevr", "fevr"])
    assert check.asked.count("fevr") == 1


@pytest.mark.parametrize(
    ("text", "checked"),
    [
        ("H2O 3x 98ra b12 T98.6f SpO\u2082 x\u00b2y", []),
        ("HTN, COPD and HYPERTENSION", ["and", "HYPERTENSION"]),
        (".hpi and /laceration and/or .5 e.g. @home #tag", ["and", "and", "or"]),
        ("well-nourished patient's", ["well", "nourished", "patient's"]),
        ("mail a.b@clinic.example", ["mail", "example"]),
        ("\U0001f980 \u00e9pid\u00e9mie", ["\u00e9pid\u00e9mie"]),
    ],
)
def test_what_is_a_word_to_check(text: str, checked: list[str]) -> None:
    assert [word for _, _, word in words_in(text)] == checked


def test_places_count_units() -> None:
    assert list(words_in("\U0001f980\U0001f980 fevr")) == [(5, 9, "fevr")]


def test_the_word_that_is_being_typed_is_left_alone_until_it_is_left(editor: NoteEditor) -> None:
    check = KnownWords("no", "fever")
    editor.use_speller(check)
    QTest.keyClicks(editor, "no fevr")
    wait(editor, [])
    assert "fevr" not in check.asked
    assert "fev" not in check.asked
    QTest.keyClicks(editor, " ")
    wait(editor, ["fevr"])
    editor.set_caret(Caret("hpi", 6))
    QTest.keyClicks(editor, "e")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    wait(editor, [])


def test_typing_does_not_wait_for_the_checker(editor: NoteEditor) -> None:
    check = KnownWords(at_once=False)
    editor.use_speller(check)
    QTest.keyClicks(editor, "one two ")
    assert editor.text("hpi") == "one two "
    wait(editor, [])
    check.answer()
    wait(editor, ["one", "two"])


def test_a_paragraph_that_went_meanwhile_is_not_drawn(editor: NoteEditor) -> None:
    check = KnownWords(at_once=False)
    editor.use_speller(check)
    show(editor, "one\ntwo\nthree")
    show(editor, "")
    check.answer()
    wait(editor, [])


def test_without_a_checker_nothing_is_underlined_and_late_answers_are_dropped(editor: NoteEditor) -> None:
    check = KnownWords(at_once=False)
    editor.use_speller(check)
    editor.go_to("ros")
    show(editor, "one two")
    check.answer()
    wait(editor, ["one", "two"])
    show(editor, "three")
    editor.use_speller(None)
    check.answer()
    wait(editor, [])


def test_names_and_taught_words_are_never_marked_nor_asked(editor: NoteEditor) -> None:
    check = KnownWords()
    editor.use_speller(check)
    speller = editor.speller
    assert speller is not None
    assert speller.spare(names_in(["Rivera, Ana M", "Dr. O\u2019Connell-Okafor"]) | {plain("Zebroid")})
    assert not speller.spare(names_in(["Rivera, Ana M", "Dr. O'Connell-Okafor"]) | {"zebroid"})
    show(editor, "Rivera's zebroids, ZEBROIDAL zebroid; O'Connell and OKAFOR, ana xyz")
    wait(editor, ["zebroids", "ZEBROIDAL", "and", "xyz"])
    assert {plain(word) for word in check.asked} == {"zebroids", "zebroidal", "and", "xyz"}


# --- the menu ----------------------------------------------------------------------------------------------------


def menu_at(editor: NoteEditor, position: int) -> QMenu:
    """The menu of a right click on a place of the HPI, as the editor opens it."""
    editor.set_caret(Caret("hpi", position))
    point = editor.cursorRect().center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, editor.viewport().mapToGlobal(point))
    menu = note_menu(editor, position)
    add_spelling(menu, editor, event)
    return menu


def entries(menu: QMenu) -> list[QAction]:
    return [it for it in menu.actions() if not it.isSeparator()]


def unknown_note(editor: NoteEditor, check: KnownWords, text: str = "no fevr today") -> list[tuple[str, str]]:
    taught: list[tuple[str, str]] = []
    editor.teaching = Teaching(lambda word: taught.append(("add", word)), lambda word: taught.append(("ignore", word)))
    editor.use_speller(check)
    editor.go_to("ros")
    show(editor, text)
    check.answer()
    settle()
    return taught


def test_a_right_click_on_an_unknown_word_offers_and_replaces(editor: NoteEditor) -> None:
    check = KnownWords("no", "today", at_once=False)
    unknown_note(editor, check)
    menu = menu_at(editor, 5)
    assert entries(menu)[0].text() == say("spelling.looking")
    assert not entries(menu)[0].isEnabled()
    assert check.asked[-1] == "fevr?"
    check.answer()
    assert [it.text() for it in entries(menu)[:2]] == ["no", "today"]
    entries(menu)[1].trigger()
    assert editor.text("hpi") == "no today today"


def test_a_menu_that_is_open_grows_upwards(editor: NoteEditor) -> None:
    check = KnownWords("no", "today", at_once=False)
    unknown_note(editor, check)
    menu = menu_at(editor, 5)
    menu.popup(editor.mapToGlobal(QPoint(50, 200)))
    settle()
    cut = next(it for it in menu.actions() if it.text() == say("note.menu.cut"))
    before = menu.mapToGlobal(menu.actionGeometry(cut).topLeft())
    check.answer()
    settle()
    assert menu.mapToGlobal(menu.actionGeometry(cut).topLeft()) == before
    menu.close()


def test_no_suggestion_is_said_and_a_closed_menu_takes_none(editor: NoteEditor) -> None:
    check = KnownWords(at_once=False)
    unknown_note(editor, check, "fevr")
    menu = menu_at(editor, 2)
    check.answer()
    assert entries(menu)[0].text() == say("spelling.none")
    again = menu_at(editor, 2)
    count = len(again.actions())
    again.aboutToHide.emit()
    check.known = {"fever"}
    check.answer()
    assert len(again.actions()) == count


def test_a_word_is_taught_or_ignored(editor: NoteEditor) -> None:
    check = KnownWords("no", "today")
    taught = unknown_note(editor, check)
    menu = menu_at(editor, 5)
    for key in ("add", "ignore"):
        next(it for it in entries(menu) if it.text() == say(f"spelling.{key}", word="fevr")).trigger()
    assert taught == [("add", "fevr"), ("ignore", "fevr")]


def test_a_known_word_a_heading_and_a_signed_note_have_the_plain_menu(editor: NoteEditor) -> None:
    check = KnownWords("no", "today")
    unknown_note(editor, check)
    plain_menu = len(note_menu(editor, 1).actions())
    assert len(menu_at(editor, 1).actions()) == plain_menu
    assert unknown_at(editor, 0) is None
    editor.setReadOnly(True)
    assert len(menu_at(editor, 5).actions()) == plain_menu


def test_a_word_that_changed_meanwhile_is_not_replaced(editor: NoteEditor) -> None:
    check = KnownWords("no", "today")
    unknown_note(editor, check)
    menu = menu_at(editor, 5)
    settle()
    editor.apply("hpi", 3, 4, "cough")
    entries(menu)[0].trigger()
    assert editor.text("hpi") == "no cough today"
