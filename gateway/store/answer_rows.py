"""Answers to commands as rows, so that a repeated command gets its first answer also after a restart."""

from dataclasses import dataclass

from sqlalchemy import insert, select

from gateway.store import tables
from gateway.store.database import Transaction
from wire.live import CommandAccepted, CommandRefused

Answer = CommandAccepted | CommandRefused


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The first answer, and the fingerprint of the command that it was for."""

    fingerprint: str
    answer: Answer


async def load_answer(tx: Transaction, principal: str, command_id: str) -> KeptAnswer | None:
    """What this principal's command was answered, or None when it is new."""
    table = tables.answers
    query = select(table).where(table.c.principal == principal, table.c.command_id == command_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None
    kind, _, body = row.outcome.partition(" ")
    model = CommandAccepted if kind == "accepted" else CommandRefused
    return KeptAnswer(row.fingerprint, model.model_validate_json(body))


async def keep_answer(tx: Transaction, principal: str, fingerprint: str, answer: Answer) -> None:
    """Keep a command's only answer (codes and counts, never text)."""
    kind = "accepted" if isinstance(answer, CommandAccepted) else "refused"
    await tx.execute(
        insert(tables.answers).values(
            principal=principal,
            command_id=answer.command_id,
            fingerprint=fingerprint,
            at=tx.now,
            outcome=f"{kind} {answer.model_dump_json()}",
        )
    )
