"""Crashes of the vault for the benchmark of that name: each kind so many times, counted as one JSON line.

Every edit is a word of its own, typed into a real document and committed as one row; it counts as shown as saved once
the commit has returned. After each crash the vault is opened and written to. An edit is lost without a word when it
was shown as saved, is in no row of the journal, and no report counts it as missing. A vault is unreachable when no
edit can be committed to it within 5 s.

Kills: SIGKILL at a random moment. Torn or missing last writes: the end of the log is cut, zeroed or garbled as by a
disk that lied, or pages of the file are left as they were before the last checkpoint; the head is as the killed program
left it. Full disks: a small file system that is filled to a random remainder (where none can be mounted: a limit on
the size of files). Bits: one flipped anywhere in the log or the file.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from desktop.ports import JournalRow, VaultUnavailable
from desktop.secure_store.database import connect
from desktop.secure_store.key_of import new_key
from desktop.secure_store.keys import Ring
from desktop.secure_store.schema import FIRST
from desktop.secure_store.sidecar import write_sidecar
from desktop.secure_store.vault import SqlVault, change_key, open_vault
from desktop.secure_store.wal import PAGE_BYTES
from desktop.workflows.compaction import groups_to_merge, merge_group
from desktop.workflows.stored_visit import replay
from tests.desktop.secure_store.harm import copied, flip_any_bit
from tests.desktop.secure_store.rings import FileRing
from visit.document import VisitDocument

REACH_SECONDS = 5.0
VISIT = "v1"
KINDS = ("typing", "compaction", "rekey", "migration", "lock")
DISK_BYTES = 80 * 1024 * 1024
MANY = 150
FULL = "full"
SERIES = 10
"""So many kills of one kind in a row are of the same vault."""


@dataclass(slots=True)
class Tally:
    """All rounds together."""

    rounds: Counter[str] = field(default_factory=Counter)
    shown: int = 0
    absent: int = 0
    reported: int = 0
    lost: int = 0
    unreachable: int = 0
    rescues: int = 0
    disks_filled: int = 0
    """Rounds in which a commit was refused for want of space; in the others the reserve was enough."""
    unproven: int = 0
    slowest_s: float = 0.0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """A vault's folder and the file that is its keyring."""

    folder: Path
    secrets: Path

    def ring(self) -> FileRing:
        return FileRing(self.secrets)

    def copy(self, name: str) -> "Place":
        """Another place with the same files."""
        other = Place(self.folder.with_name(name), self.secrets.with_name(f"{name}.ring"))
        copied(self.folder, other.folder)
        shutil.copy(self.secrets, other.secrets)
        return other

    def remove(self) -> None:
        shutil.rmtree(self.folder)
        self.secrets.unlink()


class Writer:
    """A vault that is open, and its one document."""

    def __init__(self, folder: Path, ring: Ring, name: str) -> None:
        self.folder, self.ring, self.name = folder, ring, name
        self.vault: SqlVault = open_vault(folder, ring)
        self.document = VisitDocument()
        replay(self.document, self.vault.journal(VISIT))
        self._updates: list[bytes] = []
        self.document.on_update = self._updates.append
        self._number = 0

    def type(self, words: int = 1) -> list[str]:
        """Type and commit so many words; returns them once they are saved."""
        typed = []
        for _ in range(words):
            self._number += 1
            end = len(self.document.text("hpi").encode("utf-16-le")) // 2
            word = f"[{self.name}-{self._number}]"
            self.document.replace("hpi", end, end, word)
            (update,) = self._updates
            self._updates.clear()
            self.vault.append([JournalRow(word, VISIT, self.document.client_id, update)])
            typed.append(word)
        return typed

    def reopen(self) -> None:
        self.vault = open_vault(self.folder, self.ring)


# --- what is killed -------------------------------------------------------------------------------------------------


def _typing(writer: Writer, say: Callable[[list[str]], None]) -> None:
    while True:
        say(writer.type())


