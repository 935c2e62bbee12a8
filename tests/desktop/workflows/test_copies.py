"""After a rescue the gateway's copy is fetched: what is missing here comes back whole, also of a visit on no screen."""

from desktop.ports import DamageCause, JournalRow, LinkState, RescueReport, VisitRescue
from desktop.workflows.copies import Copies, CopyState
from desktop.workflows.sync import Sync
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from visit.document import VisitDocument
from wire.base import Model
from wire.ids import new_id
from wire.live import DocumentState, FollowVisit, Welcome
from wire.people import Principal, Role

ME = Principal(role=Role.SCRIBE, id="p-santos", name="J. Santos", device_id="d1")
TEXT = "Fell on the left knee. No swelling."


class Rescued:
    """A desktop whose vault lost one edit in the middle of a visit that the gateway has whole."""

    def __init__(self) -> None:
        self.gateway = VisitDocument()
        updates: list[bytes] = []
        self.gateway.on_update = updates.append
        for word in ("Fell ", "on the left knee. ", "No swelling."):
            at = len(self.gateway.text("hpi"))
            self.gateway.replace("hpi", at, at, word)
        self.vault = MemoryVault()
        left = [updates[0], updates[2]]
        self.vault.append(
            [JournalRow(new_id(), "v1", self.gateway.client_id, update, acknowledged=True) for update in left]
        )
        self.jobs = SteppedJobs(self.vault)
        self.line, self.screen = RecordingLine(), RememberingScreen()
        self.sync = Sync(self.jobs, self.screen, self.line)
        self.states: list[CopyState] = []
        self.copies = Copies(self.jobs, self.sync.fetch, lambda _report_id, state: self.states.append(state))

    def follows(self) -> list[FollowVisit]:
        return [FollowVisit.model_validate_json(sent) for sent in self.line.sent if '"follow_visit"' in sent]

    def hear(self, frame: Model) -> None:
        self.sync.frame_received(frame.model_dump_json())
        self.jobs.run()

    def answer(self, visit_id: str = "v1") -> None:
        asked = next(follow for follow in reversed(self.follows()) if follow.visit_id == visit_id)
        known = asked.state_vector
        assert known is not None
        document = self.gateway if visit_id == "v1" else VisitDocument()
        self.hear(
            DocumentState(
                visit_id=visit_id, epoch=0, update=document.update_since(known), state_vector=document.state_vector()
            )
        )

    def online(self) -> None:
        self.sync.link_changed(LinkState.ONLINE, None)
        self.hear(Welcome(protocol=1, principal=ME, server_time="2026-11-27T10:00:00Z"))

    def text(self) -> str:
        """What a scribe who opens the visit now reads."""
        opened: list[str] = []
        self.sync.open_visit("v1", lambda visit: opened.append(visit.document.text("hpi")))
        self.jobs.run()
        return opened[0]


def report(elsewhere: int = 0, *missing: str) -> RescueReport:
    visits = tuple(VisitRescue(visit_id, 0, 1) for visit_id in missing)
    return RescueReport("r1", "2026-11-27T10:00:00Z", DamageCause.CHANGES_MISSING, "aside/1", 2, visits, elsewhere)


def test_what_is_missing_comes_back_from_the_gateway_and_is_in_the_vault() -> None:
    desk = Rescued()
    assert desk.text() == "Fell ", "the words behind the missing ones are kept, and not shown without them"
    desk.sync.close_visit("v1")
    desk.jobs.run()
    desk.online()
    desk.copies.want(report(0, "v1"))
    desk.jobs.run()
    assert desk.states == [CopyState(1, 0, reached=True)]
    desk.answer()
    assert desk.states[-1] == CopyState(0, 1, reached=True)
    assert "v1" not in desk.sync.open, "it is let go of again"
    assert desk.text() == TEXT
    again = SteppedJobs(desk.vault)
    later = Sync(again, RememberingScreen(), RecordingLine())
    opened: list[str] = []
    later.open_visit("v1", lambda visit: opened.append(visit.document.text("hpi")))
    again.run()
    assert opened == [TEXT], "from the vault alone, in another run"


def test_a_visit_that_is_open_is_asked_for_once_more() -> None:
    desk = Rescued()
    desk.text()
    desk.online()
    desk.answer()
    before = len(desk.follows())
    desk.copies.want(report(0, "v1"))
    desk.jobs.run()
    assert len(desk.follows()) == before + 1
    desk.answer()
    assert desk.states[-1].fetched == 1
    assert "v1" in desk.sync.open


def test_a_gateway_that_is_away_is_waited_for() -> None:
    desk = Rescued()
    desk.copies.want(report(0, "v1"))
    desk.jobs.run()
    assert desk.states == [CopyState(1, 0, reached=False)]
    assert desk.follows() == []
    desk.online()
    desk.answer()
    assert desk.states[-1] == CopyState(0, 1, reached=True)
    assert desk.text() == TEXT


def test_it_is_said_to_be_here_only_once_it_is_committed() -> None:
    desk = Rescued()
    desk.online()
    desk.copies.want(report(0, "v1"))
    desk.jobs.run()
    desk.vault.broken = True
    desk.answer()
    assert desk.states[-1].fetched == 0
    desk.vault.broken = False
    desk.jobs.advance(5.0)
    assert desk.states[-1].fetched == 1


def test_edits_of_unknown_visits_fetch_every_one_and_a_report_is_asked_for_once() -> None:
    desk = Rescued()
    desk.vault.kept["v2"] = ("", "")
    desk.online()
    desk.copies.want(report(1))
    desk.copies.want(report(1))
    desk.copies.want(None)
    desk.jobs.run()
    assert sorted(follow.visit_id for follow in desk.follows()) == ["v1", "v2"]
    desk.answer("v1")
    desk.answer("v2")
    assert desk.states[-1] == CopyState(0, 2, reached=True)
