"""Admission over HTTP: who is admitted, what the grant certifies, and every report that decides nothing."""

import base64
import json
from dataclasses import dataclass, replace

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from tests.gateway.identity.issuer import Issuer
from tests.gateway.routes.browser import RoomBrowser, pair_room
from tests.gateway.routes.desktop import PASSING, Desktop
from tests.gateway.routes.practice import Practice
from wire.people import Role
from wire.posture import AdmissionDecision, CheckId, CheckState, SignedReport
from wire.record import ScribeAdmitted, ScribeRefused
from wire.refusals import RefusalCode
from wire.signalling import GrantClaims


@dataclass
class Scene:
    """A scribe at the laptop, a visit, and its paired room."""

    desktop: Desktop
    visit_id: str
    room: RoomBrowser

    @property
    def practice(self) -> Practice:
        return self.desktop.practice

    def facts(self) -> list[object]:
        return [entry.fact for entry in self.practice.context.services.ledger.loaded(self.visit_id).entries]

    def live(self) -> frozenset[str]:
        return self.practice.context.services.admissions.live(self.visit_id)


@pytest.fixture
def scene(desktop: Desktop) -> Scene:
    visit_id = desktop.practice.add_visit()
    room = pair_room(desktop.practice, visit_id)
    return Scene(desktop, visit_id, room)


def decision(answer: httpx2.Response) -> AdmissionDecision:
    assert answer.status_code == 200, answer.text
    return AdmissionDecision.model_validate_json(answer.content)


def refusal(answer: httpx2.Response) -> tuple[int, str, str]:
    found = answer.json()["refusal"]
    return answer.status_code, found["code"], found["params"].get("reason", "")


def test_the_challenge_says_what_is_demanded(scene: Scene) -> None:
    challenge = scene.desktop.challenge(scene.visit_id)
    assert challenge.policy_version == "7"
    assert challenge.requirements[CheckId.UPDATES] == "warn"
    assert challenge.params["screen_lock_max_seconds"] == "600"


def test_a_grant_certifies_both_keys_for_five_minutes(scene: Scene) -> None:
    decided = decision(scene.desktop.admit(scene.visit_id))
    assert decided.admitted
    assert decided.grant is not None
    with scene.practice.client() as client:
        gateway_key = ECKey.import_key(client.get("/.well-known/alcove").json()["gateway_jwk"])
    claims = GrantClaims.model_validate_json(
        jws.deserialize_compact(decided.grant, gateway_key, algorithms=["ES256"]).payload
    )
    assert claims.device_jkt == scene.desktop.key.thumbprint()
    assert claims.room_jkt == scene.room.key.thumbprint()
    assert (claims.visit_id, claims.person_id) == (scene.visit_id, scene.desktop.person_id)
    assert (claims.expires_at - claims.issued_at).total_seconds() == 300
    assert any(isinstance(fact, ScribeAdmitted) and fact.replay_seconds == 60 for fact in scene.facts())
    assert scene.live() == {decided.admission_id}
    assert claims.replay_seconds == 60


def test_a_renewal_never_lets_hear_again_more_than_the_room_was_told_and_less_at_once(scene: Scene) -> None:
    policy = scene.practice.context.policy
    for seconds, granted in ((60, 60), (600, 60), (30, 30), (0, 0)):
        policy.admission = replace(policy.admission, replay_seconds=seconds)
        decided = decision(scene.desktop.admit(scene.visit_id))
        assert decided.grant is not None
        payload = decided.grant.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["replay_seconds"] == granted
    assert [fact.replay_seconds for fact in scene.facts() if isinstance(fact, ScribeAdmitted)] == [60]


@pytest.mark.parametrize("state", [state for state in CheckState if state is not CheckState.PASS])
def test_a_required_check_that_does_not_pass_refuses(scene: Scene, state: CheckState) -> None:
    decided = decision(scene.desktop.admit(scene.visit_id, PASSING | {CheckId.DISK_ENCRYPTION: state}))
    assert not decided.admitted
    assert decided.grant is None
    assert decided.refusal is not None
    assert decided.refusal.code is RefusalCode.POSTURE_FAILED
    assert [each.check for each in decided.verdicts if not each.admits] == [CheckId.DISK_ENCRYPTION]
    assert scene.facts()[-1] == ScribeRefused(code=RefusalCode.POSTURE_FAILED, checks=("disk_encryption",))
    assert scene.live() == frozenset()


