"""Small building blocks of every screen: cards, pills, labels and buttons with their key."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.actions import key_of
from desktop.ui.flow import FlowLayout


def label(text: str = "", kind: str = "", *, wrap: bool = False) -> QLabel:
    """A label that never reads what it shows as markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    return made


class Pill(QLabel):
    """A state in a word, on its colour: tone is `ok`, `warn`, `bad`, `accent` or `plain`."""

    def __init__(self, text: str = "", tone: str = "plain") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def show_state(self, text: str, tone: str) -> None:
        """Change word and colour; an empty word hides the pill."""
        self.setVisible(bool(text))
        if text != self.text():
            self.setText(text)
        if tone != self.property("tone"):
            self.setProperty("tone", tone)
            restyle(self)


def blank_pixmap(size: QSize, ratio: float) -> tuple[QPixmap, QPainter]:
    """A clear pixmap of so many device-independent pixels, and a painter on it that smooths edges; end it."""
    made = QPixmap(size * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return made, painter


def restyle(widget: QWidget) -> None:
    """Let the style sheet see a changed property."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


class KeyButton(QPushButton):
    """A button with its key in a small frame beside the word; without a key it is a plain button."""

    def __init__(self, text: str, key: str) -> None:
        super().__init__(text)
        self.key = key

    def sizeHint(self) -> QSize:
        """Room for the word and its key."""
        size = super().sizeHint()
        return QSize(size.width() + self._key_room(), size.height())

    def minimumSizeHint(self) -> QSize:
        """The word is never cut; where there is no room for the key, it stays in the tooltip and the sheet of keys."""
        return super().sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style draws frame and word, we the key."""
        if not self.key or self.width() < self.sizeHint().width():
            super().paintEvent(event)
            return
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonBevel, option)
        inside = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self)
        key_width = self._key_room() - 8
        option.rect = inside.adjusted(0, 0, -self._key_room(), 0)
        painter.drawControl(QStyle.ControlElement.CE_PushButtonLabel, option)
        self._paint_key(painter, QRect(inside.right() - key_width + 1, inside.top(), key_width, inside.height()))
        painter.end()

    def _key_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(max(10, font.pixelSize() - 2))
        font.setBold(False)
        return font

    def _key_room(self) -> int:
        if not self.key:
            return 0
        return QFontMetrics(self._key_font()).horizontalAdvance(self.key) + 18

    def _paint_key(self, painter: QPainter, place: QRect) -> None:
        palette = QGuiApplication.palette()
        primary = self.property("kind") == "primary" and self.isEnabled()
        ink = palette.color(QPalette.ColorRole.HighlightedText if primary else QPalette.ColorRole.PlaceholderText)
        edge = QColor(ink)
        edge.setAlpha(110)
        font = self._key_font()
        height = QFontMetrics(font).height() + 2
        frame = QRectF(place.x() + 0.5, place.center().y() - height // 2 + 0.5, place.width() - 1, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(edge)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 4, 4)
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(frame, int(Qt.AlignmentFlag.AlignCenter), self.key)


def button(text: str, clicked: Callable[[], None], kind: str = "", action: str = "") -> KeyButton:
    """A button; with an action id its key stands beside the word. Kinds: `primary`, `link`, or plain."""
    key = key_of(action) if action else ""
    made = KeyButton(text, key)
    made.setAccessibleName(text)
    if key:
        made.setToolTip(f"{text} ({key})")
        made.setAccessibleDescription(key)
    if kind:
        made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: clicked())
    return made


def rename(made: KeyButton, text: str) -> None:
    """Give a button another word, for eyes and screen readers alike; its key stays."""
    made.setText(text)
    made.setAccessibleName(text)
    if made.key:
        made.setToolTip(f"{text} ({made.key})")
    made.updateGeometry()


class Choice(QComboBox):
    """A choice that the mouse wheel does not change: scrolling past it must not alter an order. Signal: left()."""

    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setMinimumContentsLength(12)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the person went on; a line edit with an open list of proposals does not."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.left.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's field, and our arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.6)
        painter.setPen(pen)
        x, y = self.width() - 16, self.height() // 2 - 1
        painter.drawPolyline([QPoint(x - 4, y - 2), QPoint(x, y + 2), QPoint(x + 4, y - 2)])
        painter.end()


