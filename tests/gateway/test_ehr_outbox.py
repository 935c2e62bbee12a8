"""The outbox to the EHR: tried until confirmed, never written twice, told once, kept over a restart."""

from datetime import timedelta

import pytest

from gateway.note_texts import shown_note
from gateway.ports import EhrProblem
from tests.gateway.rules.scene import lab_order
from tests.gateway.test_commands import AGREE
from tests.gateway.world import COMPLETE, POLICY, World, open_world
from visit.orders import order_sha256
from wire.capture import Lost
from wire.commands import (
    MarkReady,
    PendOrder,
    ReportGap,
    ReportListening,
    SendNote,
    SignNote,
    SignOrder,
    StartCapture,
    StopCapture,
)
from wire.live import CommandAccepted
from wire.orders import OrderState
from wire.record import EhrWriteFailed
from wire.refusals import RefusalCode

pytestmark = pytest.mark.anyio

DOWN = EhrProblem(RefusalCode.EHR_UNREACHABLE)
REFUSED = EhrProblem(RefusalCode.EHR_REFUSED)


async def _sign_order(world: World) -> None:
    await world.admit()
    await world.scribe(PendOrder(order=lab_order(), expected_version=0))
    await world.provide(SignOrder(order_id="order-1", version=1, sha256=order_sha256(lab_order())))


def _failures(world: World) -> list[RefusalCode]:
    entries = world.services.ledger.loaded(world.visit_id).entries
    return [entry.fact.code for entry in entries if isinstance(entry.fact, EhrWriteFailed)]


async def test_only_the_ehrs_answer_makes_an_order_ordered(world: World) -> None:
    await _sign_order(world)
    await world.services.outbox.drain()
    line = world.record.orders["order-1"]
    assert (line.state, line.ehr_reference) == (OrderState.ORDERED, "ServiceRequest/1")
    (job,) = world.ehr.orders
    assert job.sha256 == order_sha256(job.order)
    assert job.signed_by.id == world.provider.id
    assert job.visit.encounter == "Encounter/1"
    assert await world.services.outbox.drain() is None
    assert len(world.ehr.orders) == 1


async def test_a_failing_ehr_is_told_once_and_tried_again_with_growing_pauses(world: World) -> None:
    world.ehr.problems = [DOWN, DOWN, DOWN, REFUSED]
    await _sign_order(world)
    pauses: list[float] = []
    while (pause := await world.services.outbox.drain()) is not None:
        assert world.record.orders["order-1"].state is OrderState.SIGNED
        pauses.append(pause)
        world.clock.advance(pause)
    assert pauses == [1, 2, 4, 8]
    assert _failures(world) == [RefusalCode.EHR_UNREACHABLE, RefusalCode.EHR_REFUSED]
    assert world.record.orders["order-1"].state is OrderState.ORDERED
    assert world.record.ehr_problems == {}


async def test_a_pause_is_never_longer_than_five_minutes(world: World) -> None:
    world.ehr.problems = [DOWN] * 40
    await _sign_order(world)
    longest = 0.0
    while (pause := await world.services.outbox.drain()) is not None:
        longest = max(longest, pause)
        world.clock.advance(pause)
    assert longest == timedelta(minutes=5).total_seconds()


async def test_the_note_goes_out_with_the_attestation_that_was_shown_at_the_signature(world: World) -> None:
    await world.in_room(AGREE)
    await world.in_room(StartCapture())
    first = await world.admit()
    await world.scribe(ReportListening(admission_id=first, hears=True))
    world.clock.advance(600)
    await world.scribe(ReportListening(admission_id=first, hears=False, reason="left"))
    document = await world.write(COMPLETE)
    await world.in_room(StopCapture())
    await world.scribe(MarkReady())
    note = await world.services.documents.opened(world.visit_id)
    sha256 = note.note_text().sha256
    await world.scribe(SendNote(sha256=sha256, state_vector=document.state_vector()))
    shown = shown_note(world.services.ledger.loaded(world.visit_id), note, POLICY.zone)
    world.auth_time = world.clock()
    signed = await world.provide(SignNote(version=shown.version, sha256=shown.sha256))
    assert isinstance(signed, CommandAccepted), signed
    late = {"gap_id": "g", "admission_id": first, "lost": Lost.BOTH, "reason": "silent"}
    start = world.clock() - timedelta(seconds=500)
    await world.scribe(ReportGap(start=start, end=start + timedelta(seconds=9), **late))
    assert len(world.record.gaps) == 1
    await world.services.outbox.drain()
    (job,) = world.ehr.notes
    assert "by Sam Scribe, scribe, who listened remotely by secure sound and picture from 12:00 to 12:10." in job.text
    assert "The patient agreed to a scribe listening, verbally, at 12:00." in job.text
    assert f"{shown.attestation} {shown.provider_statement} Signed 2026-11-23 12:10 EST." in job.text


async def test_what_was_queued_is_written_after_a_restart_under_the_same_id(database_url: str) -> None:
    async with open_world(database_url) as world:
        world.ehr.problems = [DOWN]
        await _sign_order(world)
        await world.services.outbox.drain()
        assert world.ehr.orders == []
    world.clock.advance(60)
    async with open_world(database_url, world.clock) as again:
        await again.services.outbox.drain()
        assert len(again.ehr.orders) == 1
        assert again.record.orders["order-1"].state is OrderState.ORDERED
