"""The vault on disk and the one in memory keep the same promises: one set of tests for both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.ports import DiskState, JournalRow, OutboxRow, Vault
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.rings import MemoryRing
from tests.desktop.workflows.doubles import MemoryVault


@pytest.fixture(params=["disk", "memory"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Vault]:
    opened: Vault = open_vault(tmp_path / "vault", MemoryRing()) if request.param == "disk" else MemoryVault()
    yield opened
    opened.close()


def row(name: str, *, visit: str = "v1", author: str = "", acknowledged: bool = False, client: int = 7) -> JournalRow:
    return JournalRow(name, visit, client, name.encode(), author, acknowledged=acknowledged)


def ids(rows: list[JournalRow]) -> list[str]:
    return [each.update_id for each in rows]


def test_the_journal_keeps_order_and_content(vault: Vault) -> None:
    vault.append([row("a"), row("b", author="okafor", acknowledged=True)])
    vault.append([row("c"), row("x", visit="v2")])
    assert vault.journal("v1") == [row("a"), row("b", author="okafor", acknowledged=True), row("c")]
    assert ids(vault.journal("v2")) == ["x"]


def test_a_row_that_is_there_stays_as_it_is(vault: Vault) -> None:
    vault.append([row("a")])
    vault.append([JournalRow("a", "v1", 9, b"other"), row("b")])
    assert vault.journal("v1") == [row("a"), row("b")]


def test_pending_are_own_rows_without_an_acknowledgement(vault: Vault) -> None:
    vault.append([row("a"), row("b"), row("f", author="okafor"), row("x", visit="v2")])
    vault.acknowledge(["a", "unknown"])
    assert ids(vault.pending_updates("v1")) == ["b"]
    assert ids(vault.pending_updates()) == ["b", "x"]
    assert [each.acknowledged for each in vault.journal("v1")] == [True, False, False]


def test_commands_wait_in_order_until_they_are_answered(vault: Vault) -> None:
    for name in ("one", "two", "one"):
        vault.put_command(OutboxRow(name, "v1", f"{{{name}}}"))
    assert vault.commands() == [OutboxRow("one", "v1", "{one}"), OutboxRow("two", "v1", "{two}")]
    vault.drop_command("one")
    vault.drop_command("unknown")
    assert [each.command_id for each in vault.commands()] == ["two"]


def test_the_newest_record_of_a_visit_is_kept(vault: Vault) -> None:
    vault.put_visit("v1", "old", "[]")
    vault.put_visit("v1", "new", "[1]")
    vault.put_visit("v2", "s", "r")
    assert vault.visits() == {"v1": ("new", "[1]"), "v2": ("s", "r")}
    assert vault.visit("v1") == ("new", "[1]")
    assert vault.visit("v3") is None


def test_a_vault_in_order_has_nothing_to_say(vault: Vault) -> None:
    assert vault.reports() == []
    vault.drop_report("unknown")
    assert vault.disk() in DiskState


def test_small_settings(vault: Vault) -> None:
    assert vault.get("k") is None
    vault.put("k", "1")
    vault.put("k", "2")
    assert vault.get("k") == "2"
    vault.delete("k")
    vault.delete("k")
    assert vault.get("k") is None


def test_a_purge_forgets_one_visit_whole(vault: Vault) -> None:
    for visit in ("v1", "v2"):
        vault.append([row(f"{visit}-a", visit=visit)])
        vault.put_command(OutboxRow(f"{visit}-c", visit, "{}"))
        vault.put_visit(visit, "s", "r")
    vault.purge_visit("v1")
    assert vault.journal("v1") == []
    assert ids(vault.journal("v2")) == ["v2-a"]
    assert [each.visit_id for each in vault.commands()] == ["v2"]
    assert list(vault.visits()) == ["v2"]


def kept(name: str, author: str = "", client: int = 7) -> JournalRow:
    return row(name, author=author, client=client, acknowledged=True)


def test_neighbours_become_one_row_in_their_place(vault: Vault) -> None:
    vault.append([kept("o", "okafor"), kept("a"), row("other visit", visit="v2"), kept("b"), kept("p", "okafor")])
    merged = JournalRow("m", "v1", 7, b"ab", "", acknowledged=True)
    assert vault.compact(merged, ["a", "b"])
    assert vault.journal("v1") == [kept("o", "okafor"), merged, kept("p", "okafor")]
    assert ids(vault.journal("v2")) == ["other visit"]
    vault.append([row("later")])
    assert ids(vault.journal("v1")) == ["o", "m", "p", "later"]


@pytest.mark.parametrize(
    "journal",
    [
        [kept("a"), row("b")],  # the gateway has not got b
        [kept("a"), kept("x", "okafor"), kept("b")],  # no neighbours
        [kept("a"), row("x"), kept("b")],
        [kept("a"), kept("b", "okafor")],  # another author
        [kept("a"), kept("b", client=8)],  # another client id
        [kept("a")],  # gone meanwhile
    ],
)
def test_what_may_not_be_merged_is_left_alone(vault: Vault, journal: list[JournalRow]) -> None:
    vault.append(journal)
    assert not vault.compact(JournalRow("m", "v1", 7, b"ab", "", acknowledged=True), ["a", "b"])
    assert vault.journal("v1") == journal


def test_merging_nothing_does_nothing(vault: Vault) -> None:
    assert not vault.compact(kept("m"), [])
    assert vault.journal("v1") == []
