"""Space set by for a full disk: given up when a commit finds no room, taken again when there is some."""

import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path

from desktop.ports import BALLAST_BYTES, REFUSE_FREE_BYTES, DiskState, disk_state
from desktop.secure_store.durable import sync, sync_folder

NAME = "vault.ballast"
AGAIN_SECONDS = 10.0


class Ballast:
    """The file. `used` turns true when it was given up, until it is there again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._tried = 0.0
        self.used = False

    def free_bytes(self) -> int:
        """Free space for this user where the vault lies."""
        return shutil.disk_usage(self._folder).free

    def state(self) -> DiskState:
        """How much room there is; takes space again when there is enough."""
        if self.used:
            self.take()
        return disk_state(self.free_bytes(), self.used)

    def take(self) -> bool:
        """Set the space by, unless that would itself make the disk full; whether it is there."""
        if self._path.exists() and self._path.stat().st_size == BALLAST_BYTES:
            self.used = False
            return True
        if self.free_bytes() < BALLAST_BYTES + REFUSE_FREE_BYTES:
            return False
        try:
            _allocate(self._path)
        except OSError:
            self._path.unlink(missing_ok=True)
            return False
        self.used = False
        return True

    def take_again(self) -> None:
        """Try now and then, once it was given up; cheap to call after every commit."""
        if self.used and time.monotonic() - self._tried >= AGAIN_SECONDS:
            self._tried = time.monotonic()
            with suppress(OSError):
                self.take()

    def give_up(self) -> bool:
        """Give the space to whoever needs it; False when there was none."""
        self.used = True
        self._tried = time.monotonic()
        try:
            # A file that cannot be removed can still be cut, and the other way round.
            os.truncate(self._path, 0)
            self._path.unlink()
        except OSError:
            return False
        sync_folder(self._folder)
        return True


def _allocate(path: Path) -> None:
    """A file that really has its blocks: a hole would be no space."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "linux":
            os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
        else:
            for _ in range(BALLAST_BYTES >> 20):
                os.write(descriptor, os.urandom(1 << 20))
        sync(descriptor)
    finally:
        os.close(descriptor)
