"""Exam rooms as rows, with the key of the browser that was paired as each."""

import json
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from gateway.store import tables
from gateway.store.database import Transaction
from gateway.store.people_rows import Reader
from wire.http import Jwk
from wire.ids import new_id

_TABLE = tables.rooms


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room; without `jkt` no browser is paired as it."""

    room_id: str
    name: str
    jkt: str | None
    jwk: Jwk | None


async def room_by_id(reader: Reader, room_id: str) -> RoomRow | None:
    """A room, or None."""
    row = (await reader.execute(select(_TABLE).where(_TABLE.c.room_id == room_id))).one_or_none()
    if row is None:
        return None
    return RoomRow(row.room_id, row.name, row.jkt, json.loads(row.jwk) if row.jwk else None)


async def put_room(tx: Transaction, name: str, ehr_location: str | None) -> str:
    """Add a room, or rename the one that has this EHR reference; its id."""
    if ehr_location is not None:
        here = _TABLE.c.ehr_location == ehr_location
        known = (await tx.execute(select(_TABLE.c.room_id).where(here))).scalar_one_or_none()
        if known is not None:
            await tx.execute(update(_TABLE).where(here).values(name=name))
            return str(known)
    room_id = new_id()
    await tx.execute(insert(_TABLE).values(room_id=room_id, name=name, ehr_location=ehr_location))
    return room_id


async def pair_room(tx: Transaction, room_id: str, jwk: Jwk, jkt: str) -> None:
    """Make a key the room's; the key before it, and a room that this browser was before, are forgotten."""
    nothing = {"jwk": None, "jkt": None, "paired_at": None}
    await tx.execute(update(_TABLE).where(_TABLE.c.jkt == jkt).values(**nothing))
    await tx.execute(
        update(_TABLE).where(_TABLE.c.room_id == room_id).values(jwk=json.dumps(jwk), jkt=jkt, paired_at=tx.now)
    )
