"""Keeps the gateway's visits in step with the EHR's schedule of the practice's day."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import tzinfo

import structlog

from gateway.ehr.schedule import Schedule
from gateway.ports import Clock, EhrProblem, EhrVisit
from gateway.summaries import day_bounds

EVERY_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 1.0
TakeOver = Callable[[EhrVisit], Awaitable[object]]
_log = structlog.get_logger(__name__)


class ScheduleSync:
    """Reads today's visits again and again, and hands each to `take_over` (`VisitService.upsert_from_ehr`)."""

    def __init__(
        self, schedule: Schedule, take_over: TakeOver, zone: tzinfo, clock: Clock, *, every_s: float = EVERY_SECONDS
    ) -> None:
        self._schedule = schedule
        self._take_over = take_over
        self._zone = zone
        self._clock = clock
        self._every_s = every_s

    async def once(self) -> bool:
        """Read today's schedule and take its visits over; whether the EHR answered."""
        begin, end = day_bounds(self._clock(), self._zone)
        visits = await self._schedule.visits_between(begin, end)
        if isinstance(visits, EhrProblem):
            return False
        for visit in visits:
            await self._take_over(visit)
        _log.debug("schedule_taken_over", count=len(visits))
        return True

    async def run(self) -> None:
        """Every `every_s`, until cancelled; while the EHR does not answer, sooner at first."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            answered = await self.once()
            pause = self._every_s if answered else min(pause * 2, self._every_s)
            await asyncio.sleep(pause)
            pause = FIRST_PAUSE_SECONDS if answered else pause
