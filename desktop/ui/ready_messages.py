"""Five messages that real visits need again and again: each by its key or from a menu, some with quick answers."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton

from desktop.ui.actions import key_of
from desktop.ui.words import has, say

READY = ("repeat", "findings", "side", "dose", "for_note")
"""By the number of their key, from 1."""
QUESTIONS = frozenset({"side", "dose", "for_note"})
"""Those that are asked, and so answered by one tap or in a few words; the others ask the provider to speak."""


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """What goes out: a message, or a question with its quick answers."""

    text: str
    question: bool
    answers: tuple[str, ...] = ()


def ready_message(number: int) -> ReadyMessage:
    """The message of a number from 1."""
    name = READY[number - 1]
    answers = f"ready.{name}.answers"
    quick = tuple(word.strip() for word in say(answers).split(",")) if has(answers) else ()
    return ReadyMessage(say(f"ready.{name}"), name in QUESTIONS, quick)


class ReadyButton(QPushButton):
    """Opens the menu of the five. Signal: chosen(number)."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(say("chat.ready"))
        self.setAccessibleName(say("chat.ready_name"))
        self.setToolTip(say("chat.ready_name"))
        self.setAutoDefault(False)
        menu = QMenu(self)
        menu.setAccessibleName(say("chat.ready_name"))
        for number in range(1, len(READY) + 1):
            key = key_of(f"ready_{number}")
            action = menu.addAction(f"{ready_message(number).text}\t{key}")
            action.triggered.connect(lambda _checked=False, number=number: self.chosen.emit(number))
        self.setMenu(menu)
