"""A small practice for the gateway's tests: one room, one provider, two scribes, one visit, a clock that stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from gateway.envelope import Envelope
from gateway.ports import (
    AddendumWrite,
    Banner,
    EhrProblem,
    EhrVisit,
    EhrWritten,
    NewAdmission,
    NoteWrite,
    OrderWrite,
    Policy,
    Retraction,
    SessionInfo,
)
from gateway.services import Services, build_services
from gateway.store import tables
from gateway.store.answer_rows import Answer
from gateway.store.database import Database
from visit.document import VisitDocument
from visit.record import VisitRecord
from wire.commands import ProviderCommand, RoomCommand, ScribeCommand
from wire.ids import new_id
from wire.live import DocumentUpdate, ProviderOrder, RoomOrder, ScribeOrder
from wire.people import Person, Principal, Role
from wire.refusals import Refusal
from wire.visits import Coding, Patient

KEY = b"k" * 32
POLICY = Policy(ZoneInfo("America/New_York"), "Hill Street Practice", "+1 555 0100", step_up_seconds=300)
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SCRIBE = Principal(role=Role.SCRIBE, id="sam", name="Sam Scribe", device_id="laptop")
OTHER_SCRIBE = Principal(role=Role.SCRIBE, id="uma", name="Uma Unassigned", device_id="laptop")
COMPLETE = {"chief_complaint": "Leg swelling", "hpi": "Three weeks of it.", "assessment_and_plan": "Heart failure?"}


@dataclass(slots=True)
class StandingClock:
    """Time goes on only when a test says so."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(slots=True)
class ProgrammedEhr:
    """An EHR that answers as the test says, and remembers what was written to it."""

    problems: list[EhrProblem] = field(default_factory=list)
    orders: list[OrderWrite] = field(default_factory=list)
    notes: list[NoteWrite] = field(default_factory=list)
    addenda: list[AddendumWrite] = field(default_factory=list)
    retracted: list[Retraction] = field(default_factory=list)

    async def write_order(self, job: OrderWrite) -> EhrWritten | EhrProblem:
        if self.problems:
            return self.problems.pop(0)
        self.orders.append(job)
        return EhrWritten(f"ServiceRequest/{len(self.orders)}", "1")

    async def write_note(self, job: NoteWrite) -> EhrWritten | EhrProblem:
        if self.problems:
            return self.problems.pop(0)
        self.notes.append(job)
        return EhrWritten(f"DocumentReference/{len(self.notes)}", "1")

    async def write_addendum(self, job: AddendumWrite) -> EhrWritten | EhrProblem:
        if self.problems:
            return self.problems.pop(0)
        self.addenda.append(job)
        return EhrWritten(f"DocumentReference/{100 + len(self.addenda)}", "1")

    async def retract(self, job: Retraction) -> EhrWritten | EhrProblem:
        if self.problems:
            return self.problems.pop(0)
        self.retracted.append(job)
        return EhrWritten(f"Error/{len(self.retracted)}", "2")


def patient(name: str = "Okafor, Adaeze") -> Patient:
    return Patient(patient_id="p1", name=name, birth_date=date(1958, 3, 14), sex="female", mrn_tail="4471")


def ehr_visit(encounter: str = "Encounter/1", at: datetime = NOON, **changes: object) -> EhrVisit:
    banner = Banner(
        patient=patient(),
        reason="Shortness of breath",
        specialty="Cardiology",
        problems=(Coding(system="http://snomed.info/sct", code="38341003", display="Hypertension"),),
    )
    values: dict[str, object] = {
        "encounter": encounter,
        "practitioner": "Practitioner/1",
        "practitioner_name": "Dr. Ruth Provider",
        "location": "Location/1",
        "location_name": "Room 3",
        "scheduled_at": at,
        "banner": banner,
        "scribes": (SCRIBE.id,),
    }
    return EhrVisit(**(values | changes))  # type: ignore[arg-type]


