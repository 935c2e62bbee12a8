"""The provider's half over HTTP, against the real identity provider: sign-in, step-up, sign-out, and the refusals."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from demo.identity import IdentitySettings, install, start_identity
from demo.identity.browser import Credentials, credentials_of, sign_in_over_http
from demo.processes import Running
from gateway.routes.cookies import cookie_name
from tests.gateway.routes.browser import RoomBrowser
from tests.gateway.routes.practice import PAGE_SECRET, Practice, free_port, running_gateway
from wire.people import Role

PORT = free_port()
ADDRESS = f"http://127.0.0.1:{PORT}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    """The real npm oidc-provider; without its packages this fails, it is never skipped."""
    install()
    settings = IdentitySettings(page_redirect_uris=(f"{ADDRESS}/page/callback",), page_secret=PAGE_SECRET)
    with start_identity(settings) as running:
        yield running


@dataclass
class Clinic:
    """A gateway whose people sign in for real."""

    practice: Practice
    browser: httpx2.Client
    """A browser on the page's origin."""
    at_provider: httpx2.Client
    """The same browser's cookies at the identity provider."""

    def sign_in(self, user: str | Credentials = "okafor", path: str = "/page/sign-in") -> httpx2.Response:
        """Walk through the identity provider and back; the answer to the callback."""
        return self.browser.get(self.redirected(user, path))

    def redirected(self, user: str | Credentials = "okafor", path: str = "/page/sign-in") -> str:
        """Where the identity provider sends the browser back to."""
        away = self.browser.get(path)
        assert away.status_code == 303, away.text
        return sign_in_over_http(away.headers["location"], user, self.at_provider)

    def secret(self) -> str | None:
        return self.browser.cookies.get(cookie_name(self.practice.context.config.server, "provider"))

    def auth_time(self) -> float:
        session = self.practice.run(self.practice.context.sessions.find(self.secret() or "", Role.PROVIDER))
        assert session is not None
        assert session.auth_time is not None
        return session.auth_time.timestamp()


@pytest.fixture
def clinic(tmp_path: Path, provider: Running) -> Iterator[Clinic]:
    with running_gateway(tmp_path / "gateway", provider.address, PORT) as practice:
        practice.add_person("okafor", Role.PROVIDER, "Practitioner/okafor")
        practice.add_person("lindqvist", Role.PROVIDER, "Practitioner/lindqvist")
        practice.add_person("santos", Role.SCRIBE)
        with practice.page_client() as browser, httpx2.Client(trust_env=False) as at_provider:
            yield Clinic(practice, browser, at_provider)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["refusal"]["code"]


# --- sign-in -----------------------------------------------------------------------------------------------


def test_a_provider_signs_in_and_sees_their_visits(clinic: Clinic) -> None:
    assert clinic.browser.get("/page/").headers["location"] == "/page/sign-in"
    assert refusal(clinic.browser.get("/page/visits")) == (401, "not_signed_in")
    answer = clinic.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/page/")
    assert "<title>Alcove</title>" in clinic.browser.get("/page/").text
    visit_id = clinic.practice.add_visit(practitioner="Practitioner/okafor")
    assert [visit["visit_id"] for visit in clinic.browser.get("/page/visits").json()] == [visit_id]
    assert "signed_in" in clinic.practice.actions()


