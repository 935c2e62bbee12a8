"""The versions of a note: two of them chosen and beside each other, in the place of the visit's panes."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.ui.compared_text import Change, ComparedText
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, announce, button, label, line, row
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from wire.versions import ComparedSection

MOST_WORDS = 120
"""So many characters of a change are said; the rest stands in the text."""


@dataclass(frozen=True, slots=True)
class VersionsState:
    """Both lists as (number, title), what is chosen, the two sides' titles, the comparison, and a sentence or ''."""

    left: tuple[tuple[int, str], ...]
    right: tuple[tuple[int, str], ...]
    chosen: tuple[int, int]
    heads: tuple[str, str]
    sections: tuple[ComparedSection, ...]
    sentence: str


class VersionsPane(Card):
    """Signals: chosen(left, right) with the versions' numbers, closed()."""

    chosen = Signal(int, int)
    closed = Signal()

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(say("versions.title"))
        self.back_button = button(say("versions.back"), self.closed.emit)
        self.heading.addWidget(self.back_button)
        self.left = Choice(say("versions.left"))
        self.right = Choice(say("versions.right"))
        for choice in (self.left, self.right):
            choice.currentIndexChanged.connect(lambda _index: self._on_chosen())
        self.previous_button = button(say("versions.previous"), lambda: self.step(False), "", "previous_change")
        self.next_button = button(say("versions.next"), lambda: self.step(True), "", "next_change")
        self.where = label("", "", wrap=True)
        self.legend = label(say("versions.legend"), "small", wrap=True)
        self.text = ComparedText(tokens)
        self.heads = (label("", "strong", wrap=True), label("", "strong", wrap=True))
        choices = row(self.left, self.right, spacing=10)
        choices.setStretch(0, 1)
        choices.setStretch(1, 1)
        choices.setContentsMargins(12, 8, 12, 4)
        self.body.addLayout(choices)
        told = row(self.where, FlowLayout(self.previous_button, self.next_button), spacing=10)
        told.setStretch(0, 1)
        told.setContentsMargins(12, 2, 12, 6)
        self.body.addLayout(told)
        self.body.addWidget(line())
        self._titles = self._heads_row()
        self.body.addWidget(self._titles)
        self.body.addWidget(self.text, 1)
        self.body.addWidget(line())
        foot = row(self.legend)
        foot.setContentsMargins(12, 6, 12, 6)
        self.body.addLayout(foot)
        self._shown: VersionsState | None = None
        self._filling = False
        for part in (self.left, self.right, self.previous_button, self.next_button):
            part.setVisible(False)  # nothing to choose or to go to yet

    def _heads_row(self) -> QWidget:
        made = QWidget()
        layout = QHBoxLayout(made)
        layout.setContentsMargins(12, 6, 12, 2)
        for head in self.heads:
            layout.addWidget(head, 1)
        return made

    # --- showing ---------------------------------------------------------------------------------------------------

    def show_state(self, state: VersionsState) -> None:
        """Show lists and comparison, or the sentence that stands for them."""
        if state == self._shown:
            return
        self._shown = state
        focused = self.focusWidget()
        self._offer(self.left, state.left, state.chosen[0])
        self._offer(self.right, state.right, state.chosen[1])
        for head, title in zip(self.heads, state.heads, strict=True):
            head.setText(title)
        self.text.name_columns(*state.heads)
        self.text.show_sections(state.sections)
        compared = bool(state.heads[0])
        for part in (self._titles, self.text, self.legend):
            part.setVisible(compared)
        for choice in (self.left, self.right):
            choice.setVisible(bool(state.left))
        count = len(self.text.changes)
        for stepper in (self.previous_button, self.next_button):
            stepper.setVisible(compared and count > 0)
        same = say("versions.changes", count=count) if count else say("versions.same")
        self._tell(state.sentence or (same if compared else ""))
        if focused is not None and not focused.isVisibleTo(self):
            self.back_button.setFocus()

    def _offer(self, choice: Choice, offered: tuple[tuple[int, str], ...], chosen: int) -> None:
        self._filling = True
        if [choice.itemData(index) for index in range(choice.count())] != [number for number, _ in offered]:
            choice.clear()
            for number, title in offered:
                choice.addItem(title, number)
        choice.setCurrentIndex(choice.findData(chosen))
        self._filling = False

    def _tell(self, sentence: str) -> None:
        self.where.setText(sentence)
        if sentence:
            announce(self, sentence)

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self.text.use_tokens(tokens)

    # --- moving ----------------------------------------------------------------------------------------------------

    def step(self, forward: bool) -> None:
        """To the next or previous change, said in words."""
        change = self.text.step(forward)
        if change is not None:
            self._tell(self._said(change))

    def _said(self, change: Change) -> str:
        values = {"number": self.text.current + 1, "all": len(self.text.changes), "heading": change.heading}
        removed, added = _short(change.removed), _short(change.added)
        if removed and added:
            return say("versions.change_both", **values, removed=removed, added=added)
        if removed:
            return say("versions.change_removed", **values, removed=removed)
        return say("versions.change_added", **values, added=added)

    def take_focus(self) -> None:
        """To the next change, or else to the way back."""
        (self.next_button if self.next_button.isVisibleTo(self) else self.back_button).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back to the note."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _on_chosen(self) -> None:
        left, right = self.left.currentData(), self.right.currentData()
        if not self._filling and left is not None and right is not None:
            self.chosen.emit(int(left), int(right))


def _short(text: str) -> str:
    """In one line, and not for ever; white space alone is said by name."""
    words = " ".join(text.split())
    if text and not words:
        return say("versions.white")
    return words if len(words) <= MOST_WORDS else words[:MOST_WORDS] + "…"
