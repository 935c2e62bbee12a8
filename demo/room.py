"""A headless exam room: what the page's room half does, without a browser. Plays the scripted visit through aiortc.

`python -m demo.room` reads words from standard input (`consent`, `start`, `stop`) and says what happens.
"""

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aioice.ice
import httpx2
import websockets
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from demo.scene import SceneTrack, SpeechTrack, Stopwatch, speak
from demo.script import Script, load_script
from wire.commands import RecordConsent, RoomCommand, StartCapture, StopCapture
from wire.http import GatewayInfo, PairRoomReply, PairRoomRequest, RoomChallengeReply, RoomSessionRequest
from wire.ids import new_id
from wire.live import CommandRefused, FollowVisit, GatewayFrame, Hello, RoomOrder, SendSignal, Signalled, Visits
from wire.people import Role
from wire.protocol import SPOKEN
from wire.signalling import (
    FeedAnswer,
    FeedClosed,
    FeedOffer,
    GrantClaims,
    ListenerReady,
    MediaBinding,
    Signal,
    fingerprints_in,
)
from wire.visits import VisitSummary

FRAME: TypeAdapter[GatewayFrame] = TypeAdapter(GatewayFrame)
ALGORITHMS = ["ES256"]
_host_addresses = aioice.ice.get_host_addresses


def offer_loopback() -> None:
    """Offer 127.0.0.1 too: room and desktop are on one machine here, perhaps one without a network."""
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [*_host_addresses(use_ipv4, use_ipv6), "127.0.0.1"]


@dataclass(slots=True)
class Listener:
    """One scribe's peer connection."""

    pc: RTCPeerConnection
    grant: GrantClaims
    own_fingerprint: str
    peer_fingerprint: str


