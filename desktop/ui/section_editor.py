"""The editor of one section: plain text that grows with its content, and says exactly what was typed.

Positions count UTF-16 units, as Qt does. Undo belongs to the document, which knows whose edits are whose.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QSizePolicy, QTextEdit

from visit.indexes import utf16_length

PasteCheck = Callable[[str], bool]
LINE_HEIGHT = 132.0
"""Percent of the font's own line height."""
UNSHOWABLE = str.maketrans({"\r": " ", "\0": "\ufffd", "\u2028": "\n", "\u2029": "\n", "\ufdd0": " ", "\ufdd1": " "})
"""Units that Qt reads as paragraph ends or drops, by what stands for them here: one unit for one, so places fit."""

PASTED = dict.fromkeys((*range(32), 127, 64976, 64977)) | {9: "\t", 10: "\n"}
PASTED |= {ord(end): "\n" for end in "\r\u2028\u2029"}
"""Pasted text keeps lines and tabs, and no other control character."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A range of the text (UTF-16 units) and how it looks."""

    start: int
    length: int
    look: QTextCharFormat


class SectionEditor(QTextEdit):
    """One section's text.

    Signals:
        text_edited(section, start, end, inserted): the person replaced units [start, end).
        left(section, forward): the caret went past the first or last line.
        undo_requested(), redo_requested().
        entered(section): it has the keyboard now.
    """

    text_edited = Signal(str, int, int, str)
    left = Signal(str, bool)
    undo_requested = Signal()
    redo_requested = Signal()
    entered = Signal(str)

    def __init__(self, section: str, accessible_name: str) -> None:
        super().__init__()
        self.section = section
        self._known = ""
        self._applying = False
        self.may_paste: PasteCheck = lambda _text: True
        self.setAccessibleName(accessible_name)
        self.setProperty("kind", "section")
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(2)
        self.document().contentsChanged.connect(self._on_contents_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.updateGeometry())

    # --- what the controller uses --------------------------------------------------------------------------------

    def show_text(self, text: str) -> None:
        """Show a text from the document, whole; the caret goes to its end."""
        self._applying = True
        self.setPlainText(text.translate(UNSHOWABLE))
        every_line = QTextBlockFormat()
        every_line.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        whole = QTextCursor(self.document())
        whole.select(QTextCursor.SelectionType.Document)
        whole.mergeBlockFormat(every_line)
        self._known = plain_text(self)
        self._applying = False
        self.moveCursor(QTextCursor.MoveOperation.End)

    def apply_change(self, start: int, removed: int, inserted: str) -> None:
        """Show a change of somebody else (or an undo); the person's caret stays with its words."""
        caret, anchor = self.textCursor().position(), self.textCursor().anchor()
        self._applying = True
        edit = QTextCursor(self.document())
        edit.setPosition(start)
        edit.setPosition(start + removed, QTextCursor.MoveMode.KeepAnchor)
        edit.insertText(inserted.translate(UNSHOWABLE))
        self._known = plain_text(self)
        self._applying = False
        added = utf16_length(inserted)
        moved = QTextCursor(self.document())
        moved.setPosition(_shifted(anchor, start, removed, added))
        moved.setPosition(_shifted(caret, start, removed, added), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(moved)

    def show_marks(self, marks: list[Mark]) -> None:
        """Show marks over the text; they are no part of it and follow it as it moves."""
        shown = []
        for mark in marks:
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(mark.start)
            cursor.setPosition(mark.start + mark.length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setKeepPositionOnInsert(True)  # what is typed right behind a mark is not in it
            selection.cursor, selection.format = cursor, mark.look
            shown.append(selection)
        self.setExtraSelections(shown)

    # --- typing --------------------------------------------------------------------------------------------------

    def _on_contents_changed(self) -> None:
        """Find the one replaced range between what was known and what stands now."""
        if self._applying:
            return
        before, now = self._known, plain_text(self)
        if before == now:
            return
        limit = min(len(before), len(now))
        prefix = 0
        while prefix < limit and before[prefix] == now[prefix]:
            prefix += 1
        suffix = 0
        while suffix < limit - prefix and before[-1 - suffix] == now[-1 - suffix]:
            suffix += 1
        start = utf16_length(before[:prefix])
        end = start + utf16_length(before[prefix : len(before) - suffix])
        self._known = now
        self.text_edited.emit(self.section, start, end, now[prefix : len(now) - suffix])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo go to the document; arrows past an edge go to the neighbour section."""
        if event.matches(QKeySequence.StandardKey.Undo) or event.matches(QKeySequence.StandardKey.Redo):
            if not self.isReadOnly():  # a signed note is not changed by a key either
                undo = event.matches(QKeySequence.StandardKey.Undo)
                (self.undo_requested if undo else self.redo_requested).emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            position = self.textCursor().position()
            super().keyPressEvent(event)
            if self.textCursor().position() == position:
                self.left.emit(self.section, event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text only, once it was looked at for another patient."""
        text = source.text()
        if text and self.may_paste(text):
            self.insertPlainText(text.replace("\r\n", "\n").translate(PASTED))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say that this section has the keyboard."""
        super().focusInEvent(event)
        self.entered.emit(self.section)

    def sizeHint(self) -> QSize:
        """As high as the text."""
        height = self.document().documentLayout().documentSize().height()
        return QSize(super().sizeHint().width(), round(height) + 4)

    def minimumSizeHint(self) -> QSize:
        """Never smaller than the text: the note scrolls as a whole."""
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps lines anew."""
        super().resizeEvent(event)
        self.updateGeometry()


def plain_text(editor: QTextEdit) -> str:
    """The editor's text as the document keeps it; Qt's own `toPlainText` would turn no-break spaces into spaces."""
    return editor.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")


def _shifted(position: int, start: int, removed: int, added: int) -> int:
    """Where a caret stands after a range before, around or behind it was replaced."""
    if position <= start:
        return position
    if position >= start + removed:
        return position - removed + added
    return start
