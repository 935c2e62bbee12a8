"""Admissions: live for their time on their device, renewed, revoked, ended in the record, also over a restart."""

import asyncio
from datetime import timedelta

import pytest

from gateway.ports import LiveAdmission, NewAdmission
from tests.gateway.test_commands import AGREE
from tests.gateway.world import OTHER_SCRIBE, SCRIBE, World, open_world
from wire.commands import ReportListening, StartCapture
from wire.live import CommandAccepted
from wire.people import Person
from wire.record import ListeningStopped, ScribeRefused
from wire.refusals import Refusal, RefusalCode

pytestmark = pytest.mark.anyio


async def _listening(world: World, seconds: float = 300) -> str:
    await world.in_room(AGREE)
    await world.in_room(StartCapture())
    admission_id = await world.admit(seconds=seconds)
    answer = await world.scribe(ReportListening(admission_id=admission_id, hears=True))
    assert isinstance(answer, CommandAccepted)
    return admission_id


def _last_fact(world: World) -> object:
    return world.services.ledger.loaded(world.visit_id).entries[-1].fact


async def test_an_admission_lives_for_its_time_and_on_its_device(world: World) -> None:
    admission_id = await world.admit(seconds=300)
    admissions = world.services.admissions
    assert admissions.live(world.visit_id) == {admission_id}
    assert admissions.live_of(world.visit_id, SCRIBE.id, "laptop") == {admission_id}
    assert admissions.live_of(world.visit_id, SCRIBE.id, "other") == frozenset()
    assert admissions.live_of(world.visit_id, OTHER_SCRIBE.id) == frozenset()
    assert admissions.live("other") == frozenset()
    world.clock.advance(300)
    assert admissions.live(world.visit_id) == frozenset()


async def test_renewing_lengthens_and_a_dead_one_stays_dead(world: World) -> None:
    admission_id = await world.admit(seconds=300)
    admissions = world.services.admissions
    world.clock.advance(200)
    assert await admissions.renew(admission_id, world.clock() + timedelta(seconds=300), "b" * 64)
    world.clock.advance(200)
    assert admissions.live(world.visit_id) == {admission_id}
    world.clock.advance(100)
    assert not await admissions.renew(admission_id, world.clock() + timedelta(seconds=300), "b" * 64)


async def test_renewing_and_revoking_at_the_same_time_leave_no_live_admission(world: World) -> None:
    admission_id = await world.admit(seconds=300)
    admissions = world.services.admissions
    later = world.clock() + timedelta(seconds=600)
    await asyncio.gather(
        admissions.revoke(admission_id, "firewall off"),
        admissions.renew(admission_id, later, "b" * 64),
    )
    assert admissions.live(world.visit_id) == frozenset()
    assert not await admissions.renew(admission_id, later, "b" * 64)


async def test_revoking_ends_listening_and_tells(world: World) -> None:
    admission_id = await _listening(world)
    told: list[tuple[LiveAdmission, str]] = []
    world.services.admissions.listen(lambda admission, reason: told.append((admission, reason)))
    await world.services.admissions.revoke(admission_id, "disk encryption off")
    assert _last_fact(world) == ListeningStopped(admission_id=admission_id, reason="disk encryption off")
    assert [(admission.admission_id, reason) for admission, reason in told] == [(admission_id, "disk encryption off")]
    assert world.services.admissions.live(world.visit_id) == frozenset()
    await world.services.admissions.revoke(admission_id, "again")
    assert len(told) == 1


async def test_an_expired_admission_ends_listening_by_itself(sqlite_world: World) -> None:
    """The job waits on real time only to look again, so it is woken by the next admission here."""
    world = sqlite_world
    admission_id = await _listening(world, seconds=60)
    ended = asyncio.Event()
    world.services.admissions.listen(lambda *_: ended.set())
    world.clock.advance(61)
    await world.admit()
    await asyncio.wait_for(ended.wait(), 30)
    assert admission_id not in world.record.listening
    assert world.record.heard_seconds == 61


async def test_listening_that_outlived_its_admission_ends_at_the_restart(database_url: str) -> None:
    async with open_world(database_url) as world:
        admission_id = await _listening(world, seconds=60)
        assert admission_id in world.record.listening
    world.clock.advance(30)
    async with open_world(database_url, world.clock) as again:
        assert again.services.admissions.live(again.visit_id) == {admission_id}
        assert admission_id in again.record.listening
    world.clock.advance(31)
    async with open_world(database_url, world.clock) as again:
        assert again.services.admissions.live(again.visit_id) == frozenset()
        assert again.record.listening == {}


async def test_nobody_is_admitted_to_a_visit_that_is_not_theirs(world: World) -> None:
    new = NewAdmission(
        admission_id="a",
        visit_id=world.visit_id,
        person=Person(person_id=OTHER_SCRIBE.id, name=OTHER_SCRIBE.name),
        device_id="laptop",
        counter=1,
        report_sha256="a" * 64,
        policy_version="1",
        expires_at=world.clock() + timedelta(seconds=60),
    )
    assert await world.services.admissions.admit(new) == Refusal(code=RefusalCode.NOT_ASSIGNED)
    assert world.services.admissions.live(world.visit_id) == frozenset()


async def test_a_refused_scribe_stands_in_the_record(world: World) -> None:
    person = Person(person_id=SCRIBE.id, name=SCRIBE.name)
    await world.services.admissions.refuse(world.visit_id, person, RefusalCode.POSTURE_FAILED, ("firewall",))
    assert _last_fact(world) == ScribeRefused(code=RefusalCode.POSTURE_FAILED, checks=("firewall",))
