"""Bounds on what a stranger's packets may do, where aiortc 1.16.0 has none: each was found by fuzzing.

aiortc refuses a packet by ValueError; of what its parsers raise besides, each would end the connection.
"""

import struct
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import aiortc.rtp
from aioice.ice import Connection
from aiortc.rtp import RtcpPacket, RtpPacket

MAX_PIXELS = 1_920 * 1_200
"""A larger picture is not decoded: it takes longer than three frames' time, and memory."""
MAX_FRAME_BYTES = 512 * 1_024
"""Decoding takes 60 ns a byte; a key frame of 720p has a tenth of this."""
MAX_SOURCES = 16
"""Senders (SSRC) of one line. More do not fit into a report (RFC 3550: 31; aiortc does not cut it)."""
MAX_WAITING = 4_096
"""Datagrams between socket and parser. An empty one is none: anyone may send it, and aiortc looks at its first byte."""
KEY_HEADER_BYTES = 10

P = ParamSpec("P")
T = TypeVar("T")


def guard_parsers() -> None:
    """Let aiortc drop what it cannot parse, and floods; call it before the first connection."""
    if getattr(RtpPacket.parse, "__wrapped__", None) is not None:
        return
    RtpPacket.parse = staticmethod(refusing(RtpPacket.parse))  # type: ignore[method-assign]
    RtcpPacket.parse = staticmethod(refusing(RtcpPacket.parse))  # type: ignore[method-assign]
    aiortc.rtp.unpack_remb_fci = refusing(aiortc.rtp.unpack_remb_fci)
    take = Connection.data_received

    @wraps(take)
    def take_some(self: Connection, data: bytes, component: int) -> None:
        if data and self._queue.qsize() < MAX_WAITING:
            take(self, data, component)

    Connection.data_received = take_some  # type: ignore[method-assign]


def refusing(parse: Callable[P, T]) -> Callable[P, T]:
    """The parser, raising ValueError for everything that does not fit."""

    @wraps(parse)
    def parse_or_refuse(*given: P.args, **named: P.kwargs) -> T:
        try:
            return parse(*given, **named)
        except (struct.error, IndexError, OverflowError) as error:
            raise ValueError(str(error)) from None

    return parse_or_refuse


class Sources:
    """Who sends on one line: the first ones; a flood of new ones is not heard."""

    def __init__(self) -> None:
        self._known: set[int] = set()

    def accept(self, ssrc: int) -> bool:
        """Whether packets of this sender are taken."""
        if ssrc not in self._known and len(self._known) < MAX_SOURCES:
            self._known.add(ssrc)
        return ssrc in self._known


def key_frame_size(untrusted_frame: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 key frame (RFC 6386 section 9.1); None when it is none."""
    if len(untrusted_frame) < KEY_HEADER_BYTES or untrusted_frame[0] & 1 or untrusted_frame[3:6] != b"\x9d\x01\x2a":
        return None
    width, height = struct.unpack_from("<HH", untrusted_frame, 6)
    return width & 0x3FFF, height & 0x3FFF


def may_be_decoded(untrusted_frame: bytes) -> bool:
    """Whether decoding a VP8 frame stays within bounds: a key frame may change the size at any time."""
    width, height = key_frame_size(untrusted_frame) or (1, 1)
    return len(untrusted_frame) <= MAX_FRAME_BYTES and 0 < width * height <= MAX_PIXELS
