"""The room's half: pairing, its key's session, and the browser that was the room before."""

import pytest
from joserfc.jwk import ECKey

from tests.gateway.routes.browser import RoomBrowser, pair_room, provider_client
from tests.gateway.routes.practice import Practice
from tests.gateway.routes.test_page import refusal


@pytest.fixture
def visit_id(practice: Practice) -> str:
    return practice.add_visit()


def code_of(practice: Practice, visit_id: str) -> str:
    facts = practice.context.services.ledger.loaded(visit_id).facts
    with provider_client(practice, facts.provider.person_id) as provider:
        return str(provider.post("/page/pairing-codes", json={"room_id": facts.room.room_id}).json()["code"])


def test_the_page_is_there_for_a_browser_that_is_no_room_yet(practice: Practice) -> None:
    with practice.client() as client:
        assert "/static/room/main.js" in client.get("/room/").text


def test_a_code_lives_ten_minutes(practice: Practice, visit_id: str) -> None:
    code = code_of(practice, visit_id)
    practice.clock.advance(601)
    assert refusal(RoomBrowser(practice).pair(code)) == (403, "code_invalid")


def test_a_key_that_is_none_is_malformed_and_spends_no_code(practice: Practice, visit_id: str) -> None:
    code, room = code_of(practice, visit_id), RoomBrowser(practice)
    for jwk in ({}, {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": "oct", "k": "AA"}):
        assert refusal(room.client.post("/room/pair", json={"code": code, "jwk": jwk})) == (400, "malformed")
    private = {name: str(value) for name, value in room.key.as_dict(private=True).items()}
    assert refusal(room.client.post("/room/pair", json={"code": code, "jwk": private})) == (400, "malformed")
    assert room.pair(code).status_code == 200


def test_a_session_needs_the_paired_key_and_a_fresh_nonce(practice: Practice, visit_id: str) -> None:
    room = pair_room(practice, visit_id)
    assert refusal(room.open_session(key=ECKey.generate_key("P-256"))) == (401, "proof_invalid")
    nonce = room.nonce()
    assert room.open_session(nonce).status_code == 204
    assert refusal(room.open_session(nonce)) == (403, "nonce_spent")
    nonce = room.nonce()
    practice.clock.advance(61)
    assert refusal(room.open_session(nonce)) == (403, "nonce_spent")
    assert refusal(RoomBrowser(practice, "nowhere").open_session()) == (403, "room_not_paired")


def test_the_room_before_is_one_no_longer(practice: Practice, visit_id: str) -> None:
    first = pair_room(practice, visit_id)
    second = pair_room(practice, visit_id)
    assert refusal(first.open_session()) == (401, "proof_invalid")
    assert second.open_session().status_code == 204


def test_a_browser_is_one_room_at_a_time(practice: Practice, visit_id: str) -> None:
    room = pair_room(practice, visit_id)
    other = practice.add_visit("Encounter/2", location="Location/other")
    elsewhere = RoomBrowser(practice, key=room.key)
    assert elsewhere.pair(code_of(practice, other)).status_code == 200
    assert refusal(room.open_session()) == (403, "room_not_paired")


def test_another_sites_page_cannot_pair(practice: Practice, visit_id: str) -> None:
    room = RoomBrowser(practice)
    room.client.headers["Origin"] = "http://evil.example"
    assert refusal(room.pair(code_of(practice, visit_id))) == (403, "role_not_allowed")
    assert refusal(room.client.post("/room/challenge")) == (403, "role_not_allowed")


def test_guessing_codes_is_slowed(practice: Practice) -> None:
    room = RoomBrowser(practice)
    answers = [room.pair("AAAA-BBBB-CCCC").status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2