def column(*items: QWidget | QLayout | int, margins: int = 0, spacing: int = 8) -> QVBoxLayout:
    """Items from top to bottom; an int is a stretch."""
    layout = QVBoxLayout()
    _fill(layout, items, margins, spacing)
    return layout


def row(*items: QWidget | QLayout | int, margins: int = 0, spacing: int = 8) -> QHBoxLayout:
    """Items from left to right; an int is a stretch."""
    layout = QHBoxLayout()
    _fill(layout, items, margins, spacing)
    return layout


def _fill(
    layout: QVBoxLayout | QHBoxLayout, items: tuple[QWidget | QLayout | int, ...], margins: int, spacing: int
) -> None:
    layout.setContentsMargins(margins, margins, margins, margins)
    layout.setSpacing(spacing)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)


class Card(QFrame):
    """A white panel with a heading row and a body."""

    def __init__(self, title: str = "") -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.title = ElidedLabel("strong")
        self.title.setText(title)
        self.heading = FlowLayout(self.title, push=1)
        self.heading.setContentsMargins(12, 8, 12, 8)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.setSpacing(0)
        if title:
            self.body.addLayout(self.heading)
            self.body.addWidget(line())


class Page(QWidget):
    """One page of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "page")

    def take_focus(self) -> None:
        """Put the keyboard where the person most likely goes on; called when the page comes to the front."""


class Sheet(QWidget):
    """What a scroll area shows: never wider than its pane, so that nothing is cut at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "sheet")

    def minimumSizeHint(self) -> QSize:
        """As narrow as the pane."""
        return QSize(0, super().minimumSizeHint().height())


def line() -> QFrame:
    """A line of one pixel."""
    made = QFrame()
    made.setProperty("kind", "line")
    return made


class ColumnLabel(QLabel):
    """Words in a column that is `ems` heights of the type wide, in every row; they wrap."""

    def __init__(self, text: str, kind: str, ems: float) -> None:
        super().__init__(text)
        self._ems = ems
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """The column's width."""
        width = round(self._ems * self.fontMetrics().height())
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """No narrower."""
        return self.sizeHint()


class ElidedLabel(QLabel):
    """One line that ends in dots where it has no room; then the whole is its tooltip."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)

    def minimumSizeHint(self) -> QSize:
        """It may become very short."""
        return QSize(self.fontMetrics().horizontalAdvance("…") * 2, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, or as much of it as fits."""
        if not self._is_short():
            super().paintEvent(event)
            return
        room = self.contentsRect()
        short = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(room, int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), short)
        painter.end()

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self._refresh_tip()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width shows more or less of it."""
        super().resizeEvent(event)
        self._refresh_tip()

    def _is_short(self) -> bool:
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def _refresh_tip(self) -> None:
        self.setToolTip(self.text() if self._is_short() else "")


def scroller(inner: QWidget, name: str, *, to_read: bool = False) -> QScrollArea:
    """A scroll area that only scrolls down. One `to_read` takes the keyboard while it holds more than it shows."""
    area = QScrollArea()
    if to_read:
        area.setProperty("kind", "reader")
        area.verticalScrollBar().rangeChanged.connect(
            lambda _low, high: area.setFocusPolicy(
                Qt.FocusPolicy.TabFocus if high > 0 or area.hasFocus() else Qt.FocusPolicy.NoFocus
            )
        )
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setAccessibleName(name)
    area.setWidget(inner)
    inner.setAutoFillBackground(False)
    return area


class PaneArea(QScrollArea):
    """Panes that scroll down where there is less height than they need; the focused control is always in sight."""

    def __init__(self, inner: QWidget, name: str) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(name)
        self.setWidget(inner)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    def minimumSizeHint(self) -> QSize:
        """As wide as the panes need."""
        inner = self.widget()
        width = 0 if inner is None else inner.minimumSizeHint().width()
        return QSize(width + self.verticalScrollBar().sizeHint().width(), 120)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What the panes need changed."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None and self.isAncestorOf(new):
            self.ensureWidgetVisible(new, 0, 12)


def clear(layout: QLayout) -> None:
    """Remove everything from a layout."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        inner = item.layout()
        if inner is not None:
            clear(inner)


def announce(widget: QWidget, text: str) -> None:
    """Let a screen reader say it now, without moving the focus."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
