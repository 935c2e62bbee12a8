"""One program at a time has the vault open: an operating-system lock that ends with its process."""

import os
import sys
from pathlib import Path

from desktop.ports import VaultProblem, VaultUnavailable

NAME = "vault.lock"


class FolderLock:
    """Holds the lock until closed; VaultUnavailable(IN_USE) when another process has it."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._descriptor)
        except OSError as problem:
            os.close(self._descriptor)
            raise VaultUnavailable(VaultProblem.IN_USE) from problem

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
