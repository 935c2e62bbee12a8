"""What ends a feed in mid-visit, as both sides hear it: a failed check, a lost laptop."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import ClientConnection

from gateway.setting_up import revoke
from tests.gateway.identity.issuer import Issuer
from tests.gateway.routes.browser import pair_room
from tests.gateway.routes.desktop import PASSING, Desktop
from tests.gateway.routes.practice import Practice, config_text, free_port, running_gateway
from tests.gateway.routes.test_live_doors import closed, opened, welcome
from wire.http import WIPE_ORDER
from wire.people import Role
from wire.posture import CheckId, CheckState


@pytest.fixture
def practice(tmp_path: Path, issuer: Issuer) -> Iterator[Practice]:
    """A practice that gives no grace."""
    port = free_port()
    text = config_text(issuer.url, port).replace("step_up", "mid_visit_grace_seconds = 0\nstep_up")
    with running_gateway(tmp_path / "gateway", issuer.url, port, text) as running:
        running.add_person("santos", Role.SCRIBE)
        yield running


@pytest.fixture
def desktop(practice: Practice, issuer: Issuer) -> Desktop:
    laptop = Desktop(practice)
    assert laptop.enroll().status_code == 200
    assert laptop.sign_in_at(issuer).status_code == 200
    return laptop


def feed_closed(connection: ClientConnection) -> dict[str, Any]:
    """The next `feed_closed` that this side hears."""
    while True:
        frame = json.loads(connection.recv(10))
        if frame["type"] == "signalled" and frame["signal"]["type"] == "feed_closed":
            return dict(frame["signal"])


def test_a_failed_check_closes_the_feed_on_both_sides_and_leaves_the_note_open(desktop: Desktop) -> None:
    practice = desktop.practice
    visit_id = practice.add_visit()
    room = pair_room(practice, visit_id)
    in_room = {"Origin": practice.address, "Cookie": room.cookie()}
    with (
        opened(practice, "/v1/live", desktop.headers("GET", "/v1/live")) as scribe,
        opened(practice, "/room/live", in_room) as wall,
    ):
        welcome(scribe)
        welcome(wall)
        admission_id = desktop.admit(visit_id).json()["admission_id"]
        failing = PASSING | {CheckId.SCREEN_LOCK: CheckState.UNKNOWN}
        assert desktop.admit(visit_id, failing).json()["admitted"] is False
        for side in (scribe, wall):
            assert feed_closed(side)["admission_id"] == admission_id
        scribe.send(json.dumps({"type": "follow_visit", "visit_id": visit_id, "state_vector": None}))
        while json.loads(scribe.recv(10))["type"] != "document_state":
            pass
    assert "admission_limited" in practice.actions()


def test_a_lost_laptop_is_shown_out(desktop: Desktop, issuer: Issuer) -> None:
    practice = desktop.practice
    visit_id = practice.add_visit()
    pair_room(practice, visit_id)
    with opened(practice, "/v1/live", desktop.headers("GET", "/v1/live")) as scribe:
        welcome(scribe)
        assert desktop.admit(visit_id).json()["admitted"] is True
        assert practice.run(revoke(practice.context.services.database, desktop.device_id))
        closed(scribe)
    assert practice.context.services.admissions.live(visit_id) == frozenset()
    assert desktop.get("/v1/visits").json()["refusal"]["code"] == "device_not_enrolled"
    assert desktop.refresh().json()["refusal"] == {"code": "device_not_enrolled", "params": {"reason": "revoked"}}
    assert desktop.sign_in_at(issuer).json()["refusal"]["code"] == "device_not_enrolled"
    assert desktop.enroll().json()["refusal"] == {"code": "device_not_enrolled", "params": {"reason": "revoked"}}


def asked(desktop: Desktop, path: str, **body: object) -> httpx2.Response:
    with desktop.practice.client() as client:
        headers = {"DPoP": desktop.proof("POST", path)}
        return client.post(path, json={"device_id": desktop.device_id, **body}, headers=headers)


def test_a_lost_laptop_gets_a_signed_order_and_says_what_it_did(desktop: Desktop) -> None:
    practice, order, wiped = desktop.practice, "/v1/devices/wipe-order", "/v1/devices/wiped"
    assert asked(desktop, order).json()["refusal"]["code"] == "wrong_state", "it is let in"
    assert asked(desktop, wiped, outcome="erased", unsent=0).json()["refusal"]["code"] == "device_not_enrolled"
    assert practice.run(revoke(practice.context.services.database, desktop.device_id))
    signed = asked(desktop, order).json()["order"]
    claims = practice.context.signing_key.claims(signed, WIPE_ORDER)
    assert claims["device_id"] == desktop.device_id
    assert claims["device_jkt"] == desktop.key.thumbprint()
    stranger = Desktop(practice, device_id=desktop.device_id)
    assert asked(stranger, order).json()["refusal"]["code"] == "device_not_enrolled", "another key"
    with practice.client() as client:
        assert client.post(order, json={"device_id": desktop.device_id}).json()["refusal"]["code"] == "proof_invalid"
    assert asked(desktop, wiped, outcome="kept_for_it", unsent=3).status_code == 204
    assert "device_wiped" in practice.actions()
