"""Reads what can be read of a damaged vault, row by row: a page that cannot be read costs its own rows only."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from desktop.ports import JournalRow, VaultUnavailable
from desktop.secure_store.chain import Link, chain_key
from desktop.secure_store.database import connect
from desktop.secure_store.schema import numbered, schema_version, total_of

BATCH = 200
_END = 2**31
COLUMNS = {
    "journal": "position, update_id, visit_id, first, number, client_id, author, acknowledged, mac, seal, data",
    "outbox": "position, command_id, visit_id, command",
    "visits": "visit_id, summary, record",
    "settings": "key, value",
    "gaps": "visit_id, first, last",
    "departed": "reason, tag, edits",
    "reports": "report_id, report",
}
_FIRST_JOURNAL = "position, update_id, visit_id, client_id, data, author, acknowledged"


@dataclass(slots=True)
class Content:
    """What was read of a vault. `total` is None when it could not be read; `whole` names tables read to the end."""

    links: list[Link] = field(default_factory=list)
    outbox: list[tuple[Any, ...]] = field(default_factory=list)
    visits: list[tuple[Any, ...]] = field(default_factory=list)
    settings: list[tuple[Any, ...]] = field(default_factory=list)
    gaps: list[tuple[Any, ...]] = field(default_factory=list)
    departed: list[tuple[Any, ...]] = field(default_factory=list)
    reports: list[tuple[Any, ...]] = field(default_factory=list)
    total: int | None = None
    expected: dict[str, int] = field(default_factory=dict)
    """The last number of each visit, as its index has it: known even where the rows are not."""
    whole: set[str] = field(default_factory=set)


def read_content(path: Path, key: bytes) -> Content | None:
    """What can be read of a file, which this may write to (give it a copy); None when it cannot be opened at all."""
    try:
        reader = _Reader(path, key)
    except VaultUnavailable:
        return None
    try:
        return _read(reader, key)
    finally:
        reader.close()


def _read(reader: "_Reader", key: bytes) -> Content:
    content = Content()
    version = reader.value(schema_version)
    if version == 1:
        _read_first(reader, content, key)
        reader.whole |= {"gaps", "departed", "reports"}
    elif version:
        content.links = [_link(row) for row in reader.rows("journal", COLUMNS["journal"])]
        content.gaps, content.departed = reader.all("gaps"), reader.all("departed")
        content.reports = reader.all("reports")
        content.expected = dict(reader.value(_expected) or [])
        content.total = reader.value(total_of)
    content.outbox, content.visits, content.settings = (reader.all(name) for name in ("outbox", "visits", "settings"))
    content.whole = reader.whole
    return content


def _read_first(reader: "_Reader", content: Content, key: bytes) -> None:
    """Schema 1 has no chain: its rows are numbered as its migration would."""
    rows = [(r[0], JournalRow(r[1], r[2], r[3], bytes(r[4]), r[5], bool(r[6]))) for r in _first_rows(reader)]
    content.links = numbered(chain_key(key), rows)
    content.total = reader.value(total_of)
    content.departed = [("before", "", max(0, (content.total or 0) - len(rows)))]


def _first_rows(reader: "_Reader") -> list[tuple[Any, ...]]:
    return list(reader.rows("journal", _FIRST_JOURNAL))


def _link(row: tuple[Any, ...]) -> Link:
    position, update_id, visit_id, first, number, client_id, author, acknowledged, mac, seal, data = row
    kept = JournalRow(update_id, visit_id, client_id, bytes(data), author, bool(acknowledged))
    return Link(position, first, number, kept, bytes(mac), None if seal is None else bytes(seal))


def _expected(connection: Any) -> list[tuple[str, int]]:  # noqa: ANN401
    found = connection.execute(
        "SELECT visit_id, max(number) FROM journal INDEXED BY journal_of_visit GROUP BY visit_id"
    )
    return [(row[0], row[1]) for row in found.fetchall()]


class _Reader:
    """A connection that is opened anew after each failure: SQLCipher's stays in error."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path, self._key = path, key
        self._connection = connect(path, key)
        self.whole: set[str] = set()

    def close(self) -> None:
        with suppress(sqlcipher.DatabaseError):
            self._connection.close()

    def _anew(self) -> bool:
        self.close()
        try:
            self._connection = connect(self._path, self._key)
        except VaultUnavailable:
            return False
        return True

    def value(self, ask: Any) -> Any:  # noqa: ANN401
        """What `ask` answers on the connection, or None."""
        try:
            return ask(self._connection)
        except sqlcipher.DatabaseError:
            self._anew()
            return None

    def all(self, table: str) -> list[tuple[Any, ...]]:
        """Every readable row of a table."""
        return list(self.rows(table, COLUMNS[table]))

    def rows(self, table: str, columns: str) -> Iterator[tuple[Any, ...]]:
        """Every readable row, by rowid; a table that was read without a failure is in `whole`."""
        after, faults = 0, 0
        while True:
            found = self._some(table, columns, after, BATCH)
            if found is None:
                faults += 1
                found = yield from self._one_by_one(table, columns, after)
                if found is None:
                    return
            if not found:
                if not faults:
                    self.whole.add(table)
                return
            for row in found:
                yield row[1:]
            after = found[-1][0]

    def _one_by_one(
        self, table: str, columns: str, after: int
    ) -> Generator[tuple[Any, ...], None, list[tuple[Any, ...]] | None]:
        """Rows up to the fault; then the first readable row behind it, as a batch; None when there is none."""
        while (row := self._some(table, columns, after, 1)) is not None:
            if not row:
                return []
            yield row[0][1:]
            after = row[0][0]
        return self._behind(table, columns, after)

    def _behind(self, table: str, columns: str, after: int) -> list[tuple[Any, ...]] | None:
        step = 1
        while after + step < _END:
            found = self._some(table, columns, after + step, 1)
            if found is not None:
                return self._nearest(table, columns, (after, after + step), found)
            step *= 2
        return None

    def _nearest(
        self, table: str, columns: str, bounds: tuple[int, int], found: list[tuple[Any, ...]]
    ) -> list[tuple[Any, ...]]:
        """The first readable row between a place where reading fails and one where it does not."""
        low, high = bounds
        while high - low > 1:
            middle = (low + high) // 2
            nearer = self._some(table, columns, middle, 1)
            if nearer is None:
                low = middle
            else:
                high, found = middle, nearer
        return found

    def _some(self, table: str, columns: str, after: int, count: int) -> list[tuple[Any, ...]] | None:
        sql = f"SELECT rowid, {columns} FROM {table} WHERE rowid > ? ORDER BY rowid LIMIT ?"  # noqa: S608  # our names
        try:
            return list(self._connection.execute(sql, (after, count)).fetchall())
        except sqlcipher.DatabaseError:
            if not self._anew():
                self._connection = sqlcipher.connect(":memory:")  # nothing more comes of it
            return None
