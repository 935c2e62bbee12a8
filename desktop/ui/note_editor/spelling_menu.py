"""What the context menu holds for a word that may be misspelled: what may have been meant, and two ways to keep it.

Suggestions take a fifth of a second. The menu is open by then; it grows upwards, so that nothing under the mouse moves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QContextMenuEvent, QFont
from PySide6.QtWidgets import QMenu

from desktop.ui.note_editor.marks import Mark
from desktop.ui.note_editor.places import Caret
from desktop.ui.parts import announce
from desktop.ui.words import say

if TYPE_CHECKING:
    from desktop.ui.note_editor.editor import NoteEditor


@dataclass(frozen=True, slots=True)
class Unknown:
    """A marked word: its section, the place of its first unit, how many units it has, its letters."""

    section: str
    start: int
    length: int
    word: str


Keep = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Teaching:
    """What "Add to my words" and "Ignore in this note" do with a word."""

    add: Keep
    ignore: Keep


def unknown_at(editor: "NoteEditor", position: int) -> Unknown | None:
    """The marked word at a place of the note; None where there is none."""
    if not editor.places.sections or editor.places.in_heading(position):
        return None
    caret = editor.places.caret(position)
    found: Mark | None = editor.overlay.unknown_at(caret.section, caret.position)
    if found is None:
        return None
    units = editor.text(caret.section).encode("utf-16-le")
    word = units[2 * found.start : 2 * found.end].decode("utf-16-le")
    return Unknown(caret.section, found.start, found.length, word)


def add_spelling(menu: QMenu, editor: "NoteEditor", event: QContextMenuEvent) -> None:
    """Put what there is for the word under the mouse, or at the caret, at the menu's top; nothing for a known word."""
    by_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
    cursor = editor.cursorForPosition(event.pos()) if by_mouse else editor.textCursor()
    found = unknown_at(editor, cursor.position())
    if found is not None and not editor.isReadOnly():
        SpellingEntries(menu, editor, found).put()


class SpellingEntries(QObject):
    """The entries of one menu; they go with it."""

    def __init__(self, menu: QMenu, editor: "NoteEditor", found: Unknown) -> None:
        super().__init__(menu)
        self._menu, self._editor, self._found = menu, editor, found
        self._looking = QAction(say("spelling.looking"), menu)
        self._looking.setEnabled(False)
        self._gone = False
        menu.aboutToHide.connect(self._on_hidden)

    def put(self) -> None:
        """At the top of the menu, and ask."""
        speller, teaching = self._editor.speller, self._editor.teaching
        if speller is None:
            return
        first = next(iter(self._menu.actions()), None)
        made = [self._looking]
        for key, keep in (("add", teaching.add), ("ignore", teaching.ignore)) if teaching is not None else ():
            action = QAction(say(f"spelling.{key}", word=self._found.word), self._menu)
            action.triggered.connect(lambda _checked=False, keep=keep: keep(self._found.word))
            made.append(action)
        for action in made:
            self._menu.insertAction(first, action)  # type: ignore[arg-type]  # None: at the end
        self._menu.insertSeparator(first)  # type: ignore[arg-type]
        speller.check.suggest(self._found.word, self._on_offered)

    def _on_hidden(self) -> None:
        self._gone = True

    def _on_offered(self, words: tuple[str, ...]) -> None:
        if self._gone:
            return
        menu, before = self._menu, self._menu.height()
        if words:
            for word in words:
                menu.insertAction(self._looking, self._entry(word))
            menu.removeAction(self._looking)
        else:
            self._looking.setText(say("spelling.none"))
        if menu.isVisible():
            menu.adjustSize()
            menu.move(menu.x(), menu.y() - (menu.height() - before))
            if menu.activeAction() is None and words:
                menu.setActiveAction(menu.actions()[0])
        announce(menu, say("spelling.offered", count=len(words)))

    def _entry(self, word: str) -> QAction:
        action = QAction(word, self._menu)
        font = QFont(self._menu.font())
        font.setBold(True)
        action.setFont(font)
        action.triggered.connect(partial(self._replace, word))
        return action

    def _replace(self, word: str, _checked: bool = False) -> None:
        found = self._found
        if found == unknown_at(self._editor, self._editor.places.position(Caret(found.section, found.start + 1))):
            self._editor.set_caret(Caret(found.section, found.start), found.length)
            self._editor.replace_selection(word)
