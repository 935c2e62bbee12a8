"""Things that work once, as rows: enrolment codes, pairing codes and nonces. Only their SHA-256 is kept."""

import hashlib
from datetime import datetime

from sqlalchemy import Row, Table, delete, insert, select, update

from gateway.store import tables
from gateway.store.database import Transaction

_Row = Row[tuple[object, ...]]


def digest(secret: str) -> str:
    """SHA-256 of a secret, as it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def put_enrolment_code(tx: Transaction, code: str, person_id: str | None, expires_at: datetime) -> None:
    """Keep a code for one enrolment, of one person or (None) of any."""
    await tx.execute(
        insert(tables.enrolment_codes).values(code_sha256=digest(code), person_id=person_id, expires_at=expires_at)
    )


async def spend_enrolment_code(tx: Transaction, code: str) -> tuple[bool, str | None]:
    """Whether the code worked (it does once, in its time), and the person that it is for."""
    row = await _spend(tx, tables.enrolment_codes, tables.enrolment_codes.c.code_sha256 == digest(code))
    return (False, None) if row is None else (True, row.person_id)


async def put_pairing_code(tx: Transaction, code: str, room_id: str, made_by: str, expires_at: datetime) -> None:
    """Keep a code that pairs one browser as a room."""
    await tx.execute(
        insert(tables.pairing_codes).values(
            code_sha256=digest(code), room_id=room_id, made_by=made_by, expires_at=expires_at
        )
    )


async def spend_pairing_code(tx: Transaction, code: str) -> tuple[str, str] | None:
    """The room that the code pairs and who made it, once and in its time; else None."""
    row = await _spend(tx, tables.pairing_codes, tables.pairing_codes.c.code_sha256 == digest(code))
    return None if row is None else (row.room_id, row.made_by)


async def put_nonce(tx: Transaction, purpose: str, nonce: str, bound_to: str, expires_at: datetime) -> None:
    """Keep a nonce with what it is bound to; nonces whose time is over are forgotten."""
    table = tables.nonces
    await tx.execute(delete(table).where(table.c.expires_at < tx.now))
    await tx.execute(
        insert(table).values(purpose=purpose, nonce_sha256=digest(nonce), bound_to=bound_to, expires_at=expires_at)
    )


async def spend_nonce(tx: Transaction, purpose: str, nonce: str) -> str | None:
    """What the nonce is bound to, once and in its time; else None."""
    table = tables.nonces
    row = await _spend(tx, table, (table.c.purpose == purpose) & (table.c.nonce_sha256 == digest(nonce)))
    return None if row is None else row.bound_to


async def _spend(tx: Transaction, table: Table, here: object) -> "_Row | None":
    query = select(table).where(here, table.c.spent_at.is_(None), table.c.expires_at > tx.now)  # type: ignore[arg-type]
    row = (await tx.execute(query)).one_or_none()
    if row is not None:
        await tx.execute(update(table).where(here).values(spent_at=tx.now))  # type: ignore[arg-type]
    return row
