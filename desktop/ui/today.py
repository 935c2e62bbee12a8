"""Today: the visits that this scribe is assigned to."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.ui.parts import Card, Page, Pill, Sheet, clear, column, label, line, row, scroller
from desktop.ui.words import say

WHERE_WIDTH, STATES_WIDTH = 190, 230
"""Columns of the list (pixels), so that rows stand under each other."""


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit as it is listed."""

    visit_id: str
    time: str
    patient: str
    detail: str
    where: str
    pills: tuple[tuple[str, str], ...]


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
        self.buttons: list[QPushButton] = []

    def show_rows(self, rows: list[VisitRow], day: str, empty: str) -> None:
        """Show the day's visits by time, or a sentence when there are none."""
        self.card.title.setText(day)
        if rows == self._shown:
            return
        self._shown = list(rows)
        focused = next((i for i, made in enumerate(self.buttons) if made.hasFocus()), None)
        clear(self._rows)
        self.buttons = []
        if not rows:
            text = label(empty, "muted", wrap=True)
            text.setContentsMargins(14, 14, 14, 14)
            self._rows.addWidget(text)
        for entry in rows:
            self._rows.addWidget(self._row(entry))
            self._rows.addWidget(line())
        if focused is not None and focused < len(self.buttons):
            self.buttons[focused].setFocus()

    def take_focus(self) -> None:
        """To the first visit."""
        if self.buttons:
            self.buttons[0].setFocus()

    def _row(self, entry: VisitRow) -> QPushButton:
        made = QPushButton()
        made.setProperty("kind", "row")
        made.setMinimumHeight(58)
        states = ", ".join(word for word, _ in entry.pills)
        made.setAccessibleName(say("today.open", patient=entry.patient))
        made.setAccessibleDescription(f"{entry.time}. {entry.detail}. {entry.where}. {states}")
        time = label(entry.time, "strong")
        time.setMinimumWidth(56)
        who = column(label(entry.patient, "strong"), label(entry.detail, "small"), spacing=2)
        where = label(entry.where, "muted")
        where.setMinimumWidth(WHERE_WIDTH)
        cell = QWidget()
        cell.setMinimumWidth(STATES_WIDTH)
        cell.setLayout(row(*[Pill(word, tone) for word, tone in entry.pills], 1))
        inner = row(time, who, 1, where, cell, spacing=12)
        inner.setContentsMargins(14, 6, 14, 6)
        made.setLayout(inner)
        made.clicked.connect(lambda _checked=False: self.visit_chosen.emit(entry.visit_id))
        self.buttons.append(made)
        return made