def test_the_request_has_pkce_state_and_nonce(clinic: Clinic) -> None:
    away = urlsplit(clinic.browser.get("/page/sign-in").headers["location"])
    asked = {name: values[0] for name, values in parse_qs(away.query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{ADDRESS}/page/callback"
    assert asked["acr_values"] == "phr"
    assert asked["max_age"] == "3600"
    assert len(asked["state"]) >= 40
    assert len(asked["nonce"]) >= 40


def test_the_session_cookie_is_out_of_reach_and_of_this_port(clinic: Clinic) -> None:
    header = next(each for each in clinic.sign_in().headers.get_list("set-cookie") if "provider" in each)
    assert header.startswith(f"alcove_provider_{PORT}=")
    assert "HttpOnly" in header
    assert "SameSite=lax" in header
    assert "Secure" not in header  # plain http, so loopback
    stored = b"".join(path.read_bytes() for path in clinic.practice.config_file.parent.glob("gateway.db*"))
    assert (clinic.secret() or "").encode() not in stored


def test_a_password_alone_is_not_enough(clinic: Clinic) -> None:
    answer = clinic.sign_in(credentials_of("okafor", security_key=False))
    assert answer.status_code == 403
    assert "identity_refused acr" in answer.text
    assert clinic.secret() is None


def test_a_scribe_does_not_get_the_providers_page(clinic: Clinic) -> None:
    answer = clinic.sign_in("santos")
    assert answer.status_code == 403
    assert "role_not_allowed" in answer.text
    assert clinic.secret() is None


def test_somebody_whom_the_practice_does_not_know_gets_nothing(clinic: Clinic) -> None:
    answer = clinic.sign_in("haddad")
    assert answer.status_code == 403
    assert "unknown_person" in answer.text


def test_a_callback_counts_once(clinic: Clinic) -> None:
    back = clinic.redirected()
    flow = dict(clinic.browser.cookies)
    assert clinic.browser.get(back).status_code == 303
    with clinic.practice.page_client(flow) as again:
        assert again.get(back).status_code == 403


def test_a_callback_of_another_browser_is_refused(clinic: Clinic) -> None:
    back = clinic.redirected()
    with clinic.practice.page_client() as victim:  # sent to a link that signs them in as somebody else
        assert victim.get(back).status_code == 403
        assert not victim.cookies


def test_a_callback_without_code_or_with_another_issuer_is_refused(clinic: Clinic) -> None:
    back = clinic.redirected()
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert clinic.browser.get(f"/page/callback?state={state}&error=access_denied").status_code == 403
    back = clinic.redirected().replace("iss=", "iss=http%3A%2F%2Felsewhere&x=")
    answer = clinic.browser.get(back)
    assert answer.status_code == 403
    assert "issuer" in answer.text


def test_a_wrong_code_is_refused(clinic: Clinic) -> None:
    back = urlsplit(clinic.redirected())
    state = parse_qs(back.query)["state"][0]
    answer = clinic.browser.get(f"/page/callback?state={state}&code=made-up")
    assert answer.status_code == 403
    assert "identity_refused code" in answer.text


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/page/\\evil", "javascript:1"])
def test_it_never_leads_elsewhere(clinic: Clinic, target: str) -> None:
    away = clinic.browser.get("/page/sign-in", params={"return": target})
    back = sign_in_over_http(away.headers["location"], "okafor", clinic.at_provider)
    assert clinic.browser.get(back).headers["location"] == "/page/"


# --- step-up -----------------------------------------------------------------------------------------------


def test_a_step_up_makes_the_authentication_fresh(clinic: Clinic) -> None:
    clinic.sign_in()
    first, secret = clinic.auth_time(), clinic.secret()
    away = clinic.browser.get("/page/step-up?return=/page/%3Fview")
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert (asked["prompt"], asked["max_age"], asked["login_hint"]) == (["login"], ["0"], ["okafor"])
    back = sign_in_over_http(away.headers["location"], "okafor", clinic.at_provider)
    assert clinic.browser.get(back).headers["location"] == "/page/?view"
    assert clinic.auth_time() >= first
    assert clinic.secret() != secret
    assert "stepped_up" in clinic.practice.actions()
    # The session before it is over.
    name = cookie_name(clinic.practice.context.config.server, "provider")
    with clinic.practice.page_client({name: secret or ""}) as old:
        assert refusal(old.get("/page/visits")) == (401, "not_signed_in")


def test_a_step_up_of_another_person_is_refused(clinic: Clinic) -> None:
    clinic.sign_in()
    secret = clinic.secret()
    away = clinic.browser.get("/page/step-up").headers["location"]
    answer = clinic.browser.get(sign_in_over_http(away, "lindqvist"))
    assert answer.status_code == 403
    assert "another_person" in answer.text
    assert clinic.secret() == secret


def test_a_step_up_without_a_new_proof_is_refused(clinic: Clinic) -> None:
    clinic.sign_in()
    secret = clinic.secret()
    clinic.practice.clock.advance(120)
    away = clinic.browser.get("/page/step-up").headers["location"]
    # Somebody takes the demand out of the address: the provider's session answers with the old authentication.
    weaker = away.replace("prompt=login", "x=").replace("max_age=0", "y=")
    answer = clinic.browser.get(sign_in_over_http(weaker, "okafor", clinic.at_provider))
    assert answer.status_code == 403
    assert "identity_refused auth_time" in answer.text
    assert clinic.secret() == secret


# --- sessions ----------------------------------------------------------------------------------------------


def test_signed_out_means_out(clinic: Clinic) -> None:
    clinic.sign_in()
    secret = clinic.secret() or ""
    assert clinic.browser.post("/page/sign-out").status_code == 204
    assert clinic.secret() is None
    name = cookie_name(clinic.practice.context.config.server, "provider")
    with clinic.practice.page_client({name: secret}) as old:
        assert refusal(old.get("/page/visits")) == (401, "not_signed_in")


def test_a_session_ends_in_time(clinic: Clinic) -> None:
    clinic.sign_in()
    clinic.practice.clock.ahead += timedelta(hours=12, seconds=1)
    assert refusal(clinic.browser.get("/page/visits")) == (401, "not_signed_in")


def test_another_sites_page_can_do_nothing_with_the_cookie(clinic: Clinic) -> None:
    clinic.sign_in()
    for origin in ("http://evil.example", f"http://127.0.0.1:{PORT + 1}", "null"):
        answer = clinic.browser.post("/page/sign-out", headers={"Origin": origin})
        assert refusal(answer) == (403, "role_not_allowed")
    del clinic.browser.headers["Origin"]
    assert refusal(clinic.browser.post("/page/sign-out")) == (403, "role_not_allowed")
    assert clinic.browser.get("/page/visits").status_code == 200


# --- rooms -------------------------------------------------------------------------------------------------


def test_a_code_pairs_one_browser_as_the_room(clinic: Clinic) -> None:
    clinic.sign_in()
    visit_id = clinic.practice.add_visit(practitioner="Practitioner/okafor")
    room_id = clinic.practice.context.services.ledger.loaded(visit_id).facts.room.room_id
    code = clinic.browser.post("/page/pairing-codes", json={"room_id": room_id}).json()
    assert code["code"] == code["code"].upper()
    room, late = RoomBrowser(clinic.practice), RoomBrowser(clinic.practice)
    assert room.pair(code["code"]).json() == {"room_id": room_id, "room_name": code["room_name"]}
    assert room.open_session().status_code == 204
    assert refusal(late.pair(code["code"])) == (403, "code_invalid")
    # A room has its own cookie, and it opens nothing of the provider's.
    assert refusal(room.client.get("/page/visits")) == (401, "not_signed_in")


def test_only_a_signed_in_provider_makes_codes_and_for_rooms_that_are(clinic: Clinic) -> None:
    assert refusal(clinic.browser.post("/page/pairing-codes", json={"room_id": "r"})) == (401, "not_signed_in")
    clinic.sign_in()
    assert refusal(clinic.browser.post("/page/pairing-codes", json={"room_id": "r"})) == (400, "malformed")