def _compaction(writer: Writer, say: Callable[[list[str]], None]) -> None:
    while True:
        say(writer.type(6))
        journal = writer.vault.journal(VISIT)
        writer.vault.acknowledge([row.update_id for row in journal[:-1]])
        for group in groups_to_merge(writer.vault.journal(VISIT)):
            merge_group(writer.vault, group)


def _rekey(writer: Writer, say: Callable[[list[str]], None]) -> None:
    while True:
        say(writer.type())
        change_key(writer.vault, writer.ring)
        writer.reopen()


def _lock(writer: Writer, say: Callable[[list[str]], None]) -> None:
    while True:
        say(writer.type())
        writer.vault.close()
        writer.reopen()


WORK = {"typing": _typing, "compaction": _compaction, "rekey": _rekey, "migration": _typing, "lock": _lock}


def killed(place: "Place", kind: str, name: str, seconds: float) -> list[str]:
    """Work in a process that is killed so long after its first edit; the words that it had shown as saved."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            os.write(write, b"\n")
            writer = Writer(place.folder, place.ring(), name)
            WORK[kind](writer, lambda words: _say(write, words))
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        pipe.readline()
        said = b"" if kind == "migration" else pipe.readline()
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said += pipe.read()
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise RuntimeError(f"{kind}: it had ended by itself")
    return said.decode().split()


def _say(pipe: int, words: list[str]) -> None:
    os.write(pipe, (" ".join(words) + "\n").encode())


# --- what is there afterwards ---------------------------------------------------------------------------------------


def check(place: Place, words: list[str], tally: Tally, what: str) -> None:
    """Open the vault, write to it, and count what is not there and not said."""
    began = time.monotonic()
    tally.rounds[what] += 1
    tally.shown += len(words)
    try:
        vault = open_vault(place.folder, place.ring())
    except (VaultUnavailable, OSError) as problem:
        _unreachable(tally, what, f"{type(problem).__name__} {problem}")
        return
    try:
        rows = vault.journal(VISIT)
        vault.append([JournalRow(f"after-{time.monotonic_ns()}", VISIT, 1, VisitDocument().update_since())])
        seconds = time.monotonic() - began
        tally.slowest_s = max(tally.slowest_s, seconds)
        if seconds > REACH_SECONDS:
            _unreachable(tally, what, f"{seconds:.1f} s")
        _count(vault, rows, words, tally, what)
    except VaultUnavailable as problem:
        _unreachable(tally, what, f"writing: {problem}")
    finally:
        vault.close()


def _count(vault: SqlVault, rows: list[JournalRow], words: list[str], tally: Tally, what: str) -> None:
    content = b"".join(row.update for row in rows)
    absent = [word for word in words if word.encode() not in content]
    reports = vault.reports()
    missing = sum(report.missing for report in reports)
    tally.rescues += len(reports)
    tally.absent += len(absent)
    tally.reported += missing
    tally.unproven += vault.unproven(VISIT) is not None
    lost = max(0, len(absent) - missing)
    tally.lost += lost
    if lost:
        tally.problems.append(f"{what}: {lost} lost, {len(absent)} absent, {missing} reported")


def _unreachable(tally: Tally, what: str, why: str) -> None:
    tally.unreachable += 1
    tally.problems.append(f"{what}: {why}")


def forget_reports(place: Place) -> None:
    """What was counted once is not counted again."""
    vault = open_vault(place.folder, place.ring())
    for report in vault.reports():
        vault.drop_report(report.report_id)
    vault.close()


# --- the rounds -------------------------------------------------------------------------------------------------------


def new_place(folder: Path, name: str, words: int, snapshot: bool) -> tuple[Place, list[str]]:
    """A vault with some words in it."""
    place = Place(folder / name, folder / f"{name}.ring")
    writer = Writer(place.folder, place.ring(), name)
    typed = writer.type(words // 2)
    if snapshot:
        writer.vault.snapshots.take()
    typed += writer.type(words - words // 2)
    writer.vault.close()
    return place, typed


def kills(folder: Path, count: int, chance: random.Random, tally: Tally) -> None:
    """SIGKILL at random moments of each kind of work."""
    for kind in KINDS:
        share = count // len(KINDS)
        for start in range(0, share, SERIES):
            place, words = new_place(folder, f"{kind}{start}", 10, snapshot=False)
            for number in range(start, min(start + SERIES, share)):
                if kind == "migration":
                    place.remove()
                    place, words = schema_one(folder, f"{kind}{number}", 30)
                words += killed(place, kind, f"k{number}", chance.random() * 0.08)
                check(place, words, tally, f"kill_{kind}")
            place.remove()
        progress(f"kill_{kind}", tally)


def schema_one(folder: Path, name: str, count: int) -> tuple[Place, list[str]]:
    """A vault as the first version of this program left it."""
    place = Place(folder / name, folder / f"{name}.ring")
    place.folder.mkdir(mode=0o700)
    sidecar, key = new_key(place.folder, place.ring())
    connection = connect(place.folder / "vault.db", key)
    for statement in FIRST:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    document = VisitDocument()
    words: list[str] = []
    document.on_update = lambda update: connection.execute(
        "INSERT INTO journal (update_id, visit_id, client_id, author, acknowledged, data) VALUES (?, ?, 7, '', 0, ?)",
        (f"old-{len(words)}", VISIT, update),
    )
    for number in range(count):
        word = f"[old-{number}]"
        document.replace("hpi", 0, 0, word)
        words.append(word)
    connection.close()
    ready = type(sidecar)(sidecar.vault_id, sidecar.key_check, sidecar.backend, sidecar.created_at, ready=True)
    write_sidecar(place.folder, ready)
    return place, words


def harmed(folder: Path, count: int, chance: random.Random, tally: Tally, harm: "Harm") -> None:
    """Vaults that were killed while somebody typed, each copied and harmed."""
    done = 0
    while done < count:
        place, words = new_place(folder, f"{harm.name}{done}", chance.randint(10, 60), snapshot=chance.random() < 0.5)
        before = (place.folder / "vault.db").read_bytes()
        words += killed(place, "typing", f"h{done}", 0.05 + chance.random() * 0.3)
        if harm.closed:
            open_vault(place.folder, place.ring()).close()
        for number in range(done, min(done + SERIES, count)):
            copy = place.copy(f"copy{number}")
            harm.do(copy.folder, chance, before)
            check(copy, words, tally, harm.name)
            copy.remove()
        done += SERIES
        place.remove()
    progress(harm.name, tally)


@dataclass(frozen=True, slots=True)
class Harm:
    """A kind of damage. `closed`: to a vault whose log was folded in; `before` is the file as it was before that."""

    name: str
    closed: bool
    do: Callable[[Path, random.Random, bytes], None]


def cut_log(folder: Path, chance: random.Random, _before: bytes) -> None:
    """The end of the log is missing, zero or garbage, in sectors."""
    wal = folder / "vault.db-wal"
    data = bytearray(wal.read_bytes())
    sectors = chance.randint(1, max(1, min(64, len(data) // 512)))
    end = len(data) // 512 * 512 - (512 * chance.randint(0, 7))
    start = max(0, end - 512 * sectors)
    match chance.randint(0, 2):
        case 0:
            del data[start:]
        case 1:
            data[start:end] = bytes(end - start)
        case _:
            data[start:end] = chance.randbytes(end - start)
    wal.write_bytes(data)


def stale_pages(folder: Path, chance: random.Random, before: bytes) -> None:
    """Some pages of the file are as before the last checkpoint: they are authentic, and old."""
    path = folder / "vault.db"
    data = bytearray(path.read_bytes())
    places = range(0, min(len(data), len(before)), PAGE_BYTES)
    changed = [place for place in places if data[place : place + PAGE_BYTES] != before[place : place + PAGE_BYTES]]
    for place in chance.sample(changed, min(len(changed), chance.randint(1, 3))):
        data[place : place + PAGE_BYTES] = before[place : place + PAGE_BYTES]
    if chance.random() < 0.3 and len(data) > len(before):
        del data[len(before) :]
    path.write_bytes(data)


HARMS = {
    "torn_log": Harm("torn_log", closed=False, do=cut_log),
    "missing_writes": Harm("missing_writes", closed=True, do=stale_pages),
    "bit_in_log": Harm("bit_in_log", False, lambda folder, chance, _: flip_any_bit(folder / "vault.db-wal", chance)),
    "bit_in_file": Harm("bit_in_file", True, lambda folder, chance, _: flip_any_bit(folder / "vault.db", chance)),
}


def full_disks(folder: Path, count: int, chance: random.Random, tally: Tally) -> str:
    """Type until nothing more can be committed, half of the time until killed as well; then there is room again."""
    disk = folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(disk)]
    how = "tmpfs" if subprocess.run(mount, check=False, capture_output=True).returncode == 0 else "limit"
    try:
        for number in range(count):
            place, words = new_place(disk, f"full{number}", 5, snapshot=False)
            room = chance.randint(0, 400_000)
            filler = disk / "filler"
            if how == "tmpfs":
                ballast = place.folder / "vault.ballast"
                if chance.random() < 0.5:
                    ballast.unlink(missing_ok=True)
                with filler.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(disk).free - room))
            typed = typed_until_full(place, f"f{number}", chance.random() < 0.5, room if how == "limit" else None)
            tally.disks_filled += FULL in typed
            words += [word for word in typed if word != FULL]
            filler.unlink(missing_ok=True)
            check(place, words, tally, "full_disk")
            place.remove()
    finally:
        if how == "tmpfs":
            subprocess.run(["umount", "-l", str(disk)], check=False)
    progress("full_disk", tally)
    return how


def typed_until_full(place: Place, name: str, kill: bool, limit: int | None) -> list[str]:
    """Type in a process of its own until it cannot; the words that were shown as saved."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (300_000 + limit, resource.RLIM_INFINITY))
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            _type_until_full(Writer(place.folder, place.ring(), name), write, kill)
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said.decode().split()


