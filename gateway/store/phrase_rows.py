"""The phrases of providers and the practice as rows: every kept version, in the order in which it was made."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.envelope import Envelope
from gateway.store import tables
from gateway.store.database import Transaction
from visit.phrases import KEPT_VERSIONS
from wire.phrases import SharedPhrase

PRACTICE = "practice"
"""The owner of what everybody in the practice gets; every other owner is a provider's person id."""
Reader = AsyncConnection | Transaction
_table = tables.phrases


@dataclass(frozen=True, slots=True)
class Revised:
    """A version with its place among all of its owner's."""

    revision: int
    phrase: SharedPhrase


async def phrases_after(reader: Reader, envelope: Envelope, owner: str, revision: int, limit: int) -> list[Revised]:
    """At most so many of an owner's versions after a revision, the oldest first."""
    query = select(_table).where(_table.c.owner == owner, _table.c.revision > revision)
    rows = (await reader.execute(query.order_by(_table.c.revision).limit(limit))).all()
    return [Revised(row.revision, _opened(envelope, row)) for row in rows]


async def newest_phrases(reader: Reader, envelope: Envelope, owner: str) -> dict[str, SharedPhrase]:
    """The newest version of each of an owner's names, removed ones included."""
    newest = select(func.max(_table.c.revision)).where(_table.c.owner == owner).group_by(_table.c.name)
    query = select(_table).where(_table.c.owner == owner, _table.c.revision.in_(newest)).order_by(_table.c.name)
    return {row.name: _opened(envelope, row) for row in (await reader.execute(query)).all()}


async def newest_phrase(reader: Reader, envelope: Envelope, owner: str, name: str) -> SharedPhrase | None:
    """The newest version of one name; None for a name that never was."""
    query = select(_table).where(_table.c.owner == owner, _table.c.name == name)
    row = (await reader.execute(query.order_by(_table.c.version.desc()).limit(1))).one_or_none()
    return _opened(envelope, row) if row is not None else None


async def count_names(reader: Reader, owner: str) -> int:
    """How many names an owner has, removed ones included."""
    query = select(func.count(func.distinct(_table.c.name))).where(_table.c.owner == owner)
    return int((await reader.execute(query)).scalar_one())


async def put_phrases(
    tx: Transaction, envelope: Envelope, owner: str, author: str, phrases: Iterable[SharedPhrase]
) -> None:
    """Keep new versions, and forget those of the same names that are too old to be kept."""
    query = select(func.coalesce(func.max(_table.c.revision), 0)).where(_table.c.owner == owner)
    last = int((await tx.execute(query)).scalar_one())
    for revision, phrase in enumerate(phrases, last + 1):
        await tx.execute(
            insert(_table).values(
                owner=owner,
                revision=revision,
                name=phrase.name,
                version=phrase.version,
                at=phrase.updated_at,
                author=author,
                removed=phrase.removed,
                sealed_text=envelope.seal(phrase.text.encode(), _context(owner, revision)),
            )
        )
        old = (_table.c.owner == owner) & (_table.c.name == phrase.name)
        await tx.execute(delete(_table).where(old, _table.c.version <= phrase.version - KEPT_VERSIONS))


def _opened(envelope: Envelope, row: Row[tuple[object, ...]]) -> SharedPhrase:
    text = envelope.open(row.sealed_text, _context(row.owner, row.revision)).decode()
    return SharedPhrase(name=row.name, text=text, version=row.version, updated_at=row.at, removed=row.removed)


def _context(owner: str, revision: int) -> str:
    return f"phrases/{owner}/{revision}"
