"""How this program starts itself again: for a process of its own, or in its own place; from source, or frozen."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


def own_program(*words: str) -> tuple[list[str], Path | None]:
    """The command and the folder to start it in; None for the present one."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *words], None
    return [sys.executable, "-m", "desktop", *words], SOURCE


def start_again(words: list[str]) -> None:
    """Let a fresh program take this one's place: nothing that was in memory, no key and no patient's word, stays.

    Everything must be saved and closed. Where the system cannot replace a process, this one ends once the other began;
    OSError, and this one goes on, when there can be none.
    """
    command, folder = own_program(*words)
    if os.name == "posix":
        if folder is not None:
            os.chdir(folder)
        os.execv(command[0], command)  # noqa: S606  # our own program
    subprocess.Popen(command, cwd=folder)  # noqa: S603
    os._exit(0)
