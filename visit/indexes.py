"""Positions in text: Qt and browsers count UTF-16 units, pycrdt counts UTF-8 bytes.

The one converter; only `visit.document` inserts into or deletes from a pycrdt Text, through it.
"""

import re
from collections.abc import Iterator


class NotABoundary(ValueError):
    """A position lies outside the text or inside a character."""


def utf16_length(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_to_utf8(text: str, position: int) -> int:
    """The UTF-8 byte offset of a UTF-16 position; NotABoundary when it is outside or inside a character."""
    if position < 0:
        raise NotABoundary(position)
    if text.isascii():
        if position > len(text):
            raise NotABoundary(position)
        return position
    units = 0
    offset = 0
    for char in text:
        if units >= position:
            break
        units += 2 if ord(char) > 0xFFFF else 1
        offset += len(char.encode())
    if units != position:
        raise NotABoundary(position)
    return offset


def utf8_to_utf16(text: str, offset: int) -> int:
    """The UTF-16 position of a UTF-8 byte offset; NotABoundary when it is outside or inside a character."""
    data = text.encode()
    if not 0 <= offset <= len(data):
        raise NotABoundary(offset)
    try:
        return utf16_length(data[:offset].decode())
    except UnicodeDecodeError:
        raise NotABoundary(offset) from None


def matches_in_utf16(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each match of a pattern with its start and end in UTF-16 units."""
    known, units = 0, 0
    for match in pattern.finditer(text):
        start = units + utf16_length(text[known : match.start()])
        known, units = match.end(), start + utf16_length(match[0])
        yield match, start, units
