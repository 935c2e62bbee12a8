"""The audit chain: each entry's hash covers its canonical JSON with the hash before it, so no row changes unseen."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which ids; `details` holds ids, codes and counts only."""

    actor: str
    """`role:id` of a principal, or `gateway`."""
    action: str
    subject: Mapping[str, str]
    details: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One kept entry with its place and its two hashes."""

    seq: int
    at: datetime
    entry: AuditEntry
    prev_hash: str
    hash: str


def chain(seq: int, at: datetime, entry: AuditEntry, prev_hash: str) -> AuditRow:
    """The row that follows `prev_hash` (GENESIS before the first): SHA-256 over RFC 8785 JSON."""
    body = rfc8785.dumps(
        {
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "action": entry.action,
            "subject": dict(entry.subject),
            "details": dict(entry.details),
            "prev_hash": prev_hash,
        }
    )
    return AuditRow(seq, at, entry, prev_hash, hashlib.sha256(body).hexdigest())


def verify(rows: Iterable[AuditRow]) -> int | None:
    """The index (from 0) of the first row that does not follow from those before it; None when all do.

    A chain that was cut at its end still verifies: its last hash is to be compared with one kept elsewhere.
    """
    previous = GENESIS
    for index, row in enumerate(rows):
        expected = chain(index + 1, row.at, row.entry, previous)
        if row.seq != index + 1 or row.prev_hash != previous or row.hash != expected.hash:
            return index
        previous = row.hash
    return None
