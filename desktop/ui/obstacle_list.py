"""What is left to do in the note, as a list: a click or Enter on a line puts the caret on exactly that place."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem

from desktop.ui.words import say

MOST_ROWS = 8
"""So many are shown at once; the others scroll."""
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


@dataclass(frozen=True, slots=True)
class ObstacleLine:
    """One thing left to do in words, and its UTF-16 units [start, end) of a section."""

    words: str
    section: str
    start: int
    end: int


class ObstacleList(QListWidget):
    """The list. Signal: chosen(line)."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[ObstacleLine, ...] = ()
        self.setProperty("kind", "obstacles")
        self.setAccessibleName(say("finish.obstacles"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setUniformItemSizes(True)
        self.itemClicked.connect(self._choose)

    def show_lines(self, lines: Sequence[ObstacleLine]) -> None:
        """Show these; the row stays where it was as far as there is one."""
        lines = tuple(lines)
        self.setVisible(bool(lines))
        if lines == self._lines:
            return
        row = max(0, self.currentRow())
        self._lines = lines
        self.clear()
        for line in lines:
            item = QListWidgetItem(line.words)
            item.setToolTip(line.words)
            self.addItem(item)
        if lines:
            self.setCurrentRow(min(row, len(lines) - 1))
        self.updateGeometry()

    @property
    def lines(self) -> tuple[ObstacleLine, ...]:
        """What is shown."""
        return self._lines

    def _choose(self, item: QListWidgetItem) -> None:
        self.chosen.emit(self._lines[self.row(item)])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the place."""
        item = self.currentItem()
        if event.key() in ENTER and item is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """As high as its rows, up to a few."""
        rows = min(MOST_ROWS, max(1, self.count()))
        height = max(self.sizeHintForRow(0), self.fontMetrics().height()) * rows + 2 * self.frameWidth() + 6
        return QSize(super().sizeHint().width(), height)

    def minimumSizeHint(self) -> QSize:
        """All of that, since it stands among panes that scroll together."""
        return QSize(0, self.sizeHint().height())
