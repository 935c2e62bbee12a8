"""Bodies of the gateway's HTTP calls. Each refusal is `{"refusal": {...}}` with a 4xx or 5xx status."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from wire.base import Count, Id, Jws, Line, Model, Name, Time
from wire.people import Person, Role
from wire.refusals import Refusal

Jwk = dict[str, str]
"""A public P-256 JSON Web Key (RFC 7517): kty, crv, x, y."""


class GatewayInfo(Model):
    """`GET /.well-known/alcove`: what a desktop needs before it signs in."""

    practice: Name
    phone: Line = ""
    """The practice's, as it stands under its letters."""
    zone: Line
    protocols: tuple[int, ...]
    issuer: Line
    client_id: Line
    scope: Line
    acr_values: Line = ""
    gateway_jwk: Jwk
    """The key that signs admission grants."""
    server_time: Time
    version: Line


class EnrollRequest(Model):
    """`POST /v1/devices/enroll`: spends a one-time code. `proof` is a DPoP proof (RFC 9449) of the device key."""

    code: Line
    device_name: Name
    proof: Jws


class EnrollReply(Model):
    """The device is enrolled."""

    device_id: Id


WIPE_ORDER = "alcove-wipe+jwt"
"""The `typ` of a wipe order's JWS."""


class WipeOrderRequest(Model):
    """`POST /v1/devices/wipe-order` with a DPoP proof header: a refused device asks whether it was taken out."""

    device_id: Id


class WipeOrderReply(Model):
    """The order of a revoked device: a JWS by the gateway's key over `WipeOrder`."""

    order: Jws


class WipeOrder(Model):
    """To erase from this device all that the gateway has."""

    device_id: Id
    device_jkt: Line
    issued_at: Time


class WipeOutcome(StrEnum):
    """What became of what only the device had."""

    NOTHING_UNSENT = "nothing_unsent"
    KEPT_FOR_IT = "kept_for_it"
    """It is on the device, sealed for the organisation's recovery key alone."""
    WAITS = "waits"
    """It is on the device until somebody there erases it."""
    ERASED = "erased"
    """Somebody there erased it, in two deliberate steps."""


class WipedReport(Model):
    """`POST /v1/devices/wiped` with a DPoP proof header: what the device did. `unsent`: edits and commands."""

    device_id: Id
    outcome: WipeOutcome
    unsent: Count


class NonceReply(Model):
    """`POST /v1/sign-in/nonce`."""

    nonce: Line
    expires_at: Time


class SignInRequest(Model):
    """`POST /v1/sign-in` with a DPoP proof header: the identity provider's ID token, posted once, never kept."""

    id_token: Annotated[Jws, Field(max_length=8_192)]
    device_id: Id


class RefreshRequest(Model):
    """`POST /v1/sign-in/refresh` with a DPoP proof header; the refresh token is spent by it."""

    refresh_token: Line


class TokenReply(Model):
    """Own tokens, bound to the device key (`cnf.jkt`)."""

    access_token: Jws
    access_expires_at: Time
    refresh_token: Line
    person: Person
    role: Role


class RefusalReply(Model):
    """The body of every refused call."""

    refusal: Refusal


class PairingCode(Model):
    """A code that a signed-in provider shows to pair a browser as an exam room."""

    code: Line
    room_name: Name
    expires_at: Time


class PairRoomRequest(Model):
    """`POST /room/pair`: the room's public key and the code."""

    code: Line
    jwk: Jwk


class PairRoomReply(Model):
    """The browser is this room now."""

    room_id: Id
    room_name: Name


class RoomChallengeReply(Model):
    """`POST /room/challenge`: a nonce that the room signs to open its session."""

    nonce: Line
    expires_at: Time


class RoomSessionRequest(Model):
    """`POST /room/session`: the nonce signed (ES256, raw r||s, base64url) with the room's key."""

    room_id: Id
    nonce: Line
    signature: Line
