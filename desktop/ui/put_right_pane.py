"""A frozen visit: where its words go. What is done here is asked for twice, with the right patient in full."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.finish_pane import SIGN_KINDS
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, announce, button, clear, column, label, row
from desktop.ui.words import say


@dataclass(frozen=True, slots=True)
class Target:
    """A visit that the words may belong to, its patient in words, and whether this scribe may have it moved there."""

    visit_id: str
    words: str
    may_move: bool


@dataclass(frozen=True, slots=True)
class PutRightState:
    """A sentence, the points as (sign, words), the visits, and what may still be done."""

    sentence: str
    points: tuple[tuple[str, str], ...]
    targets: tuple[Target, ...]
    moves: bool
    """Whether nothing was moved yet."""
    may_settle: bool
    """Whether a scribe may say that nothing of it is to be kept: nothing was signed."""


class PutRightPane(Card):
    """Signals: move_requested(visit_id), copy_requested(visit_id), settle_requested(); each after a second press."""

    move_requested = Signal(str)
    copy_requested = Signal(str)
    settle_requested = Signal()

    def __init__(self) -> None:
        super().__init__(say("wrong.title"))
        self.sentence = label("", "", wrap=True)
        self._points = QVBoxLayout()
        self._points.setSpacing(6)
        self.choice = Choice(say("wrong.choose"))
        self.choice.currentIndexChanged.connect(lambda _index: self._on_chosen())
        self.who = label("", "strong", wrap=True)
        self.no_move = label(say("wrong.not_admitted"), "muted", wrap=True)
        self.result = label("", "", wrap=True)
        self.move_button = button(say("wrong.move"), lambda: self._ask("move"))
        self.copy_button = button(say("wrong.copy"), lambda: self._ask("copy"))
        self.settle_button = button(say("wrong.settle"), lambda: self._ask("settle"))
        self.question = label("", "notice", wrap=True)
        self.yes_button = button(say("wrong.yes"), self._on_yes, "primary")
        self.no_button = button(say("wrong.no"), lambda: self._ask(""))
        self._targets: tuple[Target, ...] = ()
        self._moves = self._may_settle = False
        self._asked = ""
        self._shown: PutRightState | None = None
        self.form = self._form()
        inner = column(self.sentence, self._points, self.form, spacing=10)
        inner.setContentsMargins(12, 12, 12, 12)
        self.body.addLayout(inner)
        self.setVisible(False)

    def _form(self) -> QWidget:
        made = QWidget()
        buttons = FlowLayout(self.move_button, self.copy_button, self.settle_button)
        answers = FlowLayout(self.no_button, self.yes_button, push=1)
        parts = (self.choice, self.who, self.no_move, buttons, self.question, answers, self.result)
        made.setLayout(column(*parts, spacing=6))
        return made

    def show_state(self, state: PutRightState | None) -> None:
        """Show it, or hide the pane for a visit that is not frozen; the chosen visit stays chosen."""
        if state == self._shown:
            return
        self._shown = state
        self.setVisible(state is not None)
        if state is None:
            return
        self.sentence.setText(state.sentence)
        clear(self._points)
        for sign, words in state.points:
            mark = label(sign, SIGN_KINDS.get(sign, "dot_warn"))
            mark.setMinimumWidth(18)
            point = row(mark, label(words, "", wrap=True), spacing=4)
            point.setStretch(1, 1)
            point.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
            self._points.addLayout(point)
        self._moves, self._may_settle = state.moves, state.may_settle
        self._offer(state.targets)
        announce(self, state.sentence)

    def _offer(self, targets: tuple[Target, ...]) -> None:
        if [one.visit_id for one in targets] != [one.visit_id for one in self._targets]:
            chosen = self.choice.currentData()
            self.choice.blockSignals(True)
            self.choice.clear()
            self.choice.addItem(say("wrong.choose"), "")
            for one in targets:
                self.choice.addItem(one.words, one.visit_id)
            self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)))
            self.choice.blockSignals(False)
        self._targets = targets
        self._arrange()

    def points_text(self) -> str:
        """The points in words, one a line."""
        return "\n".join(words for _, words in self._shown.points) if self._shown is not None else ""

    def show_result(self, text: str) -> None:
        """What became of a copy."""
        self.result.setText(text)
        self._arrange()
        announce(self, text)

    def take_focus(self) -> None:
        """To the choice of the right patient."""
        self.choice.setFocus()

    @property
    def _target(self) -> Target | None:
        chosen = self.choice.currentData()
        return next((one for one in self._targets if one.visit_id == chosen), None)

    def _on_chosen(self) -> None:
        self.result.setText("")
        self._asked = ""
        self._arrange()

    def _ask(self, what: str) -> None:
        """First a question, with the patient in full; '' takes it away."""
        before, self._asked = self._asked, what
        self._arrange()
        if what:
            announce(self, self.question.text())
            self.yes_button.setFocus()
        else:
            back = {"move": self.move_button, "copy": self.copy_button, "settle": self.settle_button}.get(before)
            (back or self.choice).setFocus()

    def _on_yes(self) -> None:
        asked, target, self._asked = self._asked, self._target, ""
        self.choice.setFocus()
        self._arrange()
        if asked == "settle":
            self.settle_requested.emit()
        elif target is not None and asked == "move":
            self.move_requested.emit(target.visit_id)
        elif target is not None and asked == "copy":
            self.copy_requested.emit(target.visit_id)

    def _arrange(self) -> None:
        """What may not be done is not there."""
        target, asked = self._target, self._asked
        chosen = target is not None
        self.choice.setVisible(bool(self._targets))
        self.who.setText(target.words if target is not None else "")
        self.who.setVisible(chosen)
        self.move_button.setVisible(target is not None and target.may_move and self._moves and not asked)
        self.no_move.setVisible(target is not None and not target.may_move and self._moves)
        self.copy_button.setVisible(chosen and not asked)
        self.settle_button.setVisible(self._may_settle and not asked)
        if asked:
            where = target.words if target is not None else ""
            self.question.setText(say(f"wrong.ask_{asked}", who=where))
        for part in (self.question, self.yes_button, self.no_button):
            part.setVisible(bool(asked))
        self.result.setVisible(bool(self.result.text()))
