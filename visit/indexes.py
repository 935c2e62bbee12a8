"""Positions in text: Qt and browsers count UTF-16 units, pycrdt counts UTF-8 bytes.

The one converter; only `visit.document` inserts into or deletes from a pycrdt Text, through it.
"""

import re
from collections.abc import Iterator

LOW_HALVES = frozenset(bytes((high,)) for high in range(0xDC, 0xE0))
"""Upper bytes of the second half of a surrogate pair."""


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
    units = text[: position + 1].encode("utf-16-le")  # codecs walk it, not a loop of ours: this runs at every key
    before = units[: 2 * position]
    if len(before) != 2 * position or units[2 * position + 1 : 2 * position + 2] in LOW_HALVES:
        raise NotABoundary(position)
    return len(before.decode("utf-16-le").encode())


def split_at_utf8(text: str, offset: int) -> tuple[str, str]:
    """The text before and behind a UTF-8 byte offset; NotABoundary when it is outside or inside a character."""
    if offset < 0:
        raise NotABoundary(offset)
    data = text[:offset].encode()[:offset]  # a character has at least one byte
    if len(data) != offset:
        raise NotABoundary(offset)
    try:
        before = data.decode()
    except UnicodeDecodeError:
        raise NotABoundary(offset) from None
    return before, text[len(before) :]


def utf8_to_utf16(text: str, offset: int) -> int:
    """The UTF-16 position of a UTF-8 byte offset; NotABoundary when it is outside or inside a character."""
    return utf16_length(split_at_utf8(text, offset)[0])


def matches_in_utf16(pattern: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], int, int]]:
    """Each match of a pattern with its start and end in UTF-16 units."""
    known, units = 0, 0
    for match in pattern.finditer(text):
        start = units + utf16_length(text[known : match.start()])
        known, units = match.end(), start + utf16_length(match[0])
        yield match, start, units
