"""Finish: what the note still lacks, and sending it for signature; then where it stands."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout

from desktop.ui.flow import FlowLayout
from desktop.ui.obstacle_list import ObstacleLine, ObstacleList
from desktop.ui.parts import Card, announce, button, clear, column, label, line, rename, row
from desktop.ui.words import say

SIGN_KINDS = {"✓": "dot_ok", "✕": "dot_bad"}


@dataclass(frozen=True, slots=True)
class FinishState:
    """What the drawer shows: a sentence, what is left, open points as (sign, words), what may be done."""

    sentence: str
    points: tuple[tuple[str, str], ...]
    may_send: bool
    sent: bool
    obstacles: tuple[ObstacleLine, ...] = ()
    """What is left to do in the note."""
    attestation: str = ""
    """Who scribed, as the record tells it."""
    may_recall: bool = False
    """Whether the sent note can still be taken back."""
    may_freeze: bool = True
    """Whether the visit is not frozen yet as one of the wrong patient."""
    send_word: str = ""
    """What the button says that sends, when it takes questions along."""


class FinishPane(Card):
    """A card over the orders. Signals: send_requested(), recall_requested(), closed().
    place_chosen(line): the place of an ObstacleLine is asked for.
    wrong_patient(reason): the visit is to be frozen; asked for twice, with a reason.
    """

    send_requested = Signal()
    recall_requested = Signal()
    wrong_patient = Signal(str)
    place_chosen = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__(say("finish.title"))
        self.sentence = label("", "", wrap=True)
        self._points = QVBoxLayout()
        self._points.setSpacing(6)
        self.send_button = button(say("finish.send"), self.send_requested.emit, "primary")
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 12, 12, 12)
        inner.setSpacing(10)
        self.obstacles = ObstacleList()
        self.obstacles.chosen.connect(self.place_chosen)
        self.attestation = label("", "small", wrap=True)
        inner.addWidget(self.sentence)
        inner.addWidget(self.obstacles)
        inner.addLayout(self._points)
        inner.addWidget(self.attestation)
        self.back_button = button(say("finish.back"), self.closed.emit)
        self.recall_button = button(say("finish.recall"), self.recall_requested.emit)
        self.recall_button.setVisible(False)
        inner.addLayout(FlowLayout(self.back_button, self.recall_button, self.send_button, push=1))
        inner.addWidget(line())
        inner.addLayout(self._wrong_patient_form())
        self.body.addLayout(inner)
        self._shown: FinishState | None = None

    def _wrong_patient_form(self) -> QVBoxLayout:
        """First a button, then why and a second one: a whole visit is stopped by it."""
        self.wrong_button = button(say("wrong.open"), self._toggle_reason)
        self.wrong_help = label(say("wrong.help"), "", wrap=True)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(say("wrong.reason"))
        self.reason.setPlaceholderText(say("wrong.reason"))
        self.reason.setMaxLength(300)
        self.freeze_button = button(say("wrong.freeze"), self._freeze)
        self._asked = (self.wrong_help, self.reason, self.freeze_button)
        for part in self._asked:
            part.setVisible(False)
        return column(FlowLayout(self.wrong_button, push=1), *self._asked, spacing=6)

    def _toggle_reason(self) -> None:
        opens = not self.reason.isVisibleTo(self)
        for part in self._asked:
            part.setVisible(opens)
        (self.reason if opens else self.wrong_button).setFocus()

    def _freeze(self) -> None:
        reason = self.reason.text().strip()
        if reason:
            self.wrong_patient.emit(reason)
            self.reason.clear()
            self._toggle_reason()

    def show_state(self, state: FinishState) -> None:
        """Show the checklist."""
        if state == self._shown:
            return
        self._shown = state
        had_focus = self.send_button.hasFocus() or self.recall_button.hasFocus()
        was_in_list = self.obstacles.hasFocus()
        self.title.setText(say("finish.title_sent") if state.sent else say("finish.title"))
        self.sentence.setText(state.sentence)
        self.obstacles.show_lines(state.obstacles)
        self.attestation.setText(say("finish.attestation", text=state.attestation))
        self.attestation.setVisible(bool(state.attestation))
        clear(self._points)
        for sign, words in state.points:
            mark = label(sign, SIGN_KINDS.get(sign, "dot_warn"))
            mark.setMinimumWidth(18)
            point = row(mark, label(words, "", wrap=True), spacing=4)
            point.setStretch(1, 1)
            point.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            self._points.addLayout(point)
        rename(self.send_button, state.send_word or say("finish.send"))
        self.send_button.setEnabled(state.may_send)
        self.send_button.setVisible(not state.sent)
        self.recall_button.setVisible(state.may_recall)
        self.wrong_button.setVisible(state.may_freeze)
        shown = self.send_button.isVisibleTo(self) or self.recall_button.isVisibleTo(self)
        if had_focus and not shown:
            self.back_button.setFocus()
        elif was_in_list and not state.obstacles:
            self.take_focus()
        announce(self, state.sentence)

    def points_text(self) -> str:
        """All that is open in words, one a line."""
        if self._shown is None:
            return ""
        left = [one.words for one in self._shown.obstacles]
        return "\n".join([*left, *(words for _, words in self._shown.points)])

    def take_focus(self) -> None:
        """To sending when it is possible, else to what is left to do, else to the way back."""
        ready = self.send_button.isEnabled() and self.send_button.isVisibleTo(self)
        left = self.obstacles if self.obstacles.isVisibleTo(self) else self.back_button
        (self.send_button if ready else left).setFocus()
