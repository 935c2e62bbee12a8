"""Enrolment, sign-in, refresh and sign-out of a desktop, with every refusal."""

from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.gateway.identity.issuer import Issuer, new_key
from tests.gateway.routes.desktop import Desktop, make_proof
from tests.gateway.routes.practice import Practice
from wire.people import Role


def refusal(answer: httpx2.Response) -> tuple[int, str, str]:
    found = answer.json()["refusal"]
    return answer.status_code, found["code"], found["params"].get("reason", "")


# --- enrolment ---------------------------------------------------------------------------------------------


def test_a_code_enrols_once(practice: Practice) -> None:
    code = practice.enrolment_code()
    first, second = Desktop(practice), Desktop(practice)
    assert first.enroll(code.lower().replace("-", " ")).status_code == 200
    assert refusal(second.enroll(code)) == (403, "code_invalid", "")
    assert practice.actions() == ["enrolment_code_made", "device_enrolled", "enrolment_refused"]


def test_a_wrong_code_and_an_old_one_are_refused(practice: Practice) -> None:
    assert refusal(Desktop(practice).enroll("AAAA-BBBB-CCCC"))[:2] == (403, "code_invalid")
    code = practice.enrolment_code()
    practice.clock.advance(15 * 60 + 1)
    assert refusal(Desktop(practice).enroll(code))[:2] == (403, "code_invalid")


def test_only_the_hash_of_a_code_rests_in_the_store(practice: Practice) -> None:
    code = practice.enrolment_code()
    stored = b"".join(path.read_bytes() for path in practice.config_file.parent.glob("gateway.db*"))
    assert stored
    assert code.encode() not in stored


def test_guessing_codes_is_slowed(practice: Practice) -> None:
    answers = [Desktop(practice).enroll("AAAA-BBBB-CCCC").status_code for _ in range(12)]
    assert answers.count(403) == 10
    assert answers[10:] == [429, 429]


def test_enrolment_needs_a_proof_of_the_key(practice: Practice) -> None:
    desktop = Desktop(practice)
    assert refusal(desktop.enroll(htm="GET")) == (401, "proof_invalid", "htm")
    assert refusal(desktop.enroll(htu=practice.address + "/v1/sign-in")) == (401, "proof_invalid", "htu")


# --- sign-in -----------------------------------------------------------------------------------------------


def test_signed_in_means_own_tokens_for_this_device(desktop: Desktop) -> None:
    assert desktop.get("/v1/visits").json() == []
    token = jwt.decode(desktop.access_token, ECKey.import_key(dict(_jwk(desktop))), algorithms=["ES256"])
    assert token.claims["cnf"] == {"jkt": desktop.key.thumbprint()}
    assert token.claims["exp"] - token.claims["iat"] == 600


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "alcove-page"}, "aud"),
        ({"aud": ["alcove-desktop", "another"]}, "azp"),
        ({"aud": None}, "aud"),
        ({"iss": "http://127.0.0.1:1"}, "iss"),
        ({"exp": 1}, "exp"),
        ({"iat": 4_000_000_000}, "iat"),
        ({"acr": "urn:password"}, "acr"),
        ({"acr": None}, "acr"),
        ({"auth_time": None}, "auth_time"),
        ({"auth_time": "now"}, "auth_time"),
        ({"nonce": None}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"sub": "stranger"}, "unknown_person"),
    ],
)
def test_an_id_token_that_is_not_for_us_is_refused(
    enrolled: Desktop, issuer: Issuer, changes: dict[str, Any], reason: str
) -> None:
    assert refusal(enrolled.sign_in_at(issuer, **changes)) == (403, "identity_refused", reason)
    assert "sign_in_refused" in enrolled.practice.actions()


