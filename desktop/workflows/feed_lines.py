"""The feed's connections: proven before they are heard, and made anew before a silent one is broken.

A connection that falls silent may come back by itself, and mostly does: it is kept until another one carries sound or
picture. Whichever is first goes on; the other is closed on both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from desktop.ports import SILENT_SECONDS, FeedState, Jobs, LinkQuality, MediaConfig, MediaProcess, MediaTrust, Signer
from desktop.workflows.gaps import GapLedger
from desktop.workflows.link_quality import LinkJudge
from desktop.workflows.losses import NOTICED_SECONDS, LossJudge, both
from desktop.workflows.screen import Screen
from desktop.workflows.sync import Sync
from wire.capture import Lost
from wire.ids import new_id
from wire.live import Signalled
from wire.people import Role
from wire.signalling import (
    BindingProblem,
    FeedAnswer,
    FeedClosed,
    FeedOffer,
    GrantClaims,
    ListenerReady,
    MediaBinding,
)

OFFER_SECONDS = 8.0
"""How long a room may take to offer before the pane says that it does not answer."""
ATTEMPT_SECONDS = 4.0
"""How long a new connection is given while the feed is silent; the next one knows of a network that came meanwhile."""
NO_SOUND = "no_sound_output"
REPLACED = "replaced"
RELOADED = "page_loaded_anew"
"""The room's page was loaded anew: it will be back, and so is the scribe."""
CONNECTION_GONE, NOT_STARTED = "connection_failed", "capture_not_started"
"""Reasons of the room that do not end the listening."""


@dataclass(frozen=True, slots=True)
class LineTools:
    """The adapters that a connection needs."""

    media: MediaProcess
    trust: MediaTrust
    signer: Signer


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the newest admission gives: its claims, the word that the room checks, and the ways that media may go."""

    claims: GrantClaims
    grant: str
    config: MediaConfig


@dataclass(slots=True)
class Feed:
    """One connection to the live visit's room."""

    visit_id: str = ""
    admission_id: str = ""
    """The admission that it was opened under; a renewal keeps it alive."""
    connection_id: str = ""
    fingerprint: str = ""
    binding: str = ""
    terms: Admitted | None = None
    """What it was announced with: a renewal meanwhile does not change what the room answers to."""
    state: FeedState = FeedState.OFF
    reason: str = ""
    problem: BindingProblem | None = None
    quality: LinkQuality = field(default_factory=LinkQuality)
    link: LinkJudge = field(default_factory=LinkJudge)
    losses: LossJudge = field(default_factory=LossJudge)


