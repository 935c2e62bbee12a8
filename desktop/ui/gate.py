"""The gate: what the practice asks of this device, what was read, and how each failure is mended."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.parts import (
    Card,
    Page,
    Pill,
    Sheet,
    announce,
    button,
    clear,
    column,
    label,
    line,
    restyle,
    row,
    scroller,
)
from desktop.ui.words import say

SIGNS = {"ok": "✓", "warn": "!", "bad": "✕", "plain": "–"}


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check as it is shown."""

    name: str
    tone: str
    sentence: str
    remedy: str
    note: str


@dataclass(frozen=True, slots=True)
class GateState:
    """The whole gate."""

    title: str
    subtitle: str
    checked: str
    rows: tuple[CheckRow, ...]
    verdict: str
    tone: str
    waits_for: str
    may_join: bool
    checking: bool
    sent: str


class GateView(Page):
    """The admission screen of one visit.

    Signals:
        check_requested(). join_requested(). closed(). copy_requested().
    """

    check_requested = Signal()
    join_requested = Signal()
    closed = Signal()
    copy_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = label("", "title")
        self.subtitle = label("", "muted")
        self.verdict = Pill()
        head = row(self.title, self.subtitle, 1, self.verdict, spacing=12)
        self.device = Card(say("gate.device"))
        self.checked = label("", "small")
        self.device.heading.addWidget(self.checked)
        inner = Sheet()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        inner.setLayout(column(self._rows, 1))
        self.device.body.addWidget(scroller(inner, say("gate.device")), 1)
        self.sent = QPlainTextEdit()
        self.sent.setReadOnly(True)
        self.sent.setProperty("kind", "field")
        self.sent.setAccessibleName(say("gate.sent_all"))
        self.sent.setVisible(False)
        self.sent.setMaximumHeight(220)
        self.device.body.addWidget(self.sent)
        self.device.body.addWidget(line())
        self.see_all = button(say("gate.see_all"), self._toggle_sent)
        self.again = button(say("gate.again"), self.check_requested.emit, "primary")
        foot = row(
            label(say("gate.sent"), "small", wrap=True),
            1,
            self.see_all,
            button(say("gate.copy"), self.copy_requested.emit),
            self.again,
        )
        foot.setContentsMargins(12, 9, 12, 9)
        self.device.body.addLayout(foot)
        self.before = Card(say("gate.before"))
        self.waits = label("", "", wrap=True)
        self.privacy = label(say("gate.privacy"), "small", wrap=True)
        self.join_button = button(say("gate.join"), self.join_requested.emit, "primary")
        self.back_button = button(say("gate.back"), self.closed.emit)
        self.before.body.addLayout(
            column(
                self.waits,
                self.privacy,
                row(self.back_button, 1, self.join_button),
                margins=12,
                spacing=12,
            )
        )
        side = column(self.before, 1)
        body = row(spacing=14)
        body.addWidget(self.device, 7)
        body.addLayout(side, 3)
        self.setLayout(column(head, margins=18, spacing=12))
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.addLayout(body, 1)
        self._shown: GateState | None = None

    def show_state(self, state: GateState) -> None:
        """Show the newest check."""
        if state == self._shown:
            return
        previous, self._shown = self._shown, state
        self.title.setText(state.title)
        self.subtitle.setText(state.subtitle)
        self.checked.setText(state.checked)
        self.verdict.show_state(state.verdict, state.tone)
        self.waits.setText(state.waits_for)
        self.waits.setProperty("kind", {"bad": "problem", "ok": "fine"}.get(state.tone, ""))
        restyle(self.waits)
        self.join_button.setEnabled(state.may_join)
        self.again.setEnabled(not state.checking)
        self.sent.setPlainText(state.sent)
        self.see_all.setEnabled(bool(state.sent))
        if previous is None or previous.rows != state.rows:
            clear(self._rows)
            for entry in state.rows:
                self._rows.addWidget(_check_row(entry))
                self._rows.addWidget(line())
        if previous is None or previous.waits_for != state.waits_for:
            announce(self, f"{state.verdict}. {state.waits_for}")
            if state.may_join:
                self.join_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def take_focus(self) -> None:
        """To Join when it can be pressed, else to the way back."""
        (self.join_button if self.join_button.isEnabled() else self.back_button).setFocus()

    def _toggle_sent(self) -> None:
        self.sent.setVisible(not self.sent.isVisible())


def _check_row(entry: CheckRow) -> QWidget:
    made = QWidget()
    made.setAccessibleName(f"{entry.name}: {entry.sentence} {entry.note} {entry.remedy}")
    sign = Pill(SIGNS[entry.tone], entry.tone)
    sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
    sign.setFixedWidth(28)
    name = label(entry.name, "strong")
    name.setMinimumWidth(150)
    grid = QGridLayout(made)
    grid.setContentsMargins(12, 9, 12, 9)
    grid.setHorizontalSpacing(12)
    grid.setColumnStretch(2, 1)
    grid.addWidget(sign, 0, 0)
    grid.addWidget(name, 0, 1)
    grid.addWidget(label(entry.sentence, "muted", wrap=True), 0, 2)
    note = label(entry.note, "problem" if entry.tone == "bad" else "small", wrap=True)
    grid.addWidget(note, 0, 3)
    if entry.remedy:
        grid.addWidget(label(entry.remedy, "", wrap=True), 1, 2, 1, 2)
    return made
