"""A scribe's desktop as HTTP sees it: a device key, DPoP proofs, tokens and posture reports."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64encode

from gateway.identity.dpop import token_hash
from tests.gateway.identity.issuer import Issuer
from tests.gateway.routes.practice import Practice
from visit.canonical import canonical_bytes
from wire.ids import new_id
from wire.posture import Challenge, CheckId, CheckResult, CheckState, PostureReport, SignedReport

PASSING = dict.fromkeys(CheckId, CheckState.PASS)


def sign_raw(key: ECKey, data: bytes) -> str:
    """ES256 as raw r||s, base64url."""
    return urlsafe_b64encode(jws.default_registry.get_alg("ES256").sign(data, key)).decode()


def make_proof(key: ECKey, method: str, url: str, token: str | None = None, **changes: object) -> str:
    claims: dict[str, Any] = {"htm": method, "htu": url, "iat": int(time.time()), "jti": new_id()}
    if token is not None:
        claims["ath"] = token_hash(token)
    header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": key.as_dict(private=False)}
    return jwt.encode(header, {**claims, **changes}, key)


@dataclass
class Desktop:
    """One laptop."""

    practice: Practice
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    device_id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    person_id: str = ""
    counter: int = 0

    def url(self, path: str) -> str:
        return self.practice.address + path

    def proof(self, method: str, path: str, token: str | None = None, **changes: object) -> str:
        changes.setdefault("iat", int(self.practice.clock().timestamp()))
        return make_proof(self.key, method, self.url(path), token, **changes)

    def enroll(self, code: str = "", **changes: object) -> httpx2.Response:
        body = {
            "code": code or self.practice.enrolment_code(),
            "device_name": "laptop",
            "proof": self.proof("POST", "/v1/devices/enroll", None, **changes),
        }
        with self.practice.client() as client:
            answer = client.post("/v1/devices/enroll", json=body)
        if answer.status_code == 200:
            self.device_id = answer.json()["device_id"]
        return answer

    def nonce(self) -> str:
        with self.practice.client() as client:
            return str(client.post("/v1/sign-in/nonce").json()["nonce"])

    def sign_in(self, id_token: str, proof: str = "") -> httpx2.Response:
        headers = {"DPoP": proof or self.proof("POST", "/v1/sign-in")}
        body = {"id_token": id_token, "device_id": self.device_id}
        with self.practice.client() as client:
            return self._take(client.post("/v1/sign-in", json=body, headers=headers))

    def sign_in_at(self, issuer: Issuer, **changes: object) -> httpx2.Response:
        now = int(self.practice.clock().timestamp())
        times: dict[str, object] = {"iat": now, "exp": now + 600, "auth_time": now}
        return self.sign_in(issuer.token(None, **{"nonce": self.nonce(), **times, **changes}))

    def refresh(self, token: str = "", proof: str = "") -> httpx2.Response:
        headers = {"DPoP": proof or self.proof("POST", "/v1/sign-in/refresh")}
        body = {"refresh_token": token or self.refresh_token}
        with self.practice.client() as client:
            return self._take(client.post("/v1/sign-in/refresh", json=body, headers=headers))

    def headers(self, method: str, path: str, **changes: object) -> dict[str, str]:
        proof = self.proof(method, path, self.access_token, **changes)
        return {"Authorization": f"DPoP {self.access_token}", "DPoP": proof}

    def get(self, path: str) -> httpx2.Response:
        with self.practice.client() as client:
            return client.get(path, headers=self.headers("GET", path))

    def post(self, path: str, body: object = None) -> httpx2.Response:
        with self.practice.client() as client:
            return client.post(path, json=body, headers=self.headers("POST", path))

    def challenge(self, visit_id: str) -> Challenge:
        answer = self.post(f"/v1/visits/{visit_id}/admission/challenge")
        assert answer.status_code == 200, answer.text
        return Challenge.model_validate_json(answer.content)

    def report(
        self, challenge: Challenge, visit_id: str, states: Mapping[CheckId, CheckState] = PASSING, /, **changes: object
    ) -> PostureReport:
        self.counter += 1
        values: dict[str, Any] = {
            "report_id": new_id(),
            "nonce": challenge.nonce,
            "visit_id": visit_id,
            "person_id": self.person_id,
            "device_id": self.device_id,
            "app_version": "0.1.0",
            "os": "linux",
            "policy_version": challenge.policy_version,
            "counter": self.counter,
            "made_at": datetime.now(UTC),
            "results": tuple(check_result(check, state) for check, state in states.items()),
        }
        return PostureReport(**{**values, **changes})

    def signed(self, report: PostureReport) -> SignedReport:
        return SignedReport(report=report, signature=sign_raw(self.key, canonical_bytes(report)))

    def admit(
        self, visit_id: str, states: Mapping[CheckId, CheckState] = PASSING, /, **changes: object
    ) -> httpx2.Response:
        """Ask for a challenge and send the report for it."""
        return self.send(visit_id, self.signed(self.report(self.challenge(visit_id), visit_id, states, **changes)))

    def send(self, visit_id: str, signed: SignedReport) -> httpx2.Response:
        return self.post(f"/v1/visits/{visit_id}/admission", signed.model_dump(mode="json"))

    def _take(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.status_code == 200:
            body = answer.json()
            self.access_token, self.refresh_token = body["access_token"], body["refresh_token"]
            self.person_id = body["person"]["person_id"]
        return answer


def check_result(check: CheckId, state: CheckState) -> CheckResult:
    return CheckResult(
        check=check, state=state, reason="test", source="test", collected_at=datetime.now(UTC), duration_ms=1
    )
