"""The feed from the browser to a real listener (aiortc), and every way in which it must not begin.

The listener stands in for the desktop's media process: it signs with its own device key and answers the room's offer.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aioice.ice
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcdtlstransport import RTCCertificate
from joserfc import jws
from joserfc.jwk import ECKey
from playwright.async_api import Page, expect
from websockets.asyncio.client import ClientConnection, connect

from tests.gateway.pages import scenes
from tests.gateway.pages.conftest import Browsing
from tests.gateway.pages.edge import Edge
from tests.gateway.world import World
from wire.record import ConsentDecision
from wire.signalling import FeedAnswer, FeedOffer, ListenerReady, MediaBinding

pytestmark = pytest.mark.anyio
SECONDS = 15


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Candidates on loopback, so that the test needs no network."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


@dataclass(slots=True)
class Listener:
    """A scribe's desktop, as far as the room can tell."""

    edge: Edge
    socket: ClientConnection
    admission_id: str
    device: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    connection_id: str = field(default_factory=lambda: secrets.token_hex(8))
    pc: RTCPeerConnection = field(default_factory=lambda: RTCPeerConnection(RTCConfiguration(iceServers=[])))
    tracks: list[Any] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        certificates: list[RTCCertificate] = self.pc._RTCPeerConnection__certificates  # type: ignore[attr-defined]
        found = [one.value for one in certificates[0].getFingerprints() if one.algorithm == "sha-256"]
        return found[0].upper()

    async def ready(self, grant: str = "", admission_id: str = "") -> None:
        grant = grant or self.edge.grant(self.admission_id, self.device.thumbprint())
        signal = ListenerReady(
            admission_id=admission_id or self.admission_id,
            connection_id=self.connection_id,
            grant=grant,
            fingerprint=self.fingerprint,
        )
        await self.send(signal.model_dump(mode="json"))

    async def send(self, signal: dict[str, object]) -> None:
        frame = {"type": "signal", "visit_id": self.edge.world.visit_id, "signal": signal}
        await self.socket.send(json.dumps(frame))

    async def signal(self) -> dict[str, Any]:
        """The room's next signal to this listener."""
        while True:
            frame = json.loads(await asyncio.wait_for(self.socket.recv(), SECONDS))
            assert frame["type"] != "refused", frame
            if frame["type"] == "signalled":
                return dict(frame["signal"])

    async def offer(self) -> FeedOffer:
        return FeedOffer.model_validate(await self.signal())

    async def answer(self, offer: FeedOffer, **changes: str) -> None:
        """Answer with a binding of the device key; `changes` replace claims."""
        self.pc.on("track", self.tracks.append)
        await self.pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        answer = await self.pc.createAnswer()
        assert answer is not None
        await self.pc.setLocalDescription(answer)
        sdp = self.pc.localDescription.sdp
        claims = self.claims(offer) | changes
        await self.send(self.signed(claims, sdp))

    def claims(self, offer: FeedOffer) -> dict[str, str]:
        room = read_binding(offer.binding)
        binding = MediaBinding(
            admission_id=offer.admission_id,
            visit_id=self.edge.world.visit_id,
            role="scribe",
            own_fingerprint=self.fingerprint,
            peer_fingerprint=room["own_fingerprint"],
            nonce=room["nonce"],
            gateway_time=datetime.now(UTC),
        )
        return dict(binding.model_dump(mode="json"))

    def signed(self, claims: dict[str, str], sdp: str, key: ECKey | None = None) -> dict[str, object]:
        key = key or self.device
        header = {"alg": "ES256", "jwk": key.as_dict(private=False)}
        binding = jws.serialize_compact(header, json.dumps(claims).encode(), key)
        answer = FeedAnswer(admission_id=self.admission_id, connection_id=self.connection_id, sdp=sdp, binding=binding)
        return dict(answer.model_dump(mode="json"))


def read_binding(binding: str) -> dict[str, str]:
    """A binding's claims, its signature checked with the key in its header."""
    header = jws.extract_compact(binding.encode()).headers()
    return dict(json.loads(jws.deserialize_compact(binding, ECKey.import_key(header["jwk"])).payload))


@pytest.fixture
async def room(browsing: Browsing, edge: Edge) -> Page:
    """A room in which capture runs."""
    page = await scenes.open_room(browsing, edge)
    await scenes.choose_patient(page)
    await scenes.agree(page)
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await scenes.settled(page)
    return page


@pytest.fixture
async def listener(room: Page, edge: Edge, world: World) -> AsyncIterator[Listener]:
    """An admitted scribe on the live channel."""
    async with connect(edge.address.replace("http", "ws") + "/v1/live") as socket:
        await socket.send(json.dumps({"type": "hello", "protocols": [1], "app": "test"}))
        made = Listener(edge, socket, await world.admit())
        yield made
        await made.pc.close()


