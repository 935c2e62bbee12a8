"""Ways to harm a vault's files, and what is in it afterwards."""

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType

from desktop.ports import JournalRow, RescueReport
from desktop.secure_store.ballast import NAME as BALLAST
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.vault import SqlVault, open_vault
from tests.desktop.secure_store.rings import MemoryRing


def key_of(folder: Path, ring: MemoryRing) -> bytes:
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    return bytes.fromhex(ring.secrets[VAULT_SERVICE, sidecar.vault_id])


def flip_bit(path: Path, bit: int) -> None:
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << (bit % 8)
    path.write_bytes(data)


def flip_any_bit(path: Path, chance: random.Random, begin: float = 0.0, end: float = 1.0) -> None:
    """One bit between two shares of the file."""
    bits = path.stat().st_size * 8
    flip_bit(path, chance.randrange(int(bits * begin), int(bits * end)))


def edits(count: int, visit: str = "v1", size: int = 120) -> list[JournalRow]:
    return [
        JournalRow(f"{visit}-{number}", visit, 7, f"{visit} {number} ".encode() * (size // 8))
        for number in range(count)
    ]


def write_each(vault: SqlVault, rows: Iterable[JournalRow]) -> None:
    """One commit an edit, as typing does."""
    for row in rows:
        vault.append([row])


def as_a_crash_leaves_it(folder: Path, copy: Path) -> Path:
    """A copy of the files of a vault that is still open."""
    copied(folder, copy)
    return copy


def copied(folder: Path, copy: Path) -> None:
    """Copy a vault's files, but for the reserve."""
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(BALLAST))


def opened(folder: Path, ring: MemoryRing) -> tuple[list[JournalRow], list[RescueReport]]:
    """What an opened vault has of visit v1, and what it says; an edit can be made in it."""
    vault = open_vault(folder, ring)
    rows, said = vault.journal("v1"), vault.reports()
    vault.append([JournalRow("typed after", "v1", 9, b"after")])
    assert vault.journal("v1")[-1].update == b"after"
    assert vault.unproven("v1") is None
    vault.close()
    return rows, said


def calls_of(work: Callable[[], None]) -> int:
    """How many calls into the store's modules the work makes, counted as `killed_at_call` counts them."""
    made = 0

    def count(frame: FrameType, event: str, _what: object) -> None:
        nonlocal made
        name = frame.f_code.co_filename
        made += event in ("call", "c_call") and "secure_store" in name and "/tests/" not in name

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return made


def killed_at_call(calls: int, work: Callable[[], None]) -> int:
    """Do the work in a process that dies at so many calls into the store's modules; its exit status."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = calls

    def count(frame: FrameType, event: str, _what: object) -> None:
        nonlocal left
        name = frame.f_code.co_filename
        if event in ("call", "c_call") and "secure_store" in name and "/tests/" not in name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.setprofile(count)
        work()
        code = 0
    finally:
        os._exit(code)
