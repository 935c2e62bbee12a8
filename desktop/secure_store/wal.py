"""Reads SQLite's write-ahead log beside SQLite: what it is about to drop, and a log that it will read to the end.

SQLite takes the log up to the first frame whose checksum is wrong and drops the rest without a word. The format:
https://www.sqlite.org/fileformat2.html, section 4. Frames are pages encrypted and authenticated by SQLCipher; what is
around them is plain, and checksums against accidents only.
"""

import struct
from dataclasses import dataclass

HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
MAGIC = 0x377F0682
VERSION = 3007000
PAGE_BYTES = 4096
"""SQLCipher 4's."""
_FRAME_BYTES = FRAME_HEADER_BYTES + PAGE_BYTES
_WORDS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in the log."""

    page: int
    commit: int
    """The file's size in pages when this frame ends a transaction, else 0."""
    salt: bytes
    checksum: bytes
    content: bytes


def frames_of(data: bytes) -> list[Frame]:
    """The log's own frames: those that bear its salt, and damaged ones between them."""
    found = []
    for place in range(HEADER_BYTES, len(data) - _FRAME_BYTES + 1, _FRAME_BYTES):
        page, commit, salt, checksum = struct.unpack_from(">II8s8s", data, place)
        content = data[place + FRAME_HEADER_BYTES : place + _FRAME_BYTES]
        found.append(Frame(page, commit, salt, checksum, content))
    salt = _salt(data, found)
    # Behind its last own frame lie frames of an older log, which was checkpointed.
    last = max((number for number, frame in enumerate(found) if frame.salt == salt), default=-1)
    return found[: last + 1]


def dropped_commits(data: bytes, read_frames: int) -> int:
    """How many transactions SQLite does not see, when it reads the first `read_frames` frames of this log."""
    return sum(1 for frame in frames_of(data)[read_frames:] if frame.commit)


def mended(data: bytes, *, leave_out_broken: bool) -> bytes | None:
    """The log with right checksums up to its last transaction; None when it has none.

    A frame that was damaged is kept as it is, or left out: then the page's older version stands.
    """
    frames = frames_of(data)
    while frames and not frames[-1].commit:
        frames.pop()
    if not frames:
        return None
    salt = _salt(data, frames)
    if leave_out_broken:
        broken = set(_broken(data, frames))
        kept = [frame for number, frame in enumerate(frames) if number not in broken]
        last = frames[-1].commit
        frames = kept
        if not frames:
            return None
        frames[-1] = Frame(frames[-1].page, frames[-1].commit or last, salt, b"", frames[-1].content)
    header = struct.pack(">IIII8s", MAGIC, VERSION, PAGE_BYTES, 0, salt)
    sums = _checksum((0, 0), header)
    written = [header + struct.pack(">II", *sums)]
    for frame in frames:
        head = struct.pack(">II", frame.page, frame.commit)
        sums = _checksum(_checksum(sums, head), frame.content)
        written.append(head + salt + struct.pack(">II", *sums) + frame.content)
    return b"".join(written)


def _salt(data: bytes, frames: list[Frame]) -> bytes:
    """The log's salt: the header's, or when that is damaged the first two frames'."""
    salt = data[16:24]
    salts = [frame.salt for frame in frames[:3]]
    if salt in salts or not salts:
        return salt
    return salts[0] if len(salts) == 1 or salts[0] in salts[1:] else salts[1]


def _broken(data: bytes, frames: list[Frame]) -> list[int]:
    """Frames whose checksum is wrong behind the one that the frame before has."""
    little = data[:4] != struct.pack(">I", MAGIC | 1)
    found = []
    before = data[24:32]
    for number, frame in enumerate(frames):
        sums = struct.unpack(">II", before)
        head = struct.pack(">II", frame.page, frame.commit)
        right = _checksum(_checksum((sums[0], sums[1]), head, little), frame.content, little)
        if struct.pack(">II", *right) != frame.checksum:
            found.append(number)
        before = frame.checksum
    return found


def _checksum(sums: tuple[int, int], data: bytes, little: bool = True) -> tuple[int, int]:
    """SQLite's checksum of a log, going on from `sums`, over words of the order that the magic number names."""
    one, two = sums
    words = struct.unpack(f"{'<' if little else '>'}{len(data) // 4}I", data)
    pairs = iter(words)
    for first, second in zip(pairs, pairs, strict=True):
        one = (one + first + two) & _WORDS
        two = (two + second + one) & _WORDS
    return one, two
