"""Builds the workflows around jobs and screen, with a live line that is connected later."""

from collections.abc import Callable
from dataclasses import dataclass

from desktop.ports import Gateway, Jobs
from desktop.workflows.earlier import EarlierFlow
from desktop.workflows.join import JoinFlow
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.own_words import OwnWords
from desktop.workflows.phrase_flow import PhraseFlow
from desktop.workflows.quick_text import QuickText
from desktop.workflows.replay import ReplayFlow
from desktop.workflows.screen import Screen
from desktop.workflows.session import SessionFlow
from desktop.workflows.stored_visit import StoredVisit
from desktop.workflows.sync import LiveLine, Sync
from desktop.workflows.talk import TalkFlow


class LaterLine:
    """A live line that does nothing until the real one is there."""

    def __init__(self) -> None:
        self._real: LiveLine | None = None

    def use(self, real: LiveLine) -> None:
        """From now on it is this one."""
        self._real = real

    def start(self) -> None:
        """Keep connected until stopped."""
        if self._real is not None:
            self._real.start()

    def stop(self) -> None:
        """Disconnect."""
        if self._real is not None:
            self._real.stop()

    def send(self, frame_json: str) -> None:
        """Send one frame when connected."""
        if self._real is not None:
            self._real.send(frame_json)


@dataclass(slots=True)
class Begun:
    """The program's workflows."""

    session: SessionFlow
    sync: Sync
    join: JoinFlow
    talk: TalkFlow
    replay: ReplayFlow
    quick_text: QuickText
    earlier: EarlierFlow
    phrases: PhraseFlow
    own_words: OwnWords
    line: LaterLine
    gateways: "LaterGateways"
    jobs: Jobs
    screen: Screen

    def open_last(self, stored: StoredVisit) -> None:
        """Show the draft that was open last."""
        visit = OpenVisit(self.jobs, self.screen, stored)
        self.sync.adopt(visit)
        adopt = getattr(self.screen, "adopt_visit", None)
        if adopt is not None:
            adopt(visit)


class LaterGateways:
    """Makes gateways once the network is loaded."""

    def __init__(self) -> None:
        self.make: Callable[[str], Gateway] | None = None

    def __call__(self, address: str) -> Gateway:
        """A gateway at an address."""
        if self.make is None:
            raise RuntimeError("the network is not loaded yet")
        return self.make(address)


def begin(jobs: Jobs, screen: Screen, open_browser: Callable[[str], None]) -> Begun:
    """The workflows, not started yet."""
    line, gateways = LaterLine(), LaterGateways()
    session = SessionFlow(jobs, screen, gateways, open_browser)
    session.line = line
    sync = Sync(jobs, screen, line)
    sync.find_gateway, sync.find_person = (lambda: session.gateway), (lambda: session.person)
    join = JoinFlow(jobs, screen, session, sync)
    talk, replay = TalkFlow(jobs, join, sync), ReplayFlow(session, join, sync)
    quick_text, earlier, own_words = QuickText(), EarlierFlow(jobs, session), OwnWords(jobs)
    phrases = PhraseFlow(jobs, session, quick_text)
    feed_returned = sync.on_returned

    def returned() -> None:
        feed_returned()
        phrases.fetch()

    sync.on_returned = returned
    shown = (session, sync, join, talk, replay, quick_text, earlier, phrases, own_words)
    return Begun(*shown, line, gateways, jobs, screen)
