"""Today: the visits that this scribe is assigned to."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, ColumnLabel, Page, Pill, Sheet, clear, column, label, line, row, scroller
from desktop.ui.words import say

TIME_EMS, WHERE_EMS, STATES_EMS = 3.5, 12, 14
"""Columns of the list (in heights of the type), so that rows stand under each other."""
WIDE_EMS = 50
"""Below this width the place and the states stand under the patient."""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit as it is listed."""

    visit_id: str
    time: str
    patient: str
    detail: str
    where: str
    pills: tuple[tuple[str, str], ...]


class RowButton(QPushButton):
    """A button as high as what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Narrower is higher."""
        return True

    def heightForWidth(self, width: int) -> int:
        """What its layout needs."""
        inner = self.layout()
        return super().heightForWidth(width) if inner is None else inner.totalHeightForWidth(width)

    def sizeHint(self) -> QSize:
        """What its layout wants."""
        inner = self.layout()
        return super().sizeHint() if inner is None else inner.totalSizeHint()


class ColumnCell(QWidget):
    """A cell that is `ems` heights of the type wide, in every row."""

    def __init__(self, ems: float) -> None:
        super().__init__()
        self._ems = ems
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        """The column's width."""
        return QSize(round(self._ems * self.fontMetrics().height()), super().sizeHint().height())


class TodayView(Page):
    """The list. Signal: visit_chosen(visit_id)."""

    visit_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.card = Card(say("today.title"))
        inner = Sheet()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        inner.setLayout(column(self._rows, 1))
        self.card.body.addWidget(scroller(inner, say("today.title")), 1)
        self.setLayout(column(self.card, margins=18))
        self._shown: list[VisitRow] | None = None
        self._wide = True
        self._empty = self._told = ""
        self.buttons: list[QPushButton] = []

    def show_rows(self, rows: list[VisitRow], day: str, empty: str) -> None:
        """Show the day's visits by time, or a sentence when there are none."""
        self.card.title.setText(day)
        self._empty = empty or self._empty
        if rows == self._shown and (rows or self._told == self._empty):
            return
        self._told = self._empty
        self._shown = list(rows)
        focused = next((i for i, made in enumerate(self.buttons) if made.hasFocus()), None)
        clear(self._rows)
        self.buttons = []
        if not rows:
            text = label(self._empty, "muted", wrap=True)
            text.setContentsMargins(14, 14, 14, 14)
            self._rows.addWidget(text)
        for entry in rows:
            self._rows.addWidget(self._row(entry))
            self._rows.addWidget(line())
        if focused is not None and focused < len(self.buttons):
            self.buttons[focused].setFocus()
        elif self.isVisible() and self.window().focusWidget() is None:
            self.take_focus()  # the page came to the front before its rows

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may put the columns under each other."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Larger type needs more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._arrange)  # Qt walks a list of all widgets now: none may go meanwhile

    def _arrange(self) -> None:
        wide = self.width() >= WIDE_EMS * self.fontMetrics().height()
        if wide != self._wide:
            self._wide = wide
            rows, self._shown = self._shown, None
            if rows is not None:
                self.show_rows(rows, self.card.title.text(), "")

    def take_focus(self) -> None:
        """To the first visit."""
        if self.buttons:
            self.buttons[0].setFocus()

    def _row(self, entry: VisitRow) -> QPushButton:
        made = RowButton()
        made.setProperty("kind", "row")
        states = ", ".join(word for word, _ in entry.pills)
        made.setAccessibleName(say("today.open", patient=entry.patient))
        made.setAccessibleDescription(f"{entry.time}. {entry.detail}. {entry.where}. {states}")
        time = ColumnLabel(entry.time, "strong", TIME_EMS)
        who = column(label(entry.patient, "strong", wrap=True), label(entry.detail, "small", wrap=True), spacing=2)
        pills = [Pill(word, tone) for word, tone in entry.pills]
        if self._wide:
            where = ColumnLabel(entry.where, "muted", WHERE_EMS)
            cell = ColumnCell(STATES_EMS)
            cell.setLayout(FlowLayout(*pills))
            inner = row(time, who, where, cell, spacing=12)
        else:
            who.addWidget(label(entry.where, "small", wrap=True))
            who.addLayout(FlowLayout(*pills))
            inner = row(time, who, spacing=12)
        inner.setStretch(1, 1)
        inner.setContentsMargins(14, 10, 14, 10)
        made.setLayout(inner)
        made.clicked.connect(lambda _checked=False: self.visit_chosen.emit(entry.visit_id))
        self.buttons.append(made)
        return made
