"""The open vault: journal, outbox, visits and small settings in one SQLCipher file. Implements ports.Vault."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from desktop.ports import DiskState, JournalRow, OutboxRow, RescueReport, VaultProblem, VaultUnavailable
from desktop.secure_store.ballast import Ballast
from desktop.secure_store.chain import Link, first_fault, merged_seal, next_mac, origin, visit_tag
from desktop.secure_store.database import naming_file_problems, naming_problems, transaction
from desktop.secure_store.head import HeadFile, HeadRecord
from desktop.secure_store.lock import FolderLock
from desktop.secure_store.place import Place
from desktop.secure_store.rebuild import report_of
from desktop.secure_store.salvage import COLUMNS
from desktop.secure_store.schema import PUT_LINK, total_of, values_of
from desktop.secure_store.sidecar import write_sidecar
from desktop.secure_store.snapshots import Snapshots, forget_visit

T = TypeVar("T")
_PUT = (
    "INSERT OR IGNORE INTO journal (update_id, visit_id, first, number, client_id, author, acknowledged, mac, data)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an open vault holds besides its connection; it closes all of them."""

    lock: FolderLock
    head: HeadFile
    ballast: Ballast
    snapshots: Snapshots


class SqlVault:
    """An open vault. Every method blocks and belongs to the thread that opened it."""

    def __init__(self, connection: Any, place: Place, parts: Parts) -> None:  # noqa: ANN401  # untyped driver
        self._connection = connection
        self._parts = parts
        self.snapshots = parts.snapshots
        self._ends: dict[str, tuple[int, bytes]] = {}
        self._tags: dict[str, bytes] = {}
        self.place = place
        self.vault_id = place.sidecar.vault_id
        self.edits = 0
        """Appended since it was opened."""
        self.on_network = False
        """Whether a server keeps the folder."""
        self.checked = True
        """Whether the quick check came to its end when it was opened."""

    def _write(self, work: Callable[[Any], T]) -> T:
        """One transaction; on a full disk the reserve is given up for it, once."""
        try:
            result = self._commit(work)
        except VaultUnavailable as problem:
            if problem.problem is not VaultProblem.DISK_FULL or not self._parts.ballast.give_up():
                raise
            return self._commit(work)
        self._parts.ballast.take_again()
        return result

    def _commit(self, work: Callable[[Any], T]) -> T:
        with naming_problems(), transaction(self._connection):
            return work(self._connection)

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with naming_problems():
            return list(self._connection.execute(sql, values).fetchall())

    # --- the journal ---------------------------------------------------------------------------------------------

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Commit document updates durably; a row that is there already stays as it is."""

        def work(tx: Any) -> tuple[dict[str, tuple[int, bytes]], list[HeadRecord]]:  # noqa: ANN401
            ends: dict[str, tuple[int, bytes]] = {}
            records: dict[str, HeadRecord] = {}
            for row in rows:
                number, before = ends.get(row.visit_id) or self._end_of(tx, row.visit_id)
                mac = next_mac(self.place.chain_key, before, (number + 1, number + 1), row)
                ids = (row.update_id, row.visit_id, number + 1, number + 1, row.client_id, row.author)
                put = tx.execute(_PUT, (*ids, int(row.acknowledged), mac, row.update))
                if put.rowcount:
                    ends[row.visit_id] = (number + 1, mac)
                    edits = records[row.visit_id].edits + 1 if row.visit_id in records else 1
                    tag = self._tag(row.visit_id)
                    records[row.visit_id] = HeadRecord(put.lastrowid, number + 1, edits, tag, mac)
            return ends, sorted(records.values(), key=lambda record: record.total)

        ends, records = self._write(work)
        self._ends.update(ends)
        for record in records:
            self._parts.head.note(record)
            self.edits += record.edits

    def _tag(self, visit_id: str) -> bytes:
        if visit_id not in self._tags:
            self._tags[visit_id] = visit_tag(self.place.chain_key, visit_id)
        return self._tags[visit_id]

    def _end_of(self, tx: Any, visit_id: str) -> tuple[int, bytes]:  # noqa: ANN401
        """The last number of a visit and the link that the next one covers."""
        known = self._ends.get(visit_id)
        if known is None:
            gap = tx.execute("SELECT coalesce(max(last), 0) FROM gaps WHERE visit_id = ?", (visit_id,)).fetchone()[0]
            number, mac = _last(tx, visit_id, 2**62) or (0, origin(self.place.chain_key, visit_id))
            known = (max(number, gap), mac)
        return known

    def journal(self, visit_id: str) -> list[JournalRow]:
        """All updates of a visit's document, oldest first."""
        return self._journal("WHERE visit_id = ? ORDER BY number", (visit_id,))

    def pending_updates(self, visit_id: str | None = None) -> list[JournalRow]:
        """Own updates that the gateway has not acknowledged, oldest first."""
        if visit_id is None:
            return self._journal("WHERE acknowledged = 0 AND author = '' ORDER BY position", ())
        return self._journal("WHERE acknowledged = 0 AND author = '' AND visit_id = ? ORDER BY number", (visit_id,))

    def _journal(self, where: str, values: tuple[object, ...]) -> list[JournalRow]:
        sql = f"SELECT update_id, visit_id, client_id, data, author, acknowledged FROM journal {where}"  # noqa: S608
        return [
            JournalRow(update_id, visit, client_id, bytes(data), author, bool(acknowledged))
            for update_id, visit, client_id, data, author, acknowledged in self._read(sql, values)
        ]

    def acknowledge(self, update_ids: Sequence[str]) -> None:
        """The gateway has saved these updates."""
        sql = "UPDATE journal SET acknowledged = 1 WHERE update_id = ?"
        self._write(lambda tx: tx.executemany(sql, [(update_id,) for update_id in update_ids]))

    def compact(self, merged: JournalRow, replaced: Sequence[str]) -> bool:
        """Put `merged` in the place of acknowledged neighbours of one author; False, and nothing done, otherwise.

        The merged row keeps the link of the last one that it replaces and seals its own content between the links on
        both its sides, so that the chain stays provable.
        """
        return self._write(lambda tx: self._compact(tx, replace(merged, acknowledged=True), replaced))

    def _compact(self, tx: Any, merged: JournalRow, replaced: Sequence[str]) -> bool:  # noqa: ANN401
        found, first, last = tx.execute(
            "SELECT count(*), min(first), max(number) FROM journal"
            " WHERE acknowledged = 1 AND visit_id = ? AND author = ? AND client_id = ?"
            " AND update_id IN (SELECT value FROM json_each(?))",
            (merged.visit_id, merged.author, merged.client_id, json.dumps(list(replaced))),
        ).fetchone()
        if not replaced or found != len(replaced):
            return False
        between = (merged.visit_id, first, last)
        where = "visit_id = ? AND number BETWEEN ? AND ?"
        rows, position = tx.execute(f"SELECT count(*), min(position) FROM journal WHERE {where}", between).fetchone()  # noqa: S608
        if (
            rows != found
            or tx.execute("SELECT 1 FROM gaps WHERE visit_id = ? AND first BETWEEN ? AND ?", between).fetchone()
        ):
            return False
        _, mac = _last(tx, merged.visit_id, last) or (0, b"")
        before = _last(tx, merged.visit_id, first - 1) or (0, origin(self.place.chain_key, merged.visit_id))
        link = Link(position, first, last, merged, mac)
        tx.execute(f"DELETE FROM journal WHERE {where}", between)  # noqa: S608
        sealed = replace(link, seal=merged_seal(self.place.chain_key, before[1], link))
        tx.execute(PUT_LINK, values_of(sealed))
        return True

    def unproven(self, visit_id: str) -> int | None:
        """The first edit of a visit that the chain does not prove, or None."""
        sql = f"SELECT {COLUMNS['journal']} FROM journal WHERE visit_id = ? ORDER BY number"  # noqa: S608  # our names
        links = []
        for position, update_id, visit, first, number, client, author, acknowledged, mac, seal, data in self._read(
            sql, (visit_id,)
        ):
            row = JournalRow(update_id, visit, client, bytes(data), author, bool(acknowledged))
            links.append(Link(position, first, number, row, bytes(mac), None if seal is None else bytes(seal)))
        gaps = self._read("SELECT first, last FROM gaps WHERE visit_id = ?", (visit_id,))
        return first_fault(self.place.chain_key, visit_id, links, [(first, last) for first, last in gaps])

    def purge_visit(self, visit_id: str) -> None:
        """Forget everything of a visit; WAL, free pages and snapshots are overwritten at once."""
        tag = self._tag(visit_id)
        self._write(lambda tx: forget_visit(tx, visit_id, tag.hex()))
        self._ends.pop(visit_id, None)
        with naming_problems():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            total = total_of(self._connection)
        self._parts.head.note(HeadRecord(total, 0, 0, tag, bytes(16)))
        self._parts.snapshots.forget(visit_id)

    def visit_ids(self) -> list[str]:
        """Every visit of which anything is kept."""
        sql = "SELECT visit_id FROM visits UNION SELECT visit_id FROM journal UNION SELECT visit_id FROM outbox"
        return [row[0] for row in self._read(sql)]

    def unsent(self) -> dict[str, int]:
        """How many own edits and commands of each visit the gateway has not answered."""
        sql = (
            "SELECT visit_id, sum(number) FROM"
            " (SELECT visit_id, number - first + 1 AS number FROM journal WHERE acknowledged = 0 AND author = ''"
            "  UNION ALL SELECT visit_id, 1 FROM outbox) GROUP BY visit_id"
        )
        return {row[0]: row[1] for row in self._read(sql)}

    def reduce_to(self, visit_ids: Sequence[str]) -> None:
        """Forget every other visit, in one transaction, and every snapshot of the whole."""
        going = [visit_id for visit_id in self.visit_ids() if visit_id not in visit_ids]

        def work(tx: Any) -> None:  # noqa: ANN401
            for visit_id in going:
                forget_visit(tx, visit_id, self._tag(visit_id).hex())

        self._write(work)
        with naming_problems():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            total = total_of(self._connection)
        for visit_id in going:
            self._ends.pop(visit_id, None)
            self._parts.head.note(HeadRecord(total, 0, 0, self._tag(visit_id), bytes(16)))
        self._parts.snapshots.drop_all()

    # --- commands, visits, settings --------------------------------------------------------------------------------

    def put_command(self, row: OutboxRow) -> None:
        """Keep a command until it is answered."""
        sql = "INSERT OR IGNORE INTO outbox (command_id, visit_id, command) VALUES (?, ?, ?)"
        self._write(lambda tx: tx.execute(sql, (row.command_id, row.visit_id, row.command_json)))

    def commands(self) -> list[OutboxRow]:
        """Unanswered commands, oldest first."""
        rows = self._read("SELECT command_id, visit_id, command FROM outbox ORDER BY position")
        return [OutboxRow(*row) for row in rows]

    def drop_command(self, command_id: str) -> None:
        """The gateway answered it."""
        self._write(lambda tx: tx.execute("DELETE FROM outbox WHERE command_id = ?", (command_id,)))

    def put_visit(self, visit_id: str, visit_json: str, record_json: str) -> None:
        """Keep the newest summary and record of a visit."""
        sql = (
            "INSERT INTO visits VALUES (?, ?, ?) ON CONFLICT (visit_id)"
            " DO UPDATE SET summary = excluded.summary, record = excluded.record"
        )
        self._write(lambda tx: tx.execute(sql, (visit_id, visit_json, record_json)))

    def visit(self, visit_id: str) -> tuple[str, str] | None:
        """A kept visit's (summary, record), or None."""
        rows = self._read("SELECT summary, record FROM visits WHERE visit_id = ?", (visit_id,))
        return (rows[0][0], rows[0][1]) if rows else None

    def visits(self) -> dict[str, tuple[str, str]]:
        """Kept visits: id to (summary, record)."""
        return {row[0]: (row[1], row[2]) for row in self._read("SELECT visit_id, summary, record FROM visits")}

    def put(self, key: str, value: str) -> None:
        """Keep a small setting."""
        sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        self._write(lambda tx: tx.execute(sql, (key, value)))

    def get(self, key: str) -> str | None:
        """A small setting, or None."""
        rows = self._read("SELECT value FROM settings WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def delete(self, key: str) -> None:
        """Forget a small setting."""
        self._write(lambda tx: tx.execute("DELETE FROM settings WHERE key = ?", (key,)))

    # --- the state of the store ------------------------------------------------------------------------------------

    def reports(self) -> list[RescueReport]:
        """Rescues that nobody has read yet, oldest first."""
        return [report_of(row[0]) for row in self._read("SELECT report FROM reports ORDER BY report_id")]

    def drop_report(self, report_id: str) -> None:
        """Somebody has read it."""
        self._write(lambda tx: tx.execute("DELETE FROM reports WHERE report_id = ?", (report_id,)))

    def disk(self) -> DiskState:
        """How much room there is, and whether it is a place to rely on."""
        state = self._parts.ballast.state()
        return DiskState.NETWORK if state is DiskState.ENOUGH and self.on_network else state

    def owner(self) -> str:
        """Whose vault it is; empty: nobody has signed in yet."""
        return self.place.sidecar.owner

    def claim(self, owner: str) -> None:
        """From now on it is this one's; both descriptions say so."""
        self.describe(owner=owner)

    def describe(self, **changes: str) -> None:
        """Change what the descriptions say."""
        sidecar = replace(self.place.sidecar, **changes)  # type: ignore[arg-type]  # our field names
        if sidecar != self.place.sidecar:
            with naming_file_problems():
                write_sidecar(self.place.folder, sidecar)
            self.place = replace(self.place, sidecar=sidecar)

    def mark(self) -> None:
        """Write how far the journal has come into both descriptions."""
        with naming_problems():
            total = total_of(self._connection)
        newest = self._read("SELECT mac FROM journal WHERE position = ?", (total,))
        value = bytes(newest[0][0]).hex() if newest else ""
        sidecar = replace(self.place.sidecar, head_count=total, head_value=value)
        if sidecar != self.place.sidecar:
            write_sidecar(self.place.folder, sidecar)
            self.place = replace(self.place, sidecar=sidecar)

    def close(self) -> None:
        """Fold the WAL into the file, mark how far it had come, close, and give the lock back."""
        try:
            # On a full disk the WAL stays and is folded in later: what is committed lies in it.
            with suppress(VaultUnavailable, OSError), naming_problems():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                self.mark()
        finally:
            self._connection.close()
            self._parts.head.close()
            self._parts.lock.close()

    def abandon(self) -> None:
        """Close without another look at a damaged file, whose evidence is set aside."""
        try:
            with suppress(VaultUnavailable), naming_problems():
                self._connection.close()
        finally:
            self._parts.head.close()
            self._parts.lock.close()


def _last(tx: Any, visit_id: str, at_most: int) -> tuple[int, bytes] | None:  # noqa: ANN401
    """Number and link of a visit's last row up to a number."""
    found = tx.execute(
        "SELECT number, mac FROM journal WHERE visit_id = ? AND number <= ? ORDER BY number DESC LIMIT 1",
        (visit_id, at_most),
    ).fetchone()
    return (found[0], bytes(found[1])) if found else None
