"""The list under the caret while `.name` or `/name` is typed: arrows move, Tab or Enter takes, Escape closes.

The keyboard stays in the note, and every other key is a key: what is typed on narrows the list.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from desktop.ui.note_editor.overlay import one_unit_each
from desktop.ui.note_editor.quick_keys import ENTER_KEYS, EXPANDING_KEYS
from desktop.ui.parts import announce
from desktop.ui.words import say
from visit.triggers import MAX_NAME, Expansion

if TYPE_CHECKING:
    from desktop.ui.note_editor.editor import NoteEditor
    from desktop.workflows.quick_text import QuickText
    from desktop.workflows.suggestions import Opening, Suggestion, Suggestions

SHOWN_ROWS = 8
EMS_WIDE = 26
"""Width of the list, in heights of its type."""
_NAME_BEGINS = re.compile(rf"[./][\w-]{{0,{MAX_NAME}}}\Z")
_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


class SuggestionList(QListWidget):
    """The rows; it never takes the keyboard."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setProperty("kind", "suggestions")
        self.setAccessibleName(say("suggest.list"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setUniformItemSizes(True)
        self.hide()

    def show_rows(self, rows: "Sequence[Suggestion]") -> None:
        """Other rows; the first is chosen."""
        self.clear()
        for each in rows:
            item = QListWidgetItem(spoken(each))
            item.setToolTip(spoken(each))
            self.addItem(item)
        self.setCurrentRow(0)

    def place(self, caret_top: QPoint, caret_bottom: QPoint) -> None:
        """Under the caret, or over it where there is no room below."""
        room = self._over.size()
        width = min(EMS_WIDE * self.fontMetrics().height(), room.width() - 12)
        height = self.sizeHintForRow(0) * min(SHOWN_ROWS, self.count()) + 2 * self.frameWidth() + 6
        below = room.height() - caret_bottom.y() - 4
        height = min(height, max(below, caret_top.y() - 4))
        top = caret_bottom.y() + 2 if height <= below else caret_top.y() - 2 - height
        left = max(4, min(caret_bottom.x(), room.width() - width - 4))
        self.setGeometry(left, top, width, height)


def spoken(suggestion: "Suggestion") -> str:
    """A row for eyes and screen readers."""
    return say(f"suggest.{suggestion.kind}", name=suggestion.name, title=suggestion.title)


class QuickNames(QObject):
    """Names that are typed in one note: what is offered for them, and what they open.

    Signals: grid_asked(key), vitals_asked(): the name went out of the text, and this is to be opened.
    """

    grid_asked = Signal(str)
    vitals_asked = Signal()

    def __init__(self, editor: "NoteEditor") -> None:
        super().__init__(editor)
        self._editor = editor
        self._rows: tuple[Suggestion, ...] = ()
        self._quick_text: QuickText | None = None
        self._source: Suggestions | None = None
        self._closed_at: tuple[int, int] | None = None
        self._list: SuggestionList | None = None
        editor.verticalScrollBar().valueChanged.connect(self.close)

    def use(self, quick_text: "QuickText") -> None:
        """From now on offer these phrases and what else can be typed by name."""
        self._quick_text, self._source = quick_text, None

    def _offered(self) -> "Suggestions | None":
        """What has the names; loaded when the first is typed, since the first paint does not wait for it."""
        if self._source is None and self._quick_text is not None and self._quick_text.library is not None:
            from desktop.workflows.suggestions import Suggestions

            self._source = Suggestions(self._quick_text)
        return self._source

    @property
    def shown(self) -> bool:
        """Whether the list is on the screen."""
        return bool(self._rows)

    @property
    def rows(self) -> "tuple[Suggestion, ...]":
        """What is offered now."""
        return self._rows

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the key was for the list, or opened what a whole name stands for; else it is a key."""
        if event.modifiers() not in _PLAIN:
            return False
        key = event.key()
        if self.shown and self._list is not None:
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._move(1 if key == Qt.Key.Key_Down else -1)
                return True
            if key == Qt.Key.Key_Escape:
                self._closed_at = self._place(self._rows[0])
                self.close()
                return True
            if key in ENTER_KEYS:
                return self.take_chosen()
        return key in EXPANDING_KEYS and self.open_named()

    def take_chosen(self) -> bool:
        """Take the chosen row; False when there is no list."""
        if not self.shown or self._list is None:
            return False
        chosen = self._rows[max(0, self._list.currentRow())]
        self.close()
        self._do(chosen.does)
        return True

    def open_named(self) -> bool:
        """Open what the name before the caret stands for; False when it is no such name."""
        line, caret = self._line()
        if self._editor.textCursor().hasSelection() or _NAME_BEGINS.search(line[:caret]) is None:
            return False
        offered = self._offered()
        found = offered.opens(self._editor.textCursor().block().text(), caret) if offered is not None else None
        if found is None:
            return False
        self.close()
        self._do(found)
        return True

    def look(self) -> None:
        """After a key, or when the caret went elsewhere: show what fits what stands before it now."""
        cursor = self._editor.textCursor()
        if cursor.hasSelection() or self._editor.isReadOnly():
            self.close()
            return
        line, caret = self._line()
        if _NAME_BEGINS.search(line, max(0, caret - MAX_NAME - 1), caret) is None:
            self._closed_at = None
            self.close()
            return
        offered = self._offered()
        rows = offered.suggest(cursor.block().text(), caret) if offered is not None else ()
        if not rows or self._place(rows[0]) == self._closed_at:
            self.close()
        elif rows != self._rows:
            self._show(rows)

    def close(self) -> None:
        """Put the list away."""
        if self._rows and self._list is not None:
            self._rows = ()
            self._list.hide()

    def _show(self, rows: "tuple[Suggestion, ...]") -> None:
        if self._list is None:
            self._list = SuggestionList(self._editor.viewport())
            self._list.itemClicked.connect(lambda _item: self.take_chosen())
        self._rows = rows
        self._list.show_rows(rows)
        caret = self._editor.cursorRect()
        self._list.place(caret.topLeft(), caret.bottomLeft())
        self._list.show()
        self._list.raise_()
        announce(self._editor, say("suggest.found", count=len(rows), first=spoken(rows[0])))

    def _move(self, step: int) -> None:
        if self._list is not None:
            row = (self._list.currentRow() + step) % len(self._rows)
            self._list.setCurrentRow(row)
            announce(self._editor, spoken(self._rows[row]))

    def _line(self) -> tuple[str, int]:
        """The caret's line, a stand-in for each half of a pair, and the caret's place in it."""
        cursor = self._editor.textCursor()
        return one_unit_each(cursor.block().text()), cursor.positionInBlock()

    def _place(self, suggestion: "Suggestion") -> tuple[int, int]:
        """Where the name begins: a list that was closed stays closed while that name is typed on."""
        does = suggestion.does
        start = does.start if isinstance(does, Expansion) else does.trigger.start
        return self._editor.textCursor().blockNumber(), start

    def _do(self, does: "Expansion | Opening") -> None:
        if isinstance(does, Expansion):
            self._editor.put_in_line(does)
            return
        start, end = does.trigger.start, does.trigger.end
        self._editor.put_in_line(Expansion(start, end, "", start, start))
        if does.grid:
            self.grid_asked.emit(does.grid)
        else:
            self.vitals_asked.emit()
