"""The sheet of keys, made from the one keymap; it lies over the page, takes nothing away and closes with Escape."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.ui.actions import key_of, keymap
from desktop.ui.parts import Sheet, button, label, row, scroller
from desktop.ui.words import say

WIDTH, HEIGHT = 520, 760


class ShortcutSheet(QFrame):
    """Every action with its key, by scope."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "overlay")
        self.setAccessibleName(say("shortcuts.title"))
        self._page = parent
        self._came_from: QWidget | None = None
        self.close_button = button(say("shortcuts.close"), self.put_away)
        inner = Sheet()
        grid = QGridLayout(inner)
        grid.setContentsMargins(16, 4, 16, 12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for scope, actions in keymap().items():
            grid.addWidget(label(say(f"shortcuts.{scope}").upper(), "section"), grid.rowCount(), 0, 1, 2)
            for action in actions:
                line = grid.rowCount()
                grid.addWidget(label(say(f"action.{action}")), line, 0)
                grid.addWidget(label(key_of(action), "key"), line, 1, Qt.AlignmentFlag.AlignRight)
        grid.setRowStretch(grid.rowCount(), 1)
        heading = row(label(say("shortcuts.title"), "title"), 1, self.close_button)
        heading.setContentsMargins(16, 12, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addLayout(heading)
        layout.addWidget(scroller(inner, say("shortcuts.title")), 1)
        self.hide()

    def toggle(self) -> None:
        """Show the sheet in the middle of the window, or put it away."""
        if self.isVisible():
            self.put_away()
            return
        window = self._page
        self._came_from = window.window().focusWidget()
        width, height = min(WIDTH, window.width() - 40), min(HEIGHT, window.height() - 40)
        self.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)
        self.show()
        self.raise_()
        self.close_button.setFocus()

    def put_away(self) -> None:
        """Back to where the keyboard was."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus()
            self._came_from = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)
