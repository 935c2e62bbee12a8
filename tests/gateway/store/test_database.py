"""The store's contract, on SQLite and PostgreSQL: serialized, all or nothing, audited, typed when the disk is full."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text

from gateway.audit import verify
from gateway.store import tables
from gateway.store.database import Database, StorageFull
from tests.gateway.world import NOON

pytestmark = pytest.mark.anyio


def _differences(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection), tables.metadata)


async def _count(database: Database, table: str) -> int:
    async with database.read() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())  # noqa: S608


async def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(_differences) == []


async def test_upgrading_again_changes_nothing(database: Database) -> None:
    await database.upgrade()
    async with database.read() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_failed_write_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write(NOON) as tx:
            await tx.execute(insert(tables.rooms).values(room_id="r", name="Room"))
            await tx.audit("gateway", "room_made", {"room_id": "r"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await _count(database, "rooms") == 0
    assert await _count(database, "audit") == 0


async def test_writers_take_turns_and_the_chain_holds(database: Database, database_url: str) -> None:
    """Two handles stand for two processes: the lock within one does not serialize them."""
    other = Database.open(database_url)

    async def write(handle: Database, number: int) -> None:
        async with handle.write(NOON) as tx:
            before = (await tx.execute(select(func.count()).select_from(tables.audit))).scalar_one()
            await asyncio.sleep(0)
            await tx.audit("gateway", "counted", details={"before": before, "number": number})

    await asyncio.gather(*(write(handle, number) for number in range(10) for handle in (database, other)))
    rows = await database.audit_rows()
    assert [row.entry.details["before"] for row in rows] == list(range(20))
    assert verify(rows) is None
    await other.close()


async def test_times_come_back_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    async with database.write(NOON) as tx:
        await tx.audit("gateway", "now")
    assert (await database.audit_rows())[0].at == NOON
    with pytest.raises(Exception, match="without an offset"):
        async with database.write(NOON.replace(tzinfo=None)) as tx:
            await tx.execute(
                insert(tables.nonces).values(purpose="p", nonce_sha256="n", bound_to="", expires_at=tx.now)
            )


async def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(Exception, match="(?i)foreign key"):
        async with database.write(NOON) as tx:
            await tx.execute(insert(tables.assignments).values(visit_id="none", person_id="none"))


def _change_number(row: dict[str, object]) -> None:
    row["details"] = '{"number":99}'


def _change_actor(row: dict[str, object]) -> None:
    row["actor"] = "scribe:mallory"


@pytest.mark.parametrize("change", [_change_number, _change_actor])
@pytest.mark.parametrize("index", range(5))
async def test_an_edited_row_in_the_database_is_found(
    database: Database, index: int, change: Callable[[dict[str, object]], None]
) -> None:
    for number in range(5):
        async with database.write(NOON) as tx:
            await tx.audit("gateway", "counted", details={"number": number})
    async with database.write(NOON) as tx:
        where = tables.audit.c.seq == index + 1
        row = dict((await tx.execute(select(tables.audit).where(where))).one()._mapping)
        change(row)
        await tx.execute(tables.audit.update().where(where).values(**row))
    assert verify(await database.audit_rows()) == index


async def test_a_full_disk_is_told_as_such_and_loses_nothing(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/gateway.db")
    await database.upgrade()
    async with database.write(NOON) as tx:
        await tx.audit("gateway", "before")
    async with database.read() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()

    async def fill() -> None:
        async with database.write(NOON) as tx:
            await tx.execute(text(f"PRAGMA max_page_count={pages}"))
            await tx.audit("gateway", "x" * 60, details={"filler": "y" * 100_000})

    with pytest.raises(StorageFull):
        await fill()
    assert len(await database.audit_rows()) == 1
    await database.close()
