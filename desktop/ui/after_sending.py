"""What a visit shows of a note after it was sent: the strip over it, its versions, and a frozen visit put right."""

from desktop.ui.present import Now
from desktop.ui.present_states import put_right_state, strip_state, versions_state
from desktop.ui.versions_pane import VersionsPane
from desktop.ui.visit_view import VisitView
from desktop.ui.words import say
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.put_right import PutRight
from desktop.workflows.versions import VersionsFlow
from wire.people import Person


class AfterSending:
    """A part of one visit's controller."""

    def __init__(self, visit: OpenVisit, view: VisitView) -> None:
        self._visit = visit
        self._view = view
        self._now: Now | None = None
        self._put_right = PutRight(visit)
        self._versions = VersionsFlow(visit, self._show_versions)
        view.strip.asked.connect(self._on_asked)
        pane = view.put_right
        pane.move_requested.connect(self._put_right.move)
        pane.copy_requested.connect(self._on_copy)
        pane.settle_requested.connect(self._put_right.retract)

    def refresh(self, now: Now, me: Person | None) -> None:
        """The record, the people or what waits changed."""
        self._now = now
        self._view.strip.show_state(strip_state(self._visit, now))
        self._view.put_right.show_state(put_right_state(self._visit, me, now))
        self._view.chat.ask_button.setVisible(self._visit.record.frozen is None)  # the gateway takes no question there
        self._versions.follow_record()

    def open_versions(self) -> None:
        """Show the versions in the place of the panes."""
        if self._view.versions is None:
            pane = self._view.make_versions()
            pane.chosen.connect(self._versions.choose)
            pane.closed.connect(self.close_versions)
        self._view.show_versions(shown=True)
        self._versions.open()
        self._show_versions()

    def close_versions(self) -> None:
        """Back to the note; nothing of the versions stays."""
        self._view.show_versions(shown=False)
        self._versions.close()
        self._show_versions()

    def step_change(self, forward: bool) -> None:
        """To the next or previous change, while versions are shown."""
        pane = self._view.versions
        if pane is not None and pane.isVisibleTo(self._view):
            pane.step(forward)

    def _show_versions(self) -> None:
        pane: VersionsPane | None = self._view.versions
        if pane is not None and self._now is not None:
            pane.show_state(versions_state(self._versions, self._now))

    def _on_asked(self, action: str) -> None:
        match action:
            case "recall":
                self._visit.recall_note()
            case "versions":
                self.open_versions()
            case "put_right":
                self._view.open_drawer()
                self._view.put_right.take_focus()

    def _on_copy(self, visit_id: str) -> None:
        self._put_right.copy(visit_id, self._copied)

    def _copied(self, sentences: int | None) -> None:
        if sentences is None:
            text = say("wrong.not_come")
        else:
            text = say("wrong.copied", count=sentences) if sentences else say("wrong.nothing_missing")
        self._view.put_right.show_result(text)