class FeedLines:
    """The one live feed, and another connection for it while it is silent. Runs on the UI thread."""

    def __init__(self, jobs: Jobs, screen: Screen, sync: Sync) -> None:
        self._jobs = jobs
        self._screen = screen
        self._sync = sync
        self.gaps = GapLedger(jobs, sync)
        self.tools: LineTools | None = None
        self.feed = Feed()
        self.spare: Feed | None = None
        self.joined = False
        self.admitted: Callable[[], Admitted | None] = lambda: None
        self.on_ended: Callable[[], None] = lambda: None
        """The room, or somebody for it, ended the listening."""
        self._heard = False
        self._cancel_attempt: Callable[[], None] = lambda: None
        sync.on_signal = self.on_signal
        sync.on_returned = self.link_returned
        sync.on_record = self.record_changed

    # --- opening and closing -----------------------------------------------------------------------------------------

    def prepare(self, visit_id: str) -> None:
        """Make a connection ahead, so that Join need not wait for it; nothing is sent to the room yet."""
        if self.feed.connection_id and self.feed.visit_id == visit_id and self.feed.state is FeedState.OFF:
            return
        self.gaps.adopt(visit_id)
        self.feed = self._make(visit_id)

    def join(self) -> None:
        """Ask the room for the feed."""
        self.joined = True
        self.feed.state = FeedState.WAITING
        self._announce(self.feed)

    def leave(self, reason: str) -> None:
        """Close everything, and tell the room and the record why."""
        self._end(reason, tell_room=True)

    def forget(self) -> None:
        """The scribe turned away before joining."""
        self._close(self.feed)
        self.feed = Feed()

    def _make(self, visit_id: str, state: FeedState = FeedState.OFF, reason: str = "") -> Feed:
        """Another connection; `prepared` follows."""
        feed = Feed(visit_id=visit_id, connection_id=new_id(), state=state, reason=reason)
        admitted = self.admitted()
        if self.tools is not None and admitted is not None:
            self.tools.media.prepare(feed.connection_id, admitted.config)
        return feed

    def _end(self, reason: str, *, tell_room: bool) -> None:
        feed, was_joined, heard = self.feed, self.joined, self._heard
        self._drop_spare(reason)
        self._close(feed)
        self.joined = False
        if was_joined and feed.admission_id:
            if tell_room:
                self._say_closed(feed, reason)
            self._report(False, reason)
            if heard:
                self.gaps.misses(feed.visit_id, (feed.admission_id, Lost.BOTH, reason))
        self.feed = Feed(visit_id=feed.visit_id, reason=reason)

    def _close(self, feed: Feed) -> None:
        if self.tools is not None and feed.connection_id:
            self.tools.media.close_feed(feed.connection_id)

    def _say_closed(self, feed: Feed, reason: str) -> None:
        if feed.admission_id:
            closed = FeedClosed(admission_id=feed.admission_id, connection_id=feed.connection_id, reason=reason)
            self._sync.signal(feed.visit_id, closed)

    def _drop_spare(self, reason: str) -> None:
        self._cancel_attempt()
        spare, self.spare = self.spare, None
        if spare is not None:
            self._close(spare)
            self._say_closed(spare, reason)

    # --- the room ----------------------------------------------------------------------------------------------------

    def _announce(self, feed: Feed) -> None:
        admitted = self.admitted()
        if not self.joined or admitted is None or not feed.fingerprint or not self._captures(feed.visit_id):
            return  # `prepared`, or the room's start, announces then
        feed.admission_id, feed.terms = admitted.claims.admission_id, admitted
        ready = ListenerReady(
            admission_id=feed.admission_id,
            connection_id=feed.connection_id,
            grant=admitted.grant,
            fingerprint=feed.fingerprint,
        )
        self._sync.signal(feed.visit_id, ready)
        feed.reason = ""
        if feed is self.feed:
            self._jobs.later(OFFER_SECONDS, lambda: self._no_offer(feed))

    def _captures(self, visit_id: str) -> bool:
        """Whether the room would offer anything, as far as is known."""
        visit = self._sync.open.get(visit_id)
        return visit is None or visit.record.capturing

    def _no_offer(self, feed: Feed) -> None:
        if self.feed is feed and feed.state is FeedState.WAITING:
            self._announce(feed)
            feed.reason = "room_does_not_answer"
            self._screen.join_changed()

    def on_signal(self, signalled: Signalled) -> None:
        """What the room says."""
        if signalled.visit_id != self.feed.visit_id or not self.joined:
            return
        match signalled.signal:
            case FeedOffer() as offer:
                feed = self._of(offer.connection_id)
                if feed is not None:
                    self._take_offer(feed, offer)
            case FeedClosed() as closed:
                self._take_closed(closed)
            case _:
                pass

    def _take_offer(self, feed: Feed, offer: FeedOffer) -> None:
        """Only a proven offer reaches the media process."""
        admitted, tools = feed.terms, self.tools
        if admitted is None or tools is None or feed.state is not FeedState.WAITING:
            return
        problem = tools.trust.check_offer(offer, feed.fingerprint, admitted.claims)
        if problem is not None:
            self._drop_spare("room_not_proven")
            self._close(self.feed)
            self.feed.problem = problem
            self.feed.state, self.feed.reason = FeedState.REFUSED, "room_not_proven"
            self._screen.join_changed()
            return
        feed.binding = self._bind(feed, offer, admitted.claims)
        feed.state, feed.reason = FeedState.CONNECTING, ""
        tools.media.accept_offer(offer.connection_id, offer.sdp)
        self._screen.join_changed()

    def _bind(self, feed: Feed, offer: FeedOffer, claims: GrantClaims) -> str:
        if self.tools is None:
            return ""
        binding = MediaBinding(
            admission_id=claims.admission_id,
            visit_id=claims.visit_id,
            role=Role.SCRIBE,
            own_fingerprint=feed.fingerprint,
            peer_fingerprint=self.tools.trust.offered_fingerprint(offer),
            nonce=claims.nonce,
            gateway_time=claims.issued_at,
        )
        return self.tools.signer.jws(binding.model_dump(mode="json"))

    def _take_closed(self, closed: FeedClosed) -> None:
        """A connection of ours is over at the room, or the listening is; the pane says why."""
        if self.spare is not None and closed.connection_id == self.spare.connection_id:
            self._close(self.spare)
            self.spare = None  # the next attempt is planned already
        elif closed.connection_id not in ("", self.feed.connection_id):
            pass  # one that we closed
        elif closed.reason == NOT_STARTED:
            pass  # it is asked again when the room has started
        elif closed.reason == CONNECTION_GONE:
            self.changed(self.feed.connection_id, FeedState.LOST, closed.reason)
        elif closed.reason == RELOADED:
            self._wait_for_room()
        else:
            self._end(closed.reason, tell_room=False)
            self.on_ended()
        self._screen.join_changed()

    def _wait_for_room(self) -> None:
        """The room's page starts anew: a connection is ready for it when a person presses Start there."""
        self._end(RELOADED, tell_room=False)
        self.joined = True
        self.feed = self._make(self.feed.visit_id, FeedState.WAITING, RELOADED)

    # --- the media process -------------------------------------------------------------------------------------------

    def prepared(self, connection_id: str, fingerprint: str) -> None:
        """The certificate is there; announce it if the scribe has joined."""
        feed = self._of(connection_id)
        if feed is not None:
            feed.fingerprint = fingerprint
            self._announce(feed)

    def answered(self, connection_id: str, sdp: str) -> None:
        """Send the answer with our binding."""
        feed = self._of(connection_id)
        if feed is not None:
            answer = FeedAnswer(
                admission_id=feed.admission_id, connection_id=connection_id, sdp=sdp, binding=feed.binding
            )
            self._sync.signal(feed.visit_id, answer)

    def changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        """Go on with whichever connection carries the room, and make another one while none does."""
        feed = self._of(connection_id)
        if feed is None:
            return
        if feed is self.spare:
            self._spare_changed(feed, state, reason)
            return
        was, feed.state, feed.reason = feed.state, state, reason
        self._hearing()
        if state is FeedState.LIVE:
            self._drop_spare(REPLACED)
        elif state is FeedState.LOST and self.joined and was is not FeedState.LOST:
            self._attempt()

    def _spare_changed(self, spare: Feed, state: FeedState, reason: str) -> None:
        spare.state, spare.reason = state, reason
        if state is FeedState.LIVE:
            old, self.feed, self.spare = self.feed, spare, None
            self._cancel_attempt()
            self._close(old)
            self._say_closed(old, REPLACED)
            self._hearing()
        elif state in (FeedState.LOST, FeedState.REFUSED):
            self._close(spare)
            self.spare = None  # the next attempt is planned already

    def died(self) -> None:
        """The media process is being started again, and with it the feed."""
        if not self.joined:
            self.feed = Feed(visit_id=self.feed.visit_id)
        elif self.feed.state is FeedState.WAITING:
            self.feed = self._make(self.feed.visit_id, FeedState.WAITING, self.feed.reason)
        else:
            self.spare = None
            self.feed.state, self.feed.reason = FeedState.LOST, "media_process"
            self._hearing()
            self._attempt()

    def measured(self, quality: LinkQuality) -> None:
        """Once a second while the feed is live."""
        feed = self.feed
        feed.quality = quality
        feed.link.judge(quality)
        lost = feed.losses.judge(quality)
        if feed.state is FeedState.LIVE and self._heard:
            self._keep_ledger(lost, NOTICED_SECONDS)

    def _attempt(self) -> None:
        """Another connection, and another one again until the room is heard."""
        self._drop_spare(REPLACED)
        if not self.joined or self.feed.state is not FeedState.LOST:
            return
        self.spare = self._make(self.feed.visit_id, FeedState.WAITING)
        self._cancel_attempt = self._jobs.later(ATTEMPT_SECONDS, self._attempt)

    def _of(self, connection_id: str) -> Feed | None:
        return next((feed for feed in (self.feed, self.spare) if feed and feed.connection_id == connection_id), None)

    # --- what is heard -----------------------------------------------------------------------------------------------

    def _hearing(self) -> None:
        """The feed's state changed: tell the record whether the room is heard, and keep what is missed."""
        feed = self.feed
        hears = feed.state is FeedState.LIVE
        if not feed.admission_id or (not hears and not self._heard):
            return
        self._report(hears, feed.reason)
        if hears:
            self._keep_ledger(None, 0.0)
        else:
            ago = SILENT_SECONDS if feed.reason == "silent" else 0.0
            self.gaps.misses(feed.visit_id, (feed.admission_id, Lost.BOTH, feed.reason or "lost"), ago)

    def _keep_ledger(self, lost: Lost | None, ago: float) -> None:
        feed = self.feed
        lost = both(lost, Lost.SOUND if feed.reason == NO_SOUND else None)
        if lost is not None:
            self.gaps.misses(feed.visit_id, (feed.admission_id, lost, feed.reason or f"no_{lost}"), ago)
        else:
            self.gaps.hears(feed.visit_id, feed.admission_id)

    def _report(self, hears: bool, reason: str) -> None:
        if hears != self._heard:
            self._heard = hears
            self._sync.report_listening(self.feed.visit_id, self.feed.admission_id, hears, reason)

    def link_returned(self) -> None:
        """The gateway is back: say again what is so, ask the room again, by addresses that are those of now."""
        feed = self.feed
        if not self.joined:
            return
        if feed.admission_id and feed.state in (FeedState.LIVE, FeedState.LOST):
            self._sync.report_listening(feed.visit_id, feed.admission_id, self._heard, feed.reason)
        if feed.state is FeedState.WAITING:
            self._announce(feed)
        elif feed.state is FeedState.LOST:
            self._attempt()

    def record_changed(self, visit_id: str) -> None:
        """The room may have started or stopped."""
        self.gaps.record_changed(visit_id)
        feed = self.feed
        if visit_id == feed.visit_id and feed.state is FeedState.WAITING and not feed.admission_id:
            self._announce(feed)
