"""Whose picture and sound are shown: every way in which a room's offer can be unproven, with real signatures."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from desktop.link.bindings import CLOCK_SLACK, Bindings
from tests.desktop.link.conftest import new_key
from wire.people import Role
from wire.signalling import BindingProblem, FeedOffer, GrantClaims, MediaBinding

NOW = datetime.now(UTC)
OURS = ":".join(["AA"] * 32)
ROOMS = ":".join(["BB"] * 32)
OTHERS = ":".join(["CC"] * 32)
GATEWAY, ROOM, OTHER = new_key(), new_key(), new_key()
TRUST = Bindings()


def thumbprint(jwk: Mapping[str, str]) -> str:
    return str(ECKey.import_key(dict(jwk)).thumbprint())


def grant(**changes: object) -> GrantClaims:
    claims: dict[str, Any] = {
        "admission_id": "adm-1", "visit_id": "v1", "person_id": "p1", "person_name": "J. Santos",
        "device_id": "d1", "device_jkt": "x", "room_id": "r4", "room_jkt": thumbprint(ROOM.public_jwk),
        "nonce": "n1", "issued_at": NOW, "expires_at": NOW + timedelta(minutes=5),
    }  # fmt: skip
    return GrantClaims.model_validate({**claims, **changes})


def binding(**changes: object) -> dict[str, object]:
    claims: dict[str, object] = {
        "admission_id": "adm-1", "visit_id": "v1", "role": Role.ROOM, "own_fingerprint": ROOMS,
        "peer_fingerprint": OURS, "nonce": "n1", "gateway_time": NOW,
    }  # fmt: skip
    return MediaBinding.model_validate({**claims, **changes}).model_dump(mode="json")


def sdp(*fingerprints: str) -> str:
    lines = ["v=0", *(f"a=fingerprint:{f}" for f in fingerprints or (f"sha-256 {ROOMS}",))]
    return "\r\n".join(lines) + "\r\n"


def offer(signed: str, text: str = "", admission_id: str = "adm-1") -> FeedOffer:
    return FeedOffer(admission_id=admission_id, connection_id="c1", sdp=text or sdp(), binding=signed)


def test_a_proven_offer_is_taken() -> None:
    proven = offer(ROOM.jws(binding()))
    assert TRUST.check_offer(proven, OURS, grant()) is None
    assert TRUST.offered_fingerprint(proven) == ROOMS


def test_fingerprints_are_compared_whatever_their_case() -> None:
    assert TRUST.check_offer(offer(ROOM.jws(binding()), sdp(f"SHA-256 {ROOMS.lower()}")), OURS, grant()) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"admission_id": "adm-2"},
        {"visit_id": "v2"},
        {"role": Role.SCRIBE},
        {"role": Role.PROVIDER},
        {"nonce": "n2"},
    ],
)
def test_a_binding_for_another_connection(changes: dict[str, object]) -> None:
    signed = offer(ROOM.jws(binding(**changes)))
    assert TRUST.check_offer(signed, OURS, grant()) is BindingProblem.OTHER_CONNECTION


def test_an_offer_or_a_grant_of_another_admission() -> None:
    signed = ROOM.jws(binding())
    assert TRUST.check_offer(offer(signed, admission_id="adm-2"), OURS, grant()) is BindingProblem.OTHER_CONNECTION
    assert TRUST.check_offer(offer(signed), OURS, grant(admission_id="adm-2")) is BindingProblem.OTHER_CONNECTION


@pytest.mark.parametrize(
    "text",
    [
        sdp(f"sha-256 {OTHERS}"),
        sdp(f"sha-256 {ROOMS}", f"sha-256 {OTHERS}"),
        sdp(f"sha-256 {ROOMS}", "sha-1 AA:BB"),
        "v=0\r\n",
    ],
)
def test_a_certificate_that_was_not_signed(text: str) -> None:
    assert TRUST.check_offer(offer(ROOM.jws(binding()), text), OURS, grant()) is BindingProblem.FINGERPRINT


def test_a_room_that_sees_another_certificate_than_ours() -> None:
    signed = offer(ROOM.jws(binding(peer_fingerprint=OTHERS)))
    assert TRUST.check_offer(signed, OURS, grant()) is BindingProblem.FINGERPRINT


def test_a_key_that_the_gateway_did_not_certify() -> None:
    assert TRUST.check_offer(offer(OTHER.jws(binding())), OURS, grant()) is BindingProblem.UNCERTIFIED_KEY


def certified_jwk_signed_by_other() -> str:
    return OTHER.jws(binding(), {"jwk": ROOM.public_jwk})


def no_jwk() -> str:
    private = ECKey.generate_key("P-256")
    return jws.serialize_compact({"alg": "ES256"}, b"{}", private, algorithms=["ES256"])


def unsigned() -> str:
    head, payload, _ = ROOM.jws(binding()).split(".")
    return f"{head}.{payload}.{'A' * 86}"


def altered() -> str:
    head, _, signature = ROOM.jws(binding()).split(".")
    return ".".join((head, ROOM.jws(binding(nonce="n2")).split(".")[1], signature))


def shared_key_algorithm() -> str:
    secret = OctKey.import_key(str(ROOM.public_jwk["x"]))
    header = {"alg": "HS256", "jwk": ROOM.public_jwk}
    return jws.serialize_compact(header, b"{}", secret, algorithms=["HS256"])


def not_a_binding() -> str:
    return ROOM.jws({"hello": 1})


def more_than_a_binding() -> str:
    return ROOM.jws({**binding(), "more": 1})


def empty_jwk() -> str:
    return ROOM.jws(binding(), {"jwk": {}})


def other_curve() -> str:
    private = ECKey.generate_key("P-384")
    header = {"alg": "ES384", "jwk": private.as_dict(private=False)}
    return jws.serialize_compact(header, b"{}", private, algorithms=["ES384"])


@pytest.mark.parametrize(
    "make",
    [
        certified_jwk_signed_by_other,
        no_jwk,
        unsigned,
        altered,
        shared_key_algorithm,
        not_a_binding,
        more_than_a_binding,
        empty_jwk,
        other_curve,
    ],
)
def test_a_signature_that_proves_nothing(make: Any) -> None:  # noqa: ANN401  # parametrized functions
    problem = TRUST.check_offer(offer(make()), OURS, grant())
    expected = BindingProblem.UNCERTIFIED_KEY if make is other_curve else BindingProblem.SIGNATURE
    assert problem is expected


def test_the_gateways_grant_is_read() -> None:
    token = GATEWAY.jws(grant().model_dump(mode="json"))
    assert TRUST.grant_claims(token, GATEWAY.public_jwk) == grant()


def test_a_grant_of_somebody_else_is_none() -> None:
    token = OTHER.jws(grant().model_dump(mode="json"))
    assert TRUST.grant_claims(token, GATEWAY.public_jwk) is None
    assert TRUST.grant_claims("a.b.c", GATEWAY.public_jwk) is None
    assert TRUST.grant_claims(GATEWAY.jws({}), GATEWAY.public_jwk) is None
    assert TRUST.grant_claims(token, {"kty": "EC"}) is None


def test_a_grant_ends_with_slack_for_a_wrong_clock() -> None:
    past = datetime.now(UTC) - CLOCK_SLACK  # the tests before it may have taken a while
    fresh = GATEWAY.jws(grant(expires_at=past + timedelta(minutes=1)).model_dump(mode="json"))
    stale = GATEWAY.jws(grant(expires_at=past - timedelta(seconds=1)).model_dump(mode="json"))
    assert TRUST.grant_claims(fresh, GATEWAY.public_jwk) is not None
    assert TRUST.grant_claims(stale, GATEWAY.public_jwk) is None
