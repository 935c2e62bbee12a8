"""Copies of the whole vault, encrypted like it: the last three that could be opened and read to the end."""

import os
import threading
from contextlib import closing
from pathlib import Path

from desktop.ports import VaultUnavailable
from desktop.secure_store.chain import chain_key, visit_tag
from desktop.secure_store.database import connect, is_sound, naming_problems
from desktop.secure_store.durable import sync_file, sync_folder
from desktop.secure_store.schema import schema_version, total_of
from desktop.secure_store.transactions import transaction

FOLDER = "snapshots"
KEPT = 3
EVERY_SECONDS = 600.0
EVERY_EDITS = 500
CHECK_SECONDS = 60.0


def snapshot_due(edits: int, seconds: float) -> bool:
    """Whether another one is to be made, so many edits and seconds after the last."""
    return edits >= EVERY_EDITS or (edits > 0 and seconds >= EVERY_SECONDS)


class Snapshots:
    """A vault's snapshots. Any thread; one at a time."""

    def __init__(self, vault_folder: Path, file: Path, key: bytes) -> None:
        self._folder = vault_folder / FOLDER
        self._file, self._key = file, key
        self._one_at_a_time = threading.Lock()

    def newest_first(self) -> list[Path]:
        """The files, newest first."""
        found = [path for path in self._folder.glob("*.db") if path.stem.isdigit()]
        return sorted(found, key=lambda path: int(path.stem), reverse=True)

    def take(self) -> bool:
        """Make one by SQLite's backup, keep it when it can be read, and drop the oldest; False when it was unsound.

        It reads over a connection of its own, so that the writer goes on meanwhile.
        """
        with self._one_at_a_time:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            making = self._folder / "making"
            making.unlink(missing_ok=True)
            os.close(os.open(making, os.O_RDWR | os.O_CREAT, 0o600))
            if not self._copied(making):
                making.unlink()
                return False
            existing = self.newest_first()
            number = int(existing[0].stem) + 1 if existing else 1
            making.replace(self._folder / f"{number:08d}.db")
            sync_folder(self._folder)
            for path in existing[KEPT - 1 :]:
                path.unlink()
        return True

    def _copied(self, making: Path) -> bool:
        with closing(connect(self._file, self._key)) as source:
            total = total_of(source) if schema_version(source) else 0
            with closing(connect(making, self._key, "DELETE")) as target, naming_problems():
                source.backup(target)
        # The copy bears the vault's mark of a write-ahead log; a snapshot is one file.
        with closing(connect(making, self._key, "DELETE")) as copy, naming_problems():
            if not is_sound(copy, CHECK_SECONDS) or total_of(copy) < total:
                return False
        sync_file(making)
        return True

    def forget(self, visit_id: str) -> None:
        """Take a visit out of every snapshot; one that cannot be read any more is removed, for it may hold it."""
        tag = visit_tag(chain_key(self._key), visit_id).hex()
        with self._one_at_a_time:
            for path in self.newest_first():
                try:
                    self._forget_in(path, visit_id, tag)
                except VaultUnavailable:
                    path.unlink()

    def _forget_in(self, path: Path, visit_id: str, tag: str) -> None:
        with closing(connect(path, self._key, "DELETE")) as connection, naming_problems(), transaction(connection):
            if schema_version(connection) > 1:
                forget_visit(connection, visit_id, tag)
            else:
                for table in ("journal", "outbox", "visits"):
                    connection.execute(f"DELETE FROM {table} WHERE visit_id = ?", (visit_id,))  # noqa: S608

    def drop_all(self) -> None:
        """What they hold is to be here no longer."""
        with self._one_at_a_time:
            for path in self.newest_first():
                path.unlink()

    def drop_all_but_newest(self) -> None:
        """After a change of key: the others are under the old one."""
        with self._one_at_a_time:
            for path in self.newest_first()[1:]:
                path.unlink()


def forget_visit(connection: object, visit_id: str, tag: str) -> None:
    """Take a visit out of a file, and its edits into the account; inside a transaction."""
    execute = connection.execute  # type: ignore[attr-defined]  # untyped driver
    edits = 0
    for table, last in (("journal", "number"), ("gaps", "last")):
        sql = f"SELECT coalesce(sum({last} - first + 1), 0) FROM {table} WHERE visit_id = ?"  # noqa: S608
        edits += execute(sql, (visit_id,)).fetchone()[0]
    for table in ("journal", "outbox", "visits", "gaps"):
        execute(f"DELETE FROM {table} WHERE visit_id = ?", (visit_id,))  # noqa: S608
    if edits:
        execute("INSERT INTO departed VALUES ('purged', ?, ?)", (tag, edits))
