"""A note goes out with its open questions, is hashed with them, and is signed once each is answered or left out."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from tests.gateway.test_wrong_patient import namesake
from tests.gateway.world import COMPLETE, World, open_world
from visit.answering import open_questions_in
from visit.document import VisitDocument
from visit.provenance import ChatAnswer, Question
from visit.questions import gaps
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.commands import (
    AnswerQuestion,
    AnswerUrgent,
    AskQuestion,
    ConfirmUrgent,
    LeaveOutQuestion,
    MarkReady,
    MarkWrongPatient,
    MoveContent,
    SendNote,
    SignNote,
    TellProvider,
)
from wire.live import CommandAccepted, CommandRefused
from wire.refusals import Refusal, RefusalCode
from wire.urgent import UrgentKind
from wire.visits import NoteState

pytestmark = pytest.mark.anyio
TEXT = "Better. Effusion of the ?? knee. Took [inaudible 04:12] daily."


@dataclass(slots=True)
class Desk:
    """The scribe's replica and the world."""

    world: World
    document: VisitDocument

    async def change(self, work: Callable[[VisitDocument], object]) -> None:
        made: list[bytes] = []
        self.document.on_update = made.append
        work(self.document)
        self.document.on_update = None
        for data in made:
            assert await self.world.send(data, self.document.client_id) is None

    async def ask(self, *question_ids: str) -> None:
        """Ask about the gaps of the HPI, in order."""
        for gap, question_id in zip(gaps(self.document.text("hpi")), question_ids, strict=False):
            asked = AskQuestion(question_id=question_id, text=gap.sentence, section="hpi")
            accepted(await self.world.scribe(asked))
            place = (gap.start, gap.end, question_id)
            await self.change(lambda document, at=place: document.set_question("hpi", *at))  # type: ignore[misc]

    async def send_note(self) -> None:
        accepted(await self.world.scribe(MarkReady()))
        questions = open_questions_in(self.document)
        sha256 = snapshot_sha256(make_snapshot(self.world.visit_id, self.document.texts(), questions))
        accepted(await self.world.scribe(SendNote(sha256=sha256, state_vector=self.document.state_vector())))


def accepted(answer: object) -> None:
    assert isinstance(answer, CommandAccepted), answer


def refused(answer: object) -> Refusal:
    assert isinstance(answer, CommandRefused), answer
    return answer.refusal


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_world(database_url) as world:
        await world.admit()
        yield Desk(world, await world.write(COMPLETE | {"hpi": TEXT}))


async def sign(world: World) -> object:
    note = (await world.services.documents.opened(world.visit_id)).note_text()
    world.auth_time = world.clock()
    return await world.provide(SignNote(version=note.version, sha256=note.sha256))


async def hpi(world: World) -> str:
    return (await world.texts())["hpi"]


async def test_a_note_is_signed_once_each_question_is_answered_or_left_out(desk: Desk) -> None:
    world = desk.world
    await desk.ask("q1", "q2")
    await desk.send_note()
    note = await world.services.documents.opened(world.visit_id)
    shown = note.note_text()
    assert note.snapshot().format == "alcove.note/2"
    assert [(one.question_id, one.section, one.start, one.end) for one in shown.questions] == [
        ("q1", "hpi", 24, 26),
        ("q2", "hpi", 38, 55),
    ]
    assert TEXT[slice(*shown.questions[1].leaves_out)] == " Took [inaudible 04:12] daily."
    assert refused(await sign(world)) == Refusal(code=RefusalCode.QUESTIONS_OPEN, params={"count": "2"})
    accepted(await world.provide(AnswerQuestion(question_id="q1", text="left")))
    assert await hpi(world) == "Better. Effusion of the left knee. Took [inaudible 04:12] daily."
    assert note.author_runs("hpi")[1].author.name == "Dr. Ruth Provider"
    cited = [m.provenance for m in note.document.marks("hpi") if isinstance(m.provenance, ChatAnswer)]
    line = world.record.question("q1")
    assert line is not None
    assert [one.message_id for one in cited] == [line.answers[-1].message_id]
    assert refused(await sign(world)).code is RefusalCode.QUESTIONS_OPEN
    stale = LeaveOutQuestion(question_id="q2", version=note.version + 1)
    assert refused(await world.provide(stale)).code is RefusalCode.CHANGED_MEANWHILE
    accepted(await world.provide(LeaveOutQuestion(question_id="q2", version=note.version)))
    assert await hpi(world) == "Better. Effusion of the left knee."
    assert note.snapshot().format == "alcove.note/1"
    accepted(await sign(world))
    assert world.record.note_state is NoteState.SIGNED
    actions = [row.entry for row in await world.services.database.audit_rows()]
    settled = [one for one in actions if one.action == "question_settled"]
    assert [(one.subject["question_id"], one.details["left_out"]) for one in settled] == [("q1", 0), ("q2", 1)]
    assert "question_left_out" in {one.action for one in actions}