def test_an_old_authentication_is_refused(enrolled: Desktop, issuer: Issuer) -> None:
    now = int(enrolled.practice.clock().timestamp())
    answer = enrolled.sign_in_at(issuer, auth_time=now - 3600 - 61)
    assert refusal(answer) == (403, "identity_refused", "auth_time")
    assert enrolled.sign_in_at(issuer, auth_time=now - 3500).status_code == 200


def test_tokens_of_another_key_or_algorithm_are_refused(enrolled: Desktop, issuer: Issuer) -> None:
    stranger = new_key("one")
    assert refusal(enrolled.sign_in(issuer.token(stranger, nonce=enrolled.nonce())))[2] == "signature"
    # The published key's modulus as an HMAC secret: the oldest trick against JWTs.
    secret = OctKey.import_key(str(issuer.keys[0].as_dict(private=False)["n"]).encode())
    confused = jwt.encode({"alg": "HS256", "kid": "one"}, issuer.claims(nonce=enrolled.nonce()), secret)
    assert refusal(enrolled.sign_in(confused)) == (403, "identity_refused", "alg")


def test_a_nonce_of_ours_counts_once_and_ten_minutes(enrolled: Desktop, issuer: Issuer) -> None:
    assert refusal(enrolled.sign_in_at(issuer, nonce="made-up")) == (403, "nonce_spent", "")
    nonce = enrolled.nonce()
    assert enrolled.sign_in_at(issuer, nonce=nonce).status_code == 200
    assert refusal(enrolled.sign_in_at(issuer, nonce=nonce)) == (403, "nonce_spent", "")
    nonce = enrolled.nonce()
    enrolled.practice.clock.advance(601)
    assert refusal(enrolled.sign_in_at(issuer, nonce=nonce)) == (403, "nonce_spent", "")


def test_a_device_that_is_not_enrolled_cannot_sign_in(practice: Practice, issuer: Issuer) -> None:
    practice.add_person("santos", Role.SCRIBE)
    stranger = Desktop(practice, device_id="nobody")
    assert refusal(stranger.sign_in_at(issuer)) == (403, "device_not_enrolled", "")


def test_the_device_key_must_sign(enrolled: Desktop, issuer: Issuer) -> None:
    thief = Desktop(enrolled.practice, device_id=enrolled.device_id)
    assert refusal(thief.sign_in_at(issuer)) == (401, "proof_invalid", "key")


def test_a_provider_does_not_sign_in_on_a_desktop(enrolled: Desktop, issuer: Issuer) -> None:
    enrolled.practice.add_person("okafor", Role.PROVIDER)
    assert refusal(enrolled.sign_in_at(issuer, sub="okafor")) == (403, "role_not_allowed", "")


def test_a_device_of_one_person_is_not_anothers(practice: Practice, issuer: Issuer) -> None:
    practice.add_person("santos", Role.SCRIBE)
    practice.add_person("adeyemi", Role.SCRIBE)
    desktop = Desktop(practice)
    assert desktop.enroll(practice.enrolment_code("adeyemi")).status_code == 200
    assert refusal(desktop.sign_in_at(issuer)) == (403, "device_not_enrolled", "another_person")
    assert desktop.sign_in_at(issuer, sub="adeyemi").status_code == 200


# --- calls -------------------------------------------------------------------------------------------------


def test_a_call_without_token_or_proof_is_refused(desktop: Desktop) -> None:
    with desktop.practice.client() as client:
        assert refusal(client.get("/v1/visits")) == (401, "not_signed_in", "")
        bearer = {"Authorization": f"Bearer {desktop.access_token}"}
        assert refusal(client.get("/v1/visits", headers=bearer)) == (401, "not_signed_in", "")
        alone = {"Authorization": f"DPoP {desktop.access_token}"}
        answer = client.get("/v1/visits", headers=alone)
        assert refusal(answer) == (401, "proof_invalid", "missing")
        assert answer.headers["www-authenticate"] == 'DPoP algs="ES256"'


