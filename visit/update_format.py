"""Reads a Yjs update (encoding v1: structs by client, then the delete set) into plain values, without recursion.

Only what Alcove's documents are made of can be read: runs of text, strings under the keys of a map, and what is
left of deleted ones. pycrdt 0.14 writes nothing else for them (no GC, Skip or nested type), which the tests hold.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from visit.lib0 import MAX_CLIENT_ID, MAX_CLOCK, Malformed, Reader

MAX_NAME_BYTES = 200
MAX_STRING_BYTES = 512 * 1024

_HAS_ORIGIN = 0x80
_HAS_RIGHT_ORIGIN = 0x40
_HAS_KEY = 0x20
_KIND_BITS = 0x1F

_ANY_STRING = 0x77
_ANY_CONTAINERS = (0x75, 0x76)  # array, map: the only ways in which a value can nest

StructId = tuple[int, int]
"""A client id and a clock."""


class Kind(IntEnum):
    """What a struct holds, by its number in the format."""

    DELETED = 1
    STRING = 4
    ANY = 8


class ForeignContent(Exception):
    """A struct or a parent of a kind that our documents never hold; caught where the reading began."""


class NestedValue(Exception):
    """A value that is an array or a map; caught where the reading began."""


@dataclass(slots=True)
class Struct:
    """One run of content. It takes `length` clocks (UTF-16 units of a text, one per value) from `clock` on."""

    client: int
    clock: int
    length: int
    kind: Kind
    origin: StructId | None
    right_origin: StructId | None
    root: str | None
    """The root that it names; None when it takes its parent from an origin."""
    key: str | None
    text: str

    @property
    def end(self) -> int:
        """The clock behind its last one."""
        return self.clock + self.length


@dataclass(slots=True)
class Update:
    """An update as it was read: the structs of each client, contiguous, and deleted ranges [start, end)."""

    structs: dict[int, list[Struct]]
    deleted: list[tuple[int, int, int]]
    """Client, start, end."""
    taken: list[tuple[Struct, int]] = field(default_factory=list)
    """Filled by `integrate`: what a document took of it, each struct with its first new clock."""


def read_update(untrusted: bytes) -> Update:
    """The update's values; Malformed, ForeignContent or NestedValue when it has others."""
    reader = Reader(untrusted)
    structs: dict[int, list[Struct]] = {}
    for _ in range(reader.uint()):
        count = reader.uint()
        client = reader.uint(MAX_CLIENT_ID)
        if client == 0 or client in structs or count == 0:
            raise Malformed
        structs[client] = _read_structs(reader, client, count)
    deleted = _read_deleted(reader)
    if not reader.at_end:
        raise Malformed
    return Update(structs, deleted)


def read_vector(untrusted: bytes) -> dict[int, int]:
    """A state vector's clocks by client; Malformed when it is none."""
    reader = Reader(untrusted)
    vector: dict[int, int] = {}
    for _ in range(reader.uint()):
        client = reader.uint(MAX_CLIENT_ID)
        if client in vector:
            raise Malformed
        vector[client] = reader.uint()
    if not reader.at_end:
        raise Malformed
    return vector


def _read_structs(reader: Reader, client: int, count: int) -> list[Struct]:
    clock = reader.uint()
    structs = []
    for _ in range(count):
        struct = _read_struct(reader, client, clock)
        clock = struct.end
        if clock > MAX_CLOCK:
            raise Malformed
        structs.append(struct)
    return structs


def _read_struct(reader: Reader, client: int, clock: int) -> Struct:
    info = reader.byte()
    kind = _kind(info)
    origin = (reader.uint(MAX_CLIENT_ID), reader.uint()) if info & _HAS_ORIGIN else None
    right_origin = (reader.uint(MAX_CLIENT_ID), reader.uint()) if info & _HAS_RIGHT_ORIGIN else None
    root = key = None
    if origin is None and right_origin is None:
        if reader.uint(1) == 0:  # a parent by id is a nested type, and there is none
            raise ForeignContent
        root = reader.string(MAX_NAME_BYTES)
        if info & _HAS_KEY:
            key = reader.string(MAX_NAME_BYTES)
    length, text = _read_content(reader, kind)
    if length == 0:
        raise Malformed
    return Struct(client, clock, length, kind, origin, right_origin, root, key, text)


def _kind(info: int) -> Kind:
    try:
        return Kind(info & _KIND_BITS)
    except ValueError:
        raise ForeignContent from None


def _read_content(reader: Reader, kind: Kind) -> tuple[int, str]:
    """The content's length in clocks, and its text when it is a run of text."""
    match kind:
        case Kind.DELETED:
            return reader.uint(), ""
        case Kind.STRING:
            text = reader.string(MAX_STRING_BYTES)
            return len(text.encode("utf-16-le")) // 2, text
        case Kind.ANY:
            count = reader.uint()
            for _ in range(count):
                tag = reader.byte()
                if tag in _ANY_CONTAINERS:
                    raise NestedValue
                if tag != _ANY_STRING:
                    raise ForeignContent
                reader.string(MAX_STRING_BYTES)
            return count, ""


def _read_deleted(reader: Reader) -> list[tuple[int, int, int]]:
    deleted: list[tuple[int, int, int]] = []
    clients: set[int] = set()
    for _ in range(reader.uint()):
        client = reader.uint(MAX_CLIENT_ID)
        if client in clients:
            raise Malformed
        clients.add(client)
        for _ in range(reader.uint()):
            start = reader.uint()
            length = reader.uint()
            if length == 0 or start + length > MAX_CLOCK:
                raise Malformed
            deleted.append((client, start, start + length))
    return deleted
