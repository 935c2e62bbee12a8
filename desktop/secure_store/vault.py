"""The vault: journal, outbox, visits and small settings in one SQLCipher file. Implements ports.Vault."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop.ports import JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.database import naming_problems, open_database
from desktop.secure_store.keys import VAULT_SERVICE, Ring
from desktop.secure_store.lock import FolderLock
from desktop.secure_store.sidecar import Sidecar, key_check, read_sidecar, write_sidecar
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
        with naming_problems():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

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
            with naming_problems():
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
            self._lock.close()


def open_vault(folder: Path, ring: Ring) -> SqlVault:
    """Open the vault in a folder, or make a new one; VaultUnavailable with its problem otherwise.

    A new key is made only where no vault has ever been: never over existing data.
    """
    _make_folder(folder)
    lock = FolderLock(folder)
    try:
        sidecar = read_sidecar(folder)
        file = folder / FILE
        there = file.exists() and file.stat().st_size > 0
        if sidecar is None:
            if there:
                raise VaultUnavailable(VaultProblem.DAMAGED)
            sidecar, key = _new_key(folder, ring)
        else:
            if sidecar.ready and not there:
                raise VaultUnavailable(VaultProblem.DAMAGED)
            key = _known_key(sidecar, ring)
        connection = open_database(file, key)
        file.chmod(0o600)
        if not sidecar.ready:
            write_sidecar(folder, replace(sidecar, ready=True))
        return SqlVault(connection, lock, sidecar.vault_id)
    except BaseException:
        lock.close()
        raise


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(folder)
    except OSError as problem:
        raise VaultUnavailable(VaultProblem.NOT_WRITABLE) from problem


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
    try:
        write_sidecar(folder, sidecar)
    except OSError as problem:
        full = problem.errno == 28  # ENOSPC
        raise VaultUnavailable(VaultProblem.DISK_FULL if full else VaultProblem.NOT_WRITABLE) from problem
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