def _type_until_full(writer: Writer, pipe: int, kill: bool) -> None:
    try:
        for _ in range(MANY):
            _say(pipe, writer.type())
    except VaultUnavailable:
        _say(pipe, [FULL])
    if kill:
        os.kill(os.getpid(), signal.SIGKILL)
    writer.vault.close()


def progress(what: str, tally: Tally) -> None:
    line = f"{what}: {tally.lost} lost, {tally.unreachable} unreachable, {tally.reported} reported"
    print(line, f"slowest {tally.slowest_s:.2f} s", *tally.problems[-3:], sep="; ", file=sys.stderr, flush=True)


def main() -> None:
    """Every kind, each as often as is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("kills", 1000), ("torn", 500), ("full", 200), ("log-bits", 100), ("file-bits", 200)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    tally, chance = Tally(), random.Random(given.seed)  # noqa: S311  # moments and places, no secrets
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kills(folder, given.kills, chance, tally)
        harmed(folder, given.torn // 2, chance, tally, HARMS["torn_log"])
        harmed(folder, given.torn - given.torn // 2, chance, tally, HARMS["missing_writes"])
        harmed(folder, given.log_bits, chance, tally, HARMS["bit_in_log"])
        harmed(folder, given.file_bits, chance, tally, HARMS["bit_in_file"])
        how = full_disks(folder, given.full, chance, tally)
    said = {name: getattr(tally, name) for name in Tally.__slots__}
    print(json.dumps({**said, "rounds": dict(tally.rounds), "disk": how}))


if __name__ == "__main__":
    main()
