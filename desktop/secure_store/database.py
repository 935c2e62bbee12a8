"""Opens the SQLCipher file: settings, schema, and which of our problems an SQLite error is."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from desktop.ports import VaultProblem, VaultUnavailable

SCHEMA_VERSION = 1
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        update_id TEXT NOT NULL UNIQUE,
        visit_id TEXT NOT NULL,
        client_id INTEGER NOT NULL,
        author TEXT NOT NULL,
        acknowledged INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT;
    CREATE INDEX journal_of_visit ON journal (visit_id, position);
    CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        command_id TEXT NOT NULL UNIQUE,
        visit_id TEXT NOT NULL,
        command TEXT NOT NULL
    ) STRICT;
    CREATE TABLE visits (
        visit_id TEXT PRIMARY KEY,
        summary TEXT NOT NULL,
        record TEXT NOT NULL
    ) STRICT;
    CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    """,
)
"""Forward only; the schema's number is `user_version`. Each step runs in one transaction with its number."""

_FULL = 13
_CODES = {
    _FULL: VaultProblem.DISK_FULL,
    8: VaultProblem.NOT_WRITABLE,  # SQLITE_READONLY
    10: VaultProblem.NOT_WRITABLE,  # SQLITE_IOERR
    14: VaultProblem.NOT_WRITABLE,  # SQLITE_CANTOPEN
    11: VaultProblem.DAMAGED,  # SQLITE_CORRUPT
    26: VaultProblem.DAMAGED,  # SQLITE_NOTADB
    5: VaultProblem.IN_USE,  # SQLITE_BUSY
}


@contextmanager
def naming_problems() -> Iterator[None]:
    """Turn SQLite's errors into VaultUnavailable by their result code."""
    try:
        yield
    except sqlcipher.DatabaseError as problem:
        code = getattr(problem, "sqlite_errorcode", None)
        known = None if code is None else _CODES.get(code & 0xFF)
        if known is None:
            known = _by_text(str(problem))
        if known is None:
            raise
        raise VaultUnavailable(known) from problem


def _by_text(text: str) -> VaultProblem | None:
    """sqlcipher3 0.6 gives no result codes; these texts are SQLite's own (sqlite3ErrStr), not localized."""
    texts = {
        "disk is full": VaultProblem.DISK_FULL,
        "readonly": VaultProblem.NOT_WRITABLE,
        "disk I/O error": VaultProblem.NOT_WRITABLE,
        "unable to open": VaultProblem.NOT_WRITABLE,
        "malformed": VaultProblem.DAMAGED,
        "not a database": VaultProblem.DAMAGED,
        "locked": VaultProblem.IN_USE,
    }
    return next((problem for part, problem in texts.items() if part in text), None)


@contextmanager
def naming_file_problems() -> Iterator[None]:
    """Turn the operating system's refusals into VaultUnavailable: no space, or not writable."""
    try:
        yield
    except OSError as problem:
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        raise VaultUnavailable(VaultProblem.DISK_FULL if full else VaultProblem.NOT_WRITABLE) from problem


@contextmanager
def transaction(connection: "sqlcipher.Connection") -> Iterator[None]:
    """One write transaction: committed at the end, rolled back when anything goes wrong before."""
    connection.execute("BEGIN IMMEDIATE")
    committed = False
    try:
        yield
        connection.execute("COMMIT")
        committed = True
    finally:
        # A full disk may have rolled back already.
        if not committed and connection.in_transaction:
            connection.execute("ROLLBACK")


def open_database(path: Path, key: bytes) -> "sqlcipher.Connection":
    """Open or create the file with a raw 32-byte key; the caller's thread owns the connection."""
    with naming_problems(), ExitStack() as on_failure:
        connection = sqlcipher.connect(str(path), isolation_level=None)
        on_failure.callback(connection.close)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in (
            "cipher_memory_security = OFF",
            "journal_mode = WAL",
            "synchronous = FULL",
            "fullfsync = ON",
            "secure_delete = ON",
            "temp_store = MEMORY",
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "cell_size_check = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if not connection.execute("PRAGMA cipher_version").fetchone():
            raise RuntimeError("this SQLite does not encrypt")
        _migrate(connection)
        on_failure.pop_all()
    return connection


def _migrate(connection: "sqlcipher.Connection") -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise VaultUnavailable(VaultProblem.NEWER_SCHEMA)
    for number in range(version, SCHEMA_VERSION):
        with transaction(connection):
            for statement in MIGRATIONS[number].split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
