"""The note's context menu: our own, because Qt's deletes and cuts past the headings' protection."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop.ui.actions import key_of
from desktop.ui.note_editor.dangers import said
from desktop.ui.words import say

if TYPE_CHECKING:
    from desktop.ui.note_editor.editor import NoteEditor

Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class Entry:
    """One more thing that the menu holds: its words, what it does, its action's id for the key, if it can be done."""

    words: str
    act: Callable[[], None]
    action: str = ""
    can: bool = True


def note_menu(editor: "NoteEditor", position: int) -> QMenu:
    """What can be mended at a position; undo, redo, cut, copy, paste, select; then what else there is at the caret."""
    menu = QMenu(editor)
    _offer_safer_form(menu, editor, position)
    writable, chosen = not editor.isReadOnly(), editor.textCursor().hasSelection()
    for word, key, act, can in (
        ("undo", Standard.Undo, editor.undo_requested.emit, writable),
        ("redo", Standard.Redo, editor.redo_requested.emit, writable),
        ("cut", Standard.Cut, editor.cut, writable and chosen),
        ("copy", Standard.Copy, editor.copy, chosen),
        ("paste", Standard.Paste, editor.paste, writable and editor.canPaste()),
        ("select_all", Standard.SelectAll, editor.select_more, True),
    ):
        action = QAction(say(f"note.menu.{word}"), menu)
        action.setShortcut(QKeySequence(key))
        action.setEnabled(can)
        action.triggered.connect(lambda _checked=False, act=act: act())
        menu.addAction(action)
    add_entries(menu, editor.more_entries())
    add_entries(menu, editor.offers())
    return menu


def add_entries(menu: QMenu, entries: Iterable[Entry]) -> None:
    """Put them below what a menu has."""
    menu.addSeparator()
    for entry in entries:
        action = QAction(entry.words, menu)
        if entry.action:
            action.setShortcut(QKeySequence(key_of(entry.action), QKeySequence.SequenceFormat.NativeText))
        action.setEnabled(entry.can)
        action.triggered.connect(lambda _checked=False, act=entry.act: act())
        menu.addAction(action)


def _offer_safer_form(menu: QMenu, editor: "NoteEditor", position: int) -> None:
    """The safer form of a dangerous abbreviation under the position."""
    found = editor.dangers.at(position)
    if found is None or editor.isReadOnly():
        return
    section = editor.places.caret(position).section
    action = QAction(said(found), menu)
    action.triggered.connect(lambda _checked=False: editor.dangers.mend_one(section, found))
    menu.addAction(action)
    menu.addSeparator()
