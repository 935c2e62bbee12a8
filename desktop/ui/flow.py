"""A layout that goes on in the next row where one row is too narrow: nothing is cut when the type is large."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Items from left to right, then in the next row; from item `push` on they stand right while one row is enough."""

    def __init__(self, *widgets: QWidget, spacing: int = 8, push: int = -1) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._hint: QSize | None = None
        self._heights: dict[int, int] = {}
        self._push = push
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        """Put one behind the others."""
        self._items.append(item)

    def count(self) -> int:
        """How many there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """One of them, or None."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        """Take one out, or None."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """It takes no more than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """The height of all rows."""
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def invalidate(self) -> None:
        """Something changed: measure anew (Qt asks for sizes far more often than they change)."""
        self._hint = None
        self._heights.clear()
        super().invalidate()

    def sizeHint(self) -> QSize:
        """All in one row."""
        if self._hint is None:
            sizes = [item.sizeHint() for item in self._items if not item.isEmpty()]
            width = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
            self._hint = QSize(width, max((size.height() for size in sizes), default=0)) + self._margins()
        return self._hint

    def minimumSize(self) -> QSize:
        """The widest alone."""
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size + self._margins()

    def setGeometry(self, rect: QRect) -> None:
        """Place them."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _margins(self) -> QSize:
        margins = self.contentsMargins()
        return QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _place(self, rect: QRect, *, move: bool) -> int:
        inside = rect.marginsRemoved(self.contentsMargins())
        spare = rect.width() - self.sizeHint().width()
        y = inside.y()
        if move:  # in the middle of a higher place
            y += max(0, (rect.height() - self.heightForWidth(rect.width())) // 2)
        top = y
        for row in self._rows(inside.width()):
            height = max(size.height() for _, _, size in row)
            x = inside.x()
            for index, item, size in row:
                if 0 <= self._push <= index and spare > 0:
                    x, spare = x + spare, 0
                if move:
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self.spacing()
            y += height + 4
        margins = self.contentsMargins()
        return max(0, y - 4 - top) + margins.top() + margins.bottom()

    def _rows(self, width: int) -> list[list[tuple[int, QLayoutItem, QSize]]]:
        rows: list[list[tuple[int, QLayoutItem, QSize]]] = []
        used = 0
        for index, item in enumerate(self._items):
            if item.isEmpty():
                continue
            size = _fitted(item, width)
            if not rows or used + self.spacing() + size.width() > width:
                rows.append([])
                used = size.width()
            else:
                used += self.spacing() + size.width()
            rows[-1].append((index, item, size))
        return rows


def _fitted(item: QLayoutItem, width: int) -> QSize:
    """An item's size in a row of that width; words wrap where even one item is too wide."""
    size = item.sizeHint()
    if size.width() <= width:
        return size
    return QSize(width, item.heightForWidth(width) if item.hasHeightForWidth() else size.height())
