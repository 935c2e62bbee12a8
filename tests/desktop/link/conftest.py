"""A real practice, started once for a module's tests, and a scribe's device at it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest

from demo.identity.browser import sign_in_over_http
from demo.practice import Practice, PracticeSettings, start_practice
from desktop.link.gateway import GatewayClient
from desktop.ports import Session
from desktop.secure_store.device_key import DeviceKey, load_device_key
from tests.desktop.secure_store.rings import MemoryRing


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def practice() -> Iterator[Practice]:
    with start_practice(PracticeSettings(people=("santos", "adeyemi", "okafor"), tries_per_minute=1000)) as practice:
        yield practice


def new_key() -> DeviceKey:
    return load_device_key(MemoryRing(), "test")


@dataclass(slots=True)
class Device:
    """An enrolled device with its client."""

    client: GatewayClient
    key: DeviceKey
    device_id: str
    username: str

    async def sign_in(self, username: str = "") -> Session:
        async with Browser(username or self.username) as browser:
            return await self.client.sign_in(browser.open, self.device_id)


class Browser:
    """A browser in which a person signs in; leaving the block waits until it is done."""

    def __init__(self, username: str, alter: Callable[[str], str] = lambda url: url) -> None:
        self._username = username
        self._alter = alter
        self._walks: list[Awaitable[None]] = []
        self.answers: list[int] = []

    def open(self, url: str) -> None:
        self._walks.append(asyncio.ensure_future(asyncio.to_thread(self._walk, url)))

    def _walk(self, url: str) -> None:
        redirect = self._alter(sign_in_over_http(url, self._username))
        self.answers.append(httpx2.get(redirect).status_code)

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._walks)


@asynccontextmanager
async def enrolled(practice: Practice, username: str = "santos") -> AsyncIterator[Device]:
    """A device that was just enrolled for a person."""
    key = new_key()
    client = GatewayClient(practice.gateway.address, key)
    await client.info()
    code = await asyncio.to_thread(practice.enrolment_code, username)
    device_id = await client.enroll(code, "Test laptop")
    yield Device(client, key, device_id, username)
    await client.close()


@pytest.fixture(scope="module")
def enrolment(practice: Practice) -> tuple[DeviceKey, str]:
    """A device key that the practice knows, and its device id."""

    async def enroll() -> tuple[DeviceKey, str]:
        async with enrolled(practice) as opened:
            return opened.key, opened.device_id

    return asyncio.run(enroll())


@pytest.fixture
async def device(practice: Practice, enrolment: tuple[DeviceKey, str]) -> AsyncIterator[Device]:
    """The enrolled device with a client that is not signed in."""
    key, device_id = enrolment
    client = GatewayClient(practice.gateway.address, key)
    await client.info()
    yield Device(client, key, device_id, "santos")
    await client.close()


@pytest.fixture
async def signed_in(device: Device) -> Device:
    await device.sign_in()
    return device


def port_of(address: str) -> int:
    return urlsplit(address).port or 0
