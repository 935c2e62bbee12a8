"""Redundant audio (RFC 2198): each packet brings copies of those before it, so that a lost one is still heard whole."""

from dataclasses import dataclass

MAX_COPIES = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """One encoded packet, `back` packets and `offset` samples before the newest."""

    data: bytes
    back: int
    offset: int


def pieces_of(untrusted_payload: bytes) -> list[Piece]:
    """The newest packet first, then its copies of earlier ones, newest first; empty when the payload is malformed."""
    heads: list[tuple[int, int]] = []
    at = 0
    while at < len(untrusted_payload) and untrusted_payload[at] & 0x80:
        if at + 4 > len(untrusted_payload) or len(heads) >= MAX_COPIES:
            return []
        word = int.from_bytes(untrusted_payload[at + 1 : at + 4], "big")
        heads.append((word >> 10, word & 0x3FF))
        at += 4
    at += 1
    found: list[Piece] = []
    for number, (offset, length) in enumerate(heads):
        if at + length > len(untrusted_payload):
            return []
        if length:
            found.append(Piece(untrusted_payload[at : at + length], len(heads) - number, offset))
        at += length
    if at >= len(untrusted_payload):
        return []
    return [Piece(untrusted_payload[at:], 0, 0), *reversed(found)]
