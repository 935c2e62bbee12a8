"""The last inputs of a fuzzing process, in a file that outlives it: a death names its input."""

import mmap
import struct
from pathlib import Path

from tests.desktop.av.mutations import Input, Kind

KEPT, KEPT_BYTES = 32, 1 << 16
HEAD = struct.Struct("<QBI")
PLACE_BYTES = HEAD.size + KEPT_BYTES


class Keeper:
    """The last inputs, in a file that outlives the process."""

    def __init__(self, path: Path | None) -> None:
        self._count = 0
        size = KEPT * PLACE_BYTES
        if path is None:
            self._map = mmap.mmap(-1, size)
            return
        with path.open("w+b") as file:
            file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)

    def keep(self, item: Input) -> None:
        """Before it is handled."""
        at = self._count % KEPT * PLACE_BYTES
        self._count += 1
        data = item.data[:KEPT_BYTES]
        self._map[at : at + HEAD.size + len(data)] = HEAD.pack(self._count, item.kind.value, len(data)) + data


def kept_in(path: Path) -> tuple[int, list[Input]]:
    """How many inputs there were, and the last ones, oldest first."""
    held, found = path.read_bytes(), []
    for place in range(KEPT):
        at = place * PLACE_BYTES
        count, kind, length = HEAD.unpack_from(held, at)
        if count:
            found.append((count, Input(Kind(kind), held[at + HEAD.size : at + HEAD.size + length])))
    found.sort(key=lambda pair: pair[0])
    return (found[-1][0] if found else 0), [item for _, item in found]
