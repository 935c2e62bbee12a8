"""The framed pipe between UI and media process: a length, then JSON; sizes bounded both ways."""

import json
import struct
from collections.abc import Iterator
from typing import Any

HEADER = struct.Struct("!I")
MAX_MESSAGE_BYTES = 256 * 1024
"""An SDP is at most 64 KiB; everything else is small."""


class PipeBroken(Exception):
    """The other side sent something that is not a frame of ours."""


def encode(op: str, **values: object) -> bytes:
    """One message as bytes."""
    body = json.dumps({"op": op, **values}, separators=(",", ":")).encode()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ValueError("message too large")
    return HEADER.pack(len(body)) + body


class Decoder:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[dict[str, Any]]:
        """The messages that are whole now; PipeBroken when the stream is not ours."""
        self._buffer += data
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
                message = json.loads(body)
            except ValueError as problem:
                raise PipeBroken("body") from problem
            if not isinstance(message, dict) or not isinstance(message.get("op"), str):
                raise PipeBroken("message")
            yield message
