"""The note's context menu: our own, because Qt's deletes and cuts past the headings' protection."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from desktop.ui.actions import key_of
from desktop.ui.words import say

if TYPE_CHECKING:
    from desktop.ui.note_editor.editor import NoteEditor

Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class Offer:
    """An entry of the menu that is the note's rather than the text's: its words, its action in the keymap, its work."""

    words: str
    action: str
    act: Callable[[], None]
    can: bool


def note_menu(editor: "NoteEditor") -> QMenu:
    """Undo, redo, cut, copy, paste and select, then what the note offers, as far as each can be done now."""
    menu = QMenu(editor)
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
    add_offers(menu, editor.offers())
    return menu


def add_offers(menu: QMenu, offers: tuple[Offer, ...]) -> None:
    """Put them below what a menu has."""
    if offers:
        menu.addSeparator()
    for offer in offers:
        action = QAction(offer.words, menu)
        action.setShortcut(QKeySequence(key_of(offer.action), QKeySequence.SequenceFormat.NativeText))
        action.setEnabled(offer.can)
        action.triggered.connect(lambda _checked=False, act=offer.act: act())
        menu.addAction(action)
