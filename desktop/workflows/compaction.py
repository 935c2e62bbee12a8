"""Keeps a visit's journal short, so that it opens fast: neighbouring rows that the gateway has become one.

A group of rows is one job of the store thread, so that a commit never waits long behind it.
"""

from collections.abc import Sequence
from itertools import groupby

from desktop.ports import Jobs, JournalRow, Vault
from visit.document import merge
from wire.ids import new_id

OPENED_ROWS = 500
"""From this many rows on a visit is compacted once it is open."""
CLOSED_ROWS = 50
"""From this many rows on a visit is compacted when it is closed."""
MERGED_AT_MOST = 256
"""Rows of one merge: it holds Python's lock, and that is a few milliseconds."""


def groups_to_merge(journal: Sequence[JournalRow]) -> list[list[JournalRow]]:
    """Runs of two or more acknowledged neighbours of one author and client id, in the journal's order."""
    found: list[list[JournalRow]] = []
    for (acknowledged, _, _), run in groupby(journal, lambda row: (row.acknowledged, row.author, row.client_id)):
        rows = list(run) if acknowledged else []
        chunks = (rows[i : i + MERGED_AT_MOST] for i in range(0, len(rows), MERGED_AT_MOST))
        found.extend(chunk for chunk in chunks if len(chunk) > 1)
    return found


def merge_group(vault: Vault, rows: Sequence[JournalRow]) -> bool:
    """Put one merged row in the place of a group; store thread. False when the journal is another by now."""
    first = rows[0]
    update = merge([row.update for row in rows])
    merged = JournalRow(new_id(), first.visit_id, first.client_id, update, first.author, acknowledged=True)
    return vault.compact(merged, [row.update_id for row in rows])


def compact_journal(jobs: Jobs, visit_id: str, at_least: int) -> None:
    """Shorten a visit's journal that has `at_least` rows, in the background; a failure leaves it as it is."""

    def plan(vault: Vault) -> list[list[JournalRow]]:
        journal = vault.journal(visit_id)
        return groups_to_merge(journal) if len(journal) >= at_least else []

    def merge_next(groups: list[list[JournalRow]]) -> None:
        if groups:
            group, rest = groups[0], groups[1:]
            jobs.on_store(lambda vault: merge_group(vault, group), lambda _: merge_next(rest), lambda _: None)

    jobs.on_store(plan, merge_next, lambda _: None)