def test_what_is_only_warned_of_or_advised_admits(scene: Scene) -> None:
    states = PASSING | {CheckId.UPDATES: CheckState.FAIL, CheckId.CLOCK: CheckState.UNKNOWN}
    assert decision(scene.desktop.admit(scene.visit_id, states)).admitted


def test_the_policy_changes_without_a_restart(scene: Scene) -> None:
    failing = PASSING | {CheckId.DISK_ENCRYPTION: CheckState.FAIL}
    assert not decision(scene.desktop.admit(scene.visit_id, failing)).admitted
    text = scene.practice.config_file.read_text()
    changed = text.replace('disk_encryption = "require"', 'disk_encryption = "advisory"').replace('"7"', '"8"')
    scene.practice.config_file.write_text(changed)
    scene.practice.until(lambda: scene.practice.context.policy.admission.version == "8")
    assert decision(scene.desktop.admit(scene.visit_id, failing)).admitted


def test_a_room_that_nobody_paired_refuses(desktop: Desktop) -> None:
    visit_id = desktop.practice.add_visit()
    decided = decision(desktop.admit(visit_id))
    assert not decided.admitted
    assert decided.refusal is not None
    assert decided.refusal.code is RefusalCode.ROOM_NOT_PAIRED
    assert all(verdict.admits for verdict in decided.verdicts)


# --- renewal -----------------------------------------------------------------------------------------------


def test_a_renewal_keeps_the_admission(scene: Scene) -> None:
    first = decision(scene.desktop.admit(scene.visit_id))
    scene.practice.clock.advance(120)
    second = decision(scene.desktop.admit(scene.visit_id))
    assert second.admission_id == first.admission_id
    assert second.grant != first.grant
    assert first.expires_at is not None
    assert second.expires_at is not None
    assert second.expires_at > first.expires_at
    assert sum(isinstance(fact, ScribeAdmitted) for fact in scene.facts()) == 1
    assert "admission_renewed" in scene.practice.actions()


def test_a_check_that_fails_in_mid_visit_ends_the_admission_after_the_grace(scene: Scene) -> None:
    admitted = decision(scene.desktop.admit(scene.visit_id))
    refused = decision(scene.desktop.admit(scene.visit_id, PASSING | {CheckId.FIREWALL: CheckState.FAIL}))
    assert not refused.admitted
    scene.practice.clock.advance(25)
    assert scene.live() == {admitted.admission_id}
    scene.practice.clock.advance(10)
    assert scene.live() == frozenset()


def test_a_check_that_passes_again_within_the_grace_keeps_the_feed(scene: Scene) -> None:
    admitted = decision(scene.desktop.admit(scene.visit_id))
    decision(scene.desktop.admit(scene.visit_id, PASSING | {CheckId.FIREWALL: CheckState.FAIL}))
    assert decision(scene.desktop.admit(scene.visit_id)).admission_id == admitted.admission_id
    scene.practice.clock.advance(200)
    assert scene.live() == {admitted.admission_id}


def test_an_admission_that_is_not_renewed_ends_with_its_grant(scene: Scene) -> None:
    decision(scene.desktop.admit(scene.visit_id))
    scene.practice.clock.advance(301)
    assert scene.live() == frozenset()


def test_signing_out_ends_the_admission(scene: Scene) -> None:
    decision(scene.desktop.admit(scene.visit_id))
    assert scene.desktop.post("/v1/sign-out").status_code == 204
    assert scene.live() == frozenset()


# --- reports that decide nothing ---------------------------------------------------------------------------


def test_a_report_that_somebody_changed_is_refused(scene: Scene) -> None:
    report = scene.desktop.report(
        scene.desktop.challenge(scene.visit_id), scene.visit_id, PASSING | {CheckId.FIREWALL: CheckState.FAIL}
    )
    signed = scene.desktop.signed(report)
    mended = tuple(each.model_copy(update={"state": CheckState.PASS}) for each in report.results)
    altered = SignedReport(report=report.model_copy(update={"results": mended}), signature=signed.signature)
    assert refusal(scene.desktop.send(scene.visit_id, altered)) == (403, "report_invalid", "signature")
    for signature in ("", "AAAA", "not base64 at all!", signed.signature[:-4] + "AAAA"):
        broken = SignedReport(report=report, signature=signature)
        assert refusal(scene.desktop.send(scene.visit_id, broken))[:2] == (403, "report_invalid")
    # None of them spent the nonce: the true report still decides.
    assert not decision(scene.desktop.send(scene.visit_id, signed)).admitted
    assert "report_refused" in scene.practice.actions()


