"""The gateway as it is, on SQLite in memory files, with sockets that a schedule delivers by hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from gateway.envelope import Envelope
from gateway.ports import NewAdmission, SessionInfo
from gateway.services import Services, build_services
from gateway.store.database import Database
from tests.gateway.world import KEY, POLICY, ProgrammedEhr, StandingClock, _seed, ehr_visit
from wire.ids import new_id
from wire.people import Person, Principal, Role

SAM = Principal(role=Role.SCRIBE, id="sam", name="Sam Scribe", device_id="laptop")
UMA = Principal(role=Role.SCRIBE, id="uma", name="Uma Scribe", device_id="laptop")
PATIENT_POLICY = replace(POLICY, frames_per_second=1_000_000, frames_burst=1_000_000)
_TURNS = 4


class Socket:
    """A WebSocket's server side: frames go in by `inbox`, come out in `outbox`."""

    def __init__(self) -> None:
        self.outbox: list[str] = []
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue()
        self.idle = asyncio.Event()
        self.closed = False

    async def accept(self) -> None:
        """Nothing to do."""

    async def receive(self) -> dict[str, str]:
        if self._inbox.empty():
            self.idle.set()
        text = await self._inbox.get()
        self.idle.clear()
        return {"type": "websocket.disconnect"} if text is None else {"type": "websocket.receive", "text": text}

    async def send_text(self, text: str) -> None:
        self.outbox.append(text)

    async def close(self, _code: int, _reason: str) -> None:
        self.closed = True

    def put(self, text: str | None) -> None:
        self.idle.clear()
        self._inbox.put_nowait(text)


@dataclass(slots=True)
class Wire:
    """A client's connection as the gateway serves it."""

    socket: Socket
    task: asyncio.Task[None]

    async def deliver(self, frames: list[str]) -> None:
        """Hand frames over and wait until each was taken and answered."""
        for frame in frames:
            self.socket.put(frame)
        await self._settle()

    async def cut(self) -> None:
        """The other side is gone."""
        self.socket.put(None)
        await self.task

    async def _settle(self) -> None:
        idle = asyncio.create_task(self.socket.idle.wait())
        await asyncio.wait((idle, self.task), return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            idle.cancel()
        for _ in range(_TURNS):  # the writers of all connections
            await asyncio.sleep(0)


class Practice:
    """One gateway; `restart` gives its memory up, as a new process would."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.clock = StandingClock()
        self._number = 0
        self.services = self._build()

    def _build(self) -> Services:
        return build_services(self._database, Envelope(KEY), PATIENT_POLICY, self.clock, ProgrammedEhr())

    async def restart(self) -> None:
        """A new gateway over the same database; every connection must have been cut."""
        await self.services.ledger.close()
        self.services = self._build()
        await self.services.visits.load()
        await self.services.admissions.load()

    async def new_visit(self) -> str:
        """A visit with both scribes assigned and admitted, far from the ones before it."""
        self._number += 1
        self.clock.advance(30 * 24 * 3600)
        scribes = (SAM.id, UMA.id)
        visit = ehr_visit(f"Encounter/c{self._number}", at=self.clock(), scribes=scribes)
        visit_id = await self.services.visits.upsert_from_ehr(visit)
        for scribe in (SAM, UMA):
            admission = NewAdmission(
                admission_id=new_id(),
                visit_id=visit_id,
                person=Person(person_id=scribe.id, name=scribe.name),
                device_id=scribe.device_id or "",
                counter=1,
                report_sha256="a" * 64,
                policy_version="1",
                expires_at=self.clock() + timedelta(hours=1),
                replay_seconds=0,
            )
            assert await self.services.admissions.admit(admission) is None
        return visit_id

    def provider(self, visit_id: str) -> Principal:
        """The visit's provider."""
        person = self.services.ledger.loaded(visit_id).facts.provider
        return Principal(role=Role.PROVIDER, id=person.person_id, name=person.name)

    def connect(self, principal: Principal) -> Wire:
        """A new connection; its hello is the client's business."""
        socket = Socket()
        session = SessionInfo(auth_time=self.clock() if principal.role is Role.PROVIDER else None)
        serving = self.services.live.serve(socket, principal, session)  # type: ignore[arg-type]  # what it uses of one
        return Wire(socket, asyncio.create_task(serving))


@asynccontextmanager
async def practice(folder: Path) -> AsyncIterator[Practice]:
    """A gateway on a new database in a folder."""
    database = Database.open(f"sqlite+aiosqlite:///{folder}/gateway.db")
    await database.upgrade()
    made = Practice(database)
    await _seed(made.services)
    try:
        yield made
    finally:
        await made.services.ledger.close()
        await database.close()
