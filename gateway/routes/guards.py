"""Around every call: a bound on its body, and the headers that keep a browser strict."""

import asyncio
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.config import Server
from gateway.routes.refusals import refusal_response
from gateway.rules.situation import refuse
from wire.refusals import RefusalCode

MAX_BODY_BYTES = 64 * 1024
BODY_SECONDS = 20.0


class BodyBound:
    """Reads each body whole before it is looked at: at most 64 KiB, within 20 s."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        too_large = length.isdigit() and int(length) > MAX_BODY_BYTES
        body = None if too_large else await _body(receive)
        if body is None:
            refusal = refuse(RefusalCode.TOO_LARGE, limit=str(MAX_BODY_BYTES))
            await refusal_response(refusal)(scope, receive, send)
            return
        await self._app(scope, _replayed(body, receive), send)


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too large or too slow to count as one."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return bytes(body)
                body += message.get("body", b"")
                if len(body) > MAX_BODY_BYTES:
                    return None
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        return None


def _replayed(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class StrictHeaders:
    """Sets the security headers of every answer."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._headers = security_headers(server)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""

        async def send_strict(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                # Static files carry an ETag and are asked for anew; everything else is never kept.
                is_static = scope["path"].startswith("/static/")
                headers["Cache-Control"] = "no-cache" if is_static else "no-store"
            await send(message)

        await self._app(scope, receive, send_strict)


def security_headers(server: Server) -> dict[str, str]:
    """What a browser is told: our own scripts and connections alone, no framing, no referrer, no guessing of types."""
    parts = urlsplit(server.public_url)
    # Not every browser counts the page's own WebSocket as 'self'.
    channel = f"{'wss' if server.is_secure else 'ws'}://{parts.netloc}"
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        f"connect-src 'self' {channel}",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if server.is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