class HeadlessRoom:
    """A paired room: session, live channel, one visit, any number of listeners."""

    def __init__(self, address: str, script: Script, key: ECKey | None = None) -> None:
        self._address = address.rstrip("/")
        self._script = script
        self._key = key or ECKey.generate_key("P-256")
        self._http = httpx2.AsyncClient(headers={"Origin": self._origin()})
        self._watch = Stopwatch()
        self.voice_on_listener = False
        """Voice the script once somebody listens, not at Start."""
        self._speech = speak(script)
        self._listeners: dict[str, Listener] = {}
        self._line: ClientConnection | None = None
        self._info: GatewayInfo | None = None
        self.room: PairRoomReply | None = None
        self.visit: VisitSummary | None = None
        self.has_visits = asyncio.Event()
        self.refusals: list[str] = []

    def _origin(self) -> str:
        parts = urlsplit(self._address)
        return f"{parts.scheme}://{parts.netloc}"

    # --- pairing and session -----------------------------------------------------------------------------------------

    async def pair(self, code: str) -> PairRoomReply:
        """Spend a pairing code for this room's key."""
        self._info = GatewayInfo.model_validate_json(await self._get("/.well-known/alcove"))
        jwk = {k: str(v) for k, v in self._key.as_dict(private=False).items() if k in ("kty", "crv", "x", "y")}
        reply = await self._post("/room/pair", PairRoomRequest(code=code, jwk=jwk).model_dump_json())
        self.room = PairRoomReply.model_validate_json(reply)
        return self.room

    async def open_session(self) -> None:
        """Prove the key and take the room's cookie."""
        if self.room is None:
            raise RuntimeError("pair first")
        nonce = RoomChallengeReply.model_validate_json(await self._post("/room/challenge", "")).nonce
        signature = sign_bare(self._key, nonce.encode())
        body = RoomSessionRequest(room_id=self.room.room_id, nonce=nonce, signature=signature)
        await self._post("/room/session", body.model_dump_json())

    async def _get(self, path: str) -> bytes:
        reply = await self._http.get(self._address + path)
        reply.raise_for_status()
        return bytes(reply.content)

    async def _post(self, path: str, body: str) -> bytes:
        reply = await self._http.post(
            self._address + path, content=body or None, headers={"Content-Type": "application/json"}
        )
        if reply.is_error:
            raise RuntimeError(f"{path}: {reply.status_code} {reply.text}")
        return bytes(reply.content)

    # --- the live channel -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve the live channel until cancelled; it is opened again when it drops."""
        while True:
            with suppress(websockets.WebSocketException, OSError):
                await self._serve()
            await asyncio.sleep(0.3)

    async def _serve(self) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        url = "ws" + self._address.removeprefix("http") + "/room/live"
        headers = {"Cookie": cookies, "Origin": self._origin()}
        async with connect(url, additional_headers=headers, proxy=None) as line:
            self._line = line
            await line.send(Hello(protocols=SPOKEN, app="demo room").model_dump_json())
            async for text in line:
                await self._take(FRAME.validate_json(text))

    async def _take(self, frame: GatewayFrame) -> None:
        match frame:
            case Visits(visits=visits):
                first = self.visit is None
                own = [v for v in visits if self.room and v.room.room_id == self.room.room_id]
                self.visit = own[0] if own else None
                if first and self.visit is not None:
                    await self._send(FollowVisit(visit_id=self.visit.visit_id))
                    self.has_visits.set()
            case Signalled(signal=signal):
                await self._on_signal(signal)
            case CommandRefused(refusal=refusal):
                self.refusals.append(refusal.code.value)
                print(f"refused {refusal.code.value}", flush=True)
            case _:
                pass

    async def _send(self, frame: Hello | FollowVisit | RoomOrder | SendSignal) -> None:
        if self._line is not None:
            await self._line.send(frame.model_dump_json())

    async def _command(self, command: RoomCommand) -> None:
        if self.visit is not None:
            await self._send(RoomOrder(command_id=new_id(), visit_id=self.visit.visit_id, command=command))

    async def consent(self) -> None:
        """Record what the script's patient decides."""
        consent = self._script.provider.consent
        await self._command(RecordConsent(decision=consent.decision, by=consent.by, how=consent.how))

    async def start(self) -> None:
        """Press Start: from now on the script is voiced."""
        if not self.voice_on_listener:
            self._watch.start()
        await self._command(StartCapture())

    async def stop(self) -> None:
        """Press Stop: every listener's connection is closed."""
        await self._command(StopCapture())
        for connection_id in list(self._listeners):
            await self._close(connection_id)

    # --- listeners --------------------------------------------------------------------------------------------

    async def _on_signal(self, signal: Signal) -> None:
        match signal:
            case ListenerReady():
                await self._offer(signal)
            case FeedAnswer():
                await self._accept(signal)
            case FeedClosed(connection_id=connection_id):
                for name in [connection_id] if connection_id else list(self._listeners):
                    await self._close(name)
            case FeedOffer():
                pass

    async def _offer(self, ready: ListenerReady) -> None:
        grant = self._proven_grant(ready)
        if grant is None or self.visit is None or self._info is None:
            print("ungranted listener", flush=True)
            return
        if ready.connection_id in self._listeners:
            return
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        pc.addTransceiver(SceneTrack(self._script, self._watch, self.visit.room.name), direction="sendonly")
        pc.addTransceiver(SpeechTrack(self._speech, self._watch), direction="sendonly")
        await pc.setLocalDescription(await pc.createOffer())
        (own,) = fingerprints_in(pc.localDescription.sdp) & {_fingerprint_of(pc)}
        self._listeners[ready.connection_id] = Listener(pc, grant, own, ready.fingerprint)
        binding = MediaBinding(
            admission_id=grant.admission_id,
            visit_id=grant.visit_id,
            role=Role.ROOM,
            own_fingerprint=own,
            peer_fingerprint=ready.fingerprint,
            nonce=grant.nonce,
            gateway_time=grant.issued_at,
        )
        offer = FeedOffer(
            admission_id=grant.admission_id,
            connection_id=ready.connection_id,
            sdp=only_sha256(pc.localDescription.sdp),
            binding=self._sign(binding),
        )
        await self._send(SendSignal(visit_id=grant.visit_id, signal=offer))

    async def _accept(self, answer: FeedAnswer) -> None:
        listener = self._listeners.get(answer.connection_id)
        if listener is None:
            return
        if not self._proven_answer(answer, listener):
            print("unproven answer", flush=True)
            await self._close(answer.connection_id)
            return
        await listener.pc.setRemoteDescription(RTCSessionDescription(sdp=answer.sdp, type="answer"))
        if self._watch.seconds == 0.0:
            self._watch.start()
        print("listening", flush=True)

    async def _close(self, connection_id: str) -> None:
        listener = self._listeners.pop(connection_id, None)
        if listener is not None:
            await listener.pc.close()
            print("closed", flush=True)

    def _proven_grant(self, ready: ListenerReady) -> GrantClaims | None:
        if self._info is None or self.visit is None or self.room is None:
            return None
        try:
            key = ECKey.import_key(dict(self._info.gateway_jwk))
            grant = GrantClaims.model_validate_json(
                jws.deserialize_compact(ready.grant, key, algorithms=ALGORITHMS).payload
            )
        except ValueError:
            return None
        fits = grant.visit_id == self.visit.visit_id and grant.room_id == self.room.room_id
        return grant if fits and grant.room_jkt == self._key.thumbprint() else None

    def _proven_answer(self, answer: FeedAnswer, listener: Listener) -> bool:
        untrusted = jws.extract_compact(answer.binding.encode())
        key = ECKey.import_key(untrusted.headers()["jwk"])
        if key.thumbprint() != listener.grant.device_jkt:
            return False
        claims = MediaBinding.model_validate_json(
            jws.deserialize_compact(answer.binding, key, algorithms=ALGORITHMS).payload
        )
        return (
            claims.nonce == listener.grant.nonce
            and claims.role is Role.SCRIBE
            and claims.own_fingerprint == listener.peer_fingerprint
            and claims.peer_fingerprint == listener.own_fingerprint
            and listener.peer_fingerprint in fingerprints_in(answer.sdp)
        )

    def _sign(self, binding: MediaBinding) -> str:
        public = {k: v for k, v in self._key.as_dict(private=False).items() if k in ("kty", "crv", "x", "y")}
        payload = json.dumps(binding.model_dump(mode="json")).encode()
        return jws.serialize_compact({"alg": "ES256", "jwk": public}, payload, self._key, algorithms=ALGORITHMS)

    async def close(self) -> None:
        """Close every connection."""
        for connection_id in list(self._listeners):
            await self._close(connection_id)
        await self._http.aclose()


