"""Instant replay: what the grant allows is kept, what was just heard is heard again, and each use is reported."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from desktop.replay_ports import ReplayMode, ReplayNews
from desktop.workflows.join import JoinFlow, JoinPhase
from desktop.workflows.session import SessionFlow
from desktop.workflows.sync import Sync
from visit.time_anchor import TimeAnchor
from wire.commands import ReportReplay
from wire.ids import new_id

BACK_SECONDS = 10.0
SPEEDS = (1.0, 0.75, 0.5, 1.25, 1.5, 2.0)
"""In the order in which one key goes through them."""
HEARD_AGAIN = (ReplayMode.REPLAY, ReplayMode.CATCH_UP)


@dataclass(frozen=True, slots=True)
class _Use:
    """A replay under way, for the report of its end."""

    replay_id: str
    visit_id: str
    admission_id: str
    began: datetime
    behind: int
    speed_percent: int


class ReplayFlow:
    """One ring, of the one live feed. Runs on the UI thread."""

    def __init__(self, session: SessionFlow, join: JoinFlow, sync: Sync) -> None:
        self._session = session
        self._join = join
        self._sync = sync
        self.utc: Callable[[], datetime] = lambda: datetime.now(UTC)
        """This machine's clock."""
        self.news = ReplayNews()
        self.speed = SPEEDS[0]
        """What the person chose; it holds for the next replay too."""
        self.gone_in = ""
        """The visit whose newest time that was asked for is not kept (any longer); empty when there is none."""
        self.on_changed: Callable[[], None] = lambda: None
        self._kept_for = ("", 0)
        self._admission = ""
        self._use: _Use | None = None

    @property
    def visit_id(self) -> str:
        """The visit whose sound is kept, or would be; empty when the grant allows none."""
        return self._kept_for[0]

    @property
    def heard_again(self) -> bool:
        """Whether what is heard is not the live sound."""
        return self.news.mode in HEARD_AGAIN

    def join_changed(self) -> None:
        """Keep what the signed grant of the live feed allows, and nothing otherwise."""
        tools, gate, feed = self._join.tools, self._join.gate, self._join.feed
        if tools is None:
            return
        tools.media.on_replay = self._on_news
        grant = gate.grant if gate is not None and self._join.phase is JoinPhase.JOINED else None
        allowed = grant is not None and grant.visit_id == feed.visit_id
        wanted = (feed.visit_id, grant.replay_seconds) if grant is not None and allowed else ("", 0)
        if wanted[1] == 0:
            wanted = ("", 0)
        if wanted != self._kept_for:
            before, self._kept_for = self._kept_for, wanted
            self._admission = grant.admission_id if grant is not None else self._admission
            tools.media.keep_replay(wanted[0] or before[0], wanted[1])

    def back(self, seconds: float = BACK_SECONDS) -> None:
        """So much earlier than what is heard now; later when negative."""
        if self._join.tools is not None and self.visit_id:
            self.gone_in = ""
            if self.heard_again or seconds < 0:
                self._join.tools.media.replay_back(seconds)
            else:
                self._join.tools.media.replay_from(seconds, self.speed)

    def hear_from(self, age: float) -> None:
        """What was live so many seconds ago."""
        if self._join.tools is not None and self.visit_id:
            self.gone_in = ""
            self._join.tools.media.replay_from(max(0.0, age), self.speed)

    def hear(self, visit_id: str, anchor: TimeAnchor) -> None:
        """What was said at a time in the visit, if it is still kept; else `gone_in` says that it is not."""
        visit = self._sync.open.get(visit_id)
        started = visit.record.capture_started_at if visit is not None else None
        age = (self._now() - anchor.at(started)).total_seconds() if started is not None else -1.0
        if started is None or visit_id != self.visit_id or not 0 <= age <= self.news.kept:
            self.gone_in = visit_id
            self.on_changed()
        else:
            self.hear_from(age)

    def heard_at(self, visit_id: str) -> TimeAnchor | None:
        """The time in a visit that is heard now, live or again; None when its room does not capture."""
        visit = self._sync.open.get(visit_id)
        if visit is None or visit.record.capture_started_at is None or not visit.record.capturing:
            return None
        again = self.heard_again and self.visit_id == visit_id
        heard = self._now() - timedelta(seconds=self.news.behind if again else 0.0)
        return TimeAnchor.of(heard, visit.record.capture_started_at)

    def next_speed(self) -> None:
        """The next of the usual speeds."""
        self.choose_speed(SPEEDS[(SPEEDS.index(self.speed) + 1) % len(SPEEDS)] if self.speed in SPEEDS else SPEEDS[0])

    def choose_speed(self, speed: float) -> None:
        """0.5 to 2 times as fast, at the same pitch."""
        self.speed = speed
        if self._join.tools is not None and self.heard_again:
            self._join.tools.media.set_replay_speed(speed)
        self.on_changed()

    def live(self, *, catch_up: bool = False) -> None:
        """Back to the live sound, at once or by catching up."""
        if self._join.tools is not None and self.heard_again:
            self._join.tools.media.return_to_live(catch_up=catch_up)

    def wipe(self) -> None:
        """The machine is about to sleep: what is kept would be written to the disk with all memory."""
        if self._join.tools is not None:
            self._join.tools.media.wipe_replay()

    # --- inside --------------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        """By the gateway's clock, as every time in the record."""
        gateway = self._session.gateway
        offset = gateway.clock_offset_seconds() if gateway is not None else None
        return self.utc() - timedelta(seconds=offset or 0.0)

    def _on_news(self, news: ReplayNews) -> None:
        self.news = news
        if self.heard_again and self._use is None:
            self._begin()
        elif not self.heard_again and self._use is not None:
            use, self._use = self._use, None
            now = self._now()
            self._report(use, now, heard=max(0, round((now - use.began).total_seconds())))
        self.on_changed()

    def _begin(self) -> None:
        news = self.news
        behind, speed = min(round(news.behind), news.seconds), round(news.speed * 100)
        self._use = _Use(new_id(), self.visit_id, self._admission, self._now(), behind, speed)
        self._report(self._use, self._use.began, heard=None)

    def _report(self, use: _Use, at: datetime, heard: int | None) -> None:
        """Kept until the gateway has it: an audit must not miss a use because the link was down."""
        visit = self._sync.open.get(use.visit_id)
        if visit is not None:
            visit.command(
                ReportReplay(
                    replay_id=use.replay_id,
                    admission_id=use.admission_id,
                    playing=heard is None,
                    at=at,
                    behind_seconds=use.behind,
                    speed_percent=use.speed_percent,
                    heard_seconds=heard or 0,
                )
            )
