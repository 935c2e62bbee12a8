"""An older file becomes one of today whatever kills it on the way, and a newer one is left alone."""

import json
import os
import signal
from pathlib import Path

import pytest

from desktop.ports import JournalRow, OutboxRow, VaultProblem, VaultUnavailable
from desktop.secure_store.chain import chain_key
from desktop.secure_store.database import connect, open_database
from desktop.secure_store.key_of import new_key
from desktop.secure_store.schema import FIRST, SCHEMA_VERSION, migrate, schema_version
from desktop.secure_store.sidecar import NAMES, _sum
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.harm import edits, key_of
from tests.desktop.secure_store.rings import MemoryRing


def schema_one(folder: Path, ring: MemoryRing, count: int = 12) -> None:
    """A vault as the first version of this program left it; edits 4 to 8 were merged, so their positions are gone."""
    folder.mkdir(mode=0o700)
    sidecar, key = new_key(folder, ring)
    connection = connect(folder / "vault.db", key)
    for statement in FIRST:
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    put = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)"
    for position, row in enumerate(edits(count), 1):
        connection.execute(
            put, (position, row.update_id, row.visit_id, 7, "" if position % 2 else "okafor", 1, row.update)
        )
    connection.execute("DELETE FROM journal WHERE position BETWEEN 5 AND 8")
    connection.execute("INSERT INTO visits VALUES ('v1', 'summary', '[]')")
    connection.execute("INSERT INTO settings VALUES ('refresh_token', 't')")
    connection.execute("INSERT INTO outbox (command_id, visit_id, command) VALUES ('c', 'v1', '{}')")
    connection.close()
    described: dict[str, object] = {"vault_id": sidecar.vault_id, "key_check": sidecar.key_check, "backend": "memory"}
    described |= {"created_at": sidecar.created_at, "ready": True, "format": 1}
    for name in NAMES:
        (folder / name).write_text(json.dumps(described))


def check(folder: Path, ring: MemoryRing) -> None:
    vault = open_vault(folder, ring)
    rows = vault.journal("v1")
    assert [row.update_id for row in rows] == [f"v1-{n}" for n in range(12) if not 4 <= n < 8]
    assert {row.author for row in rows} == {"", "okafor"}
    assert vault.reports() == []
    assert vault.unproven("v1") is None
    assert vault.commands() == [OutboxRow("c", "v1", "{}")]
    assert (vault.get("refresh_token"), vault.visits()) == ("t", {"v1": ("summary", "[]")})
    vault.append([JournalRow("new", "v1", 1, b"x")])
    assert vault.unproven("v1") is None
    vault.close()


def test_schema_one_is_migrated_with_a_snapshot_before(folder: Path) -> None:
    ring = MemoryRing()
    schema_one(folder, ring)
    check(folder, ring)
    (snapshot,) = (folder / "snapshots").glob("*.db")
    connection = connect(snapshot, key_of(folder, ring), "DELETE")
    assert schema_version(connection) == 1
    connection.close()
    again = open_vault(folder, ring)
    assert [row.update_id for row in again.journal("v1")][-1] == "new"
    again.close()


def die_at(folder: Path, ring: MemoryRing, statement: int) -> int:
    """Migrate in a process that kills itself before that statement; its exit status."""
    key = key_of(folder, ring)
    child = os.fork()
    if child == 0:
        _migrate_until(folder, key, statement)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _migrate_until(folder: Path, key: bytes, left: int) -> None:
    """In the child: never returns."""
    code = 1
    try:
        connection = connect(folder / "vault.db", key)

        def count(_statement: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(count)
        migrate(connection, chain_key(key))
        code = 0
    finally:
        os._exit(code)


def test_a_kill_at_every_statement_leaves_the_old_or_the_new_schema(tmp_path: Path) -> None:
    versions, statement, code = set(), 1, -signal.SIGKILL
    while code == -signal.SIGKILL:
        folder, ring = tmp_path / f"at{statement}", MemoryRing()
        schema_one(folder, ring)
        code = die_at(folder, ring, statement)
        connection = connect(folder / "vault.db", key_of(folder, ring))
        versions.add((code, schema_version(connection)))
        connection.close()
        check(folder, ring)
        statement += 1
    assert code == 0
    assert versions == {(-signal.SIGKILL, 1), (0, SCHEMA_VERSION)}
    assert statement > 20


def test_a_newer_schema_is_left_alone(folder: Path) -> None:
    ring = MemoryRing()
    open_vault(folder, ring).close()
    connection = open_database(folder / "vault.db", key_of(folder, ring))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.execute("CREATE TABLE of_tomorrow (x)")
    connection.close()
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    for _ in range(2):
        with pytest.raises(VaultUnavailable) as raised:
            open_vault(folder, ring)
        assert raised.value.problem is VaultProblem.NEWER_SCHEMA
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert {name: data for name, data in after.items() if name in before and "-shm" not in name} == {
        name: data for name, data in before.items() if "-shm" not in name
    }
    assert not (folder / "set-aside").exists()


def test_a_description_of_a_newer_format_is_left_alone(folder: Path) -> None:
    ring = MemoryRing()
    open_vault(folder, ring).close()
    for name in ("vault.json", "vault.json.copy"):
        stored = json.loads((folder / name).read_text())
        stored |= {"format": 3, "of_tomorrow": 1}
        del stored["sum"]
        (folder / name).write_text(json.dumps({**stored, "sum": _sum(stored)}))
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, ring)
    assert raised.value.problem is VaultProblem.NEWER_SCHEMA
