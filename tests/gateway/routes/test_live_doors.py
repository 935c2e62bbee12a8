"""The live channel's doors: who may open them, and whom the gateway shows out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from gateway.routes.cookies import cookie_name
from tests.gateway.routes.browser import pair_room, provider_client
from tests.gateway.routes.desktop import Desktop
from tests.gateway.routes.practice import Practice

HELLO = json.dumps({"type": "hello", "protocols": [1], "app": "test"})


@contextmanager
def opened(practice: Practice, path: str, headers: dict[str, str]) -> Iterator[ClientConnection]:
    origin = headers.pop("Origin", None)
    url = practice.address.replace("http", "ws") + path
    with connect(url, additional_headers=headers, origin=origin, proxy=None) as connection:  # type: ignore[arg-type]
        yield connection


def welcome(connection: ClientConnection) -> dict[str, Any]:
    connection.send(HELLO)
    found = json.loads(connection.recv(5))
    assert found["type"] == "welcome", found
    return dict(found["principal"])


def refused(practice: Practice, path: str, headers: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as problem, opened(practice, path, headers):
        pass
    response = problem.value.response
    return response.status_code, json.loads(response.body)["refusal"]["code"]


def test_a_desktop_opens_its_door_with_a_proof(desktop: Desktop) -> None:
    headers = desktop.headers("GET", "/v1/live")
    with opened(desktop.practice, "/v1/live", dict(headers)) as connection:
        principal = welcome(connection)
    assert (principal["role"], principal["id"]) == ("scribe", desktop.person_id)
    assert principal["device_id"] == desktop.device_id
    assert refused(desktop.practice, "/v1/live", dict(headers)) == (401, "proof_invalid")


def test_a_proof_may_name_the_websockets_own_address(desktop: Desktop) -> None:
    address = desktop.practice.address.replace("http", "ws") + "/v1/live"
    headers = desktop.headers("GET", "/v1/live", htu=address)
    with opened(desktop.practice, "/v1/live", headers) as connection:
        assert welcome(connection)["role"] == "scribe"


def test_without_credentials_every_door_stays_shut(practice: Practice) -> None:
    own = {"Origin": practice.address}
    assert refused(practice, "/v1/live", {}) == (401, "not_signed_in")
    assert refused(practice, "/page/live", dict(own)) == (401, "not_signed_in")
    assert refused(practice, "/room/live", dict(own)) == (401, "not_signed_in")


def test_an_expired_token_opens_nothing(desktop: Desktop) -> None:
    desktop.practice.clock.advance(601)
    assert refused(desktop.practice, "/v1/live", desktop.headers("GET", "/v1/live")) == (401, "token_expired")


def test_signing_out_closes_the_channel(desktop: Desktop) -> None:
    with opened(desktop.practice, "/v1/live", desktop.headers("GET", "/v1/live")) as connection:
        welcome(connection)
        assert desktop.post("/v1/sign-out").status_code == 204
        closed(connection)


def test_provider_and_room_come_by_cookie_and_origin(practice: Practice) -> None:
    visit_id = practice.add_visit()
    facts = practice.context.services.ledger.loaded(visit_id).facts
    room = pair_room(practice, visit_id)
    with provider_client(practice, facts.provider.person_id) as provider:
        name = cookie_name(practice.context.config.server, "provider")
        provider_cookie = f"{name}={provider.cookies[name]}"
    own = {"Origin": practice.address}
    with opened(practice, "/page/live", {**own, "Cookie": provider_cookie}) as connection:
        assert welcome(connection)["id"] == facts.provider.person_id
    with opened(practice, "/room/live", {**own, "Cookie": room.cookie()}) as connection:
        assert welcome(connection)["id"] == facts.room.room_id
    evil = {"Origin": "http://evil.example"}
    assert refused(practice, "/page/live", {**evil, "Cookie": provider_cookie}) == (403, "role_not_allowed")
    assert refused(practice, "/page/live", {"Cookie": provider_cookie}) == (403, "role_not_allowed")
    # Neither cookie opens the other's door.
    assert refused(practice, "/room/live", {**own, "Cookie": provider_cookie}) == (401, "not_signed_in")
    room_as_provider = room.cookie().replace("alcove_room", "alcove_provider")
    assert refused(practice, "/page/live", {**own, "Cookie": room_as_provider}) == (401, "not_signed_in")


def test_pairing_anew_shows_the_old_room_out(practice: Practice) -> None:
    visit_id = practice.add_visit()
    room = pair_room(practice, visit_id)
    headers = {"Origin": practice.address, "Cookie": room.cookie()}
    with opened(practice, "/room/live", dict(headers)) as connection:
        welcome(connection)
        pair_room(practice, visit_id)
        closed(connection)
    assert refused(practice, "/room/live", headers) == (401, "not_signed_in")


def closed(connection: ClientConnection) -> None:
    """Read what was still on its way, until the gateway closes."""
    with pytest.raises(ConnectionClosed):
        list(iter(lambda: connection.recv(5), None))
