"""The letters of a visit over its page: what was sent, the form of one, and beside it the letter as it will look."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.letters.form import LetterForm
from desktop.ui.letters.paper import LetterPaper
from desktop.ui.letters.present import LetterRow
from desktop.ui.parts import Pill, Sheet, announce, button, clear, column, label, line, row, scroller
from desktop.ui.words import say

WIDE_EMS = 52
"""From this width on (heights of the type) the paper stands beside the form, below it under the form."""
MARGIN = 10


class LettersSheet(QFrame):
    """Lies over the panes of one visit, the patient in sight above it; Escape closes it.

    Signals:
        change_asked(letter_id). withdraw_asked(letter_id, version). new_asked(). closed().
    """

    change_asked = Signal(str)
    withdraw_asked = Signal(str, int)
    new_asked = Signal()
    closed = Signal()

    def __init__(self, view: QWidget, beside: QWidget) -> None:
        super().__init__(view)
        self.setProperty("kind", "overlay")
        self.setAccessibleName(say("letters.title"))
        self._view, self._beside = view, beside
        self._came_from: QWidget | None = None
        self._shown: list[LetterRow] | None = None
        self.form = LetterForm()
        self.paper = LetterPaper()
        self.title = label("", "strong", wrap=True)
        self.new_button = button(say("letters.new"), self.new_asked.emit)
        self.close_button = button(say("letters.close"), self.put_away)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._listed = Sheet()
        self._listed.setLayout(self._rows)
        inner = Sheet()
        inner.setLayout(column(self._listed, self.title, self.form, 1, margins=12, spacing=8))
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(0)
        self._body.addWidget(scroller(inner, say("letters.title")), 1)
        self._body.addWidget(self.paper, 1)
        heading = FlowLayout(label(say("letters.title"), "title"), self.new_button, self.close_button, push=1)
        heading.setContentsMargins(16, 10, 16, 8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(heading)
        layout.addWidget(line())
        layout.addLayout(self._body, 1)
        layout.addWidget(line())
        foot = row(label(say("letters.rule"), "small", wrap=True))
        foot.setContentsMargins(16, 8, 16, 8)
        layout.addLayout(foot)
        self.hide()
        view.installEventFilter(self)

    def open(self) -> None:
        """Put the sheet over the page, and the keyboard into its form."""
        if not self.isVisible():
            self._came_from = self.window().focusWidget()
        self.show()
        self._place()
        self.raise_()
        self.form.take_focus()

    def put_away(self) -> None:
        """Back to where the keyboard was; what stands in the form is kept."""
        self.hide()
        self.closed.emit()
        if self._came_from is not None:
            self._came_from.setFocus()
            self._came_from = None

    def show_rows(self, rows: list[LetterRow]) -> None:
        """The letters that were sent."""
        if rows == self._shown:
            return
        self._shown = list(rows)
        focused = self.focusWidget()
        lost = focused is not None and self._listed.isAncestorOf(focused)
        clear(self._rows)
        for entry in rows:
            self._rows.addWidget(self._row(entry))
            self._rows.addWidget(line())
        if lost:
            self.close_button.setFocus()

    def show_title(self, title: str) -> None:
        """Which letter stands in the form."""
        if title != self.title.text():
            self.title.setText(title)
            announce(self, title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the page's size."""
        if watched is self._view and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        """Beside the feed and the chat where there is room, else over all of the page."""
        page = self._view.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        left = self._beside.mapTo(self._view, self._beside.rect().topRight()).x() + MARGIN
        wide = WIDE_EMS * self.fontMetrics().height()
        place = QRect(left, page.top(), page.right() - left + 1, page.height())
        self.setGeometry(place if place.width() >= wide else page)
        beside = self.width() >= wide
        self._body.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)

    def _row(self, entry: LetterRow) -> QWidget:
        made = QFrame()
        made.setAccessibleName(f"{entry.title}. {entry.state}. {entry.detail}")
        heading = row(label(entry.title, "strong", wrap=True), Pill(entry.state, entry.tone))
        heading.setStretch(0, 1)
        parts: list[QWidget | FlowLayout] = [label(entry.detail, "small", wrap=True)]
        if entry.can_change:
            letter_id, version = entry.letter_id, entry.version
            change = button(say("letters.change"), lambda: self.change_asked.emit(letter_id))
            change.setAccessibleName(say("letters.change_named", title=entry.title))
            back = button(say("letters.withdraw"), lambda: self.withdraw_asked.emit(letter_id, version))
            back.setAccessibleName(say("letters.withdraw_named", title=entry.title))
            parts.append(FlowLayout(change, back))
        made.setLayout(column(heading, *parts, margins=4, spacing=4))
        return made
