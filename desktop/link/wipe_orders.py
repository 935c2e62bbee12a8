"""Whether a wipe order is one: signed by the practice's key, and for this device and its key."""

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import ValidationError

from wire.http import WIPE_ORDER, Jwk, WipeOrder


def is_wipe_order(untrusted_order: str, gateway_jwk: Jwk, device_id: str, own_jwk: Jwk) -> bool:
    """Check a JWS (RFC 7515, ES256) over a WipeOrder; anything else is no order, and nothing is removed for it."""
    try:
        signed = jws.deserialize_compact(untrusted_order, ECKey.import_key(dict(gateway_jwk)), algorithms=["ES256"])
        order = WipeOrder.model_validate_json(signed.payload)
        jkt = ECKey.import_key(dict(own_jwk)).thumbprint()
    except (JoseError, ValidationError, ValueError):
        return False
    return signed.headers().get("typ") == WIPE_ORDER and (order.device_id, order.device_jkt) == (device_id, jkt)
