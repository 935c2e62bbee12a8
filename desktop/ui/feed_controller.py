"""Connects feed panes and the gate to the join workflow. One visit is live; its pane shows the picture."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage

from desktop.ports import FeedState, FrameRef
from desktop.ui.feed_pane import FeedPane
from desktop.ui.gate import GateState, GateView
from desktop.ui.present_gate import Around, feed_sentence
from desktop.ui.replay_controller import ReplayController
from desktop.ui.sound_menu import SoundChoice
from desktop.ui.words import say
from desktop.workflows.feed_lines import Feed
from desktop.workflows.join import JoinFlow, JoinPhase
from desktop.workflows.replay import ReplayFlow

LIVE_RED = "#b3261e"
TOP_LEFT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
TOP_RIGHT = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
BOTTOM_LEFT = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft

BEING_MADE = (FeedState.LOST, FeedState.WAITING, FeedState.CONNECTING)


class FeedController:
    """Shows what the join workflow says, on every open visit's pane and on the gate."""

    def __init__(self) -> None:
        self._join: JoinFlow | None = None
        self._panes: dict[str, FeedPane] = {}
        self._gate: GateView | None = None
        self._sound = SoundChoice()
        self.replay = ReplayController()
        self.on_sound: Callable[[SoundChoice], None] = lambda _choice: None
        """Keep what was chosen."""

    def use(self, join: JoinFlow, replay: ReplayFlow) -> None:
        """From now on there is a feed to show, and something to hear again."""
        self._join = join
        self.replay.use(replay)

    def use_sound(self, choice: SoundChoice) -> None:
        """Play the room as it was chosen."""
        self._sound = choice
        if self._join is not None and self._join.tools is not None:
            self._join.tools.media.set_output(choice.device, boost=choice.boost)

    def make_gate(self) -> GateView:
        """The admission screen."""
        gate = self._gate = GateView()
        gate.check_requested.connect(self._on_check)
        gate.copy_requested.connect(self._on_copy)
        return gate

    def attach(self, visit_id: str, pane: FeedPane) -> None:
        """Serve a visit's pane."""
        self._panes[visit_id] = pane
        pane.picture.resized.connect(lambda w, h: self._on_resized(visit_id, w, h))
        pane.volume_changed.connect(self._on_volume)
        pane.sound.chosen.connect(self._on_sound)
        self.replay.attach(visit_id, pane)

    def detach(self, visit_id: str) -> None:
        """A visit was closed."""
        self.replay.detach(visit_id)
        pane = self._panes.pop(visit_id, None)
        if pane is not None:
            pane.picture.show_none()

    def show_frame(self, frame: FrameRef) -> None:
        """Show a picture on the live visit's pane; it is released when the next one takes its place."""
        join = self._join
        if join is None or join.tools is None:
            return
        media = join.tools.media
        pane = self._panes.get(join.feed.visit_id)
        if pane is None or join.phase is not JoinPhase.JOINED:
            media.release(frame)
            return
        image = QImage(media.image_bytes(frame), frame.width, frame.height, frame.stride, QImage.Format.Format_RGB32)
        pane.picture.show_frame(image, frame.sequence, lambda: media.release(frame))

    def refresh(self, visit_id: str, around: Around) -> None:
        """Words, tags and meter of one pane."""
        join, pane = self._join, self._panes.get(visit_id)
        if join is None or pane is None:
            return
        mine = join.feed.visit_id == visit_id
        feed = join.feed if mine else Feed()
        joined = mine and join.phase is JoinPhase.JOINED
        phase = join.phase if mine else JoinPhase.IDLE
        sentence = feed_sentence(feed, phase, around.room, capturing=around.capturing)
        if not joined and not feed.reason:
            sentence = around.hindrance or around.elsewhere or sentence
        live = joined and feed.state is FeedState.LIVE
        if live and feed.reason != "no_sound_output":
            sentence = self.replay.sentence(visit_id) or around.view.sentence or sentence
        pane.show_state(sentence, joined=joined, can_join=not around.hindrance)
        pane.picture.show_tag(TOP_LEFT, say("feed.live") if live else "", LIVE_RED)
        pane.picture.show_tag(TOP_RIGHT, around.view.listeners if live else "")
        pane.picture.show_tag(BOTTOM_LEFT, around.view.place if live else "")
        # A feed that is being made again keeps its last good picture, which says how long it has stood still.
        kept = joined and around.capturing and feed.state in BEING_MADE
        pane.picture.cover(around.view.cover if live or kept else "", curtain=around.view.is_curtain)
        pane.sound.show_state(self._sound, join.sound_devices)
        pane.level.show_level(feed.quality.audio_level if live else None)
        if not live and not kept:
            pane.picture.show_none()
        self.replay.refresh()

    def refresh_gate(self, state: GateState) -> None:
        """Show the newest check."""
        if self._gate is not None:
            self._gate.show_state(state)

    def _on_check(self) -> None:
        if self._join is not None and self._join.gate is not None:
            self._join.check(self._join.gate.visit_id)

    def _on_copy(self) -> None:
        if self._join is not None and self._join.gate is not None and self._join.gate.report is not None:
            QGuiApplication.clipboard().setText(self._join.gate.report.report.model_dump_json(indent=2))
            if self._gate is not None:
                self._gate.show_copied()

    def _on_resized(self, visit_id: str, width: int, height: int) -> None:
        join = self._join
        if join is not None and join.tools is not None and join.feed.visit_id in ("", visit_id):
            join.tools.media.set_pane_size(width, height)

    def _on_volume(self, gain: float) -> None:
        if self._join is not None and self._join.tools is not None:
            self._join.tools.media.set_volume(gain)

    def _on_sound(self, choice: SoundChoice) -> None:
        self.use_sound(choice)
        self.on_sound(choice)
        if self._join is not None:
            for pane in self._panes.values():
                pane.sound.show_state(choice, self._join.sound_devices)
