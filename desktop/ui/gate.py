"""The gate: what the practice asks of this device, what was read, and how each failure is mended."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import (
    Card,
    ColumnLabel,
    ElidedLabel,
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

SIDE_BY_SIDE_EMS = 50
"""From this width on (in heights of the type) what Join waits for stands beside the checks."""
SIGN_EMS, NAME_EMS, NOTE_EMS = 2.2, 9, 8
"""Columns of the checks (in heights of the type)."""
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
        head = FlowLayout(self.title, self.subtitle, self.verdict, spacing=12, push=2)
        self.device = Card(say("gate.device"))
        self.checked = ElidedLabel("small")
        self.checked.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.device.heading.addWidget(self.checked)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self.running = label(say("gate.running"), "muted", wrap=True)
        self.running.setContentsMargins(12, 12, 12, 12)
        self.device.body.addWidget(self.running)
        self.device.body.addLayout(self._rows)
        self.device.body.addStretch(1)
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
        self.copy = button(say("gate.copy"), self.copy_requested.emit)
        self.told = label(say("gate.sent"), "small", wrap=True)
        foot = column(self.told, FlowLayout(self.see_all, self.copy, self.again, push=0), spacing=6)
        foot.setContentsMargins(12, 9, 12, 9)
        self.device.body.addLayout(foot)
        self.before = Card(say("gate.before"))
        self.waits = label("", "", wrap=True)
        self.privacy = label(say("gate.privacy"), "small", wrap=True)
        self.join_button = button(say("gate.join"), self.join_requested.emit, "primary")
        self.join_button.setEnabled(False)
        self.back_button = button(say("gate.back"), self.closed.emit)
        self.before.body.addLayout(
            column(
                self.waits,
                self.privacy,
                FlowLayout(self.back_button, self.join_button, push=1),
                margins=12,
                spacing=12,
            )
        )
        inner = Sheet()
        self._body = row(spacing=14)
        self._body.addWidget(self.device, 7)
        self._body.addLayout(column(self.before, 1), 3)
        layout = column(head, margins=18, spacing=12)
        layout.addLayout(self._body, 1)
        inner.setLayout(layout)
        self.setLayout(column(scroller(inner, say("gate.device"), to_read=True)))
        self._shown: GateState | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room beside the checks, what Join waits for stands above them."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """Larger type needs more room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._arrange)  # Qt walks a list of all widgets now: none may go meanwhile

    def _arrange(self) -> None:
        beside = self.width() >= SIDE_BY_SIDE_EMS * self.fontMetrics().height()
        wanted = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.BottomToTop
        if self._body.direction() is not wanted:
            self._body.setDirection(wanted)

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
        if self.join_button.hasFocus() and not state.may_join:
            self.back_button.setFocus()
        self.join_button.setEnabled(state.may_join)
        self._let_check(not state.checking)
        if previous is None or previous.sent != state.sent:
            self.sent.setPlainText(state.sent)
            self.told.setText(say("gate.sent"))
        for part in (self.see_all, self.copy):
            part.setEnabled(bool(state.sent))
        self.running.setVisible(not state.rows and state.checking)
        if previous is None or previous.rows != state.rows:
            clear(self._rows)
            for entry in state.rows:
                self._rows.addWidget(_check_row(entry))
                self._rows.addWidget(line())
        if previous is None or previous.waits_for != state.waits_for:
            announce(self, f"{state.verdict}. {state.waits_for}")
            if state.may_join:
                self.join_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_copied(self) -> None:
        """The report is on the clipboard."""
        self.told.setText(say("gate.copied"))
        announce(self, self.told.text())

    def _let_check(self, may: bool) -> None:
        """A button that cannot be pressed loses the keyboard: it waits at the way back meanwhile."""
        waits_here = self.again.hasFocus() or self.back_button.hasFocus()
        if not may and self.again.hasFocus():
            self.back_button.setFocus()
        became = may and not self.again.isEnabled()
        self.again.setEnabled(may)
        if became and waits_here:
            self.again.setFocus()

    def take_focus(self) -> None:
        """To Join when it can be pressed, else to the way back."""
        (self.join_button if self.join_button.isEnabled() else self.back_button).setFocus()

    def _toggle_sent(self) -> None:
        self.sent.setVisible(not self.sent.isVisible())


def _check_row(entry: CheckRow) -> QWidget:
    made = QWidget()
    note_words = entry.note.replace("\n", ". ")
    made.setAccessibleName(f"{entry.name}: {entry.sentence} {note_words} {entry.remedy}")
    sign = ColumnLabel(SIGNS[entry.tone], "", SIGN_EMS)
    sign.setProperty("tone", entry.tone)
    sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
    name = ColumnLabel(entry.name, "strong", NAME_EMS)
    grid = QGridLayout(made)
    grid.setContentsMargins(12, 9, 12, 9)
    grid.setHorizontalSpacing(12)
    grid.setColumnStretch(2, 1)
    grid.addWidget(sign, 0, 0, Qt.AlignmentFlag.AlignTop)
    grid.addWidget(name, 0, 1)
    grid.addWidget(label(entry.sentence, "muted", wrap=True), 0, 2)
    if entry.note:
        note = ColumnLabel(entry.note, "small_bad" if entry.tone == "bad" else "small", NOTE_EMS)
        note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        grid.addWidget(note, 0, 3)
    if entry.remedy:
        grid.addWidget(label(entry.remedy, "", wrap=True), 1, 2, 1, 2)
    return made
