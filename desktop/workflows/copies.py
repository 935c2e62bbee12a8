"""After a rescue: fetches what the gateway has of the visits of which something is missing here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from desktop.ports import Jobs, RescueReport

Fetch = Callable[[str, Callable[[], None]], bool]
"""Fetch the gateway's copy of a visit and call back once it is in the vault; whether the gateway is reached now."""


@dataclass(frozen=True, slots=True)
class CopyState:
    """How many visits are still waited for, how many are here, and whether the gateway is reached."""

    waiting: int
    fetched: int
    reached: bool


class Copies:
    """One report at a time or several; the gateway being away only makes it last longer. UI thread."""

    def __init__(self, jobs: Jobs, fetch: Fetch, changed: Callable[[str, CopyState], None]) -> None:
        self._jobs = jobs
        self._fetch = fetch
        self._changed = changed
        self._waiting: dict[str, set[str]] = {}
        self._fetched: dict[str, int] = {}

    def want(self, report: RescueReport | None) -> None:
        """Fetch the copies of all visits of a report of which edits are missing; of an unknown visit: of every one."""
        if report is None or report.report_id in self._waiting:
            return
        named = [visit.visit_id for visit in report.visits if visit.missing]
        if not report.missing_elsewhere:
            self._begin(report.report_id, named)
            return
        begin = partial(self._begin, report.report_id)
        self._jobs.on_store(
            lambda vault: list(dict.fromkeys([*named, *vault.visit_ids()])), begin, lambda _: begin(named)
        )

    def _begin(self, report_id: str, visit_ids: list[str]) -> None:
        self._waiting[report_id], self._fetched[report_id] = set(visit_ids), 0
        reached = True
        for visit_id in visit_ids:
            reached = self._fetch(visit_id, partial(self._came, report_id, visit_id)) and reached
        self._tell(report_id, reached=reached)

    def _came(self, report_id: str, visit_id: str) -> None:
        waiting = self._waiting[report_id]
        if visit_id in waiting:
            waiting.discard(visit_id)
            self._fetched[report_id] += 1
            self._tell(report_id, reached=True)

    def _tell(self, report_id: str, *, reached: bool) -> None:
        self._changed(report_id, CopyState(len(self._waiting[report_id]), self._fetched[report_id], reached))
