"""Admission and the feed: prove the device, be admitted, check the room's proof, listen; leave at once when told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
from desktop.workflows.feed_lines import Admitted, Feed, FeedLines, LineTools
from desktop.workflows.screen import Screen
from desktop.workflows.session import SessionFlow
from desktop.workflows.sync import Sync
from wire.posture import AdmissionDecision, Challenge, CheckResult, SignedReport
from wire.refusals import Refusal, RefusalCode
from wire.signalling import GrantClaims

RENEW_SECONDS = 120.0
"""A grant lives five minutes; a new report renews it well before."""
FRESH_SECONDS = 45.0
"""A grant is used within 60 s of its admission; the gate asks anew before that."""
STALE = (RefusalCode.REPORT_INVALID, RefusalCode.NONCE_SPENT)
"""Refusals that a fresh challenge may answer."""


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
        self.lines = FeedLines(jobs, screen, sync)
        self.lines.admitted = self._admitted
        self.lines.on_ended = self._ended
        self.lines.gaps.now = self._gateway_time
        self.sound_devices = SoundDevices()
        self.on_frame: Callable[[FrameRef], None] = self._drop_frame
        self._cancel_renewal: Callable[[], None] = lambda: None
        self._clock: Callable[[], float] = lambda: 0.0
        self._utc: Callable[[], datetime] = lambda: datetime.now(UTC)

    def use(self, tools: JoinTools, clock: Callable[[], float]) -> None:
        """Give it its adapters, once they are there; `clock` is monotonic seconds."""
        self.tools = tools
        self.lines.tools = LineTools(tools.media, tools.trust, tools.signer)
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
                self.lines.prepare(gate.visit_id)
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
        self.lines.forget()
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

    @property
    def feed(self) -> Feed:
        """The connection that is shown."""
        return self.lines.feed

    def join(self) -> None:
        """Ask the room for the feed, with the grant."""
        if self.phase is not JoinPhase.ADMITTED or self.gate is None:
            return
        self.phase = JoinPhase.JOINED
        self._plan_renewal()
        self.lines.join()
        self._screen.join_changed()

    def leave(self, reason: str = "left") -> None:
        """Stop listening; the note stays open."""
        self.lines.leave(reason)
        self._ended()
        self._screen.join_changed()

    def _ended(self) -> None:
        self._cancel_renewal()
        self.phase = JoinPhase.IDLE

    def _admitted(self) -> Admitted | None:
        gate, tools = self.gate, self.tools
        if gate is None or tools is None or gate.grant is None or gate.decision is None:
            return None
        return Admitted(gate.grant, gate.decision.grant or "", media_config(gate.decision, tools))

    def _gateway_time(self) -> datetime:
        gateway = self._session.gateway
        offset = gateway.clock_offset_seconds() if gateway is not None else None
        return self._utc() - timedelta(seconds=offset or 0.0)

    # --- ports.FeedListener --------------------------------------------------------------------------------------

    def feed_prepared(self, connection_id: str, fingerprint: str) -> None:
        """The certificate is there; announce it if the scribe pressed Join meanwhile."""
        self.lines.prepared(connection_id, fingerprint)

    def feed_answered(self, connection_id: str, sdp: str) -> None:
        """Send the answer with our binding."""
        self.lines.answered(connection_id, sdp)

    def feed_changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        """Say what the feed does; tell the record when the room is heard and when no longer."""
        self.lines.changed(connection_id, state, reason)
        self._screen.join_changed()

    def frame_ready(self, frame: FrameRef) -> None:
        """Hand a picture to the pane."""
        self.on_frame(frame)

    def sound_devices_changed(self, devices: SoundDevices) -> None:
        """What the scribe can hear with."""
        self.sound_devices = devices
        self._screen.join_changed()

    def quality_measured(self, quality: LinkQuality) -> None:
        """Once a second."""
        self.lines.measured(quality)
        self._screen.join_changed()

    def media_process_died(self) -> None:
        """It is being started again; the feed comes back by a new connection."""
        self.lines.died()
        self._screen.join_changed()

    def _drop_frame(self, frame: FrameRef) -> None:
        if self.tools is not None:
            self.tools.media.release(frame)