async def test_a_changed_answer_replaces_the_first_one_while_the_note_is_with_the_provider(desk: Desk) -> None:
    await desk.ask("q1")
    await desk.send_note()
    for text in ("left", "right"):
        accepted(await desk.world.provide(AnswerQuestion(question_id="q1", text=text)))
        assert await hpi(desk.world) == TEXT.replace("??", text)


async def test_an_answer_before_the_note_is_sent_leaves_the_text_to_the_scribe(desk: Desk) -> None:
    await desk.ask("q1")
    accepted(await desk.world.provide(AnswerQuestion(question_id="q1", text="left")))
    assert await hpi(desk.world) == TEXT
    await desk.send_note()
    assert refused(await sign(desk.world)).code is RefusalCode.QUESTIONS_OPEN
    accepted(await desk.world.provide(AnswerQuestion(question_id="q1", text="left")))  # given before, put in now
    assert await hpi(desk.world) == TEXT.replace("??", "left")


async def test_a_mark_alone_makes_another_version_since_it_is_signed(desk: Desk) -> None:
    note = await desk.world.services.documents.opened(desk.world.visit_id)
    before = note.note_text()
    (gap, _) = gaps(TEXT)
    await desk.change(lambda d: d.set_question("hpi", gap.start, gap.end, "q1"))
    after = note.note_text()
    assert (after.version, after.sha256 == before.sha256) == (before.version + 1, False)
    assert after.sections == before.sections
    await desk.change(lambda d: d.set_question("hpi", gap.start, gap.end, None))
    assert note.note_text().sha256 == before.sha256


async def test_open_questions_survive_a_restart_of_the_gateway(desk: Desk) -> None:
    await desk.ask("q1", "q2")
    await desk.send_note()
    shown = (await desk.world.services.documents.opened(desk.world.visit_id)).note_text()
    async with open_world(desk.world.url, desk.world.clock) as again:
        note = (await again.services.documents.opened(again.visit_id)).note_text()
        assert note == shown


async def test_questions_move_to_the_right_patient_with_their_places(desk: Desk) -> None:
    world = desk.world
    right = await namesake(world)
    await desk.ask("q1")
    accepted(await world.scribe(MarkWrongPatient(reason="Another patient")))
    await world.admit(visit_id=right)
    accepted(await world.scribe(MoveContent(to_visit_id=right)))
    moved = await world.services.documents.opened(right)
    assert [(one.section, one.start, one.question_id) for one in moved.questions] == [("hpi", 24, "q1")]
    assert [m.provenance for m in moved.document.marks("hpi")] == [Question(question_id="q1")]


async def test_telling_at_once_is_in_the_record_and_in_the_audit(desk: Desk) -> None:
    world = desk.world
    told = TellProvider(urgent_id="u1", kind=UrgentKind.CRITICAL_VALUE, text="Potassium 6.8")
    accepted(await world.scribe(told))
    for seen in (False, True):
        world.clock.advance(5)
        accepted(await world.provide(ConfirmUrgent(urgent_id="u1", seen=seen)))
    world.clock.advance(5)
    accepted(await world.provide(AnswerUrgent(urgent_id="u1", text="I act on it now")))
    one = world.record.told("u1")
    assert one is not None
    times = (one.at, one.delivered_at, one.seen_at, one.answered_at)
    assert [(time - one.at).total_seconds() for time in times if time is not None] == [0, 5, 10, 15]
    rows = [row.entry for row in await world.services.database.audit_rows() if row.entry.action.startswith("urgent_")]
    assert [(row.action, row.details["urgent_id"]) for row in rows] == [
        (f"urgent_{step}", "u1") for step in ("told", "delivered", "seen", "answered")
    ]
    assert rows[0].details["kind"] == "critical_value"
    assert "Potassium" not in str([(row.subject, row.details) for row in rows])
