"""Two patients of the same name: one visit is frozen, its text moves to the other, and the EHR's copy is an error."""

from dataclasses import replace

import pytest

from gateway.ports import EhrProblem
from tests.gateway.rules.scene import lab_order
from tests.gateway.test_versions import returned_and_signed, send_complete
from tests.gateway.world import COMPLETE, SCRIBE, World, ehr_visit, open_world, patient
from visit.document import VisitDocument
from visit.marks import MarkedPart, MarkedText
from visit.orders import order_sha256
from visit.provenance import Finding, Question
from wire.commands import (
    AddAddendum,
    AskQuestion,
    EditText,
    MarkWrongPatient,
    MoveContent,
    PendOrder,
    RetractVisit,
    SignOrder,
)
from wire.live import CommandAccepted, CommandRefused
from wire.record import NoteSent
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio
WRONG = MarkWrongPatient(reason="Another patient of the same name")


async def namesake(world: World) -> str:
    """The visit of the other Okafor, with the same provider."""
    first = ehr_visit("Encounter/2")
    other = patient().model_copy(update={"patient_id": "p2", "mrn_tail": "9902"})
    visit_id = await world.services.visits.upsert_from_ehr(
        replace(first, banner=first.banner.model_copy(update={"patient": other}))
    )
    names = {world.services.ledger.loaded(one).facts.banner.patient.name for one in (world.visit_id, visit_id)}
    assert len(names) == 1
    return visit_id


def code_of(answer: object) -> RefusalCode:
    assert isinstance(answer, CommandRefused), answer
    return answer.refusal.code


async def texts_in(world: World, visit_id: str) -> dict[str, str]:
    texts = (await world.services.documents.opened(visit_id)).document.texts()
    return {section: text for section, text in texts.items() if text}


async def until_written(world: World) -> None:
    while await world.services.outbox.drain() is not None:
        world.clock.advance(10)


async def test_text_and_questions_move_to_the_other_patient_of_the_same_name(database_url: str) -> None:
    async with open_world(database_url) as world:
        right = await namesake(world)
        await world.admit()
        document = await world.write(COMPLETE)
        await world.scribe(AskQuestion(question_id="q1", text="Which leg?"))
        assert isinstance(await world.scribe(WRONG), CommandAccepted)
        move = MoveContent(to_visit_id=right)
        assert code_of(await world.scribe(move)) is RefusalCode.NOT_ADMITTED  # to the other visit
        edit = EditText(section="hpi", base_version=3, start=0, end=0, text="x")
        assert code_of(await world.provide(edit)) is RefusalCode.VISIT_FROZEN
        made: list[bytes] = []
        document.on_update = made.append
        document.replace("hpi", 0, 0, "Typed offline. ")
        frozen = Refusal(code=RefusalCode.VISIT_FROZEN)
        assert [await world.send(data, document.client_id) for data in made] == [frozen]
        await world.admit(visit_id=right)
        assert isinstance(await world.scribe(move), CommandAccepted)
        moved = COMPLETE | {"hpi": "Typed offline. Three weeks of it."}
        assert await texts_in(world, right) == moved
        assert code_of(await world.scribe(move)) is RefusalCode.WRONG_STATE
        target = world.services.ledger.loaded(right).record
        assert [line.question_id for line in target.open_questions()] == ["q1"]
        assert (target.moved_from, world.record.moved_to) == (world.visit_id, right)
        actions = [row.entry.action for row in await world.services.database.audit_rows()]
        assert {"visit_frozen", "visit_moved", "content_moved_in", "text_moved_in", "late_edit_kept"} <= set(actions)
    async with open_world(database_url, world.clock) as again:
        assert await texts_in(again, right) == moved
        assert await texts_in(again, again.visit_id) == COMPLETE
        assert again.record.frozen is not None
        assert again.record.frozen.author.id == SCRIBE.id


async def test_findings_that_are_moved_are_unheard_again(database_url: str) -> None:
    async with open_world(database_url) as world:
        right = await namesake(world)
        await world.admit()
        await world.admit(visit_id=right)
        document = VisitDocument()
        made: list[bytes] = []
        document.on_update = made.append
        heard, unheard = Finding(macro_id="knee", heard_ms=61_000), Finding(macro_id="knee")
        parts = (MarkedPart(0, 6, heard), MarkedPart(7, 12, unheard), MarkedPart(13, 15, Question(question_id="q1")))
        document.replace_marked("hpi", 0, 0, MarkedText("Heart. Knee. ??", parts))
        assert [await world.send(data, document.client_id) for data in made] == [None]
        await world.provide(EditText(section="hpi", base_version=0, start=0, end=0, text="Before."), visit_id=right)
        assert isinstance(await world.scribe(WRONG), CommandAccepted)
        assert isinstance(await world.scribe(MoveContent(to_visit_id=right)), CommandAccepted)
        moved = (await world.services.documents.opened(right)).document
        assert moved.text("hpi") == "Before.\nHeart. Knee. ??"
        places = [(mark.start, mark.end, mark.provenance) for mark in moved.marks("hpi")]
        assert places == [(8, 14, unheard), (15, 20, unheard), (21, 23, Question(question_id="q1"))]


async def test_what_the_ehr_has_becomes_an_error_and_nothing_more_is_written(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        await world.scribe(PendOrder(order=lab_order(), expected_version=0))
        await world.provide(SignOrder(order_id="order-1", version=1, sha256=order_sha256(lab_order())))
        await returned_and_signed(world)
        await until_written(world)
        world.auth_time = world.clock()
        world.ehr.problems = [EhrProblem(RefusalCode.EHR_UNREACHABLE)]
        addendum = AddAddendum(number=1, text="The left knee.", signed_sha256=world.record.note_sha256)
        assert isinstance(await world.provide(addendum), CommandAccepted)
        await world.services.outbox.drain()
        assert isinstance(await world.scribe(WRONG), CommandAccepted)
        assert await world.services.outbox.drain() is None
        assert world.ehr.addenda == []
        assert code_of(await world.scribe(RetractVisit())) is RefusalCode.ROLE_NOT_ALLOWED
        assert world.ehr.retracted == []
        world.auth_time = None
        assert code_of(await world.provide(RetractVisit())) is RefusalCode.STEP_UP_NEEDED
        world.auth_time = world.clock()
        assert isinstance(await world.provide(RetractVisit()), CommandAccepted)
        assert isinstance(await world.provide(RetractVisit()), CommandAccepted)
        await until_written(world)
        visit_id = world.visit_id
        jobs = {(job.what, job.identifier, job.visit.banner.patient.patient_id) for job in world.ehr.retracted}
        assert jobs == {
            ("note", visit_id, "p1"),
            ("addendum", f"{visit_id}-1", "p1"),
            ("order", "order-1", "p1"),
        }
        assert set(world.record.ehr_retracted) == {"note", "addendum-1", "order-1"}
        assert world.record.ehr_problems == {}


async def test_no_signature_and_no_sending_after_the_freeze(database_url: str) -> None:
    async with open_world(database_url) as world:
        await send_complete(world)
        sent = [
            entry for entry in world.services.ledger.loaded(world.visit_id).entries if isinstance(entry.fact, NoteSent)
        ]
        assert isinstance(await world.provide(WRONG), CommandAccepted)
        assert len(sent) == 1
        assert world.record.frozen is not None
        assert await world.services.outbox.drain() is None
        assert world.ehr.notes == []
