"""Checks what proves a room's DTLS certificate: the gateway's grant and the room's signed media binding."""

from datetime import UTC, datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import ValidationError

from wire.http import Jwk
from wire.people import Role
from wire.signalling import BindingProblem, FeedOffer, GrantClaims, MediaBinding, fingerprints_in

ALGORITHMS = ["ES256"]
CLOCK_SLACK = timedelta(minutes=5)
"""A grant's end is the gateway's to enforce; a laptop's wrong clock must not end a visit."""


class Bindings:
    """Implements ports.MediaTrust with joserfc (RFC 7515, RFC 7638)."""

    def grant_claims(self, untrusted_grant: str, gateway_jwk: Jwk) -> GrantClaims | None:
        """The grant's claims when the gateway's key signed it and it is in force; else None."""
        try:
            payload = jws.deserialize_compact(
                untrusted_grant, ECKey.import_key(dict(gateway_jwk)), algorithms=ALGORITHMS
            ).payload
            claims = GrantClaims.model_validate_json(payload)
        except (JoseError, ValidationError, ValueError):
            return None
        return claims if datetime.now(UTC) < claims.expires_at + CLOCK_SLACK else None

    def check_offer(self, offer: FeedOffer, own_fingerprint: str, grant: GrantClaims) -> BindingProblem | None:
        """Why the room's offer is not proven, or None."""
        try:
            untrusted = jws.extract_compact(offer.binding.encode())
            untrusted_jwk = untrusted.headers().get("jwk")
            if not isinstance(untrusted_jwk, dict):
                return BindingProblem.SIGNATURE
            key = ECKey.import_key({name: str(value) for name, value in untrusted_jwk.items() if name != "d"})
            if key.thumbprint() != grant.room_jkt:
                return BindingProblem.UNCERTIFIED_KEY
            payload = jws.deserialize_compact(offer.binding, key, algorithms=ALGORITHMS).payload
            binding = MediaBinding.model_validate_json(payload)
        except (JoseError, ValidationError, ValueError):
            return BindingProblem.SIGNATURE
        return _compare(binding, offer, own_fingerprint, grant)

    def offered_fingerprint(self, offer: FeedOffer) -> str:
        """The one SHA-256 fingerprint of a proven offer."""
        (fingerprint,) = fingerprints_in(offer.sdp)
        return fingerprint


def _compare(
    binding: MediaBinding, offer: FeedOffer, own_fingerprint: str, grant: GrantClaims
) -> BindingProblem | None:
    same_connection = (
        binding.admission_id == grant.admission_id == offer.admission_id
        and binding.visit_id == grant.visit_id
        and binding.role is Role.ROOM
        and binding.nonce == grant.nonce
    )
    if not same_connection:
        return BindingProblem.OTHER_CONNECTION
    # The peer's view of our certificate and ours of its must agree: no other DTLS end can sit between.
    if binding.peer_fingerprint != own_fingerprint:
        return BindingProblem.FINGERPRINT
    if fingerprints_in(offer.sdp) != {binding.own_fingerprint}:
        return BindingProblem.FINGERPRINT
    return None
