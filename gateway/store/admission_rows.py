"""Admissions as rows: who was let in, until when."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.ports import LiveAdmission, NewAdmission
from gateway.store import tables
from gateway.store.database import Transaction

_TABLE = tables.admissions


async def load_live(connection: AsyncConnection, now: datetime) -> list[LiveAdmission]:
    """The admissions that neither expired nor were revoked."""
    query = select(_TABLE).where(_TABLE.c.expires_at > now, _TABLE.c.revoked_at.is_(None))
    return [
        LiveAdmission(row.admission_id, row.visit_id, row.person_id, row.device_id, row.expires_at)
        for row in (await connection.execute(query)).all()
    ]


async def keep_admission(tx: Transaction, new: NewAdmission) -> None:
    """Keep a new admission."""
    await tx.execute(
        insert(_TABLE).values(
            admission_id=new.admission_id,
            visit_id=new.visit_id,
            person_id=new.person.person_id,
            device_id=new.device_id,
            counter=new.counter,
            report_sha256=new.report_sha256,
            issued_at=tx.now,
            expires_at=new.expires_at,
        )
    )


async def extend_admission(tx: Transaction, admission_id: str, expires_at: datetime) -> None:
    """A renewed grant ends later."""
    await tx.execute(update(_TABLE).where(_TABLE.c.admission_id == admission_id).values(expires_at=expires_at))


async def revoke_admission(tx: Transaction, admission_id: str) -> None:
    """End an admission before its time."""
    await tx.execute(update(_TABLE).where(_TABLE.c.admission_id == admission_id).values(revoked_at=tx.now))
