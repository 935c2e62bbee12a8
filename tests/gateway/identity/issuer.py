"""An issuer whose tokens a test words itself: discovery and keys over real HTTP, any claims, any signature."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT = "alcove-desktop"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


@dataclass
class Issuer:
    """A running issuer; `keys` are what it publishes now, `asked` counts how often they were read."""

    url: str = ""
    keys: list[RSAKey] = field(default_factory=lambda: [new_key("one")])
    metadata: dict[str, Any] = field(default_factory=dict)
    asked: int = 0

    def claims(self, **changes: object) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "santos",
            "nonce": "n",
            "iat": now,
            "exp": now + 600,
            "auth_time": now,
            "acr": "phr",
            "amr": ["pwd", "hwk"],
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, key: RSAKey | None = None, **changes: object) -> str:
        key = key or self.keys[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid}, self.claims(**changes), key)

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/auth",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                **self.metadata,
            }
        if path == "/jwks":
            self.asked += 1
            return dict(KeySet(list(self.keys)).as_dict(private=False))
        return None


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    issuer = Issuer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802  # the base class's name
            found = issuer.answer(self.path)
            self.send_response(200 if found is not None else 404)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="issuer")
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
