"""The database handle: serialized writes with the audit chain in the same transaction, and plain reads."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import rfc8785
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, CursorResult, Executable, event, insert, select, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.audit import GENESIS, AuditEntry, AuditRow, chain
from gateway.store import tables

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number, the same in every gateway process on one PostgreSQL database.
_ADVISORY_LOCK = 0x416C636F7665
_SQLITE_FULL = 13
_POSTGRES_FULL = "53100"


class StorageFull(Exception):
    """The disk under the database is full: a thing to tell the user; the transaction was rolled back."""


class Transaction:
    """A connection inside a transaction, and the one time at which everything in it happens."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | list[dict[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one Core statement."""
        result = await self._connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)  # noqa: S101  # what the async engine always gives
        return result

    async def audit(
        self,
        actor: str,
        action: str,
        subject: Mapping[str, str] | None = None,
        details: Mapping[str, str | int] | None = None,
    ) -> None:
        """Append an audit entry (ids, codes and counts only) that commits or vanishes with this transaction."""
        last = (
            await self.execute(
                select(tables.audit.c.seq, tables.audit.c.hash).order_by(tables.audit.c.seq.desc()).limit(1)
            )
        ).one_or_none()
        seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
        row = chain(seq, self.now, AuditEntry(actor, action, subject or {}, details or {}), previous)
        await self.execute(
            insert(tables.audit).values(
                seq=row.seq,
                at=row.at,
                actor=row.entry.actor,
                action=row.entry.action,
                subject=rfc8785.dumps(dict(row.entry.subject)).decode(),
                details=rfc8785.dumps(dict(row.entry.details)).decode(),
                prev_hash=row.prev_hash,
                hash=row.hash,
            )
        )


@dataclass(frozen=True, slots=True)
class Database:
    """One gateway database. `write` serializes: one writer at a time, in this process and among processes."""

    engine: AsyncEngine
    _lock: asyncio.Lock

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open by SQLAlchemy URL: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://...`; connects at first use."""
        engine = create_async_engine(url, pool_pre_ping=url.startswith("postgresql"))
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
        return cls(engine, asyncio.Lock())

    async def upgrade(self) -> None:
        """Bring the schema to the newest version; all or nothing. SQLAlchemyError when the database cannot be used."""
        if self.engine.dialect.name == "sqlite":
            _try_file(self.engine.url.database)
        async with self._lock, self.engine.connect() as connection:
            await connection.execution_options(alcove_write=True)
            async with connection.begin():
                await connection.run_sync(_run_migrations)

    @asynccontextmanager
    async def write(self, now: datetime) -> AsyncIterator[Transaction]:
        """A serialized transaction: commits at the end, or leaves nothing; StorageFull when the disk is full."""
        async with self._lock:
            try:
                async with self.engine.connect() as connection:
                    await connection.execution_options(alcove_write=True)
                    async with connection.begin():
                        if self.engine.dialect.name == "postgresql":
                            await connection.execute(
                                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
                            )
                        yield Transaction(connection, now)
            except DBAPIError as error:
                if _is_full(error):
                    raise StorageFull from error
                raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading one consistent state."""
        async with self.engine.connect() as connection:
            yield connection

    async def audit_rows(self) -> list[AuditRow]:
        """The whole audit chain, oldest first, as `gateway.audit.verify` takes it."""
        async with self.read() as connection:
            rows = (await connection.execute(select(tables.audit).order_by(tables.audit.c.seq))).all()
        return [
            AuditRow(
                row.seq,
                row.at,
                AuditEntry(row.actor, row.action, json.loads(row.subject), json.loads(row.details)),
                row.prev_hash,
                row.hash,
            )
            for row in rows
        ]

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _try_file(path: str | None) -> None:
    """A file that cannot be opened is found here: the driver's thread would outlive the event loop, and complain."""
    try:
        sqlite3.connect(path or ":memory:").close()
    except sqlite3.Error as error:
        raise OperationalError("open", None, error) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's adapter
    # The driver must not begin transactions by itself: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("alcove_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _run_migrations(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _is_full(error: DBAPIError) -> bool:
    cause: BaseException | None = error.orig
    while cause is not None:
        if getattr(cause, "sqlite_errorcode", None) == _SQLITE_FULL:
            return True
        if getattr(cause, "sqlstate", None) == _POSTGRES_FULL:
            return True
        cause = cause.__cause__
    return False
