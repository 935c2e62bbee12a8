"""A freeze that was a mistake, taken back by the provider: nothing typed meanwhile is lost, what was signed goes on."""

import pytest

from gateway.ports import EhrProblem
from gateway.summaries import is_listed
from tests.gateway.test_versions import returned_and_signed, send_complete
from tests.gateway.test_wrong_patient import WRONG, code_of, namesake, texts_in, until_written
from tests.gateway.world import COMPLETE, SCRIBE, World, open_world
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.provenance import Finding
from wire.commands import (
    AddAddendum,
    EditText,
    MoveContent,
    OpenNote,
    RetractVisit,
    SignNote,
    UnfreezeVisit,
)
from wire.live import CommandAccepted
from wire.record import VisitUnfrozen
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio
RIGHT = UnfreezeVisit(reason="It is the same Okafor after all")
FROZEN = Refusal(code=RefusalCode.VISIT_FROZEN)


async def typed(world: World, document: VisitDocument, start: int, text: str) -> list[Refusal | None]:
    """The scribe types in the history section; what the gateway answers."""
    made: list[bytes] = []
    document.on_update = made.append
    document.replace("hpi", start, start, text)
    document.on_update = None
    return [await world.send(data, document.client_id) for data in made]


async def test_what_was_typed_while_frozen_is_in_the_note_afterwards(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        document = await world.write(COMPLETE)
        await world.scribe(WRONG)
        assert await typed(world, document, 0, "Typed offline. ") == [FROZEN]
        assert await typed(world, document, 15, "Twice. ") == [FROZEN]
        assert isinstance(await world.provide(RIGHT), CommandAccepted)
        whole = "Typed offline. Twice. Three weeks of it."
        note = await world.services.documents.opened(world.visit_id)
        assert (note.document.text("hpi"), note.late, note.late_position) == (whole, None, 0)
        assert note.document.author_runs("hpi") == [(len(whole), SCRIBE.id)]
        assert await typed(world, document, 22, "And on. ") == [None]
        actions = [row.entry.action for row in await world.services.database.audit_rows()]
        assert {"visit_unfrozen", "late_edits_taken_in"} <= set(actions)
    async with open_world(database_url, world.clock) as again:
        note = await again.services.documents.opened(again.visit_id)
        assert note.document.text("hpi") == "Typed offline. Twice. And on. Three weeks of it."
        assert note.late is None
        assert again.record.frozen is None
        assert again.record.unfrozen is not None
        assert again.record.unfrozen.reason == RIGHT.reason


async def test_an_update_that_comes_again_after_it_was_taken_in_is_saved_once(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.admit()
        document = await world.write(COMPLETE)
        await world.scribe(WRONG)
        made: list[bytes] = []
        document.on_update = made.append
        document.replace("hpi", 0, 0, "Once. ")
        assert await world.send(made[0], document.client_id) == FROZEN
        await world.provide(RIGHT)
        assert await world.send(made[0], document.client_id) is None
        assert (await world.texts())["hpi"] == "Once. Three weeks of it."


async def test_the_page_follows_and_the_provider_writes_on(database_url: str) -> None:
    async with open_world(database_url) as world:
        await send_complete(world)
        note = await world.services.documents.opened(world.visit_id)
        await world.provide(OpenNote(version=note.version))
        pen = EditText(section="hpi", base_version=note.version, start=0, end=5, text="Four")
        assert isinstance(await world.provide(pen), CommandAccepted)
        await world.provide(WRONG)
        merged: list[bool] = []
        world.services.documents.listen(lambda news: merged.append(news.late))
        document = VisitDocument()
        document.apply(_whole(note.document), "gateway")
        await typed(world, document, 0, "Late. ")
        await world.provide(RIGHT)
        assert merged == [True, False]
        more = EditText(section="hpi", base_version=note.version, start=0, end=0, text="Now: ")
        assert isinstance(await world.provide(more), CommandAccepted)
        assert (await world.texts())["hpi"] == "Now: Late. Four weeks of it."
        sign = SignNote(version=note.version, sha256=note.note_text().sha256)
        assert isinstance(await world.provide(sign), CommandAccepted)


async def test_after_a_signature_what_was_typed_while_frozen_stays_beside_the_note(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        await world.scribe(WRONG)
        document = VisitDocument()
        document.apply(_whole((await world.services.documents.opened(world.visit_id)).document), "gateway")
        assert await typed(world, document, 0, "Late. ") == [FROZEN]
        world.auth_time = world.clock()
        assert isinstance(await world.provide(RIGHT), CommandAccepted)
        note = await world.services.documents.opened(world.visit_id)
        assert note.document.text("hpi") == "Four weeks of it."
        assert note.late is not None
        assert note.note_text().late_count == 1


async def test_what_was_signed_and_given_up_is_written_after_all(database_url: str) -> None:
    async with open_world(database_url) as world:
        world.ehr.problems = [EhrProblem(RefusalCode.EHR_UNREACHABLE)] * 2
        await returned_and_signed(world)
        await world.services.outbox.drain()
        world.auth_time = world.clock()
        addendum = AddAddendum(number=1, text="The left knee.", signed_sha256=world.record.note_sha256)
        assert isinstance(await world.provide(addendum), CommandAccepted)
        await world.scribe(WRONG)
        await until_written(world)
        assert world.ehr.notes == []
        world.auth_time = None
        assert code_of(await world.provide(RIGHT)) is RefusalCode.STEP_UP_NEEDED
        world.auth_time = world.clock()
        assert isinstance(await world.provide(RIGHT), CommandAccepted)
        world.ehr.problems = []
        await until_written(world)
        assert (len(world.ehr.notes), len(world.ehr.addenda)) == (1, 1)
        assert world.record.note_ehr_reference != ""
        assert world.record.addenda[0].ehr_reference != ""


async def test_what_the_ehr_has_is_not_written_twice(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        await until_written(world)
        await world.scribe(WRONG)
        world.auth_time = world.clock()
        await world.provide(RIGHT)
        await until_written(world)
        assert len(world.ehr.notes) == 1


async def test_once_moved_or_retracted_it_stays_frozen(database_url: str) -> None:
    async with open_world(database_url) as world:
        right = await namesake(world)
        await world.admit()
        await world.write(COMPLETE)
        await world.scribe(WRONG)
        assert isinstance(await world.provide(MoveContent(to_visit_id=right)), CommandAccepted)
        assert code_of(await world.provide(RIGHT)) is RefusalCode.WRONG_STATE
        await world.provide(WRONG, visit_id=right)
        await world.provide(RetractVisit(), visit_id=right)
        assert code_of(await world.provide(RIGHT, visit_id=right)) is RefusalCode.WRONG_STATE
        facts = [entry.fact for entry in world.services.ledger.loaded(right).entries]
        assert not any(isinstance(fact, VisitUnfrozen) for fact in facts)


async def test_what_nobody_heard_stays_marked_in_the_right_visit(database_url: str) -> None:
    async with open_world(database_url) as world:
        right = await namesake(world)
        await world.admit()
        document = await world.write({"physical_exam": "Heart: regular. Said by nobody."})
        made: list[bytes] = []
        document.on_update = made.append
        document.add_mark("physical_exam", 0, 15, Finding(macro_id="normal-heart"))
        for data in made:
            assert await world.send(data, document.client_id) is None
        await world.provide(EditText(section="physical_exam", base_version=0, start=0, end=0, text="Seen. "), "", right)
        await world.scribe(WRONG)
        assert isinstance(await world.provide(MoveContent(to_visit_id=right)), CommandAccepted)
        target = (await world.services.documents.opened(right)).document
        assert target.text("physical_exam") == "Seen. \nHeart: regular. Said by nobody."
        (mark,) = target.marks("physical_exam")
        assert (mark.start, mark.end, mark.unheard) == (7, 22, True)


async def test_a_frozen_visit_stays_in_the_list_until_it_is_put_right(database_url: str) -> None:
    async with open_world(database_url) as world:
        right = await namesake(world)
        await returned_and_signed(world)
        state = world.services.ledger.loaded(world.visit_id)
        tomorrow = state.facts.scheduled_at.replace(day=state.facts.scheduled_at.day + 1)
        assert not is_listed(state, world.provider, tomorrow)
        await world.scribe(WRONG)
        assert is_listed(world.services.ledger.loaded(world.visit_id), world.provider, tomorrow)
        await world.provide(MoveContent(to_visit_id=right))
        assert is_listed(world.services.ledger.loaded(world.visit_id), SCRIBE, tomorrow)
        world.auth_time = world.clock()
        await world.provide(RetractVisit())
        assert not is_listed(world.services.ledger.loaded(world.visit_id), world.provider, tomorrow)
        assert await texts_in(world, right) != {}


def _whole(document: VisitDocument) -> CheckedUpdate:
    return CheckedUpdate(document.update_since(), frozenset())
