"""The envelope: patient text rests in the database only as JWE under a key that lies outside it.

Format: compact JWE (RFC 7516), A256GCMKW + A256GCM. The protected header `ctx` names table and row, so that a
sealed value moved to another row does not open.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.registry import HeaderParameter

KEY_BYTES = 32
_ALGORITHMS = ("A256GCMKW", "A256GCM")
_PRIVATE_MODE = 0o600


class EnvelopeBroken(Exception):
    """A sealed value does not open: another key, another row, or damage. Our world is broken: tell the operator."""


class KeyFileUnusable(Exception):
    """The key file is missing, of the wrong length, or readable by others: tell the operator."""


class _Registry(jwe.JWERegistry):
    """joserfc's rules with our header; its 64 KiB bound would refuse to open what was sealed."""

    max_ciphertext_length = 2 * 1024 * 1024

    def __init__(self) -> None:
        context = HeaderParameter("The table and row that hold the value", "str", required=True)
        super().__init__({"ctx": context}, algorithms=_ALGORITHMS)


class Envelope:
    """Seals and opens column values; `context` is `table/row key` and must be the same for both."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise KeyFileUnusable(f"the key has {len(key)} bytes, not {KEY_BYTES}")
        self._key = OctKey.import_key(key)
        # Names the key without telling it: a rotation knows which values are still under the old one.
        self._kid = hashlib.sha256(b"alcove envelope key id\x00" + key).hexdigest()[:16]
        self._fingerprint_key = hashlib.sha256(b"alcove fingerprints\x00" + key).digest()
        self._registry = _Registry()

    @property
    def kid(self) -> str:
        """The key's id, safe to log."""
        return self._kid

    def fingerprint(self, data: bytes) -> str:
        """A keyed hash (HMAC-SHA256) that tells equal values apart from others without telling what they are."""
        return hmac.new(self._fingerprint_key, data, hashlib.sha256).hexdigest()

    def seal(self, data: bytes, context: str) -> str:
        """Encrypt for one place."""
        header = {"alg": "A256GCMKW", "enc": "A256GCM", "kid": self._kid, "ctx": context}
        return jwe.encrypt_compact(header, data, self._key, registry=self._registry)

    def open(self, sealed: str, context: str) -> bytes:
        """Decrypt what was sealed for this place; EnvelopeBroken when it was not."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, registry=self._registry)
        except (JoseError, ValueError) as error:
            raise EnvelopeBroken(context) from error
        if opened.protected.get("ctx") != context or opened.plaintext is None:
            raise EnvelopeBroken(context)
        return opened.plaintext


def create_key_file(path: Path) -> None:
    """Write a new random key, readable by its owner alone; FileExistsError rather than replacing one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def read_key_file(path: Path) -> Envelope:
    """The envelope of a key file; KeyFileUnusable when it is missing, open to others or no key."""
    try:
        status = path.stat()
        key = path.read_bytes()
    except OSError as error:
        raise KeyFileUnusable(str(path)) from error
    if os.name == "posix" and status.st_mode & 0o077:
        raise KeyFileUnusable(f"{path} is readable by others (mode {status.st_mode & 0o777:o}, expected 600)")
    return Envelope(key)
