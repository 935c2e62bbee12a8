"""Addenda on both databases: in one transaction with their audit entry, to the EHR after the note, late words kept."""

import pytest

from gateway.ports import EhrProblem
from tests.gateway.test_versions import listed, returned_and_signed, text_of
from tests.gateway.world import SCRIBE, World, open_world
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from wire.commands import AddAddendum, LeaveOutLate
from wire.live import CommandAccepted, CommandRefused, NoteText
from wire.refusals import Refusal, RefusalCode
from wire.versions import VersionState

pytestmark = pytest.mark.anyio


async def shown(world: World) -> NoteText:
    return (await world.services.documents.opened(world.visit_id)).note_text()


async def add(world: World, number: int = 1, text: str = "The left knee.", late: int = 0) -> object:
    command = AddAddendum(number=number, text=text, signed_sha256=world.record.note_sha256, late=late)
    return await world.provide(command)


async def test_an_addendum_reaches_the_ehr_after_its_note(database_url: str) -> None:
    async with open_world(database_url) as world:
        await world.services.outbox.drain()
        world.ehr.problems = [EhrProblem(RefusalCode.EHR_UNREACHABLE)] * 2
        await returned_and_signed(world)
        assert isinstance(await add(world), CommandAccepted)
        world.ehr.problems = [EhrProblem(RefusalCode.EHR_UNREACHABLE)]
        while world.ehr.problems:
            await world.services.outbox.drain()
            world.clock.advance(10)
        while not world.ehr.addenda:
            await world.services.outbox.drain()
            world.clock.advance(10)
        (job,) = world.ehr.addenda
        assert len(world.ehr.notes) == 1
        assert (job.amends, job.number, job.signed_by.id) == ("DocumentReference/1", 1, world.provider.id)
        assert job.text.startswith("ADDENDUM 1\nThe left knee.\n\nAddendum by Dr. Ruth Provider, signed 2026-11-23 12:")
        (addendum,) = world.record.addenda
        assert (addendum.ehr_reference, addendum.sha256) == ("DocumentReference/101", job.sha256)
        actions = [row.entry.action for row in await world.services.database.audit_rows()]
        assert {"note_addended", "addendum_written"} <= set(actions)


async def test_the_signed_text_stays_and_the_amended_version_has_both(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        before = await shown(world)
        await add(world)
        await add(world, 2, "Seen by cardiology.")
        assert await shown(world) == before
        *_, signed, first, second = await listed(world)
        states = [one.state for one in (signed, first, second)]
        assert states == [VersionState.SIGNED, VersionState.ADDENDED, VersionState.ADDENDED]
        texts = await text_of(world, signed.seq)
        assert await text_of(world, first.seq) == texts | {"addendum:1": "The left knee."}
        assert await text_of(world, second.seq) == texts | {
            "addendum:1": "The left knee.",
            "addendum:2": "Seen by cardiology.",
        }


async def test_late_words_wait_for_the_provider_and_are_never_dropped(database_url: str) -> None:
    async with open_world(database_url) as world:
        await returned_and_signed(world)
        late = VisitDocument()
        note = await world.services.documents.opened(world.visit_id)
        late.apply(CheckedUpdate(note.document.update_since(), frozenset()), "gateway")
        made: list[bytes] = []
        late.on_update = made.append
        late.replace("hpi", 0, 0, "Late. ")
        closed = Refusal(code=RefusalCode.DOCUMENT_CLOSED)
        assert [await world.send(data, late.client_id, principal=SCRIBE) for data in made] == [closed]
        proposed = await shown(world)
        assert proposed.late_count == 1
        assert [section.text for section in proposed.late] == ["Late. Four weeks of it."]
        stale = await world.provide(LeaveOutLate(late=2))
        assert isinstance(stale, CommandRefused)
        assert isinstance(await world.provide(LeaveOutLate(late=1)), CommandAccepted)
        assert world.record.late_settled == 1
    async with open_world(database_url, world.clock) as again:
        assert (await shown(again)).late == proposed.late
        assert again.record.late_settled == 1
