"""The command palette: all that can be done, found by a few letters; it lies over the page, Escape closes it."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.ui.actions import Actions, Command
from desktop.ui.parts import ElidedLabel, announce, column
from desktop.ui.words import say
from visit.fuzzy import NameIndex

EMS_WIDE = 34
"""How wide it is where there is room, in heights of its type."""
MOST_ROWS = 12
COMMAND = Qt.ItemDataRole.UserRole.value
STEPS: dict[int, int] = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -MOST_ROWS,
    Qt.Key.Key_PageDown: MOST_ROWS,
}
Index = QModelIndex | QPersistentModelIndex


class CommandRow(QStyledItemDelegate):
    """A command's words at the left, its key at the right; why it cannot be done now stands behind its words."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line."""
        return QSize(super().sizeHint(option, index).width(), round(option.fontMetrics.height() * 1.7))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ground, words, key."""
        command: Command = index.data(COMMAND)
        palette, place = option.palette, option.rect.adjusted(10, 0, -10, 0)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            ground = palette.color(QPalette.ColorRole.Highlight)
            ground.setAlpha(45)
            painter.fillRect(option.rect, ground)
        muted = palette.color(QPalette.ColorRole.PlaceholderText)
        font = QFont(option.font)
        painter.setFont(font)
        key_room = QFontMetrics(font).horizontalAdvance(command.key) + 12 if command.key else 0
        painter.setPen(muted)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(place, right, command.key)
        words = f"{command.name} · {command.why_not}" if command.why_not else command.name
        if not command.why_not:
            painter.setPen(palette.color(QPalette.ColorRole.Text))
        room = QRect(place.left(), place.top(), place.width() - key_room, place.height())
        fitted = QFontMetrics(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), fitted)
        painter.restore()


class Palette(QFrame):
    """Every action of the registry; Enter does the chosen one where the keyboard was."""

    def __init__(self, pages: QWidget, actions: Actions) -> None:
        # Beside the pages, not in them: a stack shows screen readers its page in front alone.
        super().__init__(pages.parentWidget())
        self.setProperty("kind", "overlay")
        self.setAccessibleName(say("palette.title"))
        self._pages = pages
        self._actions = actions
        self._came_from: QWidget | None = None
        self._index = NameIndex()
        self._commands: dict[str, Command] = {}
        self.box = QLineEdit()
        self.box.setPlaceholderText(say("palette.find"))
        self.box.setAccessibleName(say("palette.find"))
        self.box.textEdited.connect(self._on_typed)
        self.box.installEventFilter(self)
        self.list = QListWidget()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(say("palette.title"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(CommandRow(self.list))
        self.list.setUniformItemSizes(True)
        self.list.itemClicked.connect(lambda _item: self.run_chosen())
        self.foot = ElidedLabel("small")
        self.foot.setText(say("palette.keys"))
        layout = column(self.box, self.list, self.foot, margins=10, spacing=6)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()
        pages.installEventFilter(self)

    def toggle(self) -> None:
        """Show it over the pages, or put it away."""
        if self.isVisible():
            self.put_away()
            return
        self._came_from = self.window().focusWidget()
        commands = sorted(self._actions.commands(), key=lambda it: bool(it.why_not))
        self._commands = {it.name.casefold(): it for it in reversed(commands) if it.action != "show_palette"}
        self._index = NameIndex(self._commands)
        self.box.clear()
        self._show([it for it in commands if it.action != "show_palette"])
        self.show()
        self._place()
        self.raise_()
        self.box.setFocus()

    def put_away(self) -> None:
        """Back to where the keyboard was."""
        self.hide()
        if self._came_from is not None:
            self._came_from.setFocus()
            self._came_from = None

    @property
    def shown(self) -> list[Command]:
        """What is listed now, the best first."""
        return [self.list.item(row).data(COMMAND) for row in range(self.list.count())]

    def run_chosen(self) -> None:
        """Do the chosen action, where it can be done; else say why not and stay."""
        if not self.list.count():
            return
        command: Command = self.list.currentItem().data(COMMAND)
        if command.why_not:
            self.foot.setText(command.why_not)
            announce(self, command.why_not)
            return
        self.put_away()
        self._actions.run(command.action)

    def _on_typed(self, text: str) -> None:
        if not text.strip():
            self._show(sorted(self._commands.values(), key=lambda it: bool(it.why_not)))
            return
        found = self._index.search(text.strip(), len(self._commands))
        self._show(sorted((self._commands[name] for name in found), key=lambda it: bool(it.why_not)))

    def _show(self, commands: list[Command]) -> None:
        self.list.clear()
        for command in commands:
            item = QListWidgetItem()
            item.setData(COMMAND, command)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken(command))
            item.setToolTip(command.why_not)
            self.list.addItem(item)
        self.foot.setText(say("palette.keys") if commands else say("palette.none"))
        if commands:
            self.list.setCurrentRow(0)
            announce(self, spoken(commands[0]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The box's arrows move in the list; the window's size is followed."""
        if watched is self._pages and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is self.box and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._takes(event)
        return super().eventFilter(watched, event)

    def _takes(self, event: QKeyEvent) -> bool:
        step = STEPS.get(event.key())
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.run_chosen()
        elif step is not None and self.list.count():
            row = max(0, min(self.list.count() - 1, self.list.currentRow() + step))
            self.list.setCurrentRow(row)
            announce(self, spoken(self.list.item(row).data(COMMAND)))
        else:
            return step is not None
        return True

    def _place(self) -> None:
        pages = self._pages
        width = min(EMS_WIDE * self.fontMetrics().height(), pages.width() - 20)
        rows = MOST_ROWS * round(self.fontMetrics().height() * 1.7)
        height = min(rows + 2 * self.box.sizeHint().height() + 44, pages.height() - 12)
        corner = pages.geometry().topLeft()
        self.setGeometry(corner.x() + (pages.width() - width) // 2, corner.y() + 6, width, height)


def spoken(command: Command) -> str:
    """A command for screen readers: its words, its key, and why it cannot be done now."""
    return ". ".join(part for part in (command.name, command.key, command.why_not) if part)
