"""A visit's record as rows: the fact is sealed, place, time and author are not."""

from pydantic import TypeAdapter
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.envelope import Envelope
from gateway.store import tables
from gateway.store.database import Transaction
from wire.people import Author
from wire.record import Fact, RecordEntry

_FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def _context(visit_id: str, seq: int) -> str:
    return f"record_entries/{visit_id}/{seq}"


async def append_entry(tx: Transaction, envelope: Envelope, entry: RecordEntry) -> None:
    """Keep the next entry; the primary key refuses a place that is taken."""
    await tx.execute(
        insert(tables.record_entries).values(
            visit_id=entry.visit_id,
            seq=entry.seq,
            at=entry.at,
            author=entry.author.model_dump_json(),
            fact_type=entry.fact.type,
            sealed_fact=envelope.seal(entry.fact.model_dump_json().encode(), _context(entry.visit_id, entry.seq)),
        )
    )


async def load_entries(connection: AsyncConnection, envelope: Envelope, visit_id: str) -> list[RecordEntry]:
    """A visit's whole record, in order."""
    table = tables.record_entries
    query = select(table).where(table.c.visit_id == visit_id).order_by(table.c.seq)
    return [
        RecordEntry(
            visit_id=visit_id,
            seq=row.seq,
            at=row.at,
            author=Author.model_validate_json(row.author),
            fact=_FACT.validate_json(envelope.open(row.sealed_fact, _context(visit_id, row.seq))),
        )
        for row in (await connection.execute(query)).all()
    ]
