"""The demo's provider without a browser: signs in at the page over HTTP, as far as pairing a room needs it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from demo.identity.browser import sign_in_over_http
from wire.http import PairingCode


@contextmanager
def signed_in_page(gateway: str, username: str) -> Iterator[httpx2.Client]:
    """A client with the page's cookie of a provider."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(gateway))
    with httpx2.Client(base_url=gateway, headers={"Origin": origin}) as client:
        begun = client.get("/page/sign-in")
        callback = sign_in_over_http(begun.headers["location"], username)
        client.get(callback)
        yield client


def pairing_code(gateway: str, username: str) -> PairingCode:
    """A code for the room of this provider's first visit."""
    with signed_in_page(gateway, username) as client:
        visits = client.get("/page/visits").raise_for_status().json()
        reply = client.post("/page/pairing-codes", json={"room_id": visits[0]["room"]["room_id"]})
        return PairingCode.model_validate_json(reply.raise_for_status().content)
