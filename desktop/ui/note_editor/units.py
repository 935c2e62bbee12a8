"""Text as Qt counts it: UTF-16 units, two bytes each, and what may stand in for units that Qt cannot show."""

import re
from dataclasses import dataclass

UNSHOWABLE = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
UNSHOWABLE |= {ord(char): " " for char in "\r\ufdd0\ufdd1"}
UNSHOWABLE |= {0: "\ufffd", 0x2028: "\n", 0x2029: "\n"}
"""Units that Qt reads as paragraph ends or drops, and halves of pairs, by what stands for them: one unit for one."""

NOT_SHOWN = re.compile("[\0\r\u2028\u2029\ud800-\udfff\ufdd0\ufdd1]")

PASTED: dict[int, str | None] = dict.fromkeys((*range(32), 127, 0xFDD0, 0xFDD1)) | {9: "\t", 10: "\n"}
PASTED |= {ord(end): "\n" for end in "\r\u2028\u2029"}
PASTED |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Pasted text keeps lines and tabs, and no other control character; half a pair shows that something is missing."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Units [start, end) of a section were replaced by `inserted`."""

    section: str
    start: int
    end: int
    inserted: str


def shown(text: str) -> str:
    """The text as Qt can show it, as many units long."""
    return text.translate(UNSHOWABLE) if NOT_SHOWN.search(text) else text


def pasted(untrusted_text: str) -> str:
    """What of a text from elsewhere is taken into a note."""
    return untrusted_text.replace("\r\n", "\n").translate(PASTED)


def from_qt(text: str) -> str:
    """Qt's paragraph and line separators as line feeds; no-break spaces stay, unlike in `toPlainText`."""
    return text.replace("\u2029", "\n").replace("\u2028", "\n")


def pack(text: str) -> bytes:
    """The text's units; half a pair is kept, so that positions fit."""
    return text.encode("utf-16-le", "surrogatepass")


def unpack(units: bytes | bytearray) -> str:
    """The text of units."""
    return units.decode("utf-16-le", "surrogatepass")


def common(before: bytes, after: bytes) -> tuple[int, int]:
    """How many units two texts share at their beginning and, of the rest, at their end; no pair is cut in two."""
    prefix = _common_prefix(before, after)
    if prefix and _is_half(before, prefix - 1, 0xD8):
        prefix -= 1
    rest, other = before[2 * prefix :], after[2 * prefix :]
    suffix = _common_suffix(rest, other)
    if suffix and _is_half(rest, len(rest) // 2 - suffix, 0xDC):
        suffix -= 1
    return prefix, suffix


def changed(section: str, before: bytes, after: bytes) -> Edit | None:
    """The one replaced range between two texts of a section; None when they are the same."""
    if before == after:
        return None
    prefix, suffix = common(before, after)
    end = len(before) // 2 - suffix
    return Edit(section, prefix, end, unpack(after[2 * prefix : len(after) - 2 * suffix]))


def _is_half(units: bytes, place: int, high_byte: int) -> bool:
    return units[2 * place + 1] & 0xFC == high_byte


def _common_prefix(one: bytes, other: bytes) -> int:
    low, high = 0, min(len(one), len(other)) // 2
    while low < high:
        middle = (low + high + 1) // 2
        if one[2 * low : 2 * middle] == other[2 * low : 2 * middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: bytes, other: bytes) -> int:
    low, high = 0, min(len(one), len(other)) // 2
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - 2 * middle : len(one) - 2 * low] == other[len(other) - 2 * middle : len(other) - 2 * low]:
            low = middle
        else:
            high = middle - 1
    return low
