"""A wipe order is one only from the practice's key, for this device and its key."""

import json
from datetime import UTC, datetime

from joserfc import jws
from joserfc.jwk import ECKey

from desktop.link.wipe_orders import is_wipe_order
from wire.http import WIPE_ORDER, Jwk, WipeOrder

GATEWAY, LAPTOP, STRANGER = (ECKey.generate_key("P-256") for _ in range(3))


def public(key: ECKey) -> Jwk:
    return {name: str(value) for name, value in key.as_dict(private=False).items()}


def order(key: ECKey = GATEWAY, typ: str = WIPE_ORDER, *, device: str = "d1", jkt: str = "") -> str:
    claims = WipeOrder(
        device_id=device, device_jkt=jkt or LAPTOP.thumbprint(), issued_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    return jws.serialize_compact({"alg": "ES256", "typ": typ}, claims.model_dump_json().encode(), key)


def taken(untrusted: str, device_id: str = "d1") -> bool:
    return is_wipe_order(untrusted, public(GATEWAY), device_id, public(LAPTOP))


def test_an_order_is_the_practices_for_this_device_and_key() -> None:
    assert taken(order())
    assert not taken(order(STRANGER))
    assert not taken(order(typ="alcove-grant+jwt"))
    assert not taken(order(device="d2"))
    assert not taken(order(), "d2")
    assert not taken(order(jkt=STRANGER.thumbprint()))


def test_what_was_changed_or_is_none_is_no_order() -> None:
    head, body, signature = order().split(".")
    claims = json.dumps({"device_id": "d1"}).encode()
    forged = jws.serialize_compact({"alg": "ES256", "typ": WIPE_ORDER}, claims, GATEWAY)
    for untrusted in ("", "a.b.c", f"{head}.{body}.", f"{head}.{body}x.{signature}", forged):
        assert not taken(untrusted)
    assert not is_wipe_order(order(), {"kty": "EC"}, "d1", public(LAPTOP))
