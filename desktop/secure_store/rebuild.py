"""Writes a whole new vault file from what was read of others: after a rescue, and for a new key."""

from contextlib import closing
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from desktop.ports import RescueReport
from desktop.secure_store.chain import chain_key
from desktop.secure_store.database import connect, is_sound, naming_problems
from desktop.secure_store.durable import sync_file
from desktop.secure_store.salvage import COLUMNS, Content
from desktop.secure_store.schema import PUT_LINK, migrate, set_total, values_of
from desktop.secure_store.transactions import transaction

PLAIN = ("outbox", "visits", "settings", "gaps", "departed", "reports")


@cache
def _reports() -> TypeAdapter[RescueReport]:
    return TypeAdapter(RescueReport)


def report_row(report: RescueReport) -> tuple[str, str]:
    """A report as the row of its table."""
    return report.report_id, _reports().dump_json(report).decode()


def report_of(text: str) -> RescueReport:
    """A kept report."""
    return _reports().validate_json(text)


def write_file(path: Path, key: bytes, content: Content) -> None:
    """Write a closed, synced, checked file, in the place of what a crash left there; RuntimeError when it is unsound.

    The links must be made under this key's chain (account.settle).
    """
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}-journal"):
        path.with_name(name).unlink(missing_ok=True)
    with closing(connect(path, key, "DELETE")) as connection, naming_problems():
        path.chmod(0o600)
        migrate(connection, chain_key(key))
        with transaction(connection):
            connection.executemany(PUT_LINK, [values_of(link) for link in content.links])
            for table in PLAIN:
                names = COLUMNS[table]
                places = ", ".join("?" for _ in names.split(","))
                sql = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608  # our names
                connection.executemany(sql, getattr(content, table))
            set_total(connection, content.total or 0)
    with closing(connect(path, key, "DELETE")) as again, naming_problems():
        found = again.execute("SELECT count(*), coalesce(sum(number - first + 1), 0) FROM journal").fetchone()
        if found != (len(content.links), sum(link.edits for link in content.links)) or not is_sound(again, 3600.0):
            raise RuntimeError("the file that was just written is not what was meant")
    sync_file(path)
