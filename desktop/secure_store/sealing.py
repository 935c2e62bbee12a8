"""Seals a few bytes to a public key, so that whoever seals needs no secret: HPKE (RFC 9180) by the cryptography
package, with X25519, HKDF-SHA256 and AES-256-GCM. Keys are their 32 raw bytes (RFC 7748).

`what` is bound into the seal (HPKE's info): a seal that was moved to another place does not open there.
"""

from base64 import b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hpke import Suite

KEY_BYTES = 32


def new_private() -> bytes:
    """A fresh private key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.generate().private_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public key of a private one."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(public: bytes, what: str, data: bytes) -> bytes:
    """Seal `data` so that only the private key opens it."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return _suite().encrypt(data, X25519PublicKey.from_public_bytes(public), info=what.encode())


def unseal(private: bytes, what: str, sealed: bytes) -> bytes | None:
    """What was sealed; None when it was sealed for another key or place, or changed since."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    try:
        return _suite().decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=what.encode())
    except (InvalidTag, ValueError):
        return None


def public_from_text(text: str) -> bytes | None:
    """A public key as policy has it (base64 of its 32 bytes); None when it is none."""
    try:
        public = b64decode(text, validate=True)
    except ValueError:
        return None
    return public if len(public) == KEY_BYTES and any(public) else None


def _suite() -> "Suite":
    from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
