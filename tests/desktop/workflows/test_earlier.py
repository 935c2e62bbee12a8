"""Earlier notes are asked for when a person asks, each text once, and a failure is kept as a failure."""

from datetime import date

import pytest

from desktop.ports import LinkFailed, LinkProblem, Refused
from desktop.workflows.earlier import Asked, EarlierFlow, EarlierNotes
from desktop.workflows.session import SessionFlow
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from wire.earlier import EarlierNote, EarlierNoteText, EarlierSection
from wire.people import Person
from wire.refusals import Refusal, RefusalCode

NOTE = EarlierNote(note_id="n1", dated=date(2026, 8, 2), provider=Person(person_id="p", name="Dr. Okafor"))
TEXT = EarlierNoteText(note=NOTE, sections=(EarlierSection(key="hpi", heading="HPI", text="Old."),))


class EarlierGateway:
    """Answers what it is told to."""

    def __init__(self) -> None:
        self.problem: LinkFailed | Refused | None = None
        self.asked: list[str] = []

    async def earlier_notes(self, visit_id: str) -> list[EarlierNote]:
        self._ask(visit_id)
        return [NOTE]

    async def earlier_note(self, visit_id: str, note_id: str) -> EarlierNoteText:
        self._ask(f"{visit_id} {note_id}")
        return TEXT

    def _ask(self, asked: str) -> None:
        self.asked.append(asked)
        if self.problem is not None:
            raise self.problem


class Desk:
    """What one visit knows, and how often it was told so."""

    def __init__(self) -> None:
        self.jobs = SteppedJobs(MemoryVault())
        self.gateway = EarlierGateway()
        self.session = SessionFlow(self.jobs, RememberingScreen(), lambda _address: None, lambda _url: None)  # type: ignore[arg-type,return-value]  # not asked for
        self.session.gateway = self.gateway  # type: ignore[assignment]  # what is asked for of it is there
        self.earlier: EarlierNotes = EarlierFlow(self.jobs, self.session).of("v1")
        self.seen: list[Asked] = []
        self.earlier.on_changed = lambda: self.seen.append(self.earlier.asked)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_is_asked_before_a_person_asks_and_a_text_is_asked_for_once(desk: Desk) -> None:
    desk.jobs.run()
    assert desk.gateway.asked == []
    desk.earlier.ask()
    desk.jobs.run()
    assert (desk.earlier.notes, desk.earlier.texts) == ((NOTE,), {})
    for _ in range(2):
        desk.earlier.read("n1")
        desk.jobs.run()
    assert desk.earlier.texts == {"n1": TEXT}
    assert desk.gateway.asked == ["v1", "v1 n1"]
    assert desk.seen == [Asked.ASKING, Asked.ANSWERED, Asked.ASKING, Asked.ANSWERED, Asked.ANSWERED]


def test_a_refusal_and_a_lost_link_are_kept_and_the_next_answer_ends_them(desk: Desk) -> None:
    refusal = Refusal(code=RefusalCode.VISIT_FROZEN)
    desk.gateway.problem = Refused(refusal)
    desk.earlier.ask()
    desk.jobs.run()
    assert (desk.earlier.asked, desk.earlier.problem) == (Asked.FAILED, refusal)
    desk.gateway.problem = LinkFailed(LinkProblem.TIMED_OUT)
    desk.earlier.read("n1")
    desk.jobs.run()
    assert (desk.earlier.asked, desk.earlier.problem) == (Asked.FAILED, LinkProblem.TIMED_OUT)
    desk.gateway.problem = None
    desk.earlier.ask()
    desk.jobs.run()
    assert (desk.earlier.asked, desk.earlier.problem) == (Asked.ANSWERED, None)


def test_without_a_gateway_nobody_is_asked(desk: Desk) -> None:
    desk.session.gateway = None
    desk.earlier.ask()
    desk.earlier.read("n1")
    assert desk.earlier.problem is LinkProblem.UNREACHABLE
    assert desk.seen == [Asked.FAILED, Asked.FAILED]
