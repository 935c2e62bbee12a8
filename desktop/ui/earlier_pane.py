"""The patient's earlier signed notes, to bring their text forward section by section, each with its date."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, announce, button, clear, label
from desktop.ui.words import say


@dataclass(frozen=True, slots=True)
class EarlierRow:
    """A section of the chosen note: its key, heading and text, and whether today's note has it already."""

    key: str
    heading: str
    text: str
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class EarlierState:
    """What the pane shows: a sentence, the notes as (id, words), the chosen one with its sections and addenda."""

    sentence: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    chosen: str = ""
    dated: str = ""
    rows: tuple[EarlierRow, ...] = ()
    addenda: tuple[str, ...] = ()
    may_bring: bool = True


class EarlierPane(Card):
    """A card over the orders. Signals: note_chosen(note_id), brought(section), closed()."""

    note_chosen = Signal(str)
    brought = Signal(str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__(say("earlier.title"))
        self.sentence = label("", "", wrap=True)
        self.notes = Choice(say("earlier.which"))
        self.notes.activated.connect(lambda _index: self.note_chosen.emit(self.notes.currentData() or ""))
        self.back_button = button(say("earlier.back"), self.closed.emit)
        self._sections = QVBoxLayout()
        self._sections.setSpacing(6)
        inner = QVBoxLayout()
        inner.setContentsMargins(12, 12, 12, 12)
        inner.setSpacing(10)
        for part in (self.sentence, self.notes):
            inner.addWidget(part)
        inner.addLayout(self._sections)
        inner.addLayout(FlowLayout(self.back_button, push=0))
        self.body.addLayout(inner)
        self._shown: EarlierState | None = None
        self._buttons: dict[str, QPushButton] = {}

    def show_state(self, state: EarlierState) -> None:
        """Show the notes, and the text of the one that is chosen."""
        if state == self._shown:
            return
        before, self._shown = self._shown, state
        self.sentence.setText(state.sentence)
        self.sentence.setVisible(bool(state.sentence))
        if before is None or before.notes != state.notes:
            self.notes.clear()
            for note_id, words in state.notes:
                self.notes.addItem(words, note_id)
        self.notes.setVisible(bool(state.notes))
        self.notes.setCurrentIndex(max(0, self.notes.findData(state.chosen)))
        self._show_sections(state)
        if state.sentence and (before is None or before.sentence != state.sentence):
            announce(self, state.sentence)

    def _show_sections(self, state: EarlierState) -> None:
        focused = next((key for key, made in self._buttons.items() if made.hasFocus()), None)
        clear(self._sections)
        self._buttons = {row.key: self._bring_button(row, state) for row in state.rows}
        for number, text in enumerate(state.addenda, 1):
            self._sections.addWidget(label(say("earlier.addendum", number=number, text=text), "notice", wrap=True))
        for row in state.rows:
            self._sections.addWidget(label(row.heading, "strong", wrap=True))
            self._sections.addWidget(label(row.text, "", wrap=True))
            self._sections.addLayout(FlowLayout(self._buttons[row.key]))
        if focused is not None:
            self._buttons.get(focused, self.notes).setFocus()

    def _bring_button(self, row: EarlierRow, state: EarlierState) -> QPushButton:
        words = say("earlier.is_here") if row.is_here else say("earlier.bring")
        made = button(words, lambda: self.brought.emit(row.key))
        named = "earlier.is_here_named" if row.is_here else "earlier.bring_named"
        made.setAccessibleName(say(named, heading=row.heading, date=state.dated))
        made.setEnabled(state.may_bring)
        return made

    def take_focus(self) -> None:
        """To the choice of notes where there is one, else to the way back."""
        (self.notes if self.notes.isVisibleTo(self) else self.back_button).setFocus()
