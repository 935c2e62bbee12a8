"""Canonical JSON (RFC 8785) and its SHA-256: the bytes that signatures cover."""

import hashlib
from typing import Any, cast

import rfc8785
from pydantic import BaseModel


def canonical_bytes(model: BaseModel) -> bytes:
    """The RFC 8785 bytes of a model's JSON form."""
    return rfc8785.dumps(cast("Any", model.model_dump(mode="json")))


def canonical_sha256(model: BaseModel) -> str:
    """SHA-256 over the canonical bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_bytes(model)).hexdigest()
