"""Visits, people, rooms and assignments as rows."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.envelope import Envelope
from gateway.ports import Banner, EhrVisit, VisitFacts
from gateway.store import tables
from gateway.store.database import Transaction
from wire.ids import new_id
from wire.people import Person, Role, Room

_SELECT = select(
    tables.visits,
    tables.people.c.name.label("provider_name"),
    tables.people.c.ehr_practitioner,
    tables.rooms.c.name.label("room_name"),
).select_from(tables.visits.join(tables.people).join(tables.rooms))


async def load_visit(connection: AsyncConnection, envelope: Envelope, visit_id: str) -> VisitFacts | None:
    """One visit, or None."""
    row = (await connection.execute(_SELECT.where(tables.visits.c.visit_id == visit_id))).one_or_none()
    if row is None:
        return None
    chosen = select(tables.assignments.c.person_id).where(tables.assignments.c.visit_id == visit_id)
    assigned = (await connection.execute(chosen)).scalars().all()
    return _facts(row, envelope, assigned)


async def visit_ids_between(connection: AsyncConnection, begin: datetime, end: datetime) -> list[str]:
    """The ids of visits scheduled in [begin, end), in the order of their times."""
    table = tables.visits
    query = select(table.c.visit_id).where(table.c.scheduled_at >= begin, table.c.scheduled_at < end)
    return list((await connection.execute(query.order_by(table.c.scheduled_at, table.c.visit_id))).scalars())


async def visit_ids_of_patient(connection: AsyncConnection, envelope: Envelope, patient_id: str) -> list[str]:
    """The ids of every visit of the EHR's patient, in the order of their times."""
    table = tables.visits
    query = select(table.c.visit_id).where(table.c.patient_fingerprint == _patient_fingerprint(envelope, patient_id))
    return list((await connection.execute(query.order_by(table.c.scheduled_at, table.c.visit_id))).scalars())


async def fill_patients(tx: Transaction, envelope: Envelope) -> int:
    """Give visits that were kept before there was one their patient's fingerprint; how many there were."""
    table = tables.visits
    query = select(table.c.visit_id, table.c.sealed_banner).where(table.c.patient_fingerprint.is_(None))
    rows = (await tx.execute(query)).all()
    for row in rows:
        banner = Banner.model_validate_json(envelope.open(row.sealed_banner, _banner_context(row.visit_id)))
        fingerprint = _patient_fingerprint(envelope, banner.patient.patient_id)
        await tx.execute(update(table).where(table.c.visit_id == row.visit_id).values(patient_fingerprint=fingerprint))
    return len(rows)


async def upsert_visit(tx: Transaction, envelope: Envelope, visit: EhrVisit) -> tuple[str, bool]:
    """Take over one encounter of the EHR's schedule: (visit id, whether it is new)."""
    provider_id = await _provider(tx, visit.practitioner, visit.practitioner_name)
    room_id = await _room(tx, visit.location, visit.location_name)
    table = tables.visits
    known = (await tx.execute(select(table).where(table.c.encounter == visit.encounter))).one_or_none()
    visit_id = str(known.visit_id) if known is not None else new_id()
    patient = _patient_fingerprint(envelope, visit.banner.patient.patient_id)
    plain = {"provider_id": provider_id, "room_id": room_id, "scheduled_at": visit.scheduled_at}
    plain["patient_fingerprint"] = patient
    banner = visit.banner.model_dump_json().encode()
    if known is None:
        sealed = envelope.seal(banner, _banner_context(visit_id))
        values = {"visit_id": visit_id, "encounter": visit.encounter, "sealed_banner": sealed, **plain}
        await tx.execute(insert(table).values(**values))
    elif envelope.open(known.sealed_banner, _banner_context(visit_id)) != banner or any(
        getattr(known, name) != value for name, value in plain.items()
    ):
        sealed = envelope.seal(banner, _banner_context(visit_id))
        await tx.execute(update(table).where(table.c.visit_id == visit_id).values(sealed_banner=sealed, **plain))
    await _assign(tx, visit_id, visit.scribes)
    return visit_id, known is None


def _banner_context(visit_id: str) -> str:
    return f"visits/{visit_id}"


def _patient_fingerprint(envelope: Envelope, patient_id: str) -> str:
    return envelope.fingerprint(f"patient/{patient_id}".encode())


async def _assign(tx: Transaction, visit_id: str, scribes: Sequence[str]) -> None:
    if not scribes:
        every = select(tables.people.c.person_id).where(tables.people.c.role == Role.SCRIBE.value)
        scribes = list((await tx.execute(every)).scalars())
    table = tables.assignments
    have = set((await tx.execute(select(table.c.person_id).where(table.c.visit_id == visit_id))).scalars())
    for person_id in scribes:
        if person_id not in have:
            await tx.execute(insert(table).values(visit_id=visit_id, person_id=person_id))


async def _provider(tx: Transaction, reference: str, name: str) -> str:
    table = tables.people
    known = (
        await tx.execute(select(table.c.person_id).where(table.c.ehr_practitioner == reference))
    ).scalar_one_or_none()
    if known is not None:
        return str(known)
    person_id = new_id()
    await tx.execute(
        insert(table).values(person_id=person_id, name=name, role=Role.PROVIDER.value, ehr_practitioner=reference)
    )
    return person_id


async def _room(tx: Transaction, reference: str, name: str) -> str:
    table = tables.rooms
    known = (await tx.execute(select(table.c.room_id).where(table.c.ehr_location == reference))).scalar_one_or_none()
    if known is not None:
        return str(known)
    room_id = new_id()
    await tx.execute(insert(table).values(room_id=room_id, name=name, ehr_location=reference))
    return room_id


def _facts(row: Row[tuple[object, ...]], envelope: Envelope, assigned: Sequence[str]) -> VisitFacts:
    banner = envelope.open(row.sealed_banner, _banner_context(row.visit_id))
    return VisitFacts(
        visit_id=row.visit_id,
        encounter=row.encounter,
        provider=Person(person_id=row.provider_id, name=row.provider_name),
        provider_ehr=row.ehr_practitioner or "",
        room=Room(room_id=row.room_id, name=row.room_name),
        scheduled_at=row.scheduled_at,
        banner=Banner.model_validate_json(banner),
        assigned=frozenset(assigned),
    )