def test_a_proof_works_once(desktop: Desktop) -> None:
    headers = desktop.headers("GET", "/v1/visits")
    with desktop.practice.client() as client:
        assert client.get("/v1/visits", headers=headers).status_code == 200
        assert refusal(client.get("/v1/visits", headers=headers)) == (401, "proof_invalid", "replayed")


def test_another_devices_proof_is_refused(desktop: Desktop) -> None:
    proof = make_proof(ECKey.generate_key("P-256"), "GET", desktop.url("/v1/visits"), desktop.access_token)
    with desktop.practice.client() as client:
        headers = {"Authorization": f"DPoP {desktop.access_token}", "DPoP": proof}
        assert refusal(client.get("/v1/visits", headers=headers)) == (401, "proof_invalid", "key")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ath": "another"}, "ath"),
        ({"htm": "POST"}, "htm"),
        ({"htu": "http://127.0.0.1:1/v1/visits"}, "htu"),
        ({"iat": 1}, "iat"),
        ({"iat": "now"}, "iat"),
        ({"jti": ""}, "jti"),
    ],
)
def test_a_proof_of_another_call_is_refused(desktop: Desktop, changes: dict[str, Any], reason: str) -> None:
    with desktop.practice.client() as client:
        answer = client.get("/v1/visits", headers=desktop.headers("GET", "/v1/visits", **changes))
    assert refusal(answer) == (401, "proof_invalid", reason)


def test_an_access_token_lives_ten_minutes(desktop: Desktop) -> None:
    desktop.practice.clock.advance(601)
    assert refusal(desktop.get("/v1/visits")) == (401, "token_expired", "")
    assert desktop.refresh().status_code == 200
    assert desktop.get("/v1/visits").status_code == 200


def test_a_token_that_somebody_changed_is_refused(desktop: Desktop) -> None:
    head, body, signature = desktop.access_token.split(".")
    desktop.access_token = f"{head}.{body[:-2]}{'AA' if body[-2:] != 'AA' else 'BB'}.{signature}"
    assert refusal(desktop.get("/v1/visits"))[:2] == (401, "not_signed_in")


# --- refresh and sign-out ----------------------------------------------------------------------------------


def test_a_refresh_token_that_comes_twice_ends_the_sign_in(desktop: Desktop) -> None:
    first = desktop.refresh_token
    assert desktop.refresh().status_code == 200
    second = desktop.refresh_token
    assert refusal(desktop.refresh(first)) == (401, "not_signed_in", "token_reused")
    assert refusal(desktop.refresh(second)) == (401, "not_signed_in", "")
    assert refusal(desktop.get("/v1/visits")) == (401, "not_signed_in", "")
    assert "refresh_token_reused" in desktop.practice.actions()


def test_a_stolen_refresh_token_is_worth_nothing_elsewhere(desktop: Desktop) -> None:
    thief = Desktop(desktop.practice, refresh_token=desktop.refresh_token)
    assert refusal(thief.refresh()) == (401, "proof_invalid", "key")
    assert desktop.refresh().status_code == 200


def test_a_sign_in_is_over_after_its_time_however_often_it_was_refreshed(desktop: Desktop) -> None:
    for _ in range(2):
        desktop.practice.clock.advance(5 * 3600)
        assert desktop.refresh().status_code == 200
    desktop.practice.clock.advance(3 * 3600)
    assert refusal(desktop.refresh())[:2] == (401, "not_signed_in")


def test_signed_out_means_no_token_works(desktop: Desktop) -> None:
    assert desktop.post("/v1/sign-out").status_code == 204
    assert refusal(desktop.get("/v1/visits"))[:2] == (401, "not_signed_in")
    assert refusal(desktop.refresh())[:2] == (401, "not_signed_in")


def _jwk(desktop: Desktop) -> dict[str, str]:
    with desktop.practice.client() as client:
        return dict(client.get("/.well-known/alcove").json()["gateway_jwk"])
