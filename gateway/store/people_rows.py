"""People and devices as rows: who the practice knows, and which laptops its scribes enrolled."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store import tables
from gateway.store.database import Transaction
from wire.http import Jwk
from wire.ids import new_id
from wire.people import Role

Reader = AsyncConnection | Transaction


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person of the practice; `subject` is the identity provider's name for them."""

    person_id: str
    name: str
    role: Role
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person as the practice's IT names them."""

    issuer: str
    subject: str
    name: str
    role: Role
    ehr_practitioner: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """An enrolled device and its public key; `person_id` when only that person may use it."""

    device_id: str
    jkt: str
    jwk: Jwk
    person_id: str | None
    revoked: bool


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device as IT lists it."""

    device_id: str
    name: str
    person: str | None
    enrolled_at: datetime
    revoked_at: datetime | None


async def person_by_subject(reader: Reader, issuer: str, subject: str) -> PersonRow | None:
    """Who the identity provider means, or None."""
    table = tables.people
    query = select(table).where(table.c.issuer == issuer, table.c.subject == subject)
    return _person((await reader.execute(query)).one_or_none())


async def person_by_id(reader: Reader, person_id: str) -> PersonRow | None:
    """A person by the gateway's own id, or None."""
    query = select(tables.people).where(tables.people.c.person_id == person_id)
    return _person((await reader.execute(query)).one_or_none())


async def put_person(tx: Transaction, new: NewPerson) -> str:
    """Add a person, or renew name and role of one that is known by subject or by EHR reference; the person's id.

    ValueError when the EHR reference is somebody else's.
    """
    table = tables.people
    values = {
        "issuer": new.issuer,
        "subject": new.subject,
        "name": new.name,
        "role": new.role.value,
        "ehr_practitioner": new.ehr_practitioner,
    }
    here = (table.c.issuer == new.issuer) & (table.c.subject == new.subject)
    if new.ehr_practitioner is not None:
        # The schedule may have brought the provider before anybody named their account.
        here |= (table.c.ehr_practitioner == new.ehr_practitioner) & table.c.subject.is_(None)
    known = (await tx.execute(select(table.c.person_id).where(here))).scalars().all()
    if len(known) > 1:
        raise ValueError("this account and this practitioner are known as two people")
    if new.ehr_practitioner is not None:
        owner = select(table.c.person_id).where(table.c.ehr_practitioner == new.ehr_practitioner)
        if (await tx.execute(owner)).scalar_one_or_none() not in (None, *known):
            raise ValueError("this practitioner is another account's")
    if known:
        await tx.execute(update(table).where(table.c.person_id == known[0]).values(**values))
        return str(known[0])
    person_id = new_id()
    await tx.execute(insert(table).values(person_id=person_id, **values))
    return person_id


async def device_by_id(reader: Reader, device_id: str) -> DeviceRow | None:
    """An enrolled device, or None."""
    query = select(tables.devices).where(tables.devices.c.device_id == device_id)
    row = (await reader.execute(query)).one_or_none()
    if row is None:
        return None
    return DeviceRow(row.device_id, row.jkt, json.loads(row.jwk), row.person_id, row.revoked_at is not None)


async def put_device(tx: Transaction, jwk: Jwk, jkt: str, name: str, person_id: str | None) -> str | None:
    """Enrol a device key; its id, or None when a revoked device has that key. A known key keeps its id."""
    table = tables.devices
    known = (await tx.execute(select(table).where(table.c.jkt == jkt))).one_or_none()
    if known is not None:
        if known.revoked_at is not None:
            return None
        await tx.execute(update(table).where(table.c.jkt == jkt).values(name=name, person_id=person_id))
        return str(known.device_id)
    device_id = new_id()
    await tx.execute(
        insert(table).values(
            device_id=device_id, jkt=jkt, jwk=json.dumps(jwk), name=name, person_id=person_id, enrolled_at=tx.now
        )
    )
    return device_id


async def revoke_device(tx: Transaction, device_id: str) -> bool:
    """Let a device in no more; False when there is none of that id, or it was revoked before."""
    table = tables.devices
    here = (table.c.device_id == device_id) & table.c.revoked_at.is_(None)
    return (await tx.execute(update(table).where(here).values(revoked_at=tx.now))).rowcount == 1


async def revoked_devices(reader: Reader) -> list[str]:
    """The ids of the devices that are let in no more."""
    query = select(tables.devices.c.device_id).where(tables.devices.c.revoked_at.is_not(None))
    return list((await reader.execute(query)).scalars())


async def list_devices(reader: Reader) -> list[ListedDevice]:
    """Every device that was ever enrolled, oldest first."""
    devices, people = tables.devices, tables.people
    query = (
        select(devices, people.c.name.label("person"))
        .select_from(devices.outerjoin(people, devices.c.person_id == people.c.person_id))
        .order_by(devices.c.enrolled_at, devices.c.device_id)
    )
    return [
        ListedDevice(row.device_id, row.name, row.person, row.enrolled_at, row.revoked_at)
        for row in (await reader.execute(query)).all()
    ]


async def advance_counter(tx: Transaction, device_id: str, counter: int) -> bool:
    """Note a report's number; False when it is not above the device's last one."""
    table = tables.devices
    here = (table.c.device_id == device_id) & (table.c.report_counter < counter)
    return (await tx.execute(update(table).where(here).values(report_counter=counter))).rowcount == 1


def _person(row: Row[tuple[object, ...]] | None) -> PersonRow | None:
    return PersonRow(row.person_id, row.name, Role(row.role), row.subject) if row is not None else None
