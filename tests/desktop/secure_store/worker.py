"""A second program with a vault, for tests that kill it, fill its disk, or meet its lock: one word says what it does.

It prints a line for everything that the vault acknowledged, and only then goes on.
"""

import errno
import json
import resource
import sys
from pathlib import Path

from desktop.ports import JournalRow, VaultUnavailable
from desktop.secure_store.vault import SqlVault, open_vault
from desktop.workflows.compaction import groups_to_merge, merge_group
from tests.desktop.secure_store.rings import MemoryRing

WORKER = [sys.executable, "-m", "tests.desktop.secure_store.worker"]


def say(*words: object) -> None:
    print(*words, flush=True)


def ring_from_input() -> MemoryRing:
    """The keyring's content comes on standard input, as a list of [service, name, secret]."""
    ring = MemoryRing()
    ring.secrets = {(service, name): secret for service, name, secret in json.loads(sys.stdin.readline())}
    return ring


def as_line(ring: MemoryRing) -> str:
    """The other side of `ring_from_input`."""
    return json.dumps([[*names, secret] for names, secret in ring.secrets.items()]) + "\n"


def body(name: str, size: int = 200) -> bytes:
    """A row's content, known from its id."""
    return (name.encode() * size)[:size]


def append_for_ever(vault: SqlVault, run: str) -> None:
    """Commit batches of one to three rows until killed."""
    number = 0
    while True:
        names = [f"{run}-{number + i}" for i in range(1 + number % 3)]
        vault.append([JournalRow(name, "v1", 1, body(name)) for name in names])
        say(*names)
        number += len(names)


def compact(vault: SqlVault) -> None:
    """Merge group after group."""
    for group in groups_to_merge(vault.journal("v1")):
        say("merged", merge_group(vault, group))


def append_until_full(vault: SqlVault, folder: Path) -> list[str]:
    """Commit until there is no space; the acknowledged ids."""
    kept: list[str] = []
    for number in range(1000):
        name = f"r{number}"
        try:
            vault.append([JournalRow(name, "v1", 1, body(name, 20_000))])
        except VaultUnavailable as problem:
            say("problem", problem.problem.value)
            return kept
        kept.append(name)
    raise AssertionError(f"{folder} never was full")


def fill(folder: Path, ring: MemoryRing, ballast: Path) -> None:
    """A disk that fills up, and has space again: every acknowledged row is there, and the program goes on."""
    vault = open_vault(folder, ring)
    kept = append_until_full(vault, folder)
    if [row.update_id for row in vault.journal("v1")] != kept:
        raise AssertionError("not what was acknowledged")
    ballast.unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    vault.append([JournalRow("after", "v1", 1, body("after", 20_000))])
    vault.close()
    again = open_vault(folder, ring)
    rows = again.journal("v1")
    again.close()
    say("same", [row.update_id for row in rows] == [*kept, "after"], len(kept) > 5)
    say("intact", all(row.update == body(row.update_id, 20_000) for row in rows))


def reserve(folder: Path, ring: MemoryRing) -> None:
    """A disk that something else fills: what is typed then is committed from the reserve, which comes back later."""
    vault = open_vault(folder, ring)
    say("before", vault.disk().value)
    other = folder.parent / "other"
    with other.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError as problem:
            say("full", problem.errno == errno.ENOSPC)
    for number in range(500):
        vault.append([JournalRow(f"r{number}", "v1", 1, body(f"r{number}", 2000))])
    say("after", len(vault.journal("v1")), vault.disk().value)
    other.unlink()
    say("room", vault.disk().value)
    vault.close()
    again = open_vault(folder, ring)
    say("same", all(row.update == body(row.update_id, 2000) for row in again.journal("v1")))
    again.close()


def open_when_full(folder: Path, ring: MemoryRing) -> None:
    """A disk that is full before the program starts: it opens, and what is typed is committed."""
    vault = open_vault(folder, ring)
    vault.append([JournalRow("before", "v1", 1, body("before"))])
    vault.close()
    with (folder.parent / "other").open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 12)):
                pass
        except OSError as problem:
            say("full", problem.errno == errno.ENOSPC)
    vault = open_vault(folder, ring)
    for number in range(200):
        vault.append([JournalRow(f"r{number}", "v1", 1, body(f"r{number}"))])
    say("rows", len(vault.journal("v1")), vault.disk().value, len(vault.reports()))
    vault.close()


def open_only(folder: Path, ring: MemoryRing) -> None:
    try:
        open_vault(folder, ring).close()
    except VaultUnavailable as problem:
        say("problem", problem.problem.value, "keys", ring.written)
    else:
        say("open")


def main() -> None:
    word, folder = sys.argv[1], Path(sys.argv[2])
    ring = ring_from_input()
    match word:
        case "append":
            append_for_ever(open_vault(folder, ring), sys.argv[3])
        case "compact":
            vault = open_vault(folder, ring)
            say("open")
            compact(vault)
            vault.close()
        case "hold":
            vault = open_vault(folder, ring)
            say("open")
            sys.stdin.readline()
            vault.close()
        case "fill":
            fill(folder, ring, folder.parent / "ballast")
        case "reserve":
            reserve(folder, ring)
        case "full":
            open_when_full(folder, ring)
        case "limited":
            resource.setrlimit(resource.RLIMIT_FSIZE, (450_000, resource.RLIM_INFINITY))
            fill(folder, ring, folder.parent / "ballast")
        case "open":
            open_only(folder, ring)


if __name__ == "__main__":
    main()
