"""A report verifies with a verifier of another library, and nothing in it can be changed without that showing."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from desktop.ports import Signer
from desktop.posture.report import build_report, system_name
from tests.wire.models import golden
from wire.http import Jwk
from wire.posture import Challenge, CheckId, CheckResult, CheckState, SignedReport

KEY = ec.generate_private_key(ec.SECP256R1())
MADE_AT = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
RESULT = CheckResult(
    check=CheckId.CLOCK,
    state=CheckState.PASS,
    reason="clock_agrees",
    params={"seconds": "1"},
    source="the gateway's time",
    raw="offset +0.3 s",
    collected_at=MADE_AT,
    duration_ms=3,
)


class SoftwareKey:
    """A device key in memory."""

    provenance = "keyring"

    @property
    def public_jwk(self) -> Jwk:
        return {}

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(KEY.sign(data, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jws(self, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Inputs:
    challenge: Challenge
    visit_id: str
    person_id: str
    device_id: str
    results: tuple[CheckResult, ...]
    signer: Signer


def signed(counter: int = 41) -> SignedReport:
    challenge = Challenge.model_validate(golden("challenge"))
    inputs = Inputs(challenge, "v1", "p-lee", "device-1", (RESULT,), SoftwareKey())
    return build_report(inputs, "0.1.0", "Linux", counter, MADE_AT)


def verifies(report: object, signature: str) -> bool:
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    try:
        KEY.public_key().verify(der, rfc8785.dumps(report), ec.ECDSA(SHA256()))  # type: ignore[arg-type]
    except InvalidSignature:
        return False
    return True


def test_a_report_carries_everything_that_binds_it() -> None:
    report = signed().report
    challenge = Challenge.model_validate(golden("challenge"))
    assert (report.nonce, report.policy_version) == (challenge.nonce, challenge.policy_version)
    assert (report.visit_id, report.person_id, report.device_id) == ("v1", "p-lee", "device-1")
    assert (report.counter, report.made_at, report.results) == (41, MADE_AT, (RESULT,))
    assert signed().report.report_id != report.report_id


def test_it_verifies_after_the_wire() -> None:
    wired = json.loads(signed().model_dump_json())
    assert verifies(wired["report"], wired["signature"])
    assert "=" not in wired["signature"]


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "b3RoZXI"},
        {"visit_id": "v2"},
        {"person_id": "p-other"},
        {"device_id": "device-2"},
        {"counter": 42},
        {"policy_version": "other"},
        {"app_version": "9.9.9"},
        {"made_at": (MADE_AT + timedelta(seconds=1)).isoformat()},
        {"results": []},
    ],
    ids=lambda change: next(iter(change)),
)
def test_no_field_can_be_changed(change: dict[str, object]) -> None:
    wired = json.loads(signed().model_dump_json())
    assert not verifies(wired["report"] | change, wired["signature"])


def test_no_result_can_be_changed() -> None:
    wired = json.loads(signed().model_dump_json())
    for field, value in {"state": "fail", "reason": "x", "raw": "", "duration_ms": 4, "check": "updates"}.items():
        changed = json.loads(json.dumps(wired["report"]))
        changed["results"][0][field] = value
        assert not verifies(changed, wired["signature"])


def test_a_report_is_made_now_unless_told_otherwise() -> None:
    inputs = Inputs(Challenge.model_validate(golden("challenge")), "v1", "p", "d", (), SoftwareKey())
    before = datetime.now(UTC)
    assert before <= build_report(inputs, "0.1.0", "Linux", 0).report.made_at <= datetime.now(UTC)


def test_the_system_is_named_without_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: "lee-laptop")
    assert "Linux" in system_name()
    assert "lee-laptop" not in system_name()
    monkeypatch.setattr("platform.freedesktop_os_release", dict)
    assert system_name().startswith("Linux")
