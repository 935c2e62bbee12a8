"""Keeps this process's memory out of files: no core dump, and no other program of the user may read it (Linux)."""

import ctypes
import sys
from contextlib import suppress

PR_SET_DUMPABLE = 4
"""<linux/prctl.h>"""
SEM_NOGPFAULTERRORBOX = 0x0002
"""winbase.h: no error dialogue, and so no report with a part of the memory in it."""


def keep_out_of_dumps() -> None:
    """Set it for this process; what a system does not have is left out. Called before any secret is read.

    A suspend to disk still writes all memory: the disk's encryption is for that.
    """
    if sys.platform == "win32":
        ctypes.WinDLL("kernel32").SetErrorMode(SEM_NOGPFAULTERRORBOX)
        return
    import resource

    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
