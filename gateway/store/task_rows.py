"""Writes to the EHR as rows: put there by the transaction that signed, taken away by the EHR's own answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store import tables
from gateway.store.database import Transaction
from wire.ids import new_id

_TABLE = tables.ehr_tasks
ORDER = "order"
NOTE = "note"
ADDENDUM = "addendum"
RETRACT = "retract_"
"""Before the kind of what was written: its retraction."""


@dataclass(frozen=True, slots=True)
class EhrTask:
    """A signed thing that the EHR has not confirmed yet."""

    task_id: str
    visit_id: str
    kind: str
    subject: str
    version: int
    attempts: int
    next_at: datetime
    last_problem: str | None


async def put_task(tx: Transaction, visit_id: str, kind: str, subject: str, version: int) -> None:
    """Queue a write, due at once."""
    await tx.execute(
        insert(_TABLE).values(
            task_id=new_id(), visit_id=visit_id, kind=kind, subject=subject, version=version, attempts=0, next_at=tx.now
        )
    )


async def open_tasks(connection: AsyncConnection) -> list[EhrTask]:
    """The tasks that are not done, soonest first."""
    query = select(_TABLE).where(_TABLE.c.done_at.is_(None)).order_by(_TABLE.c.next_at, _TABLE.c.task_id)
    return [
        EhrTask(
            row.task_id, row.visit_id, row.kind, row.subject, row.version, row.attempts, row.next_at, row.last_problem
        )
        for row in (await connection.execute(query)).all()
    ]


async def finish_task(tx: Transaction, task: EhrTask) -> None:
    """The EHR confirmed it."""
    here = _TABLE.c.task_id == task.task_id
    await tx.execute(update(_TABLE).where(here).values(done_at=tx.now, attempts=task.attempts + 1, last_problem=None))


async def postpone_task(tx: Transaction, task: EhrTask, next_at: datetime, problem: str) -> None:
    """The EHR did not take it; again at `next_at`."""
    here = _TABLE.c.task_id == task.task_id
    await tx.execute(
        update(_TABLE).where(here).values(next_at=next_at, attempts=task.attempts + 1, last_problem=problem)
    )


async def put_off_task(tx: Transaction, task: EhrTask, next_at: datetime) -> None:
    """It was not tried, since it waits for another; again at `next_at`."""
    await tx.execute(update(_TABLE).where(_TABLE.c.task_id == task.task_id).values(next_at=next_at))


async def take_up_write(tx: Transaction, visit_id: str, kind: str, subject: str, version: int) -> None:
    """Queue a write again that was given up, due at once."""
    here = (_TABLE.c.visit_id == visit_id) & (_TABLE.c.kind == kind)
    here &= (_TABLE.c.subject == subject) & (_TABLE.c.version == version)
    await tx.execute(update(_TABLE).where(here).values(done_at=None, next_at=tx.now, last_problem=None))


async def give_up_writes(tx: Transaction, visit_id: str) -> None:
    """Nothing more of this visit is written; what may have been is found again by its identifiers."""
    here = (_TABLE.c.visit_id == visit_id) & _TABLE.c.done_at.is_(None) & _TABLE.c.kind.in_((ORDER, NOTE, ADDENDUM))
    await tx.execute(update(_TABLE).where(here).values(done_at=tx.now, last_problem="visit_frozen"))
