"""The button that is held to speak to the room, and in words whether the room hears."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from desktop.ports import TalkEnd, TalkState
from desktop.ui.parts import announce, button, column, label, row
from desktop.ui.words import say
from desktop.workflows.talk import TalkFlow


class TalkBar(QWidget):
    """Words over a row: the button to hold, while a room can be spoken to, and what stands beside it.

    Signals:
        pressed(). released(): by the mouse, or by the space bar on the button. hidden_away(): its page went.
    """

    pressed = Signal()
    released = Signal()
    hidden_away = Signal()

    def __init__(self, beside: QWidget) -> None:
        super().__init__()
        self.button = button(say("talk.hold"), lambda: None, action="talk")
        self.button.setToolTip(say("talk.hold_help"))
        self.button.setAccessibleDescription(say("talk.hold_help"))
        self.button.pressed.connect(self.pressed)
        self.button.released.connect(self.released)
        self.button.setVisible(False)
        self.words = label("", "notice", wrap=True)
        self.words.setVisible(False)
        self.setLayout(column(self.words, row(self.button, 1, beside), spacing=8))

    def show_state(self, talk: TalkFlow, room: str, *, can_talk: bool) -> None:
        """What is so, for this visit's room."""
        self.button.setVisible(can_talk)
        self.button.setDown(can_talk and talk.state is not TalkState.SILENT)
        text = sentence(talk, room) if can_talk else ""
        if text != self.words.text():
            self.words.setText(text)
            self.words.setVisible(bool(text))
            if text:
                announce(self, text)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever turns to another page does not speak on unseen."""
        super().hideEvent(event)
        self.hidden_away.emit()


def sentence(talk: TalkFlow, room: str) -> str:
    """The state of a press, or why the newest one ended by itself; empty when there is nothing to say."""
    match talk.state:
        case TalkState.OPENING:
            return say("talk.opening")
        case TalkState.SPEAKING:
            return say("talk.heard" if talk.heard else "talk.not_yet_heard", room=room)
        case TalkState.SILENT:
            ended_by_itself = talk.end is not None and talk.end is not TalkEnd.RELEASED
            return say(f"talk.end.{talk.end}", room=room) if ended_by_itself else ""
