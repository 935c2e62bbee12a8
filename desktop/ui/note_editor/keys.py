"""Which keys change text, and how far: what the editor must look at before Qt does it."""

import unicodedata
from enum import Enum, auto

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

Standard = QKeySequence.StandardKey
BACKWARD = (Standard.DeleteStartOfWord, Standard.Backspace)
FORWARD = (Standard.Delete, Standard.DeleteEndOfWord, Standard.DeleteEndOfLine)
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
"""With these a letter is a letter."""


class Change(Enum):
    """What a key would do to the text at the caret."""

    NONE = auto()
    BACKWARD = auto()
    FORWARD = auto()
    LINE = auto()
    CUT = auto()
    PASTE = auto()
    BREAK = auto()
    TYPE = auto()


def change_of(event: QKeyEvent) -> Change:
    """What this key would do to the text."""
    if event.text().isprintable() and event.text() and event.modifiers() in PLAIN:
        return Change.TYPE
    if any(event.matches(key) for key in BACKWARD) or event.key() == Qt.Key.Key_Backspace:
        return Change.BACKWARD
    if any(event.matches(key) for key in FORWARD):
        return Change.FORWARD
    if event.matches(Standard.DeleteCompleteLine):
        return Change.LINE
    if event.matches(Standard.Cut):
        return Change.CUT
    if event.matches(Standard.Paste):
        return Change.PASTE
    if event.matches(Standard.InsertParagraphSeparator) or event.matches(Standard.InsertLineSeparator):
        return Change.BREAK
    return Change.TYPE if _types(event) else Change.NONE


def _types(event: QKeyEvent) -> bool:
    """Whether Qt would put the key's text in; Ctrl and Alt together are AltGr."""
    text = event.text()
    if not text or unicodedata.category(text[0]) == "Cc":
        return False
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    held = event.modifiers() & both
    return held == both or held & Qt.KeyboardModifier.ControlModifier == Qt.KeyboardModifier.NoModifier
