"""The device's P-256 key: identity only, kept in the keyring; losing it never locks a draft."""

from functools import cached_property

from desktop.secure_store.keyring_call import DEVICE_SERVICE
from desktop.secure_store.keys import Ring
from wire.http import Jwk


class DeviceKey:
    """Implements ports.Signer. The private key stays inside; `provenance` says where it rests."""

    provenance = "keyring"

    def __init__(self, private_der: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.serialization import load_der_private_key

        key = load_der_private_key(private_der, password=None)
        if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise ValueError("not a P-256 key")
        self._key = key

    @cached_property
    def public_jwk(self) -> Jwk:
        """The public key as a JWK (RFC 7517)."""
        from joserfc.jwk import ECKey

        return {
            name: str(value) for name, value in ECKey.import_key(self._key.public_key()).as_dict(private=False).items()
        }

    def sign(self, data: bytes) -> bytes:
        """ES256 over `data`: 64 bytes, r||s (RFC 7518 section 3.4)."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
        from cryptography.hazmat.primitives.hashes import SHA256

        r, s = decode_dss_signature(self._key.sign(data, ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jws(self, claims: dict[str, object], header: dict[str, object] | None = None) -> str:
        """A compact JWS (ES256) over the claims, the public key in the header's `jwk`."""
        import json

        from joserfc import jws
        from joserfc.jwk import ECKey

        protected = {"alg": "ES256", "jwk": self.public_jwk, **(header or {})}
        payload = json.dumps(claims, separators=(",", ":")).encode()
        return jws.serialize_compact(protected, payload, ECKey.import_key(self._key), algorithms=["ES256"])


def load_device_key(ring: Ring, vault_id: str) -> DeviceKey:
    """The device key of this vault, made on first use; blocks on the keyring."""
    from base64 import b64decode, b64encode

    stored = ring.get_password(DEVICE_SERVICE, vault_id)
    if stored is None:
        der = _new_private_der()
        ring.set_password(DEVICE_SERVICE, vault_id, b64encode(der).decode())
        return DeviceKey(der)
    return DeviceKey(b64decode(stored))


def _new_private_der() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
