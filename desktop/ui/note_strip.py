"""A strip over the note: what the scribe must know of it now, and the one thing to do about it."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.ui.parts import ElidedLabel, announce, button, rename, restyle, row
from desktop.ui.words import say


@dataclass(frozen=True, slots=True)
class StripState:
    """A sentence, its kind (`notice` warns, `muted` tells), and the action that helps with its word; '' for none."""

    text: str
    kind: str = "muted"
    action: str = ""
    word: str = ""


class NoteStrip(QFrame):
    """It is hidden while there is nothing to know. Signal: asked(action)."""

    asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.text = ElidedLabel("muted")  # one line, so that the note never jumps far; the whole is its tooltip
        self.button = button(say("strip.recall"), self._on_pressed)
        layout = row(self.text, self.button, spacing=10)
        layout.setStretch(0, 1)
        layout.setContentsMargins(12, 7, 12, 7)
        self.setLayout(layout)
        self._shown: StripState | None = None
        self.setVisible(False)

    def show_state(self, state: StripState | None) -> None:
        """Show it, or hide the strip; what is new is said to screen readers too."""
        if state == self._shown:
            return
        self._shown = state
        if state is None:
            self.setVisible(False)
            return
        self.text.setText(state.text)
        if self.text.property("kind") != state.kind:
            self.text.setProperty("kind", state.kind)
            restyle(self.text)
        if state.word:
            rename(self.button, state.word)
        self.button.setVisible(bool(state.action))
        self.setVisible(True)
        announce(self, state.text)

    def _on_pressed(self) -> None:
        if self._shown is not None and self._shown.action:
            self.asked.emit(self._shown.action)
