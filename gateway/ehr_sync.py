"""Keeps the visits in step with the record's schedule, and opens the record's client when it is first needed."""

import asyncio
import time
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from gateway.config import Config
from gateway.identity.keys import read_private_file
from gateway.ports import (
    AddendumWrite,
    Clock,
    EhrProblem,
    EhrVisit,
    EhrWritten,
    NoteWrite,
    OrderWrite,
    Policy,
    Retraction,
)
from gateway.summaries import day_bounds
from gateway.visits import VisitService

if TYPE_CHECKING:  # the FHIR models take a quarter of a second to import
    from gateway.ehr.client import FhirClient

_log = structlog.get_logger(__name__)


class Ehr:
    """The practice's record: an EhrWriter and the day's schedule, over one client that is made at first use."""

    def __init__(self, config: Config) -> None:
        """KeyFileUnusable when the token's file cannot be read or is open to others."""
        token_file = config.ehr.token_file
        self._token = read_private_file(config.file(token_file)).decode().strip() if token_file else ""
        self._base_url = config.ehr.base_url
        self._client: FhirClient | None = None
        self._lock = asyncio.Lock()

    async def write_order(self, job: OrderWrite) -> EhrWritten | EhrProblem:
        """Make the order active in the record."""
        from gateway.ehr.writer import FhirWriter

        return await FhirWriter(await self._open()).write_order(job)

    async def write_note(self, job: NoteWrite) -> EhrWritten | EhrProblem:
        """Keep the note in the record."""
        from gateway.ehr.writer import FhirWriter

        return await FhirWriter(await self._open()).write_note(job)

    async def write_addendum(self, job: AddendumWrite) -> EhrWritten | EhrProblem:
        """Keep the addendum in the record."""
        from gateway.ehr.writer import FhirWriter

        return await FhirWriter(await self._open()).write_addendum(job)

    async def retract(self, job: Retraction) -> EhrWritten | EhrProblem:
        """Mark as entered in error what the record has."""
        from gateway.ehr.writer import FhirWriter

        return await FhirWriter(await self._open()).retract(job)

    async def visits_between(self, begin: datetime, end: datetime) -> list[EhrVisit] | EhrProblem:
        """The record's visits that begin in [begin, end)."""
        client = await self._open()
        from gateway.ehr.schedule import Schedule

        return await Schedule(client).visits_between(begin, end)

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _open(self) -> "FhirClient":
        async with self._lock:
            if self._client is None:
                # Off the event loop: whoever signs in meanwhile is not kept waiting by the import.
                self._client = await asyncio.to_thread(_make_client, self._base_url, self._token)
            return self._client


def _make_client(base_url: str, token: str) -> "FhirClient":
    import gateway.ehr.schedule
    import gateway.ehr.writer  # noqa: F401  # imported here, used by `Ehr`
    from gateway.ehr.client import FhirClient, FhirSettings

    return FhirClient(FhirSettings(base_url=base_url, bearer_token=token))


class EhrSync:
    """Reads the day's schedule again and again; what the record lost stays as it was."""

    def __init__(self, ehr: Ehr, visits: VisitService, policy: Policy, clock: Clock, seconds: float) -> None:
        self._ehr = ehr
        self._visits = visits
        self._policy = policy
        self._clock = clock
        self._seconds = seconds
        self._taken: dict[str, EhrVisit] = {}

    async def run(self) -> None:
        """Read the schedule every so many seconds, until cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(self._seconds)

    async def once(self) -> EhrProblem | None:
        """Take today's visits over; the record's problem when there is one."""
        began = time.monotonic()
        begin, end = day_bounds(self._clock(), self._policy.zone)
        found = await self._ehr.visits_between(begin, end)
        if isinstance(found, EhrProblem):
            _log.warning("schedule_not_read", code=found.code.value)
            return found
        changed = [visit for visit in found if self._taken.get(visit.encounter) != visit]
        for visit in changed:
            await self._visits.upsert_from_ehr(visit)
        self._taken = {visit.encounter: visit for visit in found}
        if changed:
            _log.info("schedule_read", count=len(changed), duration_ms=round((time.monotonic() - began) * 1000))
        return None
