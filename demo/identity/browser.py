"""Plays the browser at the demo's identity provider over plain HTTP, for tests and the headless demo."""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urljoin, urlsplit

import httpx2

from demo.identity import PERSON_BY_USERNAME

MOST_REDIRECTS = 10
_FORM_ACTION = re.compile(r'<form method="post" action="([^"]+)"')


class SignInFailed(Exception):
    """The provider neither showed its sign-in page nor sent the browser on; the message says what came."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a person types, and whether they press the security key's button."""

    username: str
    password: str
    security_key: bool = True


def credentials_of(username: str, *, security_key: bool = True) -> Credentials:
    """The demo person's own credentials."""
    return Credentials(username, PERSON_BY_USERNAME[username].password, security_key)


def sign_in_over_http(authorization_url: str, user: str | Credentials, browser: httpx2.Client | None = None) -> str:
    """Sign in and return the address that the provider sends the browser to, without opening it.

    Pass the same `browser` again to keep the provider's session, as a real browser would.
    """
    credentials = user if isinstance(user, Credentials) else credentials_of(user)
    if browser is not None:
        return _walk(browser, authorization_url, credentials)
    with httpx2.Client() as fresh:
        return _walk(fresh, authorization_url, credentials)


def _walk(browser: httpx2.Client, authorization_url: str, credentials: Credentials) -> str:
    origin = urlsplit(authorization_url)[:2]
    answer = browser.get(authorization_url)
    for _ in range(MOST_REDIRECTS):
        if answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if urlsplit(target)[:2] != origin:
                return target
            answer = browser.get(target)
        elif (form := _FORM_ACTION.search(answer.text)) and answer.status_code == httpx2.codes.OK:
            answer = _post_form(browser, urljoin(str(answer.url), unescape(form.group(1))), credentials)
        else:
            break
    raise SignInFailed(f"the identity provider answered {answer.status_code} at {answer.url.path}")


def _post_form(browser: httpx2.Client, address: str, credentials: Credentials) -> httpx2.Response:
    method = "security_key" if credentials.security_key else "password"
    form = {"username": credentials.username, "password": credentials.password, "method": method}
    return browser.post(address, data=form)
