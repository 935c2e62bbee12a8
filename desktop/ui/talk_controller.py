"""Connects the talk key and the talk bars to talking: only the room of the visit in front is ever spoken to."""

from desktop.ports import TalkEnd
from desktop.ui.talk_bar import TalkBar
from desktop.ui.talk_hold import TalkHold
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.talk import TalkFlow


class TalkController:
    """What a hold does, and what each visit's bar shows of it."""

    def __init__(self, hold: TalkHold) -> None:
        self._hold = hold
        self._talk: TalkFlow | None = None
        self._bars: dict[str, tuple[TalkBar, OpenVisit]] = {}
        hold.pressed.connect(self._on_pressed)
        hold.released.connect(self._on_released)

    def use(self, talk: TalkFlow) -> None:
        """From now on a room can be spoken to."""
        self._talk = talk
        talk.on_changed = self.refresh

    def attach(self, visit: OpenVisit, bar: TalkBar) -> None:
        """Serve a visit's bar."""
        self._bars[visit.visit_id] = (bar, visit)
        bar.pressed.connect(self._hold.begin)
        bar.released.connect(self._hold.finish)
        bar.hidden_away.connect(lambda: self._hold.finish(TalkEnd.FOCUS_LOST))

    def detach(self, visit_id: str) -> None:
        """A visit was closed."""
        self._bars.pop(visit_id, None)

    def refresh(self) -> None:
        """Show what is so."""
        if self._talk is not None:
            for visit_id, (bar, visit) in self._bars.items():
                room = visit.summary.room.name if visit.summary else ""
                bar.show_state(self._talk, room, can_talk=self._talk.visit_id == visit_id)

    def _on_pressed(self) -> None:
        if self._talk is not None and self._talk.visit_id in self._bars:
            bar, _ = self._bars[self._talk.visit_id]
            if bar.isVisible():
                self._talk.press()

    def _on_released(self, why: TalkEnd) -> None:
        if self._talk is not None:
            self._talk.release(why)
