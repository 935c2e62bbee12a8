"""Two patients of one name on one day, at the real gateway; two scribes' laptops work in both visits."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from desktop.ports import LinkFailed, LinkState, Refused
from desktop.workflows.open_visit import OpenVisit
from desktop.workflows.sync import Sync
from gateway.ports import NewAdmission, SessionInfo
from gateway.store.answer_rows import Answer
from tests.desktop.workflows.doubles import MemoryVault, RememberingScreen, SteppedJobs
from tests.gateway.world import ehr_visit, patient
from tests.visit.converge.desk import Line
from tests.visit.converge.practice import SAM, UMA, Practice, Wire, practice
from wire.commands import ProviderCommand
from wire.ids import new_id
from wire.live import Hello, ProviderOrder
from wire.people import Person, Principal
from wire.protocol import SPOKEN
from wire.refusals import Refusal
from wire.versions import NoteVersion, VersionComparison, VersionText

T = TypeVar("T")


class LinkedJobs(SteppedJobs):
    """Stepped jobs; what goes by HTTP is awaited when the test says so."""

    def __init__(self, vault: MemoryVault) -> None:
        super().__init__(vault)
        self._links: list[Callable[[], Awaitable[None]]] = []

    def on_link(
        self,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T], None],
        failed: Callable[[LinkFailed | Refused], None],
    ) -> None:
        async def step() -> None:
            try:
                result = await work()
            except (LinkFailed, Refused) as problem:
                failed(problem)
            else:
                done(result)

        self._links.append(step)

    async def link(self) -> None:
        """Carry every call out, also what it leads to."""
        while self._links:
            await self._links.pop(0)()
            self.run()


@dataclass(slots=True)
class Versions:
    """The gateway's own version service, as the desktop's port gives it."""

    practice: Practice
    who: Principal

    async def versions(self, visit_id: str) -> list[NoteVersion]:
        return list(_given(await self.practice.services.versions.listed(self.who, visit_id)))

    async def version(self, visit_id: str, seq: int) -> VersionText:
        return _given(await self.practice.services.versions.text(self.who, visit_id, seq))

    async def compared(self, visit_id: str, left: int, right: int) -> VersionComparison:
        return _given(await self.practice.services.versions.compared(self.who, visit_id, left, right))


def _given(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise Refused(answer)
    return answer


class Screen(RememberingScreen):
    """Remembers which visits came to the front."""

    def adopt_visit(self, visit: OpenVisit) -> None:
        self.told.append(("adopted", visit.visit_id))


class Laptop:
    """One scribe's laptop at the practice."""

    def __init__(self, at: Practice, who: Principal) -> None:
        self._at = at
        self.who = who
        self.vault = MemoryVault()
        self.wire: Wire | None = None
        self._start()

    def _start(self) -> None:
        self.jobs, self.screen, self.line = LinkedJobs(self.vault), Screen(), Line()
        self.sync = Sync(self.jobs, self.screen, self.line)
        self.sync.find_gateway = lambda: Versions(self._at, self.who)  # type: ignore[assignment, return-value]  # three calls
        self.sync.pick_up()
        self.jobs.run()

    @property
    def person(self) -> Person:
        return Person(person_id=self.who.id, name=self.who.name)

    def open(self, visit_id: str) -> OpenVisit:
        opened: list[OpenVisit] = []
        self.sync.open_visit(visit_id, opened.append)
        self.jobs.run()
        return opened[0]

    def type(self, visit_id: str, section: str, text: str) -> None:
        """Write at the end of a section."""
        visit = self.open(visit_id)
        end = len(visit.document.text(section).encode("utf-16-le")) // 2
        visit.edit(section, end, end, text)
        self.jobs.run()

    async def connect(self) -> None:
        """The line stands, and all that waits has gone over it."""
        self.wire = self._at.connect(self.who)
        self.line.connected = True
        self.sync.link_changed(LinkState.ONLINE, None)
        self.line.up.append(Hello(protocols=SPOKEN, app="namesakes").model_dump_json())
        await self.exchange()

    async def cut(self) -> None:
        """The line is gone."""
        self.line.connected = False
        self.line.up.clear()
        self.sync.link_changed(LinkState.OFFLINE, None)
        if self.wire is not None:
            await self.wire.cut()
            self.wire = None

    async def exchange(self) -> None:
        """Send and hear until both sides are quiet."""
        assert self.wire is not None
        for _ in range(60):
            self.jobs.run()
            frames, self.line.up = self.line.up, []
            await self.wire.deliver(frames)
            said, self.wire.socket.outbox = self.wire.socket.outbox, []
            for frame in said:
                self.sync.frame_received(frame)
                self.jobs.run()
            if not frames and not said:
                return
        raise AssertionError("it does not come to rest")

    async def restart(self) -> None:
        """The program dies, and starts again without a line."""
        await self.cut()
        self._start()


@dataclass(slots=True)
class Day:
    """The practice with the visits of both patients, and two laptops."""

    practice: Practice
    wrong: str
    right: str
    sam: Laptop
    uma: Laptop

    async def provide(self, command: ProviderCommand, visit_id: str, *, fresh: bool = True) -> Answer:
        """The provider does something on the page, having just proved who it is or not."""
        order = ProviderOrder(command_id=new_id(), visit_id=visit_id, command=command)
        session = SessionInfo(auth_time=self.practice.clock() if fresh else None)
        return await self.practice.services.commands.run(self.practice.provider(visit_id), session, order)

    async def texts(self, visit_id: str) -> dict[str, str]:
        """What the gateway has, without empty sections."""
        texts = (await self.practice.services.documents.opened(visit_id)).document.texts()
        return {section: text for section, text in texts.items() if text}

    async def actions(self) -> list[str]:
        """The audit chain's actions."""
        return [row.entry.action for row in await self.practice.services.database.audit_rows()]


@asynccontextmanager
async def two_okafors(folder: Path) -> AsyncIterator[Day]:
    """Two visits of one day whose patients have one name; both scribes were admitted to both."""
    async with practice(folder) as at:
        visits = []
        for number, tail in enumerate(("4471", "9902")):
            first = ehr_visit(f"Encounter/n{number}", at=at.clock() + timedelta(minutes=20 * number))
            who = patient().model_copy(update={"patient_id": f"p{number}", "mrn_tail": tail})
            banner = first.banner.model_copy(update={"patient": who})
            both = replace(first, banner=banner, scribes=(SAM.id, UMA.id))
            visit_id = await at.services.visits.upsert_from_ehr(both)
            for scribe in (UMA, SAM):
                await _admit(at, visit_id, scribe)
            visits.append(visit_id)
        day = Day(at, visits[0], visits[1], Laptop(at, SAM), Laptop(at, UMA))
        try:
            yield day
        finally:
            for laptop in (day.sam, day.uma):
                await laptop.cut()


async def _admit(at: Practice, visit_id: str, scribe: Principal) -> None:
    admission = NewAdmission(
        admission_id=new_id(),
        visit_id=visit_id,
        person=Person(person_id=scribe.id, name=scribe.name),
        device_id=scribe.device_id or "",
        counter=1,
        report_sha256="a" * 64,
        policy_version="1",
        expires_at=at.clock() + timedelta(hours=1),
        replay_seconds=0,
    )
    assert await at.services.admissions.admit(admission) is None