def test_a_report_counts_once(scene: Scene) -> None:
    signed = scene.desktop.signed(scene.desktop.report(scene.desktop.challenge(scene.visit_id), scene.visit_id))
    assert decision(scene.desktop.send(scene.visit_id, signed)).admitted
    assert refusal(scene.desktop.send(scene.visit_id, signed)) == (403, "nonce_spent", "")


def test_a_nonce_lives_sixty_seconds(scene: Scene) -> None:
    challenge = scene.desktop.challenge(scene.visit_id)
    scene.practice.clock.advance(61)
    signed = scene.desktop.signed(scene.desktop.report(challenge, scene.visit_id))
    assert refusal(scene.desktop.send(scene.visit_id, signed)) == (403, "nonce_spent", "")


def test_a_nonce_is_of_one_visit(scene: Scene) -> None:
    other = scene.practice.add_visit("Encounter/2")
    signed = scene.desktop.signed(scene.desktop.report(scene.desktop.challenge(other), scene.visit_id))
    assert refusal(scene.desktop.send(scene.visit_id, signed)) == (403, "nonce_spent", "")


@pytest.mark.parametrize("field", ["visit_id", "person_id", "device_id"])
def test_a_report_about_something_else_is_refused(scene: Scene, field: str) -> None:
    answer = scene.desktop.admit(scene.visit_id, PASSING, **{field: "another"})
    assert refusal(answer) == (403, "report_invalid", "subject")


def test_another_devices_report_is_refused(scene: Scene, issuer: Issuer) -> None:
    other = Desktop(scene.practice)
    assert other.enroll().status_code == 200
    assert other.sign_in_at(issuer).status_code == 200
    challenge = scene.desktop.challenge(scene.visit_id)
    # The other laptop passes where this one would not; its report is sent in this one's name.
    stolen = other.signed(other.report(challenge, scene.visit_id, PASSING, device_id=scene.desktop.device_id))
    assert refusal(scene.desktop.send(scene.visit_id, stolen)) == (403, "report_invalid", "signature")
    own = other.signed(other.report(challenge, scene.visit_id))
    assert refusal(other.send(scene.visit_id, own)) == (403, "nonce_spent", "")


def test_a_report_under_a_lower_number_is_refused(scene: Scene) -> None:
    assert decision(scene.desktop.admit(scene.visit_id)).admitted
    scene.desktop.counter -= 1
    assert refusal(scene.desktop.admit(scene.visit_id)) == (403, "report_invalid", "counter")


def test_a_report_for_another_policy_is_refused(scene: Scene) -> None:
    answer = scene.desktop.admit(scene.visit_id, PASSING, policy_version="6")
    assert refusal(answer) == (403, "report_invalid", "policy_version")


def test_only_assigned_visits(scene: Scene, issuer: Issuer) -> None:
    scene.practice.add_person("adeyemi", Role.SCRIBE)
    other = Desktop(scene.practice)
    assert other.enroll().status_code == 200
    assert other.sign_in_at(issuer, sub="adeyemi").status_code == 200
    path = f"/v1/visits/{scene.visit_id}/admission"
    assert refusal(other.post(f"{path}/challenge")) == (403, "not_assigned", "")
    assert refusal(other.post("/v1/visits/unknown/admission/challenge")) == (404, "visit_unknown", "")
    signed = other.signed(other.report(scene.desktop.challenge(scene.visit_id), scene.visit_id))
    assert refusal(other.post(path, signed.model_dump(mode="json"))) == (403, "not_assigned", "")


def test_a_report_that_is_none_is_malformed(scene: Scene) -> None:
    answer = scene.desktop.post(f"/v1/visits/{scene.visit_id}/admission", {"report": "the patient's name"})
    assert refusal(answer)[:2] == (400, "malformed")
    assert "patient" not in answer.text
