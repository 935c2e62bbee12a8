"""What the scribe misses: kept in the vault from its first second, told to the gateway when it is over, never lost."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from desktop.ports import Jobs, Vault
from desktop.workflows.sync import Sync
from visit.record import Gap
from wire.base import Id, Line, Model, Time
from wire.capture import Lost
from wire.commands import ReportGap
from wire.ids import new_id
from wire.visits import Moment

BEAT_SECONDS = 5.0
"""How often it is kept that the room was still heard; an end of this program costs the ledger no more than that."""
LEAST_SECONDS = 1.0
"""A shorter gap is a hiccup, not something missed."""
CUT_SHORT = "program_ended"
_KEY = "gap:"


class OpenGap(Model):
    """A gap whose end is not known yet."""

    gap_id: Id
    admission_id: Id
    start: Time
    lost: Lost
    reason: Line


class GapLedger:
    """The gaps of each visit that is heard, or was and is to be again. Runs on the UI thread."""

    def __init__(self, jobs: Jobs, sync: Sync) -> None:
        self._jobs = jobs
        self._sync = sync
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        """The gateway's time."""
        self._open: dict[str, OpenGap] = {}
        self._told: dict[str, list[ReportGap]] = {}
        self._known: set[str] = set()
        self._beating = ""
        """The visit that is heard now."""
        self._cancel_beat: Callable[[], None] = lambda: None

    def hears(self, visit_id: str, admission_id: str) -> None:
        """Sound and picture come: what was missing before is over."""
        if self._beating == visit_id:
            return
        self._known.add(visit_id)
        self._close(visit_id, self.now())
        self._beat(visit_id, admission_id)

    def misses(self, visit_id: str, gap: tuple[str, Lost, str], ago: float = 0.0) -> None:
        """Since `ago` seconds something is missing: admission, what, and why. While the same is, nothing changes."""
        admission_id, lost, reason = gap
        known = self._open.get(visit_id)
        if known is not None and known.lost is lost:
            return
        start = self.now() - timedelta(seconds=ago)
        self._known.add(visit_id)
        self._close(visit_id, start)
        opened = OpenGap(gap_id=new_id(), admission_id=admission_id, start=start, lost=lost, reason=reason)
        self._open[visit_id] = opened
        self._keep(visit_id, opened)
        self.record_changed(visit_id)

    def adopt(self, visit_id: str) -> None:
        """Go on with a gap that an earlier run of this program left open."""
        if visit_id in self._known:
            return
        self._known.add(visit_id)

        def loaded(text: str | None) -> None:
            if text is not None and visit_id not in self._open:
                self._open[visit_id] = OpenGap.model_validate_json(text)
                self.record_changed(visit_id)

        self._jobs.on_store(lambda vault: vault.get(_KEY + visit_id), loaded, lambda _: None)

    def record_changed(self, visit_id: str) -> None:
        """Nothing is missed any more once the room has stopped."""
        self.adopt(visit_id)
        visit = self._sync.open.get(visit_id)
        ended = visit.record.moments.get(Moment.ENDED) if visit is not None and not visit.record.capturing else None
        if ended is not None and (visit_id in self._open or visit_id == self._beating):
            self._close(visit_id, ended)

    def open_gap(self, visit_id: str) -> OpenGap | None:
        """What is missed now."""
        return self._open.get(visit_id)

    def of(self, visit_id: str, person_id: str) -> list[Gap | ReportGap]:
        """What this person missed, oldest first: as the record says, then what the gateway has not recorded yet."""
        visit = self._sync.open.get(visit_id)
        recorded = visit.record.gaps if visit is not None else []
        ids = {gap.gap_id for gap in recorded}
        waiting = [gap for gap in self._told.get(visit_id, []) if gap.gap_id not in ids]
        return [*(gap for gap in recorded if gap.author.id == person_id), *waiting]

    # --- inside ------------------------------------------------------------------------------------------------------

    def _beat(self, visit_id: str, admission_id: str) -> None:
        """Keep what would be missing if this program ended now."""
        now = self.now()
        would_be = OpenGap(gap_id=new_id(), admission_id=admission_id, start=now, lost=Lost.BOTH, reason=CUT_SHORT)
        self._keep(visit_id, would_be)
        self._beating = visit_id
        self._cancel_beat = self._jobs.later(BEAT_SECONDS, lambda: self._beat(visit_id, admission_id))

    def _keep(self, visit_id: str, gap: OpenGap) -> None:
        self._stop_beat()
        text = gap.model_dump_json()
        self._jobs.on_store(lambda vault: vault.put(_KEY + visit_id, text), lambda _: None, lambda _: None)

    def _stop_beat(self) -> None:
        self._cancel_beat()
        self._beating = ""

    def _close(self, visit_id: str, end: datetime) -> None:
        self._stop_beat()
        gap = self._open.pop(visit_id, None)
        if gap is not None and (end - gap.start).total_seconds() >= LEAST_SECONDS:
            told = ReportGap(end=end, **gap.model_dump())
            self._told.setdefault(visit_id, []).append(told)
            self._sync.keep_command(visit_id, told, gap.gap_id)
        self._jobs.on_store(lambda vault: _forget(vault, visit_id), lambda _: None, lambda _: None)


def _forget(vault: Vault, visit_id: str) -> None:
    vault.delete(_KEY + visit_id)
