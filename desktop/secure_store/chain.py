"""The journal's chain: each edit's link covers the one before it, so that nothing can go missing in between. Pure.

Each visit has a chain of its own, numbered from 1. A row stands for the edits `first` to `number`: one, or those that
were merged into it. A merged row keeps the link of the last edit that it replaced, so that what follows stays provable,
and has a seal over its own content. HMAC-SHA-256 under a key made from the vault's (HKDF-Expand, RFC 5869).
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.ports import JournalRow

LINK_BYTES = 32
TAG_BYTES = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A journal row in its place: `position` in the whole journal, edits `first` to `number` of its visit."""

    position: int
    first: int
    number: int
    row: JournalRow
    mac: bytes
    seal: bytes | None = None
    """Only of a merged row."""

    @property
    def edits(self) -> int:
        """How many edits it stands for."""
        return self.number - self.first + 1


def chain_key(vault_key: bytes) -> bytes:
    """The chain's key. The vault's key is uniformly random, so HKDF needs no extraction (RFC 5869, section 3.3)."""
    return hmac.digest(vault_key, b"alcove journal chain\x01", "sha256")


def visit_tag(key: bytes, visit_id: str) -> bytes:
    """Stands for a visit where its id may not be written in plain."""
    return hmac.digest(key, _joined(b"visit", visit_id.encode()), "sha256")[:TAG_BYTES]


def origin(key: bytes, visit_id: str) -> bytes:
    """What the first link of a visit covers."""
    return hmac.digest(key, _joined(b"origin", visit_id.encode()), "sha256")


def next_mac(key: bytes, before: bytes, span: tuple[int, int], row: JournalRow) -> bytes:
    """The link of a row behind `before`, for the edits `span` (first, last)."""
    return hmac.digest(key, _joined(b"link", before, *_content(span, row)), "sha256")


def merged_seal(key: bytes, before: bytes, link: Link) -> bytes:
    """The seal of a merged row: over the links on both its sides and its content."""
    content = _content((link.first, link.number), link.row)
    return hmac.digest(key, _joined(b"merged", before, link.mac, *content), "sha256")


def first_fault(key: bytes, visit_id: str, links: Sequence[Link], gaps: Iterable[tuple[int, int]] = ()) -> int | None:
    """The first edit of a visit that is not proven, or None. `gaps` are losses that were reported before."""
    after_gap = dict(gaps)
    before, due = origin(key, visit_id), 1
    for link in links:
        while due in after_gap:
            due = after_gap[due] + 1
        if link.first != due or link.row.visit_id != visit_id:
            return due
        if link.seal is not None:
            proven = hmac.compare_digest(link.seal, merged_seal(key, before, link))
        else:
            proven = hmac.compare_digest(link.mac, next_mac(key, before, (link.first, link.number), link.row))
        if not proven:
            return due
        before, due = link.mac, link.number + 1
    return None


def relinked(key: bytes, visit_id: str, links: Iterable[Link]) -> list[Link]:
    """The rows of one visit, in order, with links made anew under `key`."""
    before, made = origin(key, visit_id), []
    for link in links:
        before = next_mac(key, before, (link.first, link.number), link.row)
        made.append(Link(link.position, link.first, link.number, link.row, before))
    return made


def _content(span: tuple[int, int], row: JournalRow) -> tuple[bytes, ...]:
    """What a link covers; whether the gateway has it changes later and is no part of it."""
    numbers = (str(number).encode() for number in (*span, row.client_id))
    return (*numbers, row.update_id.encode(), row.visit_id.encode(), row.author.encode(), row.update)


def _joined(*parts: bytes) -> bytes:
    """Each part behind its length, so that no two lists of parts are the same bytes."""
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
