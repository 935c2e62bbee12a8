"""Connects the replay bars to the workflow: the bar of the live visit shows it, and so does its picture."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from desktop.ui.feed_pane import FeedPane
from desktop.ui.replay_bar import behind_words
from desktop.ui.words import say
from desktop.workflows.replay import ReplayFlow
from visit.time_anchor import TimeAnchor

BOTTOM_RIGHT = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight
AMBER = "#8a5800"


class ReplayController:
    """What the bar's buttons and keys do, and what each visit's pane shows of it."""

    def __init__(self) -> None:
        self._replay: ReplayFlow | None = None
        self._panes: dict[str, FeedPane] = {}
        self._told = False
        self.on_turned: Callable[[], None] = lambda: None
        """Replay began or ended: the panes' sentences are other ones."""

    def use(self, replay: ReplayFlow) -> None:
        """From now on there is something to hear again."""
        self._replay = replay
        replay.on_changed = self._show

    def attach(self, visit_id: str, pane: FeedPane) -> None:
        """Serve a visit's pane."""
        self._panes[visit_id] = pane
        bar = pane.replay
        bar.back_asked.connect(self._when(visit_id, lambda replay: replay.back()))
        bar.speed_asked.connect(self._when(visit_id, lambda replay: replay.next_speed()))
        bar.live_asked.connect(lambda catch_up: self._live(visit_id, catch_up=catch_up))
        bar.place_asked.connect(lambda age: self._go(visit_id, age))
        bar.time_asked.connect(lambda anchor: self.hear(visit_id, anchor))
        bar.heard_at = lambda: self._replay.time_heard(visit_id) if self._replay is not None else None

    def detach(self, visit_id: str) -> None:
        """A visit was closed."""
        self._panes.pop(visit_id, None)

    def refresh(self) -> None:
        """The feed changed: keep what may be kept, and show what is so."""
        if self._replay is not None:
            self._replay.join_changed()
            self._show()

    def hear(self, visit_id: str, anchor: TimeAnchor) -> None:
        """Hear a time in the visit again, or say that it is kept no longer."""
        if self._replay is not None:
            self._replay.hear(visit_id, anchor)

    def sentence(self, visit_id: str) -> str:
        """What the pane says while the sound is not live; else empty."""
        replay = self._replay
        again = replay is not None and replay.visit_id == visit_id and replay.heard_again
        return say("replay.again") if again else ""

    # --- inside ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        replay = self._replay
        if replay is None:
            return
        for visit_id, pane in self._panes.items():
            mine = replay.visit_id == visit_id
            again = mine and replay.heard_again
            pane.replay.show_state(replay, mine=mine, gone=replay.gone_in == visit_id)
            text = say("replay.tag", time=behind_words(replay.news)) if again else ""
            pane.picture.show_tag(BOTTOM_RIGHT, text, AMBER)
            if again:
                pane.level.show_level(replay.news.live_level)
        if replay.heard_again != self._told:
            self._told = replay.heard_again
            self.on_turned()

    def _when(self, visit_id: str, act: Callable[[ReplayFlow], None]) -> Callable[[], None]:
        """Only the visit whose sound is kept has something to hear."""

        def run() -> None:
            if self._replay is not None and self._replay.visit_id == visit_id:
                act(self._replay)

        return run

    def _live(self, visit_id: str, *, catch_up: bool) -> None:
        self._when(visit_id, lambda replay: replay.live(catch_up=catch_up))()

    def _go(self, visit_id: str, age: float) -> None:
        if age > 0:
            self._when(visit_id, lambda replay: replay.hear_from(age))()
        else:
            self._live(visit_id, catch_up=False)
