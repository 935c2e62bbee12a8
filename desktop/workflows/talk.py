"""Talk-back: a press sends the scribe's microphone to the room, its release or anything doubtful ends it."""

from collections.abc import Callable

from desktop.ports import FeedState, Jobs, TalkEnd, TalkNews, TalkState
from desktop.workflows.join import JoinFlow, JoinPhase
from desktop.workflows.sync import Sync
from wire.live import Signalled
from wire.signalling import TalkHeard

AGAIN_SECONDS = 1.0
"""How often the media process is told that the key is still held; without it, it stops by itself."""


class TalkFlow:
    """One press at a time, on the one live feed. Runs on the UI thread."""

    def __init__(self, jobs: Jobs, join: JoinFlow, sync: Sync) -> None:
        self._jobs = jobs
        self._join = join
        self._sync = sync
        self.state = TalkState.SILENT
        self.end: TalkEnd | None = None
        """Why the newest press ended."""
        self.level = 0.0
        """How loud the microphone is, 0..1."""
        self.heard = False
        """Whether the room says that it plays what is said."""
        self.on_changed: Callable[[], None] = lambda: None
        self._press = 0
        self._connection = self._visit = self._admission = ""
        self._reported = False
        self._cancel: Callable[[], None] = lambda: None
        sync.on_talk_heard = self._on_heard

    @property
    def visit_id(self) -> str:
        """The visit whose room can be spoken to; empty when there is none."""
        feed = self._join.feed
        live = self._join.phase is JoinPhase.JOINED and feed.state is FeedState.LIVE
        return feed.visit_id if live and self._join.tools is not None else ""

    def press(self) -> None:
        """The key went down."""
        tools, feed = self._join.tools, self._join.feed
        if self.state is not TalkState.SILENT or not self.visit_id or tools is None:
            return
        self._press += 1
        self._connection, self._visit, self._admission = feed.connection_id, feed.visit_id, feed.admission_id
        self.heard = self._reported = False
        tools.media.on_talk = self._on_news
        self._change(TalkNews(TalkState.OPENING))
        self._hold()

    def release(self, why: TalkEnd = TalkEnd.RELEASED) -> None:
        """The key went up, or it is not sure any more that somebody holds it."""
        if self.state is TalkState.SILENT:
            return
        if self._join.tools is not None:
            self._join.tools.media.release_talk(why)
        self._change(TalkNews(TalkState.SILENT, why))

    # --- inside --------------------------------------------------------------------------------------------------

    def _hold(self) -> None:
        if self._join.tools is not None:
            self._join.tools.media.hold_talk(self._connection, self._press)
        self._cancel = self._jobs.later(AGAIN_SECONDS, self._again)

    def _again(self) -> None:
        if self._join.feed.connection_id != self._connection or not self.visit_id:
            self.release(TalkEnd.LINE_LOST)
        else:
            self._hold()

    def _on_news(self, news: TalkNews) -> None:
        """What the media process says; of an earlier press it counts no more."""
        if self.state is not TalkState.SILENT and news.press in (0, self._press):
            self._change(news)

    def _on_heard(self, signalled: Signalled) -> None:
        signal = signalled.signal
        if isinstance(signal, TalkHeard) and signal.connection_id == self._connection and self._connection:
            self.heard = signal.heard
            self.on_changed()

    def _change(self, news: TalkNews) -> None:
        self.state, self.level = news.state, news.level
        self.end = news.end if news.state is TalkState.SILENT else None
        if news.state is TalkState.SPEAKING and not self._reported:
            self._reported = True
            self._sync.report_talk(self._visit, self._admission, speaking=True)
        if news.state is TalkState.SILENT:
            self._cancel()
            self.heard = False
            if self._reported:
                self._reported = False
                reason = news.end.value if news.end else ""
                self._sync.report_talk(self._visit, self._admission, speaking=False, reason=reason)
        self.on_changed()