async def test_the_listener_sees_and_hears_the_room_after_both_proofs(
    room: Page, listener: Listener, edge: Edge
) -> None:
    await listener.ready()
    offer = await listener.offer()
    claims = read_binding(offer.binding)
    assert claims["role"] == "room"
    assert claims["peer_fingerprint"] == listener.fingerprint
    assert f"a=fingerprint:sha-256 {claims['own_fingerprint']}" in offer.sdp
    header = jws.extract_compact(offer.binding.encode()).headers()
    assert header["jwk"]["x"] == edge.room_keys[edge.world.room.id]["x"]
    assert offer.sdp.count("a=sendonly") == 1
    assert "a=sendrecv" in offer.sdp.split("m=audio")[1].split("m=video")[0]
    assert "a=candidate" in offer.sdp
    video = offer.sdp.split("m=video")[1]
    first = video.split()[2]
    assert f"a=rtpmap:{first} VP8/90000" in video
    await listener.answer(offer)
    async with asyncio.timeout(SECONDS):
        kinds = {track.kind: track for track in listener.tracks}  # aiortc has them once the offer is taken
        picture, sound = await kinds["video"].recv(), await kinds["audio"].recv()
    assert (picture.width, picture.height) >= (320, 180)
    assert sound.sample_rate == 48_000
    await room.get_by_role("button", name="Stop").click()
    closed = await listener.signal()
    assert (closed["type"], closed["reason"]) == ("feed_closed", "stopped")


async def test_a_lost_offer_is_sent_again_when_asked_for(listener: Listener) -> None:
    await listener.ready()
    first = await listener.offer()
    await listener.ready()
    assert await listener.offer() == first


@pytest.mark.parametrize("wrong", ["key", "visit", "room", "room_key", "time", "person"])
async def test_a_grant_that_is_not_for_here_gets_no_offer(
    room: Page, listener: Listener, edge: Edge, wrong: str
) -> None:
    past = (edge.world.clock() - timedelta(minutes=2)).isoformat()
    changes = {
        "visit": {"visit_id": "another"},
        "room": {"room_id": "another"},
        "room_key": {"room_jkt": "another"},
        "time": {"expires_at": past},
        "person": {"person_id": "another"},
    }
    real = edge.key
    if wrong == "key":
        edge.key = ECKey.generate_key("P-256")
    grant = edge.grant(listener.admission_id, listener.device.thumbprint(), **changes.get(wrong, {}))
    edge.key = real
    await listener.ready(grant)
    assert (await listener.signal())["reason"] == "grant_refused"
    await expect(room.get_by_text("A listener without a valid admission asked")).to_be_visible()


@pytest.mark.parametrize("wrong", ["key", "nonce", "own_fingerprint", "peer_fingerprint", "role", "sdp", "direction"])
async def test_an_answer_without_its_proof_gets_no_media(room: Page, listener: Listener, wrong: str) -> None:
    other = ":".join(["AB"] * 32)
    await listener.ready()
    offer = await listener.offer()
    await listener.pc.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
    answer = await listener.pc.createAnswer()
    assert answer is not None
    await listener.pc.setLocalDescription(answer)
    sdp, claims, key = listener.pc.localDescription.sdp, listener.claims(offer), listener.device
    match wrong:
        case "key":
            key = ECKey.generate_key("P-256")
        case "sdp":
            sdp = sdp.replace(listener.fingerprint, other)
        case "direction":
            sdp = sdp.replace("a=recvonly", "a=sendrecv")
        case "role":
            claims["role"] = "room"
        case _:
            claims[wrong] = other
    await listener.send(listener.signed(claims, sdp, key))
    reasons = {
        "key": "uncertified_key",
        "nonce": "other_connection",
        "role": "other_connection",
        "direction": "direction",
    }
    assert (await listener.signal())["reason"] == reasons.get(wrong, "fingerprint")
    await expect(room.get_by_text("A listener could not prove their laptop")).to_be_visible()
    assert listener.pc.connectionState != "connected"


async def test_consent_withdrawn_closes_the_feed(room: Page, listener: Listener, world: World) -> None:
    await listener.ready()
    await listener.answer(await listener.offer())
    withdrawn = scenes.AGREED.model_copy(update={"decision": ConsentDecision.WITHDRAWN})
    scenes.accepted(await world.in_room(withdrawn))
    closed = await listener.signal()
    assert (closed["type"], closed["reason"]) == ("feed_closed", "consent withdrawn")
    await expect(room.locator("#on-air")).to_have_text("○ Camera and microphone off")
