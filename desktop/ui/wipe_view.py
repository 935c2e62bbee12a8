"""A laptop that was taken out of the practice: what was erased, what only it still has, and how that is erased."""

from PySide6.QtCore import Signal

from desktop.ui.arrival import Arrival
from desktop.ui.flow import FlowLayout
from desktop.ui.parts import announce, button, label, rename
from desktop.ui.words import say
from desktop.workflows.wiping import WipePhase, WipeState

ASKING = (WipePhase.ASKS, WipePhase.SURE)


class WipeView(Arrival):
    """Signals: erase_requested(), kept(), ended() (the person has read it and goes)."""

    erase_requested = Signal()
    kept = Signal()
    ended = Signal()

    def __init__(self) -> None:
        super().__init__(say("wipe.title"), scrolls=True)
        self.text = label("", "", wrap=True)
        self.advice = label("", "muted", wrap=True)
        self.erase = button(say("wipe.erase"), self.erase_requested.emit)
        self.keep = button(say("wipe.keep"), self.kept.emit, "primary")
        self.end = button(say("wipe.end"), self.ended.emit, "primary")
        self.inner.addWidget(self.text)
        self.inner.addWidget(self.advice)
        self.inner.addLayout(FlowLayout(self.erase, self.keep, self.end, push=0))

    def take_focus(self) -> None:
        """Never to what erases."""
        for made in (self.end, self.keep):
            if made.isVisibleTo(self):
                made.setFocus()
                return

    def show_state(self, state: WipeState) -> None:
        """One phase of it; every number is said."""
        sure, asking = state.phase is WipePhase.SURE, state.phase in ASKING
        self.text.setText(say(f"wipe.{state.phase}", changes=_changes(state), folder=state.folder))
        self.advice.setText(say(f"wipe.{state.phase}.do"))
        rename(self.erase, say("wipe.erase_for_good", changes=_changes(state)) if sure else say("wipe.erase"))
        self.erase.setVisible(asking)
        self.keep.setVisible(sure)
        self.end.setVisible(not sure and state.phase is not WipePhase.WORKING)
        announce(self, self.text.text())
        self.take_focus()


def _changes(state: WipeState) -> str:
    return say("wipe.in_visits", count=state.visits, changes=say("wipe.changes", count=state.changes))
