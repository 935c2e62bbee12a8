"""The checks of each system. A check is one module: `collect` asks the machine, `parse` judges what it said."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from desktop.ports import PostureFacts
from desktop.posture.machine import Machine
from desktop.posture.reading import Finding, Raw
from wire.posture import CheckId


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it is, where it reads, and its two halves."""

    check: CheckId
    source: str
    collect: Callable[[Machine, PostureFacts], Raw]
    parse: Callable[[Raw, PostureFacts], Finding]


def checks_here(platform: str = sys.platform) -> tuple[Check, ...]:
    """The checks of this system; what a system has no check for is unknown there."""
    # A system's modules are imported on that system alone; explicit, so that a frozen program has them.
    if platform == "linux":
        from desktop.posture.checks.linux import CHECKS
    elif platform == "darwin":
        from desktop.posture.checks.macos import CHECKS
    elif platform == "win32":
        from desktop.posture.checks.windows import CHECKS
    else:
        from desktop.posture.checks.shared import CHECKS
    return CHECKS
