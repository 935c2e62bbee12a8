"""An encoder of Yjs updates of the tests' own, which writes what pycrdt never would."""

from collections.abc import Mapping, Sequence

HPI = "section:hpi"
ROS = "section:ros"
DRAFTS = "draft_orders"
MARKS = "marks"
LAYOUT = "layout"
RESTORED = "restored"

Id = tuple[int, int]
Blocks = Mapping[int, tuple[int, Sequence[bytes]]]
"""Client to (first clock, structs)."""
Ranges = Mapping[int, Sequence[tuple[int, int]]]
"""Client to (start, length)."""


def uint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return uint(len(data)) + data


def update(blocks: Blocks, deleted: Ranges | None = None) -> bytes:
    out = uint(len(blocks))
    for client, (clock, structs) in blocks.items():
        out += uint(len(structs)) + uint(client) + uint(clock) + b"".join(structs)
    return out + delete_set(deleted or {})


def delete_set(deleted: Ranges) -> bytes:
    out = uint(len(deleted))
    for client, ranges in deleted.items():
        out += uint(client) + uint(len(ranges)) + b"".join(uint(start) + uint(length) for start, length in ranges)
    return out


def item(
    kind: int,
    content: bytes,
    *,
    origin: Id | None = None,
    right: Id | None = None,
    parent: str | Id = HPI,
    key: str | None = None,
) -> bytes:
    info = kind | (0x80 if origin else 0) | (0x40 if right else 0) | (0x20 if key is not None else 0)
    out = bytes([info])
    for neighbour in (origin, right):
        if neighbour is not None:
            out += uint(neighbour[0]) + uint(neighbour[1])
    if origin is None and right is None:
        named = isinstance(parent, str)
        out += b"\x01" + string(parent) if isinstance(parent, str) else b"\x00" + uint(parent[0]) + uint(parent[1])
        if key is not None and named:
            out += string(key)
    return out + content


def text(value: str | bytes, *, origin: Id | None = None, right: Id | None = None, parent: str | Id = HPI) -> bytes:
    return item(4, string(value), origin=origin, right=right, parent=parent)


def values(*encoded: bytes, origin: Id | None = None, parent: str = DRAFTS, key: str | None = "order-1") -> bytes:
    return item(8, uint(len(encoded)) + b"".join(encoded), origin=origin, parent=parent, key=key)


def json_string(value: str) -> bytes:
    return b"\x77" + string(value)


def deleted(length: int, *, parent: str = HPI) -> bytes:
    return item(1, uint(length), parent=parent)


def nesting_bomb(size: int, root: str = DRAFTS) -> bytes:
    """An update of about `size` bytes whose one value is arrays in arrays."""
    nested = b"\x75\x01" * (size // 2) + json_string("x")
    return update({7: (0, [values(nested, parent=root)])})
