"""The journal's chain proves every edit, through compaction, loss that was reported, and a new key."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from desktop.ports import JournalRow
from desktop.secure_store.chain import Link, chain_key, first_fault, merged_seal, origin, relinked
from desktop.secure_store.database import open_database
from desktop.secure_store.head import HeadFile, HeadRecord, make_head, vault_id_of
from desktop.secure_store.vault import open_vault
from desktop.workflows.compaction import groups_to_merge, merge_group
from tests.desktop.secure_store.harm import edits, key_of, write_each
from tests.desktop.secure_store.rings import MemoryRing
from tests.desktop.secure_store.test_kill import long_journal

KEY = chain_key(bytes(range(32)))


def chained(count: int = 6) -> list[Link]:
    rows = edits(count)
    return relinked(KEY, "v1", [Link(n + 1, n + 1, n + 1, row, b"") for n, row in enumerate(rows)])


def test_the_chain_key_is_hkdf_of_the_vaults() -> None:
    hkdf = HKDFExpand(algorithm=SHA256(), length=32, info=b"alcove journal chain")
    assert hkdf.derive(bytes(range(32))) == KEY


def test_an_untouched_chain_is_proven() -> None:
    assert first_fault(KEY, "v1", chained()) is None
    assert first_fault(KEY, "v1", []) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda row: replace(row, update=row.update + b"x"),
        lambda row: replace(row, update_id="other"),
        lambda row: replace(row, author="okafor"),
        lambda row: replace(row, client_id=8),
        lambda row: replace(row, visit_id="v2"),
    ],
)
def test_whatever_is_changed_is_found(change: object) -> None:
    links = chained()
    links[3] = replace(links[3], row=change(links[3].row))  # type: ignore[operator]
    assert first_fault(KEY, "v1", links) == 4


def test_an_acknowledgement_is_no_part_of_the_chain() -> None:
    links = [replace(link, row=replace(link.row, acknowledged=True)) for link in chained()]
    assert first_fault(KEY, "v1", links) is None


def test_a_missing_a_moved_and_a_foreign_edit_are_found() -> None:
    links = chained()
    assert first_fault(KEY, "v1", links[:2] + links[3:]) == 3
    assert first_fault(KEY, "v1", [links[1], links[0], *links[2:]]) == 1
    assert first_fault(chain_key(bytes(32)), "v1", links) == 1
    assert first_fault(KEY, "v2", links) == 1


def test_a_gap_is_allowed_where_it_was_reported() -> None:
    links = chained()
    kept = relinked(KEY, "v1", links[:2] + links[4:])
    assert first_fault(KEY, "v1", kept) == 3
    assert first_fault(KEY, "v1", kept, [(3, 4)]) is None


def test_a_merged_row_is_sealed_between_its_neighbours() -> None:
    links = chained()
    row = JournalRow("m", "v1", 7, b"merged", acknowledged=True)
    merged = Link(2, 2, 4, row, links[3].mac)
    merged = replace(merged, seal=merged_seal(KEY, links[0].mac, merged))
    whole = [links[0], merged, *links[4:]]
    assert first_fault(KEY, "v1", whole) is None
    assert first_fault(KEY, "v1", [links[0], replace(merged, row=replace(row, update=b"other")), *links[4:]]) == 2
    assert first_fault(KEY, "v1", [merged, *links[4:]]) == 1
    assert merged_seal(KEY, origin(KEY, "v1"), merged) != merged.seal


def test_a_compacted_journal_is_proven_and_goes_on(folder: Path) -> None:
    ring = MemoryRing()
    vault = open_vault(folder, ring)
    vault.append(long_journal())
    vault.append(edits(5, "v2"))
    for group in groups_to_merge(vault.journal("v1")):
        assert merge_group(vault, group)
    assert vault.unproven("v1") is None
    vault.append([JournalRow("later", "v1", 9, b"later")])
    assert vault.unproven("v1") is None
    vault.close()
    again = open_vault(folder, ring)
    assert again.reports() == []
    again.append([JournalRow("and later", "v1", 9, b"x")])
    assert (again.unproven("v1"), again.unproven("v2")) == (None, None)
    again.close()
    connection = open_database(folder / "vault.db", key_of(folder, ring))
    connection.execute("UPDATE journal SET data = x'00' WHERE update_id = 'later'")
    connection.close()
    changed = open_vault(folder, ring)
    assert changed.unproven("v1") is not None
    changed.close()


def test_merged_rows_can_be_merged_again(folder: Path) -> None:
    vault = open_vault(folder, MemoryRing())
    vault.append([replace(row, acknowledged=True) for row in edits(9)])
    for names in (["v1-0", "v1-1", "v1-2"], ["v1-4", "v1-5"]):
        merged = JournalRow("m" + names[0], "v1", 7, b"m", acknowledged=True)
        assert vault.compact(merged, names)
    assert vault.compact(JournalRow("mm", "v1", 7, b"mm", acknowledged=True), ["mv1-0", "v1-3", "mv1-4"])
    assert [row.update_id for row in vault.journal("v1")] == ["mm", "v1-6", "v1-7", "v1-8"]
    assert vault.unproven("v1") is None
    vault.close()


# --- the head ----------------------------------------------------------------------------------------------------


def test_the_head_is_what_was_noted_last_and_damage_costs_one_record(tmp_path: Path) -> None:
    path = tmp_path / "head"
    make_head(path, KEY, "0198-id", HeadRecord(5, 0, 0, bytes(8), bytes(16)))
    head = HeadFile(path, KEY)
    for number in range(5000):
        head.note(HeadRecord(6 + number, number + 1, 1, b"visit  1", bytes([number % 256]) * 16))
    head.close()
    again = HeadFile(path, KEY)
    assert again.newest is not None
    assert (again.newest.total, again.newest.number) == (5005, 5000)
    assert again.numbers()[b"visit  1"] == 5000
    again.close()
    assert vault_id_of(path) == "0198-id"
    chance = random.Random(3)  # noqa: S311
    whole = path.read_bytes()
    for _ in range(50):
        harmed = bytearray(whole)
        harmed[chance.randrange(64, len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(harmed)
        read = HeadFile(path, KEY)
        assert read.newest is not None
        assert read.newest.total in (5005, 5004)
        read.close()


def test_a_head_of_another_key_says_nothing(tmp_path: Path) -> None:
    make_head(tmp_path / "head", KEY, "id", HeadRecord(5, 0, 0, bytes(8), bytes(16)))
    head = HeadFile(tmp_path / "head", chain_key(bytes(32)))
    assert head.newest is None
    head.close()


def test_the_head_follows_every_commit(folder: Path) -> None:
    vault = open_vault(folder, MemoryRing())
    write_each(vault, edits(7))
    head = HeadFile(folder / "vault.head", vault.place.chain_key)
    assert head.newest is not None
    assert (head.newest.total, head.newest.number, head.newest.edits) == (7, 7, 1)
    head.close()
    vault.close()
