"""How this program starts itself again, for a process of its own: from source, or frozen."""

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent


def own_program(*words: str) -> tuple[list[str], Path | None]:
    """The command and the folder to start it in; None for the present one."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *words], None
    return [sys.executable, "-m", "desktop", *words], SOURCE
