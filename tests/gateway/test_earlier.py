"""Earlier signed notes on both databases: of the same patient alone, as signed, and each reading audited first."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from gateway.ports import Banner
from gateway.store import tables
from gateway.store.visit_rows import visit_ids_of_patient
from tests.gateway.test_addenda import add
from tests.gateway.test_versions import returned_and_signed
from tests.gateway.world import COMPLETE, NOON, OTHER_SCRIBE, SCRIBE, World, ehr_visit, open_world, patient
from wire.commands import MarkWrongPatient
from wire.earlier import EarlierNote, EarlierNoteText
from wire.people import Person
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio
WEEK = timedelta(days=7)


async def next_visit(world: World, encounter: str = "Encounter/2", patient_id: str = "p1") -> str:
    """A week later, of a patient with the same name and birth date."""
    same_name = patient().model_copy(update={"patient_id": patient_id})
    banner = Banner(patient=same_name, reason="Follow-up", specialty="Cardiology")
    return await world.services.visits.upsert_from_ehr(ehr_visit(encounter, NOON + WEEK, banner=banner))


async def audited(world: World) -> list[tuple[str, str, dict[str, str]]]:
    rows = await world.services.database.audit_rows()
    return [
        (row.entry.actor, row.entry.action, dict(row.entry.subject)) for row in rows if "earlier" in row.entry.action
    ]


def code(answer: object) -> RefusalCode | None:
    return answer.code if isinstance(answer, Refusal) else None


async def test_the_scribe_of_the_next_visit_reads_what_was_signed(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        here, earlier = await next_visit(world), world.services.earlier
        provider = Person(person_id=world.provider.id, name=world.provider.name)
        note = EarlierNote(
            note_id=world.visit_id, dated=date(2026, 11, 23), provider=provider, reason="Shortness of breath"
        )
        assert await earlier.listed(SCRIBE, here) == (note,)
        text = await earlier.text(SCRIBE, here, world.visit_id)
        assert isinstance(text, EarlierNoteText)
        assert text.note == note
        signed = COMPLETE | {"hpi": "Four weeks of it."}
        assert {one.key: one.text for one in text.sections} == signed
        assert text.addenda == ()
        me, both = "scribe:sam", {"visit_id": here, "note_id": world.visit_id}
        listed = (me, "earlier_notes_listed", {"visit_id": here})
        assert await audited(world) == [listed, (me, "earlier_note_read", both)]


async def test_what_the_provider_added_comes_with_the_note(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        await add(world)
        here = await next_visit(world)
        text = await world.services.earlier.text(SCRIBE, here, world.visit_id)
        assert isinstance(text, EarlierNoteText)
        assert text.addenda == ("The left knee.",)
        assert next(one.text for one in text.sections if one.key == "hpi") == "Four weeks of it."


async def test_another_patient_of_the_same_name_has_no_part_in_it(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        here, earlier = await next_visit(world, patient_id="p2"), world.services.earlier
        assert await earlier.listed(SCRIBE, here) == ()
        assert code(await earlier.text(SCRIBE, here, world.visit_id)) is RefusalCode.VERSION_UNKNOWN
        assert [action for _, action, _ in await audited(world)] == ["earlier_notes_listed", "earlier_notes_refused"]


async def test_nobody_else_reads_them_and_each_refusal_is_kept(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        here, earlier = await next_visit(world), world.services.earlier
        for principal, why in (
            (OTHER_SCRIBE, RefusalCode.NOT_ASSIGNED),
            (world.provider, RefusalCode.ROLE_NOT_ALLOWED),
            (world.room, RefusalCode.ROLE_NOT_ALLOWED),
        ):
            assert code(await earlier.listed(principal, here)) is why
            assert code(await earlier.text(principal, here, world.visit_id)) is why
        assert code(await earlier.listed(SCRIBE, "none")) is RefusalCode.VISIT_UNKNOWN
        assert code(await earlier.listed(SCRIBE, world.visit_id)) is RefusalCode.WRONG_STATE
        assert {action for _, action, _ in await audited(world)} == {"earlier_notes_refused"}


@pytest.mark.parametrize("frozen", ["here", "there"])
async def test_a_frozen_visit_neither_reads_nor_is_read(database_url: str, frozen: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        here, earlier = await next_visit(world), world.services.earlier
        await world.admit(visit_id=here)
        where = here if frozen == "here" else world.visit_id
        await world.scribe(MarkWrongPatient(reason="Another patient of the same name"), visit_id=where)
        assert world.services.ledger.loaded(where).record.frozen is not None
        listed, text = await earlier.listed(SCRIBE, here), await earlier.text(SCRIBE, here, world.visit_id)
        if frozen == "here":
            assert (code(listed), code(text)) == (RefusalCode.VISIT_FROZEN, RefusalCode.VISIT_FROZEN)
        else:
            assert (listed, code(text)) == ((), RefusalCode.VERSION_UNKNOWN)


async def ids_of(world: World, patient_id: str) -> Iterable[str]:
    async with world.services.database.read() as connection:
        return await visit_ids_of_patient(connection, world.services.envelope, patient_id)


async def test_visits_from_before_the_column_are_found_after_a_start(database_url: str) -> None:
    async with open_world(database_url) as world:
        async with world.services.database.write(NOON) as tx:
            await tx.execute(update(tables.visits).values(patient_fingerprint=None))
        assert await ids_of(world, "p1") == []
    async with open_world(database_url, world.clock) as again:
        assert await ids_of(again, "p1") == [again.visit_id]
        assert await ids_of(again, "p2") == []


async def test_a_patient_that_the_ehr_put_right_is_found_by_the_new_id(database_url: str) -> None:
    async with open_world(database_url) as world:
        here = await next_visit(world)
        assert await next_visit(world, patient_id="p2") == here
        assert await ids_of(world, "p1") == [world.visit_id]
        assert await ids_of(world, "p2") == [here]
