"""Sign-in through the system browser (RFC 8252): code with PKCE, loopback redirect, one ID token."""

import asyncio
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from desktop.link.address import is_loopback
from desktop.ports import LinkFailed, LinkProblem, Refused
from wire.http import GatewayInfo
from wire.refusals import Refusal, RefusalCode

WAIT_SECONDS = 120.0
MAX_REQUEST_BYTES = 16 * 1024
MAX_TOKEN_BYTES = 64 * 1024
PAGE = (
    "<!doctype html><meta charset=utf-8><title>Alcove</title>"
    "<body style='font:16px sans-serif;margin:3em'><h1>{title}</h1><p>{text}</p>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brought back."""

    code: str
    error: str
    issuer: str


class RedirectListener:
    """Listens on 127.0.0.1 for the one redirect that carries our state; everything else gets a 404."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server | None = None
        self.redirect_uri = ""

    async def __aenter__(self) -> "RedirectListener":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_REQUEST_BYTES)
        port = self._server.sockets[0].getsockname()[1]
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def answer(self) -> Answer:
        """The answer, or LinkFailed(BROWSER_ABANDONED) after two minutes."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await self._answer
        except TimeoutError:
            raise LinkFailed(LinkProblem.BROWSER_ABANDONED) from None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(10):
                head = await reader.readuntil(b"\r\n\r\n")
            status, page = self._take(head.split(b"\r\n", 1)[0].decode("ascii", "replace"))
            body = page.encode()
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
                "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever that was, it was not our redirect
        finally:
            writer.close()

    def _take(self, untrusted_line: str) -> tuple[str, str]:
        method, _, rest = untrusted_line.partition(" ")
        parts = urlsplit(rest.partition(" ")[0])
        query = parse_qs(parts.query)
        state = query.get("state", [""])[0]
        if (
            method != "GET"
            or parts.path != "/callback"
            or not hmac.compare_digest(state.encode(), self._state.encode())
        ):
            return "404 Not Found", PAGE.format(title="Not found", text="This is not a page.")
        if self._answer.done():
            return "410 Gone", PAGE.format(title="Already used", text="This sign-in has been answered.")
        error = query.get("error", [""])[0]
        self._answer.set_result(Answer(query.get("code", [""])[0], error, query.get("iss", [""])[0]))
        if error:
            return "200 OK", PAGE.format(title="Not signed in", text="You can close this page and return to Alcove.")
        return "200 OK", PAGE.format(title="Signed in", text="You can close this page and return to Alcove.")


async def fetch_id_token(
    http: httpx2.AsyncClient, info: GatewayInfo, nonce: str, open_browser: Callable[[str], None]
) -> str:
    """An ID token with the gateway's nonce, straight from the identity provider; nothing else of its reply is kept."""
    authorization_endpoint, token_endpoint = await _discover(http, info.issuer)
    verifier = secrets.token_urlsafe(48)
    challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    state = secrets.token_urlsafe(24)
    async with RedirectListener(state) as listener:
        query = {
            "response_type": "code",
            "client_id": info.client_id,
            "redirect_uri": listener.redirect_uri,
            "scope": info.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        if info.acr_values:
            query["acr_values"] = info.acr_values
        open_browser(f"{authorization_endpoint}?{urlencode(query)}")
        answer = await listener.answer()
        if answer.error or not answer.code or (answer.issuer and answer.issuer != info.issuer):
            raise Refused(Refusal(code=RefusalCode.IDENTITY_REFUSED, params={"reason": answer.error[:60]}))
        form = {
            "grant_type": "authorization_code",
            "client_id": info.client_id,
            "code": answer.code,
            "redirect_uri": listener.redirect_uri,
            "code_verifier": verifier,
        }
        return await _redeem(http, token_endpoint, form)


async def _discover(http: httpx2.AsyncClient, issuer: str) -> tuple[str, str]:
    """The issuer's two endpoints (OpenID Connect Discovery); the document must name this very issuer."""
    _must_be_safe(issuer)
    try:
        reply = await http.get(issuer.rstrip("/") + "/.well-known/openid-configuration")
        document = reply.json()
    except (httpx2.HTTPError, ValueError):
        raise LinkFailed(LinkProblem.UNREACHABLE, "identity provider") from None
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise Refused(Refusal(code=RefusalCode.IDENTITY_REFUSED, params={"reason": "issuer"}))
    endpoints = (str(document.get("authorization_endpoint", "")), str(document.get("token_endpoint", "")))
    for endpoint in endpoints:
        _must_be_safe(endpoint)
    return endpoints


def _must_be_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise LinkFailed(LinkProblem.PLAIN_HTTP)


async def _redeem(http: httpx2.AsyncClient, token_endpoint: str, form: dict[str, str]) -> str:
    try:
        reply = await http.post(token_endpoint, data=form)
        document = reply.json() if len(reply.content) <= MAX_TOKEN_BYTES else None
    except (httpx2.HTTPError, ValueError):
        raise LinkFailed(LinkProblem.UNREACHABLE, "identity provider") from None
    token = document.get("id_token") if isinstance(document, dict) else None
    if reply.status_code != 200 or not isinstance(token, str):
        raise Refused(Refusal(code=RefusalCode.IDENTITY_REFUSED, params={"reason": "token"}))
    return token
