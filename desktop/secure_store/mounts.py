"""Whether a folder lies on a server, or is copied to one by a program: SQLite's log and locks are not safe there.

Linux says it in /proc/self/mountinfo (proc_pid_mountinfo(5)); Windows by a path that begins with a server's name.
"""

import re
import sys
from pathlib import Path, PurePath

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    (
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "fuse.rclone", "fuse.sshfs", "fuse.gvfsd-fuse", "fuse.davfs",
        "fuse.s3fs", "fuse.glusterfs", "fuse.vmhgfs-fuse", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs",
        "vboxsf",
    )
)  # fmt: skip
"""Types of file systems that another machine keeps."""
COPIED = ("onedrive", "dropbox", "google drive", "googledrive", "icloud drive", "iclouddrive", "nextcloud", "owncloud")
"""How folders begin that a program copies to a server: half a database, and patients' words elsewhere."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


def on_network(folder: Path) -> bool:
    """Whether this is no place for a vault."""
    real = folder.resolve()
    if is_copied(real) or str(real).startswith("\\\\"):
        return True
    if sys.platform != "linux":
        return False
    try:
        return file_system(MOUNTS.read_text(errors="surrogateescape"), str(real)) in NETWORK
    except OSError:
        return False


def is_copied(folder: PurePath) -> bool:
    """Whether a part of the path is named as such programs name theirs."""
    return any(part.lower().startswith(COPIED) for part in folder.parts)


def file_system(mountinfo: str, path: str) -> str:
    """The type of the file system that a path lies on; empty when no line says."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), fields[4])
        within = path == point or path.startswith(point.rstrip("/") + "/")
        # The last of several mounts on one place is the one that is seen.
        if within and len(point) >= best:
            best, kind = len(point), after.split(" ")[0]
    return kind
