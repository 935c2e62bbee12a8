"""Removes what this laptop no longer needs: visits that were signed long enough ago and that the gateway has whole.

One visit is one job of the store thread, with a pause between: a commit never waits long behind it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from desktop.ports import Jobs, Vault
from desktop.workflows.open_visit import ENTRIES
from desktop.workflows.stored_visit import CARET, CHAT_DRAFT
from desktop.workflows.sync import LAST_VISIT
from visit.record import VisitRecord
from wire.visits import Moment, NoteState

LOOK_EVERY_SECONDS = 6 * 3600.0
PAUSE_SECONDS = 0.05


def is_due(visit_id: str, record_json: str, before: datetime) -> bool:
    """Whether a visit was signed before a time, its last addendum too."""
    if '"note_signed"' not in record_json:
        return False
    record = VisitRecord(visit_id)
    for entry in ENTRIES.validate_json(record_json):
        record.apply(entry)
    signed = record.moments.get(Moment.SIGNED)
    last = [addendum.at for addendum in record.addenda]
    return record.note_state is NoteState.SIGNED and signed is not None and max([signed, *last]) < before


def purge_if_due(vault: Vault, visit_id: str, before: datetime) -> bool:
    """Forget a visit that is due and of which nothing waits for the gateway; store thread."""
    kept = vault.visit(visit_id)
    if kept is None or visit_id in vault.unsent() or not is_due(visit_id, kept[1], before):
        return False
    vault.purge_visit(visit_id)
    for setting in (CARET, CHAT_DRAFT):
        vault.delete(setting + visit_id)
    if vault.get(LAST_VISIT) == visit_id:
        vault.delete(LAST_VISIT)
    return True


class Retention:
    """Looks at every kept visit, now and every few hours; `is_open` are visits that this program works on."""

    def __init__(self, jobs: Jobs, days: int, is_open: Callable[[str], bool], now: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._days = timedelta(days=days)
        self._is_open = is_open
        self._now = now
        self.removed = 0

    def start(self) -> None:
        """Look now, and again and again."""
        self._jobs.on_store(lambda vault: vault.visit_ids(), self._go_on, lambda _: self._end())

    def _go_on(self, visit_ids: list[str]) -> None:
        waiting = [visit_id for visit_id in visit_ids if not self._is_open(visit_id)]
        if not waiting:
            self._end()
            return
        first, rest = waiting[0], waiting[1:]
        before = self._now() - self._days

        def done(removed: bool) -> None:
            self.removed += removed
            self._jobs.later(PAUSE_SECONDS, lambda: self._go_on(rest))

        self._jobs.on_store(lambda vault: purge_if_due(vault, first, before), done, lambda _: self._end())

    def _end(self) -> None:
        self._jobs.later(LOOK_EVERY_SECONDS, self.start)
