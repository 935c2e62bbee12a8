"""What happens to a damaged vault: set aside as it is, read row by row, and gone on with in a fresh file.

The damaged files are copied into a folder that is never overwritten and never deleted; from then on everything is made
from that copy, so that a crash at any moment only means doing it again. The live file is replaced last.
"""

import json
import shutil
from collections.abc import Iterator
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
MENDED = "mended"
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
    sources: list[Content] = []
    live: frozenset[str] = frozenset()
    account, whole_log = None, False
    for name, content in _sources(place, evidence, work):
        if name == "as it is":
            live = frozenset(link.row.update_id for link in content.links)
        whole_log |= name == MENDED and set(COLUMNS) <= content.whole
        sources.append(content)
        whole = together(sources, place.chain_key)
        account = settle(whole, known, place.chain_key, live)
        if name != MENDED and not account.missing and {"outbox", "visits", "settings"} <= whole.whole:
            break
    if account is None:
        account = settle(Content(), known, place.chain_key, live)
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


def _sources(place: Place, evidence: Path, work: Path) -> Iterator[tuple[str, Content]]:
    """Everything that there is to read, newest first: each a copy, because reading may write."""
    variants: list[tuple[str, bytes | None]] = []
    wal = evidence / f"{FILE}-wal"
    data = wal.read_bytes() if wal.exists() else b""
    if data:
        variants += [(MENDED, mended(data, leave_out_broken=False)), (MENDED, mended(data, leave_out_broken=True))]
    variants.append(("as it is", data))
    if data:
        variants.append(("file alone", b""))
    for number, (name, log) in enumerate(variants):
        if log is None or not (evidence / FILE).exists():
            continue
        copy = work / f"{number}.db"
        copy_whole(evidence / FILE, copy)
        if log:
            (work / f"{number}.db-wal").write_bytes(log)
        content = read_content(copy, place.key)
        if content is not None:
            yield name, content
    for path in Snapshots(place.folder, place.file, place.key).newest_first():
        copy = work / f"snapshot-{path.name}"
        copy_whole(path, copy)
        content = read_content(copy, place.key)
        if content is not None:
            yield "snapshot", content
