"""How two WebRTC peers meet through the gateway, and how each proves its DTLS certificate to the other."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from wire.base import Fingerprint, Id, Jws, Line, Model, ReplaySeconds, Time
from wire.people import Role

Sdp = Annotated[str, StringConstraints(min_length=1, max_length=65_536)]


class MediaBinding(Model):
    """The claims that a peer signs (ES256) for one peer connection: who it is, and both DTLS fingerprints.

    The offerer signs when it offers, the answerer when it answers; each checks the other's before media is
    used. The signing key must be the one that the admission grant certifies, not one that the relay brings.
    """

    admission_id: Id
    visit_id: Id
    role: Role
    own_fingerprint: Fingerprint
    peer_fingerprint: Fingerprint
    nonce: Line
    gateway_time: Time


class GrantClaims(Model):
    """The claims of an admission grant, signed by the gateway's key; both peers check it."""

    admission_id: Id
    visit_id: Id
    person_id: Id
    person_name: Line
    device_id: Id
    device_jkt: Line
    """RFC 7638 SHA-256 thumbprint of the scribe's device key."""
    room_id: Id
    room_jkt: Line
    nonce: Line
    issued_at: Time
    expires_at: Time
    replay_seconds: ReplaySeconds = 0
    """So much of what was heard the scribe may hear again."""


class ListenerReady(Model):
    """Scribe to room: an admitted listener asks for the feed and announces its certificate."""

    type: Literal["listener_ready"] = "listener_ready"
    admission_id: Id
    connection_id: Id
    grant: Jws
    fingerprint: Fingerprint


class FeedOffer(Model):
    """Room to scribe: the browser offers, all candidates gathered, with its binding."""

    type: Literal["feed_offer"] = "feed_offer"
    admission_id: Id
    connection_id: Id
    sdp: Sdp
    binding: Jws


class FeedAnswer(Model):
    """Scribe to room: the answer with the device's binding."""

    type: Literal["feed_answer"] = "feed_answer"
    admission_id: Id
    connection_id: Id
    sdp: Sdp
    binding: Jws


class FeedClosed(Model):
    """Either side: this peer connection is over. An empty connection id closes all of the admission's."""

    type: Literal["feed_closed"] = "feed_closed"
    admission_id: Id
    connection_id: Line = ""
    reason: Line


class TalkHeard(Model):
    """Room to scribe: the page plays the scribe's sound to the room, or no longer does."""

    type: Literal["talk_heard"] = "talk_heard"
    admission_id: Id
    connection_id: Id
    heard: bool


Signal = Annotated[ListenerReady | FeedOffer | FeedAnswer | FeedClosed | TalkHeard, Field(discriminator="type")]


class BindingProblem(StrEnum):
    """Why a peer's binding was not accepted; no media is shown then."""

    SIGNATURE = "signature"
    UNCERTIFIED_KEY = "uncertified_key"
    OTHER_CONNECTION = "other_connection"
    FINGERPRINT = "fingerprint"
    EXPIRED = "expired"


def fingerprints_in(sdp: str) -> frozenset[str]:
    """Every DTLS fingerprint of an SDP as `SHA-256` pairs; other hashes come with their name, so they never match."""
    found = set()
    for line in sdp.splitlines():
        if line.startswith("a=fingerprint:"):
            name, _, value = line.removeprefix("a=fingerprint:").partition(" ")
            found.add(value.strip().upper() if name.lower() == "sha-256" else line)
    return frozenset(found)