def sign_bare(key: ECKey, data: bytes) -> str:
    """ES256 over the data itself: r||s, base64url without padding."""
    from base64 import urlsafe_b64encode

    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    private = key.private_key
    if private is None:
        raise ValueError("a public key cannot sign")
    r, s = decode_dss_signature(private.sign(data, ECDSA(SHA256())))
    return urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()


def only_sha256(sdp: str) -> str:
    """aiortc lists three hashes of its certificate; the binding is over the SHA-256 one."""
    kept = [
        line
        for line in sdp.split("\r\n")
        if not line.startswith("a=fingerprint:") or line.startswith("a=fingerprint:sha-256 ")
    ]
    return "\r\n".join(kept)


def _fingerprint_of(pc: RTCPeerConnection) -> str:
    certificate = pc._RTCPeerConnection__certificates[0]  # type: ignore[attr-defined]  # noqa: SLF001  # no public way
    return next(str(f.value).upper() for f in certificate.getFingerprints() if f.algorithm == "sha-256")


async def _play(room: HeadlessRoom, code: str) -> None:
    paired = await room.pair(code)
    await room.open_session()
    serving = asyncio.create_task(room.run())
    await asyncio.wait_for(room.has_visits.wait(), 30)
    print(f"ready {paired.room_name}", flush=True)
    words = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    actions = {b"consent": room.consent, b"start": room.start, b"stop": room.stop}
    while word := (await words.readline()).strip():
        await actions[word]()
        print(f"did {word.decode()}", flush=True)
    serving.cancel()
    await room.close()


def main(arguments: list[str] | None = None) -> int:
    """Run a room until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m demo.room", description=__doc__)
    parser.add_argument("--gateway", required=True)
    parser.add_argument("--code", required=True)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--voice-on-listener", action="store_true", help="voice the script once somebody listens")
    options = parser.parse_args(arguments)
    script = Script.model_validate_json(options.script.read_text()) if options.script else load_script()
    offer_loopback()
    room = HeadlessRoom(options.gateway, script)
    room.voice_on_listener = options.voice_on_listener
    asyncio.run(_play(room, options.code))
    return 0


if __name__ == "__main__":
    sys.exit(main())
