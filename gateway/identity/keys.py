"""P-256 keys: the gateway's own, which signs tokens and grants, and the public keys of devices and rooms.

The one place where JSON Web Signatures (RFC 7515) are made and checked; ES256 alone is accepted for our own.
"""

import binascii
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from gateway.envelope import KeyFileUnusable
from wire.http import Jwk

ES256 = "ES256"
_CURVE = "P-256"
_MEMBERS = ("kty", "crv", "x", "y")
_PRIVATE_MODE = 0o600


class TokenInvalid(Exception):
    """An untrusted token is not what it must be; `expired` when that is all that is wrong."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expired = expired


class PublicKey:
    """Somebody's P-256 public key."""

    def __init__(self, untrusted_jwk: Mapping[str, object]) -> None:
        """TokenInvalid when the JWK is no P-256 public key, or holds anything private."""
        if "d" in untrusted_jwk or untrusted_jwk.get("crv") != _CURVE or untrusted_jwk.get("kty") != "EC":
            raise TokenInvalid("jwk")
        members = {name: untrusted_jwk.get(name) for name in _MEMBERS}
        try:
            self._key = ECKey.import_key({name: value for name, value in members.items() if isinstance(value, str)})
        except (JoseError, ValueError, TypeError, binascii.Error) as error:
            raise TokenInvalid("jwk") from error
        self.jwk: Jwk = {name: str(value) for name, value in members.items()}
        self.jkt: str = self._key.thumbprint()
        """RFC 7638 SHA-256 thumbprint."""

    def verifies(self, data: bytes, untrusted_signature: str) -> bool:
        """Whether a raw ES256 signature (r||s, base64url) over `data` is this key's."""
        try:
            signature = urlsafe_b64decode(untrusted_signature.encode())
        except (ValueError, binascii.Error):
            return False
        return jws.default_registry.get_alg(ES256).verify(data, signature, self._key)

    def claims(self, untrusted_jws: str, typ: str) -> dict[str, Any]:
        """The claims of a compact JWS of that `typ` by this key; TokenInvalid else."""
        return _claims(untrusted_jws, self._key, typ)


class SigningKey:
    """The gateway's own key."""

    def __init__(self, key: ECKey) -> None:
        self._key = key
        public = key.as_dict(private=False)
        self.jwk: Jwk = {name: str(public[name]) for name in _MEMBERS}

    def sign(self, typ: str, claims: Mapping[str, Any]) -> str:
        """A compact JWS (ES256) of that `typ` over the claims as JSON."""
        return jwt.encode({"alg": ES256, "typ": typ}, dict(claims), self._key, algorithms=[ES256], default_type=None)

    def claims(self, untrusted_jws: str, typ: str) -> dict[str, Any]:
        """The claims of a compact JWS of that `typ` that this key signed; TokenInvalid else."""
        return _claims(untrusted_jws, self._key, typ)


def key_in_header(untrusted_jws: str) -> PublicKey:
    """The public key that a JWS brings in its header; it proves nothing before the signature is checked."""
    try:
        untrusted_jwk = jws.extract_compact(untrusted_jws.encode()).headers().get("jwk")
    except (JoseError, ValueError) as error:
        raise TokenInvalid("malformed") from error
    if not isinstance(untrusted_jwk, dict):
        raise TokenInvalid("jwk")
    return PublicKey(untrusted_jwk)


def check_claims(claims: dict[str, Any], now: datetime, *, leeway: int = 0, **options: jwt.ClaimsOption) -> None:
    """Check registered claims (RFC 7519) and the given options at `now`; TokenInvalid names the first wrong one."""
    registry = jwt.JWTClaimsRegistry(now=int(now.timestamp()), leeway=leeway, **options)
    try:
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise TokenInvalid("exp", expired=True) from error
    except JoseError as error:
        raise TokenInvalid(str(getattr(error, "claim", "") or "claims")) from error


def create_signing_key_file(path: Path) -> None:
    """Write a new signing key (PEM), readable by its owner alone; FileExistsError rather than replacing one."""
    pem = ECKey.generate_key(_CURVE).as_pem(private=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)


def read_signing_key(path: Path) -> SigningKey:
    """The key of a file; KeyFileUnusable when it is missing, open to others or no P-256 private key."""
    try:
        key = ECKey.import_key(read_private_file(path))
    except (JoseError, ValueError) as error:
        raise KeyFileUnusable(f"{path} holds no private key") from error
    if not key.is_private or key.curve_name != _CURVE:
        raise KeyFileUnusable(f"{path} holds no P-256 private key")
    return SigningKey(key)


def read_private_file(path: Path) -> bytes:
    """A secret's file; KeyFileUnusable when it is missing or others may read it."""
    try:
        status = path.stat()
        content = path.read_bytes()
    except OSError as error:
        raise KeyFileUnusable(f"{path} cannot be read") from error
    if os.name == "posix" and status.st_mode & 0o077:
        raise KeyFileUnusable(f"{path} is readable by others (mode {status.st_mode & 0o777:o}, expected 600)")
    return content


def _claims(untrusted_jws: str, key: ECKey, typ: str) -> dict[str, Any]:
    try:
        token = jwt.decode(untrusted_jws, key, algorithms=[ES256])
    except (JoseError, ValueError) as error:
        raise TokenInvalid("signature") from error
    if token.header.get("typ") != typ:
        raise TokenInvalid("typ")
    return token.claims
