"""The vault: journal, outbox, visits and small settings in one SQLCipher file. Implements ports.Vault."""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.ports import JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.database import naming_file_problems, naming_problems, open_database, transaction
from desktop.secure_store.keyring_call import VAULT_SERVICE
from desktop.secure_store.keys import Ring
from desktop.secure_store.lock import FolderLock
from desktop.secure_store.sidecar import NAMES, Sidecar, key_check, read_sidecar, write_sidecar
from wire.ids import new_id

KEY_BYTES = 32
FILE = "vault.db"


class SqlVault:
    """An open vault. Every method blocks and belongs to the thread that opened it."""

    def __init__(self, connection: Any, lock: FolderLock, vault_id: str) -> None:  # noqa: ANN401  # untyped driver
        self._connection = connection
        self._lock = lock
        self.vault_id = vault_id

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        with naming_problems(), transaction(self._connection):
            yield self._connection

    def _read(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with naming_problems():
            return list(self._connection.execute(sql, values).fetchall())

    def append(self, rows: Sequence[JournalRow]) -> None:
        """Commit document updates durably; a row that is there already stays as it is."""
        with self._transaction() as tx:
            tx.executemany(
                "INSERT OR IGNORE INTO journal (update_id, visit_id, client_id, author, acknowledged, data)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(r.update_id, r.visit_id, r.client_id, r.author, int(r.acknowledged), r.update) for r in rows],
            )

    def journal(self, visit_id: str) -> list[JournalRow]:
        """All updates of a visit's document, oldest first."""
        return self._journal("WHERE visit_id = ?", (visit_id,))

    def pending_updates(self, visit_id: str | None = None) -> list[JournalRow]:
        """Own updates that the gateway has not acknowledged, oldest first."""
        if visit_id is None:
            return self._journal("WHERE acknowledged = 0 AND author = ''", ())
        return self._journal("WHERE acknowledged = 0 AND author = '' AND visit_id = ?", (visit_id,))

    def _journal(self, where: str, values: tuple[object, ...]) -> list[JournalRow]:
        sql = (
            f"SELECT update_id, visit_id, client_id, data, author, acknowledged FROM journal {where} ORDER BY position"  # noqa: S608
        )
        return [
            JournalRow(update_id, visit, client_id, bytes(data), author, bool(acknowledged))
            for update_id, visit, client_id, data, author, acknowledged in self._read(sql, values)
        ]

    def acknowledge(self, update_ids: Sequence[str]) -> None:
        """The gateway has saved these updates."""
        with self._transaction() as tx:
            tx.executemany("UPDATE journal SET acknowledged = 1 WHERE update_id = ?", [(u,) for u in update_ids])

    def compact(self, merged: JournalRow, replaced: Sequence[str]) -> bool:
        """Put `merged` in the place of acknowledged neighbours of one author; False, and nothing done, otherwise."""
        with self._transaction() as tx:
            found, first, last = tx.execute(
                "SELECT count(*), min(position), max(position) FROM journal"
                " WHERE acknowledged = 1 AND visit_id = ? AND author = ? AND client_id = ?"
                " AND update_id IN (SELECT value FROM json_each(?))",
                (merged.visit_id, merged.author, merged.client_id, json.dumps(list(replaced))),
            ).fetchone()
            if not replaced or found != len(replaced):
                return False
            between = (merged.visit_id, first, last)
            where = "visit_id = ? AND position BETWEEN ? AND ?"
            if tx.execute(f"SELECT count(*) FROM journal WHERE {where}", between).fetchone()[0] != found:  # noqa: S608
                return False
            tx.execute(f"DELETE FROM journal WHERE {where}", between)  # noqa: S608
            tx.execute(
                "INSERT INTO journal (position, update_id, visit_id, client_id, author, acknowledged, data)"
                " VALUES (?, ?, ?, ?, ?, 1, ?)",
                (first, merged.update_id, merged.visit_id, merged.client_id, merged.author, merged.update),
            )
        return True

    def put_command(self, row: OutboxRow) -> None:
        """Keep a command until it is answered."""
        with self._transaction() as tx:
            tx.execute(
                "INSERT OR IGNORE INTO outbox (command_id, visit_id, command) VALUES (?, ?, ?)",
                (row.command_id, row.visit_id, row.command_json),
            )

    def commands(self) -> list[OutboxRow]:
        """Unanswered commands, oldest first."""
        rows = self._read("SELECT command_id, visit_id, command FROM outbox ORDER BY position")
        return [OutboxRow(*row) for row in rows]

    def drop_command(self, command_id: str) -> None:
        """The gateway answered it."""
        with self._transaction() as tx:
            tx.execute("DELETE FROM outbox WHERE command_id = ?", (command_id,))

    def put_visit(self, visit_id: str, visit_json: str, record_json: str) -> None:
        """Keep the newest summary and record of a visit."""
        with self._transaction() as tx:
            tx.execute(
                "INSERT INTO visits VALUES (?, ?, ?) ON CONFLICT (visit_id)"
                " DO UPDATE SET summary = excluded.summary, record = excluded.record",
                (visit_id, visit_json, record_json),
            )

    def visits(self) -> dict[str, tuple[str, str]]:
        """Kept visits: id to (summary, record)."""
        return {row[0]: (row[1], row[2]) for row in self._read("SELECT visit_id, summary, record FROM visits")}

    def put(self, key: str, value: str) -> None:
        """Keep a small setting."""
        with self._transaction() as tx:
            tx.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    def get(self, key: str) -> str | None:
        """A small setting, or None."""
        rows = self._read("SELECT value FROM settings WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def delete(self, key: str) -> None:
        """Forget a small setting."""
        with self._transaction() as tx:
            tx.execute("DELETE FROM settings WHERE key = ?", (key,))

    def purge_visit(self, visit_id: str) -> None:
        """Forget everything of a visit; WAL and free pages are overwritten at once."""
        with self._transaction() as tx:
            for table in ("journal", "outbox", "visits"):
                tx.execute(f"DELETE FROM {table} WHERE visit_id = ?", (visit_id,))  # noqa: S608
        with naming_problems():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Fold the WAL into the file, close, and give the lock back."""
        try:
            # On a full disk the WAL stays and is folded in later: what is committed lies in it.
            with suppress(VaultUnavailable), naming_problems():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
            self._lock.close()


def open_vault(folder: Path, ring: Ring) -> SqlVault:
    """Open the vault in a folder, or make a new one; VaultUnavailable with its problem otherwise.

    A new key is made only where no vault has ever been: never over existing data.
    """
    with ExitStack() as on_failure, naming_file_problems():
        _make_folder(folder)
        lock = FolderLock(folder)
        on_failure.callback(lock.close)
        file = folder / FILE
        sidecar, key = _sidecar_and_key(folder, ring)
        # The WAL takes its mode from this file, so that it must be private before SQLite makes one.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        file.chmod(0o600)
        connection = open_database(file, key)
        on_failure.callback(connection.close)
        if not sidecar.ready:
            write_sidecar(folder, replace(sidecar, ready=True))
        on_failure.pop_all()
    return SqlVault(connection, lock, sidecar.vault_id)


def _sidecar_and_key(folder: Path, ring: Ring) -> tuple[Sidecar, bytes]:
    """The vault's description and its key: made anew only where nothing of a vault lies."""
    sidecar = read_sidecar(folder)
    file, wal = folder / FILE, folder / f"{FILE}-wal"
    if sidecar is None:
        # The description is written before the file: a file or half a description without one is a loss.
        if file.exists() or wal.exists() or any((folder / name).exists() for name in NAMES):
            raise VaultUnavailable(VaultProblem.DAMAGED)
        return _new_key(folder, ring)
    if sidecar.ready and not (file.exists() and file.stat().st_size > 0):
        raise VaultUnavailable(VaultProblem.DAMAGED)
    return sidecar, _known_key(sidecar, ring)


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(folder)


def _new_key(folder: Path, ring: Ring) -> tuple[Sidecar, bytes]:
    """Make a key, and go on only when the keyring gives the very same one back."""
    key = secrets.token_bytes(KEY_BYTES)
    vault_id = new_id()
    ring.set_password(VAULT_SERVICE, vault_id, key.hex())
    if ring.get_password(VAULT_SERVICE, vault_id) != key.hex():
        raise VaultUnavailable(VaultProblem.KEYRING_DENIED)
    sidecar = Sidecar(
        vault_id, key_check(key), str(getattr(ring, "backend", type(ring).__name__)), datetime.now(UTC).isoformat()
    )
    write_sidecar(folder, sidecar)
    return sidecar, key


def _known_key(sidecar: Sidecar, ring: Ring) -> bytes:
    stored = ring.get_password(VAULT_SERVICE, sidecar.vault_id)
    if stored is None:
        raise VaultUnavailable(VaultProblem.KEY_MISSING)
    try:
        key = bytes.fromhex(stored)
    except ValueError:
        raise VaultUnavailable(VaultProblem.KEY_WRONG) from None
    if len(key) != KEY_BYTES or key_check(key) != sidecar.key_check:
        raise VaultUnavailable(VaultProblem.KEY_WRONG)
    return key
