"""Joining: no media before the gate passed and the room's certificate was proven; leaving whenever it must."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop.ports import FeedState, LinkFailed, LinkProblem, LinkState, PostureFacts, Refused
from desktop.workflows.join import JoinFlow, JoinPhase, JoinTools, ReportInputs
from desktop.workflows.session import KnownDevice, SessionFlow, SessionPhase
from desktop.workflows.sync import Sync
from tests.desktop.workflows.doubles import (
    MemoryVault,
    RecordingLine,
    RecordingMedia,
    RememberingScreen,
    SteppedJobs,
)
from wire.http import GatewayInfo
from wire.live import Signalled
from wire.people import Person, Principal, Role
from wire.posture import (
    AdmissionDecision,
    Challenge,
    CheckId,
    CheckResult,
    CheckState,
    CheckVerdict,
    PostureReport,
    Requirement,
    SignedReport,
)
from wire.refusals import Refusal, RefusalCode
from wire.signalling import BindingProblem, FeedClosed, FeedOffer, GrantClaims

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
FINGERPRINT = ":".join(["AB"] * 32)
ROOM = Principal(role=Role.ROOM, id="room-4", name="Room 4")


class Gateway:
    """Answers admission as told."""

    def __init__(self) -> None:
        self.state = CheckState.PASS
        self.problem: LinkFailed | Refused | None = None
        self.admissions = 0
        self.stale = 0

    async def info(self) -> GatewayInfo:
        return GatewayInfo(
            practice="Lakeside",
            zone="America/Chicago",
            protocols=(1,),
            issuer="http://127.0.0.1:1",
            client_id="alcove-desktop",
            scope="openid",
            gateway_jwk={"kty": "EC"},
            server_time=NOW,
            version="0",
        )

    async def challenge(self, visit_id: str) -> Challenge:
        if self.problem is not None:
            raise self.problem
        needs = {CheckId.FIREWALL: Requirement.REQUIRE}
        return Challenge(nonce="n", gateway_time=NOW, policy_version="1", practice="Lakeside", requirements=needs)

    async def admit(self, visit_id: str, report: SignedReport) -> AdmissionDecision:
        if self.stale:
            self.stale -= 1
            raise Refused(Refusal(code=RefusalCode.REPORT_INVALID))
        self.admissions += 1
        passed = self.state is CheckState.PASS
        verdict = CheckVerdict(check=CheckId.FIREWALL, requirement=Requirement.REQUIRE, state=self.state, admits=passed)
        return AdmissionDecision(
            admitted=passed,
            admission_id="a1",
            verdicts=(verdict,),
            grant="g.r.t" if passed else None,
            report_sha256="0" * 64,
            refusal=None if passed else Refusal(code=RefusalCode.POSTURE_FAILED),
        )

    def clock_offset_seconds(self) -> float | None:
        return 0.1


class Trust:
    """Says what it is told about proofs."""

    def __init__(self) -> None:
        self.problem: BindingProblem | None = None
        self.grant_holds = True

    def grant_claims(self, grant: str, gateway_jwk: dict[str, str]) -> GrantClaims | None:
        claims = GrantClaims(
            admission_id="a1",
            visit_id="v1",
            person_id="p-santos",
            person_name="J. Santos",
            device_id="d1",
            device_jkt="j1",
            room_id="room-4",
            room_jkt="j2",
            nonce="media",
            issued_at=NOW,
            expires_at=NOW + timedelta(minutes=5),
        )
        return claims if self.grant_holds else None

    def check_offer(self, offer: FeedOffer, own_fingerprint: str, grant: GrantClaims) -> BindingProblem | None:
        return self.problem

    def offered_fingerprint(self, offer: FeedOffer) -> str:
        return FINGERPRINT


class Signer:
    public_jwk: dict[str, str] = {}
    provenance = "keyring"

    def sign(self, data: bytes) -> bytes:
        return b"0" * 64

    def jws(self, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
        return "b.i.n"


class Posture:
    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway

    async def run(self, facts: PostureFacts) -> tuple[CheckResult, ...]:
        result = CheckResult(
            check=CheckId.FIREWALL,
            state=self.gateway.state,
            reason="x",
            source="test",
            collected_at=NOW,
            duration_ms=1,
        )
        return (result,)


def build_report(inputs: ReportInputs) -> SignedReport:
    report = PostureReport(
        report_id="r1",
        nonce=inputs.challenge.nonce,
        visit_id=inputs.visit_id,
        person_id=inputs.person_id,
        device_id=inputs.device_id,
        app_version="0",
        os="test",
        policy_version="1",
        counter=1,
        made_at=NOW,
        results=inputs.results,
    )
    return SignedReport(report=report, signature="s")


class Desk:
    """A signed-in desktop at the gate of visit v1."""

    def __init__(self) -> None:
        self.jobs = SteppedJobs(MemoryVault())
        self.screen = RememberingScreen()
        self.line = RecordingLine()
        self.gateway = Gateway()
        self.trust = Trust()
        self.media = RecordingMedia()
        self.sync = Sync(self.jobs, self.screen, self.line)
        make: Any = lambda _address: self.gateway  # noqa: E731
        self.session = SessionFlow(self.jobs, self.screen, make, lambda _url: None)
        self.join = JoinFlow(self.jobs, self.screen, self.session, self.sync)
        tools = JoinTools(Posture(self.gateway), Signer(), self.trust, self.media, build_report)
        self.join.use(tools, lambda: self.jobs.now)
        person = Person(person_id="p-santos", name="J. Santos")
        self.session.start(KnownDevice("http://127.0.0.1:9", "d1", None, person))
        self.jobs.run()
        self.session.phase = SessionPhase.SIGNED_IN
        self.sync.link_changed(LinkState.ONLINE, None)

    def check(self) -> None:
        self.join.check("v1")
        self.jobs.run()

    def admitted(self) -> None:
        self.check()
        self.join.feed_prepared(self.join.feed.connection_id, FINGERPRINT)

    def signals(self) -> list[dict[str, Any]]:
        frames = [json.loads(text) for text in self.line.sent]
        return [frame["signal"] for frame in frames if frame["type"] == "signal"]

    def reports(self) -> list[bool]:
        frames = [json.loads(text) for text in self.line.sent]
        return [frame["command"]["hears"] for frame in frames if frame["type"] == "command"]

    def offer(self) -> None:
        offer = FeedOffer(admission_id="a1", connection_id=self.join.feed.connection_id, sdp="v=0", binding="b.i.n")
        self.join.lines.on_signal(Signalled(visit_id="v1", sender=ROOM, signal=offer))

    def listen(self) -> None:
        self.admitted()
        self.join.join()
        self.offer()
        self.join.feed_changed(self.join.feed.connection_id, FeedState.LIVE, "")


@pytest.fixture
def desk() -> Desk:
    return Desk()


def phase(desk: Desk) -> JoinPhase:
    return desk.join.phase


def test_nothing_is_asked_of_the_room_before_join(desk: Desk) -> None:
    desk.admitted()
    assert phase(desk) is JoinPhase.ADMITTED
    assert desk.signals() == []
    desk.join.join()
    assert [signal["type"] for signal in desk.signals()] == ["listener_ready"]


@pytest.mark.parametrize("state", [s for s in CheckState if s is not CheckState.PASS])
def test_a_check_that_does_not_pass_leaves_join_shut(desk: Desk, state: CheckState) -> None:
    desk.gateway.state = state
    desk.check()
    assert phase(desk) is JoinPhase.REFUSED
    desk.join.join()
    assert phase(desk) is JoinPhase.REFUSED
    assert desk.signals() == []
    assert desk.media.asked == []


def test_a_grant_that_the_gateways_key_did_not_sign_is_no_grant(desk: Desk) -> None:
    desk.trust.grant_holds = False
    desk.check()
    assert phase(desk) is JoinPhase.REFUSED


def test_a_proven_offer_is_answered_with_our_binding_and_reported_once_heard(desk: Desk) -> None:
    desk.listen()
    connection_id = desk.join.feed.connection_id
    assert ("accept", connection_id) in desk.media.asked
    desk.join.feed_answered(connection_id, "v=0 answer")
    assert desk.signals()[-1]["binding"] == "b.i.n"
    assert desk.reports() == [True]


@pytest.mark.parametrize("problem", list(BindingProblem))
def test_an_unproven_offer_gets_no_media(desk: Desk, problem: BindingProblem) -> None:
    desk.admitted()
    desk.join.join()
    desk.trust.problem = problem
    desk.offer()
    assert desk.join.feed.state is FeedState.REFUSED
    assert not any(what == "accept" for what, _ in desk.media.asked)
    assert not any(signal["type"] == "feed_answer" for signal in desk.signals())


def test_the_grant_is_renewed_while_listening_and_a_failed_check_ends_the_feed(desk: Desk) -> None:
    desk.listen()
    desk.jobs.advance(121.0)
    assert desk.gateway.admissions == 2
    assert phase(desk) is JoinPhase.JOINED
    desk.gateway.state = CheckState.UNKNOWN
    desk.jobs.advance(121.0)
    assert phase(desk) is JoinPhase.REFUSED
    assert desk.signals()[-1] == {
        "type": "feed_closed",
        "admission_id": "a1",
        "connection_id": desk.signals()[0]["connection_id"],
        "reason": "posture_failed",
    }
    assert desk.reports() == [True, False]


def test_a_gateway_that_is_away_does_not_end_the_feed_by_itself(desk: Desk) -> None:
    desk.listen()
    desk.gateway.problem = LinkFailed(LinkProblem.UNREACHABLE)
    desk.jobs.advance(121.0)
    assert phase(desk) is JoinPhase.JOINED
    desk.gateway.problem = None
    desk.jobs.advance(11.0)
    assert desk.gateway.admissions == 2


def test_the_room_stops_and_the_pane_says_why(desk: Desk) -> None:
    desk.listen()
    closed = FeedClosed(admission_id="a1", reason="consent_withdrawn")
    desk.join.lines.on_signal(Signalled(visit_id="v1", sender=ROOM, signal=closed))
    assert desk.join.feed.reason == "consent_withdrawn"
    assert desk.reports() == [True, False]
    assert phase(desk) is JoinPhase.IDLE


def test_a_dead_media_process_is_replaced_by_a_new_connection(desk: Desk) -> None:
    desk.listen()
    first = desk.join.feed.connection_id
    desk.join.media_process_died()
    assert desk.join.feed.state is FeedState.LOST
    assert desk.join.lines.spare is not None
    second = desk.join.lines.spare.connection_id
    assert second != first
    desk.join.feed_prepared(second, FINGERPRINT)
    assert desk.signals()[-1]["connection_id"] == second


def test_the_gate_asks_anew_before_its_grant_grows_old(desk: Desk) -> None:
    desk.admitted()
    connection_id = desk.join.feed.connection_id
    desk.jobs.advance(46.0)
    assert desk.gateway.admissions == 2
    assert desk.join.feed.connection_id == connection_id


def test_a_signal_of_another_visit_or_connection_is_passed_over(desk: Desk) -> None:
    desk.admitted()
    desk.join.join()
    stray = FeedOffer(admission_id="a1", connection_id="other", sdp="v=0", binding="b.i.n")
    desk.join.lines.on_signal(Signalled(visit_id="v1", sender=ROOM, signal=stray))
    other = stray.model_copy(update={"connection_id": desk.join.feed.connection_id})
    desk.join.lines.on_signal(Signalled(visit_id="v2", sender=ROOM, signal=other))
    assert desk.join.feed.state is FeedState.WAITING


def test_leaving_tells_the_room_and_closes_the_picture(desk: Desk) -> None:
    desk.listen()
    connection_id = desk.join.feed.connection_id
    desk.join.leave()
    assert ("close", connection_id) in desk.media.asked
    assert desk.signals()[-1]["type"] == "feed_closed"
    assert desk.join.feed == replace(desk.join.feed, state=FeedState.OFF, connection_id="")


def test_a_policy_that_changed_while_checking_is_asked_once_more(desk: Desk) -> None:
    desk.gateway.stale = 1
    desk.check()
    assert phase(desk) is JoinPhase.ADMITTED
    desk.join.close_gate()
    desk.gateway.stale = 2
    desk.check()
    assert phase(desk) is JoinPhase.REFUSED
    assert desk.join.gate is not None
    assert desk.join.gate.refusal == Refusal(code=RefusalCode.REPORT_INVALID)
