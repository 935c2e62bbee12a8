"""Fixtures of the gateway's tests: each runs on SQLite and on a real PostgreSQL where the store matters."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest

from gateway.envelope import Envelope
from gateway.store.database import Database
from tests.gateway.postgres import Cluster, running_cluster
from tests.gateway.world import World, open_world

_NUMBERS = count(1)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/gateway.db"
    cluster = request.getfixturevalue("postgres")
    assert isinstance(cluster, Cluster)
    return cluster.new_database(f"gateway_{next(_NUMBERS)}")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database.open(database_url)
    await opened.upgrade()
    yield opened
    await opened.close()


@pytest.fixture
def envelope() -> Envelope:
    return Envelope(b"k" * 32)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A gateway's services with one visit, on each kind of database."""
    async with open_world(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_world(tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what does not depend on the store."""
    async with open_world(f"sqlite+aiosqlite:///{tmp_path}/gateway.db") as opened:
        yield opened
