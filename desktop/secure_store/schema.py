"""The vault's tables, and how an older file becomes one of today: forward only, each step one transaction.

`user_version` is the schema's number. Schema 2 chains the journal. For every edit that was ever appended (AUTOINCREMENT
counts them in `sqlite_sequence`) there is a row of `journal` that stands for it, or a row of `gaps` or `departed` that
says why not: so the three add up to the count, or something is missing.
"""

from collections.abc import Callable
from typing import Any

from desktop.ports import JournalRow, VaultProblem, VaultUnavailable
from desktop.secure_store.chain import Link, relinked
from desktop.secure_store.transactions import transaction

JOURNAL = """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        update_id TEXT NOT NULL UNIQUE,
        visit_id TEXT NOT NULL,
        first INTEGER NOT NULL,
        number INTEGER NOT NULL,
        client_id INTEGER NOT NULL,
        author TEXT NOT NULL,
        acknowledged INTEGER NOT NULL,
        mac BLOB NOT NULL,
        seal BLOB,
        data BLOB NOT NULL
    ) STRICT
"""
ACCOUNTS = (
    "CREATE INDEX journal_of_visit ON journal (visit_id, number, first)",
    "CREATE TABLE gaps (visit_id TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL) STRICT",
    "CREATE TABLE departed (reason TEXT NOT NULL, tag TEXT NOT NULL, edits INTEGER NOT NULL) STRICT",
    "CREATE TABLE reports (report_id TEXT PRIMARY KEY, report TEXT NOT NULL) STRICT",
)
"""`departed`: edits of visits that were forgotten (`purged`), that were merged before there was a chain (`before`), and
that are missing from nobody knows which visit (`lost`)."""
FIRST: tuple[str, ...] = (
    """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        update_id TEXT NOT NULL UNIQUE,
        visit_id TEXT NOT NULL,
        client_id INTEGER NOT NULL,
        author TEXT NOT NULL,
        acknowledged INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX journal_of_visit ON journal (visit_id, position)",
    """
    CREATE TABLE outbox (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        command_id TEXT NOT NULL UNIQUE,
        visit_id TEXT NOT NULL,
        command TEXT NOT NULL
    ) STRICT
    """,
    "CREATE TABLE visits (visit_id TEXT PRIMARY KEY, summary TEXT NOT NULL, record TEXT NOT NULL) STRICT",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
)
PUT_LINK = (
    "INSERT INTO journal (position, update_id, visit_id, first, number, client_id, author, acknowledged, mac, seal,"
    " data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def schema_version(connection: Any) -> int:  # noqa: ANN401  # untyped driver
    """The file's schema."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: Any, key: bytes) -> None:  # noqa: ANN401
    """Bring the file to the newest schema; VaultUnavailable(NEWER_SCHEMA), and nothing changed, when it is beyond.

    `key` is the chain's.
    """
    version = schema_version(connection)
    if version > SCHEMA_VERSION:
        raise VaultUnavailable(VaultProblem.NEWER_SCHEMA)
    for number in range(version, SCHEMA_VERSION):
        with transaction(connection):
            MIGRATIONS[number](connection, key)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def values_of(link: Link) -> tuple[object, ...]:
    """The values of PUT_LINK."""
    row = link.row
    ids = (link.position, row.update_id, row.visit_id, link.first, link.number, row.client_id)
    return (*ids, row.author, int(row.acknowledged), link.mac, link.seal, row.update)


def numbered(key: bytes, rows: list[tuple[int, JournalRow]]) -> list[Link]:
    """Rows of schema 1 (position and row, in order) as links: each one edit of its visit."""
    visits: dict[str, list[Link]] = {}
    for position, row in rows:
        links = visits.setdefault(row.visit_id, [])
        links.append(Link(position, len(links) + 1, len(links) + 1, row, b""))
    return [link for visit_id, links in visits.items() for link in relinked(key, visit_id, links)]


def set_total(connection: Any, total: int) -> None:  # noqa: ANN401
    """From now on so many edits have been appended."""
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'journal'")
    connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal', ?)", (total,))


def total_of(connection: Any) -> int:  # noqa: ANN401
    """How many edits were ever appended."""
    found = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'journal'").fetchone()
    return int(found[0]) if found else 0


def _first(connection: Any, _key: bytes) -> None:  # noqa: ANN401
    for statement in FIRST:
        connection.execute(statement)


def _chained(connection: Any, key: bytes) -> None:  # noqa: ANN401
    found = connection.execute(
        "SELECT position, update_id, visit_id, client_id, data, author, acknowledged FROM journal ORDER BY position"
    ).fetchall()
    rows = [(r[0], JournalRow(r[1], r[2], r[3], bytes(r[4]), r[5], bool(r[6]))) for r in found]
    total = total_of(connection)
    connection.execute("DROP TABLE journal")
    for statement in (JOURNAL, *ACCOUNTS):
        connection.execute(statement)
    links = numbered(key, rows)
    connection.executemany(PUT_LINK, [values_of(link) for link in links])
    set_total(connection, total)
    if total > len(links):
        connection.execute("INSERT INTO departed VALUES ('before', '', ?)", (total - len(links),))


MIGRATIONS: tuple[Callable[[Any, bytes], None], ...] = (_first, _chained)
SCHEMA_VERSION = len(MIGRATIONS)
