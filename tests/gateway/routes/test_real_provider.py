"""A desktop signs in with an ID token of the real identity provider, as the desktop program does."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from demo.identity import IdentitySettings, install, start_identity
from demo.identity.browser import Credentials, credentials_of, sign_in_over_http
from demo.processes import Running
from tests.gateway.routes.desktop import Desktop
from tests.gateway.routes.practice import Practice, running_gateway
from wire.people import Role

REDIRECT = "http://127.0.0.1:53123/callback"


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    """The real npm oidc-provider; without its packages this fails, it is never skipped."""
    install()
    with start_identity(IdentitySettings()) as running:
        yield running


@pytest.fixture
def practice(tmp_path: Path, provider: Running) -> Iterator[Practice]:
    with running_gateway(tmp_path / "gateway", provider.address) as running:
        yield running


def id_token(practice: Practice, nonce: str, user: str | Credentials = "santos") -> str:
    """Code flow with PKCE as a public client, by what the gateway tells of the provider."""
    with practice.client() as client:
        info = client.get("/.well-known/alcove").json()
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": info["client_id"],
        "response_type": "code",
        "scope": info["scope"],
        "acr_values": info["acr_values"],
        "redirect_uri": REDIRECT,
        "nonce": nonce,
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    metadata = httpx2.get(f"{info['issuer']}/.well-known/openid-configuration", trust_env=False).json()
    back = sign_in_over_http(f"{metadata['authorization_endpoint']}?{urlencode(query)}", user)
    form = {
        "grant_type": "authorization_code",
        "client_id": info["client_id"],
        "code": parse_qs(urlsplit(back).query)["code"][0],
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    return str(httpx2.post(metadata["token_endpoint"], data=form, trust_env=False).json()["id_token"])


@pytest.fixture
def desktop(practice: Practice) -> Desktop:
    practice.add_person("santos", Role.SCRIBE)
    practice.add_person("okafor", Role.PROVIDER)
    enrolled = Desktop(practice)
    assert enrolled.enroll(practice.enrolment_code("santos")).status_code == 200
    return enrolled


def test_a_real_id_token_opens_a_session_once(desktop: Desktop) -> None:
    token = id_token(desktop.practice, desktop.nonce())
    answer = desktop.sign_in(token)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["person"]["name"], answer.json()["role"]) == ("Santos", "scribe")
    assert desktop.get("/v1/visits").status_code == 200
    assert desktop.sign_in(token).json()["refusal"]["code"] == "nonce_spent"


def test_a_real_token_without_the_security_key_is_refused(desktop: Desktop) -> None:
    token = id_token(desktop.practice, desktop.nonce(), credentials_of("santos", security_key=False))
    assert desktop.sign_in(token).json()["refusal"] == {"code": "identity_refused", "params": {"reason": "acr"}}


def test_a_real_token_with_a_nonce_of_its_own_is_refused(desktop: Desktop) -> None:
    assert desktop.sign_in(id_token(desktop.practice, "mine")).json()["refusal"]["code"] == "nonce_spent"


def test_a_real_token_of_a_provider_is_refused(desktop: Desktop) -> None:
    token = id_token(desktop.practice, desktop.nonce(), "okafor")
    assert desktop.sign_in(token).json()["refusal"]["code"] == "role_not_allowed"