@dataclass(slots=True)
class World:
    """The services and the principals of one visit."""

    services: Services
    clock: StandingClock
    ehr: ProgrammedEhr
    url: str
    visit_id: str
    provider: Principal
    room: Principal
    admission_id: str = ""
    auth_time: datetime | None = NOON

    @property
    def record(self) -> VisitRecord:
        return self.services.ledger.loaded(self.visit_id).record

    async def scribe(
        self, command: ScribeCommand, command_id: str = "", principal: Principal = SCRIBE, visit_id: str = ""
    ) -> Answer:
        order = ScribeOrder(command_id=command_id or new_id(), visit_id=visit_id or self.visit_id, command=command)
        return await self.services.commands.run(principal, SessionInfo(), order)

    async def provide(self, command: ProviderCommand, command_id: str = "", visit_id: str = "") -> Answer:
        order = ProviderOrder(command_id=command_id or new_id(), visit_id=visit_id or self.visit_id, command=command)
        return await self.services.commands.run(self.provider, SessionInfo(auth_time=self.auth_time), order)

    async def in_room(self, command: RoomCommand, command_id: str = "", visit_id: str = "") -> Answer:
        order = RoomOrder(command_id=command_id or new_id(), visit_id=visit_id or self.visit_id, command=command)
        return await self.services.commands.run(self.room, SessionInfo(), order)

    async def admit(self, principal: Principal = SCRIBE, seconds: float = 300, visit_id: str = "") -> str:
        admission_id = new_id()
        refusal = await self.services.admissions.admit(
            NewAdmission(
                admission_id=admission_id,
                visit_id=visit_id or self.visit_id,
                person=Person(person_id=principal.id, name=principal.name),
                device_id=principal.device_id or "",
                counter=1,
                report_sha256="a" * 64,
                policy_version="1",
                expires_at=self.clock() + timedelta(seconds=seconds),
                replay_seconds=60,
            )
        )
        assert refusal is None
        self.admission_id = admission_id
        return admission_id

    async def send(
        self, data: bytes, client_id: int, update_id: str = "", principal: Principal = SCRIBE
    ) -> Refusal | None:
        frame = DocumentUpdate(
            visit_id=self.visit_id, update_id=update_id or new_id(), client_id=client_id, update=data
        )
        return await self.services.documents.update(principal, frame)

    async def write(self, texts: dict[str, str]) -> VisitDocument:
        """The scribe's own replica, with these sections written and sent."""
        document = VisitDocument()
        made: list[bytes] = []
        document.on_update = made.append
        for section, text in texts.items():
            document.replace(section, 0, 0, text)
        document.on_update = None
        for data in made:
            assert await self.send(data, document.client_id) is None
        return document

    async def texts(self) -> dict[str, str]:
        return (await self.services.documents.opened(self.visit_id)).document.texts()


@asynccontextmanager
async def open_world(url: str, clock: StandingClock | None = None) -> AsyncIterator[World]:
    """Open (or open again) the practice on a database."""
    clock, ehr = clock or StandingClock(), ProgrammedEhr()
    services = build_services(Database.open(url), Envelope(KEY), POLICY, clock, ehr)
    async with services.running():
        await _seed(services)
        visit_id = await services.visits.upsert_from_ehr(ehr_visit())
        facts = services.ledger.loaded(visit_id).facts
        provider = Principal(role=Role.PROVIDER, id=facts.provider.person_id, name=facts.provider.name)
        room = Principal(role=Role.ROOM, id=facts.room.room_id, name=facts.room.name)
        yield World(services, clock, ehr, url, visit_id, provider, room)


async def _seed(services: Services) -> None:
    async with services.database.write(NOON) as tx:
        if (await tx.execute(select(tables.people.c.person_id).where(tables.people.c.person_id == SCRIBE.id))).first():
            return
        for person in (SCRIBE, OTHER_SCRIBE):
            values = {"person_id": person.id, "name": person.name, "role": "scribe", "subject": person.id}
            await tx.execute(insert(tables.people).values(issuer="https://id.example", **values))
        await tx.execute(
            insert(tables.devices).values(device_id="laptop", jkt="j", jwk="{}", name="laptop", enrolled_at=NOON)
        )
