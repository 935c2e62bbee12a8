"""The demo's identity provider: PKCE for both clients, any loopback port, honest acr and amr, step-up honoured."""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from demo.identity import ACR_PASSWORD, ACR_SECURITY_KEY, IdentitySettings, install, start_identity
from demo.identity.browser import Credentials, SignInFailed, credentials_of, sign_in_over_http

PAGE_REDIRECT = "http://127.0.0.1:9999/page/callback"
SETTINGS = IdentitySettings(page_redirect_uris=(PAGE_REDIRECT,))


@dataclass
class Provider:
    issuer: str
    metadata: dict[str, Any]
    keys: KeySet


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    install()
    with start_identity(SETTINGS) as running:
        metadata = httpx2.get(f"{running.address}/.well-known/openid-configuration").json()
        keys = KeySet.import_key_set(httpx2.get(metadata["jwks_uri"]).json())
        yield Provider(running.address, metadata, keys)


@dataclass
class Attempt:
    client_id: str = "alcove-desktop"
    redirect_uri: str = "http://127.0.0.1:53123/callback"
    verifier: str = ""
    nonce: str = ""

    def __post_init__(self) -> None:
        self.verifier = self.verifier or secrets.token_urlsafe(48)
        self.nonce = self.nonce or secrets.token_urlsafe(16)

    def url(self, provider: Provider, **more: str) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": "openid profile",
            "redirect_uri": self.redirect_uri,
            "nonce": self.nonce,
            "state": "abc",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        query = {key: value for key, value in {**query, **more}.items() if value}
        return f"{provider.metadata['authorization_endpoint']}?{urlencode(query)}"

    def exchange(self, provider: Provider, redirected_to: str, verifier: str = "") -> httpx2.Response:
        code = parse_qs(urlsplit(redirected_to).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier or self.verifier,
        }
        auth = None
        if self.client_id == "alcove-page":
            auth = httpx2.BasicAuth(self.client_id, SETTINGS.page_secret)
        else:
            form["client_id"] = self.client_id
        return httpx2.post(provider.metadata["token_endpoint"], data=form, auth=auth)

    def claims(self, provider: Provider, redirected_to: str) -> dict[str, Any]:
        answer = self.exchange(provider, redirected_to)
        assert answer.status_code == 200, answer.text
        token = jwt.decode(answer.json()["id_token"], provider.keys, algorithms=["RS256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": self.client_id},
            nonce={"essential": True, "value": self.nonce},
        ).validate(token.claims)
        return token.claims


def test_desktop_signs_in_on_any_loopback_port(provider: Provider) -> None:
    attempt = Attempt(redirect_uri="http://127.0.0.1:41999/callback")
    redirected = sign_in_over_http(attempt.url(provider, login_hint="santos"), "santos")
    assert redirected.startswith("http://127.0.0.1:41999/callback?")
    assert parse_qs(urlsplit(redirected).query)["state"] == ["abc"]
    claims = attempt.claims(provider, redirected)
    assert (claims["sub"], claims["name"]) == ("santos", "J. Santos")
    assert claims["acr"] == ACR_SECURITY_KEY
    assert claims["amr"] == ["pwd", "hwk"]
    assert abs(claims["auth_time"] - time.time()) < 60


def test_page_signs_in_as_a_confidential_client(provider: Provider) -> None:
    attempt = Attempt(client_id="alcove-page", redirect_uri=PAGE_REDIRECT)
    redirected = sign_in_over_http(attempt.url(provider), "okafor")
    claims = attempt.claims(provider, redirected)
    assert (claims["sub"], claims["name"]) == ("okafor", "Dr. A. Okafor")


def test_page_without_its_secret_gets_nothing(provider: Provider) -> None:
    attempt = Attempt(client_id="alcove-page", redirect_uri=PAGE_REDIRECT)
    redirected = sign_in_over_http(attempt.url(provider), "okafor")
    code = parse_qs(urlsplit(redirected).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": PAGE_REDIRECT,
        "code_verifier": attempt.verifier,
        "client_id": "alcove-page",
    }
    assert httpx2.post(provider.metadata["token_endpoint"], data=form).status_code == 401


def test_password_alone_is_said_so(provider: Provider) -> None:
    attempt = Attempt()
    redirected = sign_in_over_http(attempt.url(provider), credentials_of("santos", security_key=False))
    claims = attempt.claims(provider, redirected)
    assert (claims["acr"], claims["amr"]) == (ACR_PASSWORD, ["pwd"])


def test_wrong_password_is_refused(provider: Provider) -> None:
    with pytest.raises(SignInFailed, match="403"):
        sign_in_over_http(Attempt().url(provider), Credentials("santos", "wrong"))


def test_request_without_pkce_is_refused(provider: Provider) -> None:
    redirected = sign_in_over_http(Attempt().url(provider, code_challenge="", code_challenge_method=""), "santos")
    assert parse_qs(urlsplit(redirected).query)["error"] == ["invalid_request"]


def test_plain_pkce_is_refused(provider: Provider) -> None:
    redirected = sign_in_over_http(Attempt().url(provider, code_challenge_method="plain"), "santos")
    assert parse_qs(urlsplit(redirected).query)["error"] == ["invalid_request"]


def test_wrong_verifier_is_refused(provider: Provider) -> None:
    attempt = Attempt()
    redirected = sign_in_over_http(attempt.url(provider), "santos")
    answer = attempt.exchange(provider, redirected, verifier=secrets.token_urlsafe(48))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_code_works_once(provider: Provider) -> None:
    attempt = Attempt()
    redirected = sign_in_over_http(attempt.url(provider), "santos")
    assert attempt.exchange(provider, redirected).status_code == 200
    assert attempt.exchange(provider, redirected).json()["error"] == "invalid_grant"


def test_redirect_beyond_loopback_is_refused(provider: Provider) -> None:
    with pytest.raises(SignInFailed, match="400"):
        sign_in_over_http(Attempt(redirect_uri="http://example.org/callback").url(provider), "santos")


def test_session_is_kept_and_step_up_asks_again(provider: Provider) -> None:
    with httpx2.Client() as browser:
        first = Attempt()
        before = first.claims(provider, sign_in_over_http(first.url(provider), "santos", browser))
        silent = Attempt()
        answer = browser.get(silent.url(provider), follow_redirects=False)
        assert answer.is_redirect, "a kept session needs no sign-in page"
        for stepping_up in ({"prompt": "login"}, {"max_age": "0"}):
            asked = browser.get(Attempt().url(provider, **stepping_up), follow_redirects=True)
            assert "Confirm that it is you" in asked.text
        again = Attempt()
        later = again.claims(provider, sign_in_over_http(again.url(provider, prompt="login"), "santos", browser))
        assert later["auth_time"] >= before["auth_time"]


def test_listens_on_loopback_alone(provider: Provider) -> None:
    port = urlsplit(provider.issuer).port
    assert port is not None
    sockets = _listening_addresses(port)
    assert sockets == {"127.0.0.1"}


def _listening_addresses(port: int) -> set[str]:
    """Local IPv4 and IPv6 addresses that listen on a port, from the kernel's table."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            for line in list(lines)[1:]:
                local, state = line.split()[1], line.split()[3]
                address, _, hex_port = local.partition(":")
                if state == "0A" and int(hex_port, 16) == port:
                    found.add(".".join(str(byte) for byte in reversed(bytes.fromhex(address))))
    return found
