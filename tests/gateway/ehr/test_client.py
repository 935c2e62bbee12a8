"""The FHIR client retries within bounds and only where nothing can be written twice, and trusts no answer."""

import json

import pytest

from gateway.ehr.client import FhirClient, FhirSettings
from gateway.ehr.errors import EhrRefused, EhrUnreachable
from tests.gateway.ehr.flaky import Reply, serving

pytestmark = pytest.mark.anyio
PATIENT = json.dumps({"resourceType": "Patient", "id": "1"})
BUSY = Reply(503, "busy", ("retry-after: 2",))
GONE = Reply(0)


class Pauses(list[float]):
    """Remembers the pauses instead of waiting."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def impatient(address: str, pauses: Pauses) -> FhirClient:
    return FhirClient(FhirSettings(address, attempts=3, timeout_s=5.0), pauses)


@pytest.mark.parametrize("trouble", [BUSY, GONE, Reply(429), Reply(502), Reply(504)])
async def test_read_is_tried_again(trouble: Reply) -> None:
    pauses = Pauses()
    async with serving(trouble, trouble, Reply(200, PATIENT)) as server, impatient(server.address, pauses) as client:
        assert (await client.read("Patient/1"))["id"] == "1"
    assert len(server.asked) == 3
    assert len(pauses) == 2


async def test_retry_after_is_heeded_within_the_bound() -> None:
    pauses = Pauses()
    patient = Reply(200, PATIENT)
    for_ever = Reply(503, "", ("retry-after: 86400",))
    async with serving(BUSY, for_ever, patient) as server, impatient(server.address, pauses) as client:
        await client.read("Patient/1")
    assert pauses[0] >= 1.6
    assert pauses[1] <= 6.0


async def test_attempts_are_bounded() -> None:
    async with serving(BUSY) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrUnreachable) as unreachable:
            await client.read("Patient/1")
    assert unreachable.value.status == 503
    assert len(server.asked) == 3


async def test_nobody_there_is_unreachable() -> None:
    async with serving(BUSY) as server:
        address = server.address
    pauses = Pauses()
    async with impatient(address, pauses) as client:
        with pytest.raises(EhrUnreachable):
            await client.read("Patient/1")
    assert len(pauses) == 2


async def test_silence_is_unreachable() -> None:
    never = Reply(200, PATIENT, ("content-length: 9999",))
    async with serving(never) as server, FhirClient(FhirSettings(server.address, timeout_s=0.05, attempts=1)) as client:
        with pytest.raises(EhrUnreachable):
            await client.read("Patient/1")


@pytest.mark.parametrize("trouble", [GONE, Reply(502), Reply(504)])
async def test_transaction_that_may_have_run_is_not_repeated(trouble: Reply) -> None:
    async with serving(trouble) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrUnreachable):
            await client.transaction([{"resource": {}}])
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422])
async def test_no_is_refused_at_once(status: int) -> None:
    async with serving(Reply(status)) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrRefused) as refused:
            await client.update({"resourceType": "Patient", "id": "1"}, "1")
    assert refused.value.status == status
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", ["", "[]", "no", "[" * 100_000, '{"resourceType": "Location"}'])
async def test_answer_that_is_no_patient_is_refused(body: str) -> None:
    async with serving(Reply(200, body)) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrRefused):
            await client.read("Patient/1")


async def test_redirect_is_not_followed() -> None:
    moved = Reply(302, "", ("location: http://127.0.0.1:1/elsewhere",))
    async with serving(moved) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrRefused):
            await client.read("Patient/1")


async def test_answer_is_bounded() -> None:
    async with (
        serving(Reply(200, json.dumps({"a": "x" * 2000}))) as server,
        FhirClient(FhirSettings(server.address, most_body_bytes=1000)) as client,
    ):
        with pytest.raises(EhrRefused, match="too large"):
            await client.read("Patient/1")


def searchset(next_page: str) -> Reply:
    link = [{"relation": "next", "url": next_page}]
    return Reply(200, json.dumps({"resourceType": "Bundle", "type": "searchset", "link": link}))


async def test_next_page_elsewhere_is_refused() -> None:
    elsewhere = searchset("http://127.0.0.1:1/Patient?page=2")
    async with serving(elsewhere) as server, impatient(server.address, Pauses()) as client:
        with pytest.raises(EhrRefused, match="another server"):
            await client.search("Patient")
    assert len(server.asked) == 1


@pytest.mark.parametrize("part", ['"link": 5', '"link": [5]', '"entry": 5', '"entry": [5, {"resource": 5}]'])
async def test_malformed_page_holds_nothing(part: str) -> None:
    page = Reply(200, f'{{"resourceType": "Bundle", "type": "searchset", {part}}}')
    async with serving(page) as server, impatient(server.address, Pauses()) as client:
        assert await client.search("Patient") == []


async def test_endless_pages_are_refused() -> None:
    async with serving(Reply()) as server:
        server.replies = [searchset(f"{server.address}/Patient?page=2")]
        async with impatient(server.address, Pauses()) as client:
            with pytest.raises(EhrRefused, match="too many pages"):
                await client.search("Patient")
    assert len(server.asked) == 40


async def test_pages_are_followed(client: FhirClient) -> None:
    conditions = await client.search("Condition")
    assert len({condition["id"] for condition in conditions}) == 9


@pytest.mark.parametrize(
    "reference", ["", "Patient", "http://elsewhere.example/Patient/1", "Patient/1/../2", "Patient/1?x=1", "urn:uuid:1"]
)
async def test_reference_elsewhere_is_refused(client: FhirClient, reference: str) -> None:
    with pytest.raises(EhrRefused):
        await client.read(reference)


@pytest.mark.parametrize(
    "address", ["http://ehr.example/fhir", "ftp://127.0.0.1/", "127.0.0.1", "http://127.0.0.1.evil/"]
)
def test_plain_http_beyond_loopback_is_no_setting(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        FhirSettings(address)


async def test_wrong_token_is_refused(ehr_address: str) -> None:
    async with FhirClient(FhirSettings(ehr_address, "wrong")) as client:
        with pytest.raises(EhrRefused) as refused:
            await client.read("Patient/rivera")
    assert refused.value.status == 401
