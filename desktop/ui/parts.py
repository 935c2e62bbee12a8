"""Small building blocks of every screen: cards, pills, labels and buttons with their key."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.actions import key_of


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


def restyle(widget: QWidget) -> None:
    """Let the style sheet see a changed property."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(text: str, clicked: Callable[[], None], kind: str = "", action: str = "") -> QPushButton:
    """A button; with an action id its key stands beside the word."""
    key = key_of(action) if action else ""
    made = QPushButton(f"{text}   {key}" if key else text)
    made.setAccessibleName(text)
    if key:
        made.setToolTip(f"{text} ({key})")
    if kind:
        made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: clicked())
    return made


def rename(made: QPushButton, text: str, action: str = "") -> None:
    """Give a button another word, for eyes and screen readers alike."""
    key = key_of(action) if action else ""
    made.setText(f"{text}   {key}" if key else text)
    made.setAccessibleName(text)


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
        self.title = label(title, "strong")
        self.heading = row(self.title, 1)
        self.heading.setContentsMargins(12, 8, 12, 8)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        if title:
            self.body.addLayout(self.heading)
            self.body.addWidget(line())


def line() -> QFrame:
    """A line of one pixel."""
    made = QFrame()
    made.setProperty("kind", "line")
    return made


def scroller(inner: QWidget, name: str) -> QScrollArea:
    """A scroll area that only scrolls down."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setAccessibleName(name)
    area.setWidget(inner)
    return area


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
