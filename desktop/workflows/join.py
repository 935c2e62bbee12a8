"""Admission and the feed: prove the device, be admitted, check the room's proof, listen; leave at once when told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from desktop.ports import (
    FeedState,
    FrameRef,
    Gateway,
    Jobs,
    LinkFailed,
    LinkQuality,
    MediaConfig,
    MediaProcess,
    MediaTrust,
    Posture,
    PostureFacts,
    Refused,
    Signer,
    SoundDevices,
)
from desktop.workflows.link_quality import LinkJudge
from desktop.workflows.screen import Screen
from desktop.workflows.session import SessionFlow
from desktop.workflows.sync import Sync
from wire.ids import new_id
from wire.live import Signalled
from wire.people import Role
from wire.posture import AdmissionDecision, Challenge, CheckResult, SignedReport
from wire.refusals import Refusal, RefusalCode
from wire.signalling import (
    BindingProblem,
    FeedAnswer,
    FeedClosed,
    FeedOffer,
    GrantClaims,
    ListenerReady,
    MediaBinding,
)

RENEW_SECONDS = 120.0
"""A grant lives five minutes; a new report renews it well before."""
FRESH_SECONDS = 45.0
"""A grant is used within 60 s of its admission; the gate asks anew before that."""
STALE = (RefusalCode.REPORT_INVALID, RefusalCode.NONCE_SPENT)
"""Refusals that a fresh challenge may answer."""
OFFER_SECONDS = 8.0
"""How long a room may take to offer before the pane says that it does not answer."""


class JoinPhase(StrEnum):
    """What the gate and the feed pane show."""

    IDLE = "idle"
    CHECKING = "checking"
    REFUSED = "refused"
    ADMITTED = "admitted"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class JoinTools:
    """The adapters that joining needs."""

    posture: Posture
    signer: Signer
    trust: MediaTrust
    media: MediaProcess
    build_report: Callable[["ReportInputs"], SignedReport]
    data_dir: str = ""
    loopback_candidates: bool = False


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """What a signed report is made from."""

    challenge: Challenge
    visit_id: str
    person_id: str
    device_id: str
    results: tuple[CheckResult, ...]
    signer: Signer


@dataclass(slots=True)
class Gate:
    """The newest check of this device for one visit."""

    visit_id: str
    challenge: Challenge | None = None
    results: tuple[CheckResult, ...] = ()
    decision: AdmissionDecision | None = None
    grant: GrantClaims | None = None
    report: SignedReport | None = None
    refusal: Refusal | None = None
    failed: LinkFailed | None = None
    checked_at: float = 0.0


@dataclass(slots=True)
class Feed:
    """The one live feed."""

    visit_id: str = ""
    admission_id: str = ""
    """The admission that the feed was opened under; a renewal keeps it alive."""
    connection_id: str = ""
    fingerprint: str = ""
    binding: str = ""
    state: FeedState = FeedState.OFF
    reason: str = ""
    problem: BindingProblem | None = None
    heard: bool = False
    quality: LinkQuality = field(default_factory=LinkQuality)
    link: LinkJudge = field(default_factory=LinkJudge)


def media_config(decision: AdmissionDecision, tools: JoinTools) -> MediaConfig:
    """How the practice lets the feed find its way, by its newest decision: relay credentials do not last."""
    return MediaConfig(
        ice_servers=decision.ice_servers,
        loopback_candidates=tools.loopback_candidates,
        relay_only=decision.relay_only,
        relay_authority=decision.relay_authority,
    )


class JoinFlow:
    """One visit is live at a time; implements ports.FeedListener. Runs on the UI thread."""

    def __init__(self, jobs: Jobs, screen: Screen, session: SessionFlow, sync: Sync) -> None:
        self._jobs = jobs
        self._screen = screen
        self._session = session
        self._sync = sync
        self.tools: JoinTools | None = None
        self.phase = JoinPhase.IDLE
        self.gate: Gate | None = None
        self.feed = Feed()
        self.sound_devices = SoundDevices()
        self.on_frame: Callable[[FrameRef], None] = self._drop_frame
        self._cancel_renewal: Callable[[], None] = lambda: None
        self._clock: Callable[[], float] = lambda: 0.0
        sync.on_signal = self._on_signal

    def use(self, tools: JoinTools, clock: Callable[[], float]) -> None:
        """Give it its adapters, once they are there; `clock` is monotonic seconds."""
        self.tools = tools
        self._clock = clock

    # --- the gate ----------------------------------------------------------------------------------------------

    def check(self, visit_id: str) -> None:
        """Run the checks and ask the practice's policy."""
        gateway, tools = self._session.gateway, self.tools
        if gateway is None or tools is None:
            return
        if self.gate is None or self.gate.visit_id != visit_id:
            self.gate = Gate(visit_id)
        if self.phase is not JoinPhase.JOINED:
            self.phase = JoinPhase.CHECKING
        self._screen.join_changed()
        self._jobs.on_link(
            lambda: self._admission(gateway, tools, visit_id), self._on_decision, self._on_check_failed(visit_id)
        )

    async def _admission(self, gateway: Gateway, tools: JoinTools, visit_id: str) -> Gate:
        """Checks, report, decision; once more when the policy changed or the nonce ran out while checking."""
        gate = await self._attempt(gateway, tools, visit_id)
        if gate.refusal is not None and gate.refusal.code in STALE:
            gate = await self._attempt(gateway, tools, visit_id)
        return gate

    async def _attempt(self, gateway: Gateway, tools: JoinTools, visit_id: str) -> Gate:
        gate = Gate(visit_id)
        gate.checked_at = self._clock()
        gate.challenge = await gateway.challenge(visit_id)
        facts = PostureFacts(dict(gate.challenge.params), gateway.clock_offset_seconds(), tools.data_dir)
        gate.results = await tools.posture.run(facts)
        person_id = self._session.person.person_id if self._session.person else ""
        device_id = self._session.device_id
        inputs = ReportInputs(gate.challenge, visit_id, person_id, device_id, gate.results, tools.signer)
        gate.report = tools.build_report(inputs)
        try:
            gate.decision = await gateway.admit(visit_id, gate.report)
        except Refused as refused:
            gate.refusal = refused.refusal
        return gate

    def _on_decision(self, gate: Gate) -> None:
        if self.gate is None or self.gate.visit_id != gate.visit_id:
            return
        self.gate = gate
        decision = gate.decision
        if decision is not None:
            gate.refusal = decision.refusal
            if decision.admitted and decision.grant and self._session.info and self.tools:
                gate.grant = self.tools.trust.grant_claims(decision.grant, self._session.info.gateway_jwk)
                if gate.grant is None:
                    gate.refusal = Refusal(code=RefusalCode.REPORT_INVALID)
        admitted = gate.grant is not None
        if admitted:
            self._sync.admitted(gate.visit_id)
        if self.phase is JoinPhase.JOINED:
            if not admitted:
                self.leave("posture_failed")
                self.phase = JoinPhase.REFUSED
            else:
                self._plan_renewal()
        else:
            self.phase = JoinPhase.ADMITTED if admitted else JoinPhase.REFUSED
            if admitted:
                self._prepare(gate.visit_id)
                self._cancel_renewal()
                self._cancel_renewal = self._jobs.later(FRESH_SECONDS, lambda: self._recheck(gate.visit_id))
        self._screen.join_changed()

    def _on_check_failed(self, visit_id: str) -> Callable[[LinkFailed | Refused], None]:
        def failed(problem: LinkFailed | Refused) -> None:
            if self.gate is None or self.gate.visit_id != visit_id:
                return
            self.gate.failed = problem if isinstance(problem, LinkFailed) else None
            self.gate.refusal = problem.refusal if isinstance(problem, Refused) else None
            if self.phase is JoinPhase.JOINED:
                self._plan_renewal(10.0)  # the grant still holds; the gateway ends it when it runs out
            else:
                self.phase = JoinPhase.REFUSED
            self._screen.join_changed()

        return failed

    def close_gate(self) -> None:
        """The scribe turned away from the gate without joining."""
        if self.phase is JoinPhase.JOINED:
            return
        self._cancel_renewal()
        if self.tools is not None and self.feed.connection_id:
            self.tools.media.close_feed(self.feed.connection_id)
        self.feed = Feed()
        self.gate = None
        self.phase = JoinPhase.IDLE
        self._screen.join_changed()

    def _recheck(self, visit_id: str) -> None:
        if self.gate is not None and self.gate.visit_id == visit_id and self.phase is JoinPhase.ADMITTED:
            self.check(visit_id)

    def _plan_renewal(self, seconds: float = RENEW_SECONDS) -> None:
        self._cancel_renewal()
        visit_id = self.feed.visit_id
        self._cancel_renewal = self._jobs.later(seconds, lambda: self._renew(visit_id))

    def _renew(self, visit_id: str) -> None:
        if self.phase is JoinPhase.JOINED and self.feed.visit_id == visit_id:
            self.check(visit_id)

    # --- the feed ----------------------------------------------------------------------------------------------

    def _prepare(self, visit_id: str) -> None:
        """Make a peer connection ahead, so that Join need not wait for it; nothing is sent to the room yet."""
        tools, gate = self.tools, self.gate
        if tools is None or gate is None or gate.decision is None:
            return
        if self.feed.connection_id and self.feed.visit_id == visit_id and self.feed.state is FeedState.OFF:
            return
        self.feed = Feed(visit_id=visit_id, connection_id=new_id())
        config = media_config(gate.decision, tools)
        tools.media.prepare(self.feed.connection_id, config)

    def join(self) -> None:
        """Ask the room for the feed, with the grant."""
        if self.phase is not JoinPhase.ADMITTED or self.gate is None:
            return
        self.phase = JoinPhase.JOINED
        self.feed.state = FeedState.WAITING
        self._plan_renewal()
        self._announce()
        self._screen.join_changed()

    def _announce(self) -> None:
        gate, feed = self.gate, self.feed
        if self.phase is not JoinPhase.JOINED or gate is None or gate.grant is None or gate.decision is None:
            return
        if not feed.fingerprint or gate.decision.grant is None:
            return  # feed_prepared announces then
        feed.admission_id = gate.grant.admission_id
        ready = ListenerReady(
            admission_id=feed.admission_id,
            connection_id=feed.connection_id,
            grant=gate.decision.grant,
            fingerprint=feed.fingerprint,
        )
        self._sync.signal(feed.visit_id, ready)
        connection_id = feed.connection_id
        self._jobs.later(OFFER_SECONDS, lambda: self._no_offer(connection_id))

    def _no_offer(self, connection_id: str) -> None:
        if self.feed.connection_id == connection_id and self.feed.state is FeedState.WAITING:
            self.feed.reason = "room_does_not_answer"
            self._screen.join_changed()
            self._announce()

    def leave(self, reason: str = "left") -> None:
        """Stop listening; the note stays open."""
        self._cancel_renewal()
        feed = self.feed
        if self.tools is not None and feed.connection_id:
            self.tools.media.close_feed(feed.connection_id)
        if self.phase is JoinPhase.JOINED and feed.admission_id:
            closed = FeedClosed(admission_id=feed.admission_id, connection_id=feed.connection_id, reason=reason)
            self._sync.signal(feed.visit_id, closed)
            if feed.heard:
                self._sync.report_listening(feed.visit_id, feed.admission_id, hears=False, reason=reason)
        self.feed = Feed(visit_id=feed.visit_id, reason=reason)
        self.phase = JoinPhase.IDLE
        self._screen.join_changed()

    def _on_signal(self, signalled: Signalled) -> None:
        if signalled.visit_id != self.feed.visit_id or self.phase is not JoinPhase.JOINED:
            return
        match signalled.signal:
            case FeedOffer() as offer if offer.connection_id == self.feed.connection_id:
                self._take_offer(offer)
            case FeedClosed(reason=reason, connection_id=connection_id) if connection_id in (
                "",
                self.feed.connection_id,
            ):
                self._closed_by_room(reason)
            case _:
                pass

    def _take_offer(self, offer: FeedOffer) -> None:
        """Only a proven offer reaches the media process."""
        gate, tools = self.gate, self.tools
        if gate is None or gate.grant is None or tools is None or self.feed.state is not FeedState.WAITING:
            return
        problem = tools.trust.check_offer(offer, self.feed.fingerprint, gate.grant)
        if problem is not None:
            self.feed.problem = problem
            self.feed.state, self.feed.reason = FeedState.REFUSED, "room_not_proven"
            tools.media.close_feed(self.feed.connection_id)
            self._screen.join_changed()
            return
        self.feed.binding = self._bind(offer, gate.grant, tools)
        self.feed.state, self.feed.reason = FeedState.CONNECTING, ""
        tools.media.accept_offer(offer.connection_id, offer.sdp)
        self._screen.join_changed()

    def _bind(self, offer: FeedOffer, grant: GrantClaims, tools: JoinTools) -> str:
        claims = MediaBinding(
            admission_id=grant.admission_id,
            visit_id=grant.visit_id,
            role=Role.SCRIBE,
            own_fingerprint=self.feed.fingerprint,
            peer_fingerprint=tools.trust.offered_fingerprint(offer),
            nonce=grant.nonce,
            gateway_time=grant.issued_at,
        )
        return tools.signer.jws(claims.model_dump(mode="json"))

    def _closed_by_room(self, reason: str) -> None:
        """The room stopped, the patient withdrew, or the grant ended; the pane says which."""
        if self.feed.heard:
            self._sync.report_listening(self.feed.visit_id, self.feed.admission_id, hears=False, reason=reason)
        if self.tools is not None and self.feed.connection_id:
            self.tools.media.close_feed(self.feed.connection_id)
        self._cancel_renewal()
        self.feed = Feed(visit_id=self.feed.visit_id, reason=reason)
        self.phase = JoinPhase.IDLE
        self._screen.join_changed()

    # --- ports.FeedListener --------------------------------------------------------------------------------------

    def feed_prepared(self, connection_id: str, fingerprint: str) -> None:
        """The certificate is there; announce it if the scribe pressed Join meanwhile."""
        if connection_id == self.feed.connection_id:
            self.feed.fingerprint = fingerprint
            self._announce()

    def feed_answered(self, connection_id: str, sdp: str) -> None:
        """Send the answer with our binding."""
        if connection_id == self.feed.connection_id:
            answer = FeedAnswer(
                admission_id=self.feed.admission_id,
                connection_id=connection_id,
                sdp=sdp,
                binding=self.feed.binding,
            )
            self._sync.signal(self.feed.visit_id, answer)

    def feed_changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        """Say what the feed does; tell the record when the room is heard and when no longer."""
        if connection_id != self.feed.connection_id:
            return
        self.feed.state, self.feed.reason = state, reason
        hears = state is FeedState.LIVE
        if hears != self.feed.heard and self.feed.admission_id:
            self.feed.heard = hears
            self._sync.report_listening(self.feed.visit_id, self.feed.admission_id, hears, reason)
        if state is FeedState.LOST and self.phase is JoinPhase.JOINED:
            self._rejoin()
        self._screen.join_changed()

    def _rejoin(self) -> None:
        """A lost connection is made anew; WebRTC has no other way here."""
        tools, gate = self.tools, self.gate
        if tools is None or gate is None or gate.decision is None:
            return
        tools.media.close_feed(self.feed.connection_id)
        self.feed = Feed(visit_id=self.feed.visit_id, connection_id=new_id(), state=FeedState.WAITING, reason="lost")
        config = media_config(gate.decision, tools)
        tools.media.prepare(self.feed.connection_id, config)

    def frame_ready(self, frame: FrameRef) -> None:
        """Hand a picture to the pane."""
        self.on_frame(frame)

    def sound_devices_changed(self, devices: SoundDevices) -> None:
        """What the scribe can hear with."""
        self.sound_devices = devices
        self._screen.join_changed()

    def quality_measured(self, quality: LinkQuality) -> None:
        """Once a second."""
        self.feed.quality = quality
        self.feed.link.judge(quality)
        self._screen.join_changed()

    def media_process_died(self) -> None:
        """It is being started again; the feed comes back by a new connection."""
        if self.phase is JoinPhase.JOINED:
            self._rejoin()
        elif self.feed.connection_id:
            self.feed = Feed(visit_id=self.feed.visit_id)
        self._screen.join_changed()

    def link_returned(self) -> None:
        """The gateway is back: a feed that was waiting for the room asks again."""
        if self.phase is JoinPhase.JOINED and self.feed.state is FeedState.WAITING:
            self._announce()

    def _drop_frame(self, frame: FrameRef) -> None:
        if self.tools is not None:
            self.tools.media.release(frame)
