"""Opens the SQLCipher file: its settings, its checks, and which of our problems an SQLite error is."""

import errno
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.chain import chain_key
from desktop.secure_store.schema import migrate, schema_version
from desktop.secure_store.transactions import transaction as transaction

CHECK_OPERATIONS = 1000
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


def open_database(path: Path, key: bytes) -> "sqlcipher.Connection":
    """Open or create the file with a raw 32-byte key, in the newest schema; the caller's thread owns it."""
    connection = connect(path, key)
    with ExitStack() as on_failure:
        on_failure.callback(connection.close)
        with naming_problems():
            migrate(connection, chain_key(key))
        on_failure.pop_all()
    return connection


def connect(path: Path, key: bytes, journal_mode: str = "WAL") -> "sqlcipher.Connection":
    """Open or create the file as it is; VaultUnavailable when it cannot be read with this key."""
    with naming_problems(), ExitStack() as on_failure:
        connection = sqlcipher.connect(str(path), isolation_level=None)
        on_failure.callback(connection.close)
        if hasattr(connection, "enable_load_extension"):
            connection.enable_load_extension(False)
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for pragma in (
            "cipher_memory_security = OFF",
            f"journal_mode = {journal_mode}",
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
        schema_version(connection)
        on_failure.pop_all()
    return connection


def is_sound(connection: "sqlcipher.Connection", seconds: float) -> bool | None:
    """SQLite's quick check, and the journal against its index: a page that is authentic and old is found so.

    None when it took longer than `seconds`.
    """
    until = time.monotonic() + seconds
    connection.set_progress_handler(lambda: int(time.monotonic() > until), CHECK_OPERATIONS)
    try:
        found: list[tuple[str]] = connection.execute("PRAGMA quick_check(1)").fetchall()
        return found == [("ok",)] and _journal_agrees(connection)
    except sqlcipher.OperationalError as stopped:
        return None if "interrupted" in str(stopped) else False
    except sqlcipher.DatabaseError:
        return False
    finally:
        connection.set_progress_handler(None, 0)


def _journal_agrees(connection: "sqlcipher.Connection") -> bool:
    if schema_version(connection) < 2:
        return True
    sums = [
        connection.execute(f"SELECT count(*), sum(number - first) FROM journal {how}").fetchone()  # noqa: S608
        for how in ("NOT INDEXED", "INDEXED BY journal_of_visit")
    ]
    return bool(sums[0] == sums[1])


def is_sound_throughout(connection: "sqlcipher.Connection") -> bool:
    """The long check: every page's authenticity in the file, and indexes against tables. A log is folded in before."""
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        authentic = connection.execute("PRAGMA cipher_integrity_check").fetchall() == []
        return bool(authentic and connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)])
    except sqlcipher.DatabaseError:
        return False
