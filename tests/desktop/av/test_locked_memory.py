"""Memory that never reaches a disk: locked, in no core dump, in no fork, wiped; refused where the limit is lower."""

import os
import re
import subprocess
import sys
from pathlib import Path

from desktop.av.locked_memory import LockedMemory

SIZE = 1 << 20
REFUSED = """
import os, resource, sys
from desktop.av.locked_memory import LockedMemory, LockRefused
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
if os.getuid() == 0:
    os.setuid(65534)  # root may lock as much as it likes
try:
    LockedMemory(int(sys.argv[1]))
except LockRefused as refused:
    print("refused", refused.errno)
else:
    print("locked")
"""
RAISED = """
import os, resource
from desktop.av.locked_memory import LockedMemory
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 1 << 22))
if os.getuid() == 0:
    os.setuid(65534)
LockedMemory(1 << 20)
print("locked", resource.getrlimit(resource.RLIMIT_MEMLOCK)[0])
"""


def locked_kilobytes() -> int:
    found = re.search(r"VmLck:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


def flags_of(address: int) -> set[str]:
    """The kernel's flags of the mapping that holds this address (proc(5), smaps)."""
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        bounds = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if bounds is not None:
            inside = int(bounds[1], 16) <= address < int(bounds[2], 16)
        elif inside and line.startswith("VmFlags:"):
            return set(line.split()[1:])
    raise AssertionError("no such mapping")


def run(script: str, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script, *words], check=True, capture_output=True, text=True, timeout=30
    ).stdout.strip()


def test_it_is_locked_not_dumped_and_not_inherited_until_it_is_closed() -> None:
    before = locked_kilobytes()
    memory = LockedMemory(SIZE)
    assert locked_kilobytes() - before == SIZE // 1024
    assert {"lo", "dd", "dc"} <= flags_of(memory._address)  # locked, don't dump, don't copy on fork
    memory.close()
    memory.close()
    assert locked_kilobytes() == before


def test_wiping_leaves_not_a_byte() -> None:
    memory = LockedMemory(SIZE)
    memory.view[:] = os.urandom(SIZE)
    memory.wipe()
    assert bytes(memory.view) == bytes(SIZE)
    memory.close()


def test_beyond_the_limit_it_is_refused_within_it_the_soft_limit_is_raised() -> None:
    assert run(REFUSED, str(SIZE)).startswith("refused")
    assert run(REFUSED, "16384") == "locked"
    assert run(RAISED) == f"locked {1 << 22}"
