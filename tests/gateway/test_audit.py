"""The audit chain: every edited, deleted, inserted or moved row is found, and where."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.audit import GENESIS, AuditEntry, AuditRow, chain, verify
from tests.gateway.world import NOON


def _rows(count: int = 6) -> list[AuditRow]:
    rows: list[AuditRow] = []
    for index in range(count):
        entry = AuditEntry("scribe:sam", "chat_sent", {"visit_id": "v"}, {"seq": index})
        rows.append(chain(index + 1, NOON, entry, rows[-1].hash if rows else GENESIS))
    return rows


def test_an_untouched_chain_verifies() -> None:
    assert verify(_rows()) is None
    assert verify([]) is None


@pytest.mark.parametrize("index", range(6))
def test_every_edit_is_found_at_its_row(index: int) -> None:
    row = _rows()[index]
    edits = [
        replace(row, at=row.at + timedelta(microseconds=1)),
        replace(row, entry=replace(row.entry, actor="scribe:uma")),
        replace(row, entry=replace(row.entry, action="chat_seen")),
        replace(row, entry=replace(row.entry, subject={"visit_id": "w"})),
        replace(row, entry=replace(row.entry, details={"seq": 77})),
        replace(row, seq=row.seq + 1),
        replace(row, hash="0" * 64),
        replace(row, prev_hash="1" * 64),
    ]
    for edited in edits:
        rows = _rows()
        rows[index] = edited
        assert verify(rows) == index


@pytest.mark.parametrize("index", range(5))
def test_a_deleted_row_is_found_where_it_was(index: int) -> None:
    rows = _rows()
    del rows[index]
    assert verify(rows) == index


@pytest.mark.parametrize("first", range(5))
def test_two_swapped_rows_are_found(first: int) -> None:
    rows = _rows()
    rows[first], rows[first + 1] = rows[first + 1], rows[first]
    assert verify(rows) == first


@pytest.mark.parametrize("index", range(5))
def test_an_edit_with_its_own_hash_made_anew_breaks_the_next_row(index: int) -> None:
    rows = _rows()
    forged = replace(rows[index].entry, details={"seq": 77})
    rows[index] = chain(rows[index].seq, NOON, forged, rows[index].prev_hash)
    assert verify(rows) == index + 1
