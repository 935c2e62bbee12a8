"""What the gateway is made of, composed once: open it, run it beside the HTTP server, close it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from gateway.admissions import AdmissionService
from gateway.commands import CommandService
from gateway.documents import DocumentService
from gateway.earlier import EarlierNoteService
from gateway.ehr_outbox import EhrOutbox
from gateway.envelope import Envelope
from gateway.layers import LayerService
from gateway.ledger import Ledger
from gateway.live.channel import LiveChannel
from gateway.live.hub import Hub
from gateway.phrases import PhraseService
from gateway.ports import Clock, EhrWriter, Policy
from gateway.situations import Situations
from gateway.store.database import Database
from gateway.versions import VersionService
from gateway.visits import VisitService

_log = structlog.get_logger(__name__)
_RESTART_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Services:
    """The gateway's parts, as routes and the EHR's schedule use them."""

    database: Database
    envelope: Envelope
    policy: Policy
    clock: Clock
    ledger: Ledger
    visits: VisitService
    admissions: AdmissionService
    documents: DocumentService
    commands: CommandService
    hub: Hub
    live: LiveChannel
    outbox: EhrOutbox
    versions: VersionService
    earlier: EarlierNoteService
    phrases: PhraseService
    layers: LayerService

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The schema is upgraded, memory is loaded, and the background jobs run until the block ends."""
        await self.database.upgrade()
        await self.visits.load()
        await self.admissions.load()
        jobs: tuple[Callable[[], Awaitable[None]], ...] = (self.hub.run, self.admissions.run, self.outbox.run)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(keep_running(job)) for job in jobs]
                yield
                for task in tasks:
                    task.cancel()
        finally:
            await self.ledger.close()
            await self.database.close()


def build_services(
    database: Database, envelope: Envelope, policy: Policy, clock: Clock, ehr_writer: EhrWriter
) -> Services:
    """Compose the services; nothing runs and nothing is read before `running`."""
    ledger = Ledger(database, envelope, clock)
    admissions = AdmissionService(ledger)
    situations = Situations(ledger, admissions, policy)
    documents = DocumentService(ledger, situations.of)
    visits = VisitService(ledger, policy)
    commands = CommandService(ledger, documents, situations)
    hub = Hub(ledger, documents, admissions, visits, policy)
    outbox = EhrOutbox(ledger, ehr_writer, policy)
    commands.outbox_filled = outbox.filled
    live = LiveChannel(hub, ledger, documents, commands, admissions, situations, policy, clock)
    return Services(
        database=database,
        envelope=envelope,
        policy=policy,
        clock=clock,
        ledger=ledger,
        visits=visits,
        admissions=admissions,
        documents=documents,
        commands=commands,
        hub=hub,
        live=live,
        outbox=outbox,
        versions=VersionService(ledger, documents, situations),
        earlier=EarlierNoteService(ledger, documents, situations, policy),
        phrases=PhraseService(ledger),
        layers=LayerService(database, envelope, clock),
    )


async def keep_running(job: Callable[[], Awaitable[None]]) -> None:
    """The background jobs' boundary: a job that fails is told of and begun again, the others go on."""
    while True:
        try:
            await job()
        except Exception as error:  # noqa: BLE001  # the named boundary of background jobs
            _log.error("background_job_failed", job=getattr(job, "__qualname__", ""), error=type(error).__name__)
            await asyncio.sleep(_RESTART_SECONDS)
