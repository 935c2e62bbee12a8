"""A visit's document as rows: accepted updates in order, claimed client ids, snapshots and late edits."""

from dataclasses import dataclass

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.envelope import Envelope
from gateway.store import tables
from gateway.store.database import Transaction
from visit.snapshot import NoteSnapshot, snapshot_sha256
from wire.people import Author

# Documents of one visit are numbered; an addendum will open the second.
FIRST_EPOCH = 1


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """One accepted update with its stamp."""

    update_id: str
    sender: Author
    client_id: int
    data: bytes
    fingerprint: str


async def load_updates(connection: AsyncConnection, envelope: Envelope, visit_id: str) -> list[StoredUpdate]:
    """The document's updates in the order in which they were accepted."""
    table = tables.document_updates
    query = select(table).where(table.c.visit_id == visit_id).order_by(table.c.epoch, table.c.position)
    return [
        _stored(row, envelope.open(row.sealed_update, _context(visit_id, row.epoch, row.position)))
        for row in (await connection.execute(query)).all()
    ]


async def load_late_updates(connection: AsyncConnection, envelope: Envelope, visit_id: str) -> list[StoredUpdate]:
    """The edits that came after the signature, in the order in which they came."""
    table = tables.late_updates
    query = select(table).where(table.c.visit_id == visit_id).order_by(table.c.position)
    return [
        _stored(row, envelope.open(row.sealed_update, f"late_updates/{visit_id}/{row.update_id}"))
        for row in (await connection.execute(query)).all()
    ]


async def append_update(tx: Transaction, envelope: Envelope, visit_id: str, position: int, new: StoredUpdate) -> None:
    """Keep the next accepted update."""
    await tx.execute(
        insert(tables.document_updates).values(
            visit_id=visit_id,
            epoch=FIRST_EPOCH,
            position=position,
            sealed_update=envelope.seal(new.data, _context(visit_id, FIRST_EPOCH, position)),
            **_stamp(tx, new),
        )
    )


async def append_late_update(
    tx: Transaction, envelope: Envelope, visit_id: str, position: int, new: StoredUpdate
) -> None:
    """Keep an edit that came after the signature."""
    await tx.execute(
        insert(tables.late_updates).values(
            visit_id=visit_id,
            position=position,
            sealed_update=envelope.seal(new.data, f"late_updates/{visit_id}/{new.update_id}"),
            **_stamp(tx, new),
        )
    )


async def drop_late_updates(tx: Transaction, visit_id: str) -> None:
    """They are among the document's own updates now."""
    await tx.execute(delete(tables.late_updates).where(tables.late_updates.c.visit_id == visit_id))


async def load_client_ids(connection: AsyncConnection, visit_id: str) -> dict[int, str]:
    """Who claimed which client id of the visit's document."""
    table = tables.client_ids
    rows = (await connection.execute(select(table).where(table.c.visit_id == visit_id))).all()
    return {int(row.client_id): str(row.owner) for row in rows}


async def claim_client_id(tx: Transaction, visit_id: str, client_id: int, owner: str) -> None:
    """Keep the first claim of a client id; the primary key refuses a second one."""
    await tx.execute(insert(tables.client_ids).values(visit_id=visit_id, client_id=client_id, owner=owner))


async def keep_snapshot(tx: Transaction, envelope: Envelope, version: int, snapshot: NoteSnapshot) -> None:
    """Keep the rendered note that was sent or signed."""
    table, sha256 = tables.snapshots, snapshot_sha256(snapshot)
    here = (table.c.visit_id == snapshot.visit_id) & (table.c.version == version) & (table.c.sha256 == sha256)
    if (await tx.execute(select(table.c.version).where(here))).one_or_none() is not None:
        return
    sealed = envelope.seal(snapshot.model_dump_json().encode(), _snapshot_context(snapshot.visit_id, version, sha256))
    await tx.execute(
        insert(table).values(
            visit_id=snapshot.visit_id, version=version, sha256=sha256, at=tx.now, sealed_snapshot=sealed
        )
    )


async def load_snapshot(
    connection: AsyncConnection, envelope: Envelope, visit_id: str, version: int, sha256: str
) -> NoteSnapshot | None:
    """A kept snapshot, or None."""
    table = tables.snapshots
    here = (table.c.visit_id == visit_id) & (table.c.version == version) & (table.c.sha256 == sha256)
    sealed = (await connection.execute(select(table.c.sealed_snapshot).where(here))).scalar_one_or_none()
    if sealed is None:
        return None
    return NoteSnapshot.model_validate_json(envelope.open(sealed, _snapshot_context(visit_id, version, sha256)))


def _context(visit_id: str, epoch: int, position: int) -> str:
    return f"document_updates/{visit_id}/{epoch}/{position}"


def _snapshot_context(visit_id: str, version: int, sha256: str) -> str:
    return f"snapshots/{visit_id}/{version}/{sha256}"


def _stamp(tx: Transaction, new: StoredUpdate) -> dict[str, object]:
    return {
        "sender": new.sender.model_dump_json(),
        "client_id": new.client_id,
        "update_id": new.update_id,
        "fingerprint": new.fingerprint,
        "at": tx.now,
    }


def _stored(row: Row[tuple[object, ...]], data: bytes) -> StoredUpdate:
    sender = Author.model_validate_json(row.sender)
    return StoredUpdate(row.update_id, sender, int(row.client_id), data, row.fingerprint)
