"""Today in the practice's zone is what is taken over, and an EHR that is down is asked again."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.ehr.client import FhirClient, FhirSettings
from gateway.ehr.schedule import Schedule
from gateway.ehr.sync import ScheduleSync
from gateway.ports import EhrVisit
from tests.gateway.ehr.conftest import TOKEN
from tests.gateway.ehr.flaky import Reply, serving

pytestmark = pytest.mark.anyio
ZONE = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), 3),  # midnight in the zone
        (datetime(2026, 11, 24, 4, 59, tzinfo=UTC), 3),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), 0),
    ],
)
async def test_day_is_the_practices(client: FhirClient, now: datetime, count: int) -> None:
    taken: list[EhrVisit] = []

    async def take_over(visit: EhrVisit) -> None:
        taken.append(visit)

    assert await ScheduleSync(Schedule(client), take_over, ZONE, lambda: now).once()
    assert len(taken) == count


async def test_ehr_that_is_down_is_asked_again(ehr_address: str) -> None:
    taken: asyncio.Queue[EhrVisit] = asyncio.Queue()
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    origin = ehr_address.removesuffix("/fhir")
    async with serving(Reply(503), Reply(forward=True), behind=origin) as server:
        settings = FhirSettings(f"{server.address}/fhir", TOKEN, attempts=1)
        async with FhirClient(settings) as client:
            sync = ScheduleSync(Schedule(client), taken.put, ZONE, lambda: now)
            assert not await sync.once()
            assert taken.empty()
            job = asyncio.create_task(sync.run())
            assert (await taken.get()).encounter == "Encounter/visit-rivera"
            job.cancel()
            with pytest.raises(asyncio.CancelledError):
                await job
