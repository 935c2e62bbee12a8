"""Files that are whole after any crash: replaced at once, copied, and synced with their folder."""

import os
import shutil
import sys
from pathlib import Path

if sys.platform == "darwin":
    import fcntl

    def sync(descriptor: int) -> None:
        """Have an open file's content on the disk: fsync alone leaves it in the drive's cache here."""
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)

elif sys.platform == "linux":

    def sync(descriptor: int) -> None:
        """Have an open file's content and size on the disk."""
        os.fdatasync(descriptor)

else:

    def sync(descriptor: int) -> None:
        """Have an open file's content on the disk."""
        os.fsync(descriptor)


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file by one with this content: after a crash it is the old one or the new one."""
    temporary = path.with_name(f"{path.name}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        sync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file, private to this user, and have it on the disk."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with source.open("rb") as read, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(read, file, 1 << 20)
        file.flush()
        sync(file.fileno())


def sync_file(path: Path) -> None:
    """Have a file's content on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
