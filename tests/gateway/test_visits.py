"""Visits: taken over from the schedule without doubling, listed for whom they are, redacted for the room."""

from datetime import timedelta

import pytest

from tests.gateway.test_commands import AGREE
from tests.gateway.world import NOON, OTHER_SCRIBE, SCRIBE, World, ehr_visit, open_world, patient
from wire.commands import ReportListening, StartCapture
from wire.people import Principal
from wire.record import VisitOpened
from wire.visits import Moment, NoteState, VisitPhase

pytestmark = pytest.mark.anyio


async def _listed(world: World, principal: Principal) -> list[str]:
    return [visit.visit_id for visit in await world.services.visits.listed_for(principal)]


async def test_taking_a_visit_over_again_changes_what_changed(database_url: str) -> None:
    async with open_world(database_url) as world:
        later = ehr_visit(at=NOON + timedelta(hours=1), moments=((Moment.CHECKED_IN, NOON),))
        for _ in range(2):
            assert await world.services.visits.upsert_from_ehr(later) == world.visit_id
        state = world.services.ledger.loaded(world.visit_id)
        assert state.facts.scheduled_at == NOON + timedelta(hours=1)
        assert [entry.fact.type for entry in state.entries] == ["visit_opened", "template_chosen", "moment_marked"]
        assert state.entries[0].fact == VisitOpened(encounter="Encounter/1")
        (summary,) = await world.services.visits.listed_for(SCRIBE)
        assert summary.moments == {Moment.CHECKED_IN: NOON}
    async with open_world(database_url, world.clock) as again:
        assert len(again.services.ledger.loaded(again.visit_id).entries) == 3


async def test_everybody_sees_their_own_visits_of_the_practices_day(world: World) -> None:
    assert await _listed(world, SCRIBE) == [world.visit_id]
    assert await _listed(world, world.provider) == [world.visit_id]
    assert await _listed(world, world.room) == [world.visit_id]
    assert await _listed(world, OTHER_SCRIBE) == []
    assert await _listed(world, world.provider.model_copy(update={"id": "other"})) == []
    assert await _listed(world, world.room.model_copy(update={"id": "other"})) == []
    # 17:00 UTC is noon in New York: the practice's day ends at 05:00 UTC.
    last = await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2", NOON + timedelta(hours=11)))
    await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/3", NOON + timedelta(hours=12)))
    assert await _listed(world, SCRIBE) == [world.visit_id, last]


async def test_an_unsigned_visit_of_yesterday_stays_for_scribe_and_provider(world: World) -> None:
    await world.services.visits.upsert_from_ehr(ehr_visit("Encounter/2"))  # nobody came
    await world.admit()
    world.clock.advance(24 * 3600)
    assert await _listed(world, SCRIBE) == [world.visit_id]
    assert await _listed(world, world.provider) == [world.visit_id]
    assert await _listed(world, world.room) == []
    world.clock.advance(8 * 24 * 3600)
    assert await _listed(world, SCRIBE) == []


async def test_a_summary_is_what_the_record_says(world: World) -> None:
    await world.in_room(AGREE)
    await world.in_room(StartCapture())
    admission_id = await world.admit()
    await world.scribe(ReportListening(admission_id=admission_id, hears=True))
    world.clock.advance(90)
    (summary,) = await world.services.visits.listed_for(world.provider)
    assert summary.phase is VisitPhase.LIVE
    assert summary.capturing
    assert summary.consent == "agreed"
    assert summary.scribe is not None
    assert summary.scribe.name == "Sam Scribe"
    assert summary.scribe_seconds == 90
    assert summary.note_state is NoteState.DRAFT
    assert summary.patient == patient()
    assert summary.last_seq == world.record.last_seq


async def test_a_room_sees_who_but_not_why(world: World) -> None:
    (summary,) = await world.services.visits.listed_for(world.room)
    assert summary.patient.name == "Okafor, Adaeze"
    shown = summary.model_dump_json()
    for hidden in ("Shortness of breath", "Cardiology", "Hypertension"):
        assert hidden not in shown
