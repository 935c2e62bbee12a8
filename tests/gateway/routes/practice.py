"""A whole gateway for tests: real uvicorn on loopback, a clock that can be put forward, and a seeded practice."""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import uvicorn

from gateway.app import create_app
from gateway.config import load_config
from gateway.envelope import create_key_file
from gateway.identity.enrolment import make_enrolment_code
from gateway.identity.keys import create_signing_key_file
from gateway.routes.context import Context
from gateway.serving import uvicorn_config
from gateway.store.people_rows import NewPerson, put_person
from tests.gateway.world import ehr_visit
from wire.people import Role

T = TypeVar("T")
START_SECONDS = 20.0
PAGE_SECRET = "page-secret-of-the-tests"


@dataclass(slots=True)
class ShiftedClock:
    """The machine's time plus what a test says."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def config_text(issuer: str, port: int, ehr: str = "http://127.0.0.1:9") -> str:
    return f"""
[practice]
name = "Riverside Cardiology"
zone = "America/New_York"
[server]
port = {port}
public_url = "http://127.0.0.1:{port}"
[store]
url = "sqlite+aiosqlite:///gateway.db"
key_file = "store.key"
[identity]
issuer = "{issuer}"
page_secret_file = "page-secret"
required_acr = ["phr"]
max_auth_age_seconds = 3600
[ehr]
base_url = "{ehr}"
sync_seconds = 3600
[policy]
version = "7"
step_up_seconds = 600
[policy.requirements]
disk_encryption = "require"
firewall = "require"
updates = "warn"
screen_lock = "require"
clock = "advisory"
"""


def write_practice(folder: Path, text: str, page_secret: str = PAGE_SECRET) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "gateway.toml"
    config.write_text(text)
    create_key_file(folder / "store.key")
    create_signing_key_file(folder / "signing-key.pem")
    secret = folder / "page-secret"
    secret.touch(0o600)
    secret.write_text(page_secret)
    return config


@dataclass
class Practice:
    """A running gateway."""

    address: str
    config_file: Path
    context: Context
    clock: ShiftedClock
    loop: asyncio.AbstractEventLoop
    issuer: str
    clients: list[httpx2.Client] = field(default_factory=list)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work on the gateway's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.address, trust_env=False)

    def page_client(self, cookies: Mapping[str, str] | None = None) -> httpx2.Client:
        """As a browser on the page's own origin; closed with the gateway."""
        client = self.client()
        self.clients.append(client)
        client.headers["Origin"] = self.address
        for name, value in (cookies or {}).items():
            client.cookies.set(name, value, domain="127.0.0.1")
        return client

    def add_person(self, subject: str, role: Role, ehr: str | None = None) -> str:
        async def add() -> str:
            async with self.context.services.database.write(self.clock()) as tx:
                return await put_person(tx, NewPerson(self.issuer, subject, subject.title(), role, ehr))

        return self.run(add())

    def add_visit(self, encounter: str = "Encounter/1", **changes: object) -> str:
        visit = ehr_visit(encounter, self.clock(), **{"scribes": (), **changes})
        return self.run(self.context.services.visits.upsert_from_ehr(visit))

    def enrolment_code(self, subject: str | None = None) -> str:
        database = self.context.services.database
        code, _ = self.run(make_enrolment_code(database, self.clock(), self.issuer, subject))
        return code

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something that the gateway does by itself."""
        pause = threading.Event()
        for _ in range(int(START_SECONDS * 100)):
            if holds():
                return
            pause.wait(0.01)
        raise AssertionError("it did not happen")

    def actions(self) -> list[str]:
        """What the audit chain holds."""
        return [row.entry.action for row in self.run(self.context.services.database.audit_rows())]


@contextmanager
def running_gateway(folder: Path, issuer: str, port: int | None = None, text: str | None = None) -> Iterator[Practice]:
    """Serve a new practice from a folder until the block ends."""
    port = port or free_port()
    config_file = write_practice(folder, text or config_text(issuer, port))
    clock = ShiftedClock()
    config = load_config(config_file)
    app = create_app(config, clock)
    loop = asyncio.new_event_loop()
    server = uvicorn.Server(uvicorn_config(config, app))
    thread = threading.Thread(target=_serve, args=(loop, server), name="gateway")
    thread.start()
    try:
        practice = Practice(f"http://127.0.0.1:{port}", config_file, app.state.context, clock, loop, issuer)
        practice.until(lambda: server.started or not thread.is_alive())
        assert server.started, "the gateway did not start"
        yield practice
        for client in practice.clients:
            client.close()
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the gateway did not stop"


def _serve(loop: asyncio.AbstractEventLoop, server: uvicorn.Server) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(server.serve())
    finally:
        loop.close()
