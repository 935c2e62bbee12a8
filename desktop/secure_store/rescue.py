"""What happens to a damaged vault: set aside as it is, read row by row, and gone on with in a fresh file.

The damaged files are copied into a folder that is never overwritten and never deleted; from then on everything is made
from that copy, so that a crash at any moment only means doing it again. The live file is replaced last.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from desktop.ports import DamageCause, RescueReport
from desktop.secure_store.account import Account, Known, settle, together
from desktop.secure_store.ballast import NAME as BALLAST
from desktop.secure_store.ballast import Ballast
from desktop.secure_store.durable import copy_whole, sync_folder, write_whole
from desktop.secure_store.head import NAME as HEAD
from desktop.secure_store.head import HeadRecord, make_head, read_head
from desktop.secure_store.place import FILE, Place
from desktop.secure_store.rebuild import report_row, write_file
from desktop.secure_store.salvage import COLUMNS, Content, read_content
from desktop.secure_store.sidecar import NAMES, write_sidecar
from desktop.secure_store.snapshots import Snapshots
from desktop.secure_store.wal import mended

ASIDE = "set-aside"
MARKER = "vault.rescue"
WORK = "rescue"
EVIDENCE = (FILE, f"{FILE}-wal", f"{FILE}-shm", HEAD, *NAMES)


@dataclass(frozen=True, slots=True)
class Begun:
    """A rescue. `aside` is the name of the folder with the evidence, once it is set aside."""

    aside: str
    cause: DamageCause
    happened_at: str
    """ISO 8601, UTC."""
    unknown: int = 0
    """Edits that are missing besides those that the counts show."""
    dropped: int = 0
    """Transactions in the log that SQLite does not read."""


def begin_rescue(place: Place, begun: Begun) -> Begun:
    """Set the files aside, and say so on the disk; then close every connection, and `finish`.

    A connection that found the damage may still be open: closing it before would fold half a log into the file.
    """
    with suppress(OSError):
        if Ballast(place.folder).free_bytes() < 3 * sum(_size(place.folder / name) for name in EVIDENCE):
            (place.folder / BALLAST).unlink(missing_ok=True)
    begun = replace(begun, aside=set_aside(place.folder, datetime.fromisoformat(begun.happened_at)))
    write_whole(place.folder / MARKER, json.dumps(asdict(begun)).encode())
    return begun


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def set_aside(folder: Path, now: datetime) -> str:
    """Copy the evidence into a new folder; its name."""
    parent = folder / ASIDE
    parent.mkdir(mode=0o700, exist_ok=True)
    for number in count():
        name = f"{now:%Y%m%dT%H%M%SZ}" + (f"-{number}" if number else "")
        with suppress(FileExistsError):
            (parent / name).mkdir(mode=0o700)
            break
    for file in EVIDENCE:
        if (folder / file).exists():
            copy_whole(folder / file, parent / name / file)
    sync_folder(parent / name)
    sync_folder(parent)
    return name


def unfinished(folder: Path) -> Begun | None:
    """The rescue that a crash interrupted, or None."""
    try:
        said = json.loads((folder / MARKER).read_text())
        cause = DamageCause(said["cause"])
        return Begun(said["aside"], cause, said["happened_at"], said["unknown"], said["dropped"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def finish(place: Place, begun: Begun) -> tuple[Place, RescueReport]:
    """Make the fresh vault from the evidence, and put it in the place of the damaged one."""
    work = place.folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    account, whole_log = _read_everything(place, place.folder / ASIDE / begun.aside, work)
    if not account.missing:
        # What the counts cannot show: the last of the dropped transactions may never have been called saved.
        account.missing_elsewhere = max(begun.unknown, 0 if whole_log else begun.dropped - 1)
    report = RescueReport(
        begun.aside, begun.happened_at, begun.cause, f"{ASIDE}/{begun.aside}", account.kept, account.visits,
        account.missing_elsewhere,
    )  # fmt: skip
    content = account.content
    content.reports = [row for row in content.reports if row[0] != report.report_id] + [report_row(report)]
    silent = begun.cause is DamageCause.CHANGES_MISSING and not report.missing and not report.visits
    if silent:  # the end of the log was torn before it had been called saved: nothing was lost, nothing is said
        content.reports.pop()
    write_file(work / FILE, place.key, content)
    # The old log first: SQLite would put its pages into the new file.
    for name in (f"{FILE}-wal", f"{FILE}-shm"):
        (place.folder / name).unlink(missing_ok=True)
    sync_folder(place.folder)
    (work / FILE).replace(place.file)
    sync_folder(place.folder)
    place = begin_head(place, content)
    (place.folder / MARKER).unlink()
    sync_folder(place.folder)
    shutil.rmtree(work, ignore_errors=True)
    return place, report


def begin_head(place: Place, content: Content) -> Place:
    """The head and both descriptions of a file that was written anew."""
    total = content.total or 0
    newest = max(content.links, key=lambda link: link.position, default=None)
    value = newest.mac if newest is not None and newest.position == total else b""
    record = HeadRecord(total, 0, 0, bytes(8), value.ljust(16, b"\0"))
    make_head(place.head, place.chain_key, place.sidecar.vault_id, record)
    sidecar = replace(place.sidecar, head_count=total, head_value=value.hex(), ready=True)
    write_sidecar(place.folder, sidecar)
    return replace(place, sidecar=sidecar)


def _read_everything(place: Place, evidence: Path, work: Path) -> tuple[Account, bool]:
    """What file, log and snapshots still have, as far as is needed; whether the log could be read to its end."""
    known = _known(place, evidence)
    as_it_is, *others = _readings(evidence, work)
    found = as_it_is.read(place.key)
    live = frozenset(link.row.update_id for link in found.links) if found is not None else frozenset()
    sources: list[Content] = []
    whole_log = False
    account = settle(Content(), known, place.chain_key, live)
    for reading in [*others, *_snapshots(place, work)]:
        content = found if reading is as_it_is else reading.read(place.key)
        if content is None:
            continue
        whole_log |= reading.of_log and set(COLUMNS) <= content.whole
        sources.append(content)
        whole = together(sources, place.chain_key)
        account = settle(whole, known, place.chain_key, live)
        if not account.missing and {"outbox", "visits", "settings"} <= whole.whole:
            break
    return account, whole_log


def _known(place: Place, evidence: Path) -> Known:
    """What the head and the description said."""
    head = read_head(evidence / HEAD, place.chain_key)
    if head is None:
        return Known(place.sidecar.head_count)
    try:
        total = head.newest.total if head.newest is not None else 0
        return Known(max(total, place.sidecar.head_count), head.numbers())
    finally:
        head.close()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One way to read what there is: a file with a log beside it, copied, because reading may write."""

    source: Path
    copy: Path
    log: Callable[[], bytes | None] = lambda: b""
    """Made when it is needed; None: there is no such log, and nothing to read."""
    of_log: bool = False
    """Whether the log is one that was mended."""

    def read(self, key: bytes) -> Content | None:
        """What can be read; None when nothing can."""
        log = self.log() if self.source.exists() else None
        if log is None:
            return None
        copy_whole(self.source, self.copy)
        if log:
            self.copy.with_name(f"{self.copy.name}-wal").write_bytes(log)
        return read_content(self.copy, key)


def _readings(evidence: Path, work: Path) -> list[_Reading]:
    """The vault as it is; then all ways to read it, the one that goes furthest first."""
    file, wal = evidence / FILE, evidence / f"{FILE}-wal"
    data = wal.read_bytes() if wal.exists() else b""
    as_it_is = _Reading(file, work / "as-it-is.db", lambda: data)
    if not data:
        return [as_it_is, as_it_is]
    return [
        as_it_is,
        _Reading(file, work / "mended.db", lambda: mended(data, leave_out_broken=False), of_log=True),
        _Reading(file, work / "left-out.db", lambda: mended(data, leave_out_broken=True), of_log=True),
        as_it_is,
        _Reading(file, work / "alone.db"),
    ]


def _snapshots(place: Place, work: Path) -> list[_Reading]:
    paths = Snapshots(place.folder, place.file, place.key).newest_first()
    return [_Reading(path, work / f"snapshot-{path.name}") for path in paths]
