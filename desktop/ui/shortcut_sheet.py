"""The sheet of keys, made from the action registry; it lies over the page, the patient in sight, Escape closes it."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop.ui.actions import HELD, Actions, Command, keymap
from desktop.ui.parts import Sheet, button, column, label, restyle, row, scroller
from desktop.ui.words import say

EMS_WIDE = 58
"""How wide the sheet is where there is room, in heights of its type."""


class ShortcutSheet(QFrame):
    """Every action with its key, by scope; one that its key cannot do now is paler and says why."""

    def __init__(self, pages: QWidget, actions: Actions) -> None:
        # Beside the pages, not in them: a stack shows screen readers its page in front alone.
        super().__init__(pages.parentWidget())
        self.setProperty("kind", "overlay")
        self.setAccessibleName(say("shortcuts.title"))
        self._pages = pages
        self._actions = actions
        self._rows: dict[str, QLabel] = {}
        self._came_from: QWidget | None = None
        self.close_button = button(say("shortcuts.close"), self.put_away)
        inner = Sheet()
        scopes = row(*[column(self._scope(scope), 1) for scope in keymap()], spacing=28)
        scopes.setContentsMargins(16, 4, 16, 12)
        inner.setLayout(scopes)
        heading = row(label(say("shortcuts.title"), "title"), 1, self.close_button)
        heading.setContentsMargins(16, 12, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addLayout(heading)
        self.area = scroller(inner, say("shortcuts.title"), to_read=True)
        layout.addWidget(self.area, 1)
        self.hide()
        pages.installEventFilter(self)

    def toggle(self) -> None:
        """Show the sheet in the middle of the pages, or put it away."""
        if self.isVisible():
            self.put_away()
            return
        self._came_from = self.window().focusWidget()
        self._refresh()
        self.show()
        self._place()
        self.raise_()
        self.close_button.setFocus()

    def put_away(self) -> None:
        """Back to where the keyboard was."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus()
            self._came_from = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes; what is not in sight is scrolled to."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self.area.verticalScrollBar()
            step = bar.pageStep() if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) else bar.singleStep()
            down = event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
            bar.setValue(bar.value() + (step if down else -step))
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        pages = self._pages
        width = min(EMS_WIDE * self.fontMetrics().height(), pages.width() - 20)
        inner = self.area.widget()
        needed = 0 if inner is None else inner.sizeHint().height() + self.close_button.sizeHint().height() + 30
        height = min(needed, pages.height() - 12)
        corner = pages.geometry().topLeft()
        left, top = (pages.width() - width) // 2, (pages.height() - height) // 2
        self.setGeometry(corner.x() + left, corner.y() + top, width, height)

    def _scope(self, scope: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        grid.addWidget(label(say(f"shortcuts.{scope}").upper(), "section"), 0, 0, 1, 2)
        commands = [command for command in self._actions.commands() if command.scope == scope and command.key]
        for line, command in enumerate(commands, start=1):
            name = self._rows[command.action] = label(command.name, wrap=True)
            grid.addWidget(name, line, 0)
            grid.addWidget(label(command.key, "key"), line, 1, Qt.AlignmentFlag.AlignRight)
        return grid

    def _refresh(self) -> None:
        """What can be done now, and why the rest cannot."""
        for command in self._actions.commands():
            if command.action in self._rows and command.action not in HELD:
                _show_whether(self._rows[command.action], command)


def _show_whether(name: QLabel, command: Command) -> None:
    name.setToolTip(command.why_not)
    name.setAccessibleDescription(command.why_not)
    kind = "muted" if command.why_not else ""
    if (name.property("kind") or "") != kind:
        name.setProperty("kind", kind)
        restyle(name)
