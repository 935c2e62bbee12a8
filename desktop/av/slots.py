"""Pictures cross in three slots of shared memory: the writer takes a free one or drops its picture, it never waits."""

import mmap
import os

SLOTS = 3
MAX_WIDTH, MAX_HEIGHT = 1920, 1200
SLOT_BYTES = MAX_WIDTH * MAX_HEIGHT * 4


def create_memory() -> int:
    """An anonymous shared memory object's descriptor, to be inherited by the media process (Linux).

    macOS and Windows have no memfd: an unlinked shm_open and a page-file mapping take its place there; neither
    has been run.
    """
    descriptor = os.memfd_create("alcove-pictures", os.MFD_CLOEXEC)
    os.ftruncate(descriptor, SLOTS * SLOT_BYTES)
    return descriptor


class Slots:
    """The mapped memory, with which slots the screen still uses."""

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, SLOTS * SLOT_BYTES)
        self._used: set[int] = set()

    @property
    def used(self) -> tuple[int, ...]:
        """The slots that are in use."""
        return tuple(sorted(self._used))

    def take(self) -> int | None:
        """A free slot for a picture, or None."""
        for slot in range(SLOTS):
            if slot not in self._used:
                self._used.add(slot)
                return slot
        return None

    def pin(self, slot: int) -> bool:
        """Mark a slot as used; False when it is used already."""
        if slot in self._used:
            return False
        self._used.add(slot)
        return True

    def give_back(self, slot: int) -> None:
        """The other side has painted (or skipped) it."""
        self._used.discard(slot)

    def write(self, slot: int, data: memoryview | bytes) -> None:
        """Copy a picture's bytes into a slot."""
        begin = slot * SLOT_BYTES
        self._map[begin : begin + len(data)] = data

    def view(self, slot: int, length: int) -> memoryview:
        """A slot's bytes, without a copy."""
        begin = slot * SLOT_BYTES
        return memoryview(self._map)[begin : begin + length]

    def wipe(self) -> None:
        """Overwrite every picture. A slot that the screen shows stays its own until it is given back."""
        self._map[:] = bytes(SLOTS * SLOT_BYTES)

    def close(self) -> None:
        """Unmap, unless a picture is still being painted."""
        try:
            self._map.close()
        except BufferError:
            return  # a QImage still points into it; the mapping goes with the process
