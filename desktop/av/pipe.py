"""The framed pipe between UI and media process: a length, then a message as JSON; sizes bounded both ways."""

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

HEADER = struct.Struct("!I")
MAX_MESSAGE_BYTES = 256 * 1024
"""An SDP has at most 64 Ki characters; everything else is small."""

M = TypeVar("M")


class PipeBroken(Exception):
    """The other side sent something that is not a message of ours."""


def encode(message: BaseModel) -> bytes:
    """One message as bytes."""
    body = message.model_dump_json().encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError("message too large")
    return HEADER.pack(len(body)) + body


class Decoder(Generic[M]):
    """Cuts a byte stream into checked messages."""

    def __init__(self, messages: TypeAdapter[M]) -> None:
        self._messages = messages
        self._buffer = bytearray()

    def feed(self, untrusted_data: bytes) -> Iterator[M]:
        """The messages that are whole now; PipeBroken when the stream is not ours."""
        self._buffer += untrusted_data
        while len(self._buffer) >= HEADER.size:
            (length,) = HEADER.unpack_from(self._buffer)
            if length > MAX_MESSAGE_BYTES:
                raise PipeBroken("length")
            end = HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            try:
                message = self._messages.validate_json(body)
            except ValidationError:
                raise PipeBroken("message") from None
            yield message
