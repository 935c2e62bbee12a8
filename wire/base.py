"""The one base of every wire model, and the bounded kinds of field that messages are made of."""

from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

MAX_TEXT_CHARS = 4_000
MAX_ADDENDUM_CHARS = 20_000
MAX_LAYER_BYTES = 48 * 1024
"""A layer goes in one call's body, and into the record of each visit that it shapes."""
MAX_UPDATE_BYTES = 256 * 1024
MAX_FRAME_BYTES = 512 * 1024
MAX_REPLAY_SECONDS = 600
"""No policy lets a listener keep more of what was heard."""


class Model(BaseModel):
    """A frozen message: unknown fields are refused, the validator is built at its first use."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, ser_json_bytes="base64", val_json_bytes="base64"
    )


DEFERRED = ConfigDict(defer_build=True)
"""For a TypeAdapter: its validator too is built at its first use."""

Id = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:|-]+$")]
"""An opaque identifier. Ours are UUIDv7 (wire.ids.new_id); it is never parsed and never ordered by."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Line = Annotated[str, StringConstraints(max_length=300)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS)]
AddendumText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ADDENDUM_CHARS)]
"""Longer than a message: late edits may be taken into it whole."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 as 64 lower-case hexadecimal digits."""

Fingerprint = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{2}(:[0-9A-F]{2}){31}$")]
"""A SHA-256 DTLS certificate fingerprint as in RFC 8122: upper-case pairs with colons."""

Jws = Annotated[str, StringConstraints(max_length=8_192, pattern=r"^[\w-]+\.[\w-]+\.[\w-]+$")]
"""A JSON Web Signature in compact form (RFC 7515)."""

Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A position, number or version: exact in JSON for every party (RFC 8259 section 6) and in every database."""

LayerJson = Annotated[str, StringConstraints(min_length=2, max_length=MAX_LAYER_BYTES)]
"""A provider's layer over a template, as `visit.provider_layer` writes it."""

ReplaySeconds = Annotated[int, Field(ge=0, le=MAX_REPLAY_SECONDS)]
"""So much of what was heard may be kept, in the listener's memory alone; 0: nothing."""

Bytes = bytes
"""Binary; in JSON as base64 with the URL-safe alphabet (RFC 4648 section 5, padded)."""

Time = AwareDatetime
"""An instant with an offset; we write UTC and show the practice's zone."""
