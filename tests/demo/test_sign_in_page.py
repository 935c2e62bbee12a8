"""A person signs in with a real browser: by keyboard, told what is wrong, asked again for a step-up."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from demo.identity import DEMO_PASSWORD, install, start_identity

CHROMIUM = "/usr/bin/chromium"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    install()
    with start_identity() as running:
        yield running.address


class Back(BaseHTTPRequestHandler):
    """Stands where the desktop program waits for the browser to come back."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<link rel="icon" href="data:,">Back in the program')

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Back) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def authorization_url(issuer: str, callback: str, **more: str) -> str:
    query = {
        "client_id": "alcove-desktop",
        "response_type": "code",
        "scope": "openid profile",
        "redirect_uri": callback,
        "nonce": "n",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
    return f"{issuer}/auth?{urlencode(query)}"


def test_person_signs_in_by_keyboard_and_steps_up(issuer: str, callback: str, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(authorization_url(issuer, callback))
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("santos")
    page.keyboard.press("Tab")
    page.keyboard.type(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{callback}*")
    assert "code" in parse_qs(urlsplit(page.url).query)

    page.goto(authorization_url(issuer, callback, prompt="login", login_hint="santos"))
    assert page.get_by_text("Confirm that it is you").is_visible()
    assert page.get_by_label("User name").input_value() == "santos"
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in with security key").click()
    page.wait_for_url(f"{callback}*")
    assert problems == []


def test_wrong_password_is_said_and_can_be_mended(issuer: str, callback: str, page: Page) -> None:
    page.goto(authorization_url(issuer, callback))
    page.get_by_label("User name").fill("<b>santos</b>")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in with password only").click()
    assert page.get_by_role("alert").inner_text() == "User name or password is wrong."
    assert page.get_by_label("User name").input_value() == "<b>santos</b>"
    page.get_by_label("User name").fill("okafor")
    page.get_by_label("Password").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in with password only").click()
    page.wait_for_url(f"{callback}*")
