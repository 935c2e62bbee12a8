"""The real demo record for the tests of the gateway's FHIR client."""

from collections.abc import AsyncIterator, Iterator
from datetime import date

import pytest

from demo import validator
from demo.ehr import EhrSettings, start_ehr
from gateway.ehr.client import FhirClient, FhirSettings

TOKEN = "a-token-for-this-test"
DAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def ehr_address() -> Iterator[str]:
    validator.install()
    with start_ehr(EhrSettings(day=DAY, page=2, token=TOKEN)) as running:
        yield running.address


@pytest.fixture
async def client(anyio_backend: str, ehr_address: str) -> AsyncIterator[FhirClient]:
    async with FhirClient(FhirSettings(ehr_address, TOKEN)) as client:
        yield client
