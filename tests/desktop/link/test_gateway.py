"""The HTTP client against the real gateway and identity provider: what goes well, and every way it does not."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx2
import pytest

from demo.gateway_program import free_port
from demo.practice import Practice
from desktop.link import sign_in as sign_in_module
from desktop.link.gateway import MAX_REPLY_BYTES, GatewayClient
from desktop.ports import LinkFailed, LinkProblem, Refused, Session
from tests.desktop.link.conftest import Browser, Device, enrolled, new_key
from wire.http import WipedReport, WipeOutcome
from wire.refusals import Refusal, RefusalCode

pytestmark = [pytest.mark.anyio, pytest.mark.together]


async def link_problem(call: Awaitable[object]) -> LinkProblem:
    with pytest.raises(LinkFailed) as failed:
        await call
    return failed.value.problem


async def refusal(call: Awaitable[object]) -> Refusal:
    with pytest.raises(Refused) as refused:
        await call
    return refused.value.refusal


@asynccontextmanager
async def client_at(address: str) -> AsyncIterator[GatewayClient]:
    client = GatewayClient(address, new_key())
    yield client
    await client.close()


@asynccontextmanager
async def server(reply: bytes) -> AsyncIterator[str]:
    """Something on loopback that answers everything alike."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(reply)
        try:
            await writer.drain()
        except ConnectionError:
            pass  # the client has read enough
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


def http(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


# --- reaching a gateway -----------------------------------------------------------------------------------------


async def test_an_address_that_is_none_and_one_without_tls() -> None:
    async with client_at("https://user@host") as client:
        assert await link_problem(client.info()) is LinkProblem.ADDRESS_INVALID
    async with client_at("http://192.0.2.1") as client:
        assert await link_problem(client.info()) is LinkProblem.PLAIN_HTTP


async def test_nobody_listens() -> None:
    async with client_at(f"http://127.0.0.1:{free_port()}") as client:
        assert await link_problem(client.info()) is LinkProblem.UNREACHABLE


@pytest.mark.parametrize(
    "reply",
    [
        http(b"<html>Welcome</html>"),
        http(b'{"practice": 1}'),
        http(b"not found", "404 Not Found"),
        http(b'{"refusal": {"code": "not_signed_in", "params": {}}}', "401 Unauthorized"),
        http(b"", "302 Found\r\nLocation: https://example.org/"),
        http(b'"' + b"x" * (MAX_REPLY_BYTES + 1) + b'"'),
    ],
)
async def test_something_that_is_no_alcove(reply: bytes) -> None:
    async with server(reply) as address, client_at(address) as client:
        assert await link_problem(client.info()) is LinkProblem.NOT_ALCOVE


async def test_a_broken_answer_is_no_answer() -> None:
    async with server(b"\x16\x03\x01 nonsense\r\n\r\n") as address, client_at(address) as client:
        assert await link_problem(client.info()) is LinkProblem.UNREACHABLE


async def test_tls_where_there_is_none() -> None:
    async with server(http(b"plain")) as address, client_at(address.replace("http:", "https:")) as client:
        assert await link_problem(client.info()) is LinkProblem.TLS_FAILED


async def test_a_gateway_of_another_protocol(practice: Practice) -> None:
    real = httpx2.get(f"{practice.gateway.address}/.well-known/alcove").json()
    later = httpx2.Response(200, json={**real, "protocols": [999]}).content
    async with server(http(later)) as address, client_at(address) as client:
        assert await link_problem(client.info()) is LinkProblem.PROTOCOL


# --- enrolment --------------------------------------------------------------------------------------------------


async def test_a_code_is_good_once(practice: Practice) -> None:
    code = await asyncio.to_thread(practice.enrolment_code, "santos")
    async with client_at(practice.gateway.address) as client:
        assert await client.enroll(code, "Laptop")
    async with client_at(practice.gateway.address) as client:
        assert (await refusal(client.enroll(code, "Another laptop"))).code is RefusalCode.CODE_INVALID
        assert (await refusal(client.enroll("AAAA-BBBB-CCCC", "Laptop"))).code is RefusalCode.CODE_INVALID


# --- sign-in ----------------------------------------------------------------------------------------------------


async def test_sign_in_and_the_days_visits(device: Device) -> None:
    session = await device.sign_in()
    assert session.person.name == "J. Santos"
    assert [visit.patient.name for visit in await device.client.visits()] == [
        "Rivera, Ana M",
        "Brandt, Theodor J",
        "Osei, Nadia K",
    ]
    offset = device.client.clock_offset_seconds()
    assert offset is not None
    assert abs(offset) < 30


async def test_earlier_notes_are_asked_for_by_visit(device: Device) -> None:
    await device.sign_in()
    visit_id = (await device.client.visits())[0].visit_id
    assert await device.client.earlier_notes(visit_id) == []
    assert (await refusal(device.client.earlier_note(visit_id, "none"))).code is RefusalCode.VERSION_UNKNOWN
    assert (await refusal(device.client.earlier_notes("none"))).code is RefusalCode.VISIT_UNKNOWN


async def test_a_device_that_it_took_out_gets_the_practices_order(practice: Practice) -> None:
    async with enrolled(practice) as device:
        session = await device.sign_in()
        jwk = (await device.client.info()).gateway_jwk
        assert (await refusal(device.client.wipe_order(device.device_id, jwk))).code is RefusalCode.WRONG_STATE
        await asyncio.to_thread(practice.gateway.command, "devices", "revoke", device.device_id)
        for call in (device.client.visits(), device.client.refresh(session.refresh_token)):
            answer = await refusal(call)
            assert (answer.code, answer.params["reason"]) == (RefusalCode.DEVICE_NOT_ENROLLED, "revoked")
        assert await device.client.wipe_order(device.device_id, jwk)
        assert not await device.client.wipe_order(device.device_id, device.key.public_jwk), "another's signature"
        report = WipedReport(device_id=device.device_id, outcome=WipeOutcome.ERASED, unsent=2)
        await device.client.report_wiped(report)


async def test_without_a_sign_in_nothing_is_asked(device: Device) -> None:
    assert (await refusal(device.client.visits())).code is RefusalCode.NOT_SIGNED_IN


async def test_a_provider_cannot_sign_in_here(device: Device) -> None:
    assert (await refusal(device.sign_in("okafor"))).code is RefusalCode.ROLE_NOT_ALLOWED


async def test_somebody_elses_device(device: Device) -> None:
    answer = await refusal(device.sign_in("adeyemi"))
    assert (answer.code, answer.params["reason"]) == (RefusalCode.DEVICE_NOT_ENROLLED, "another_person")


async def test_a_person_whom_the_practice_does_not_know(device: Device) -> None:
    assert (await refusal(device.sign_in("haddad"))).code is RefusalCode.IDENTITY_REFUSED


def altered_query(**changes: str) -> Browser:
    """A browser that comes back with something else than the identity provider said."""

    def alter(url: str) -> str:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
        return urlunsplit(parts._replace(query=urlencode({k: v for k, v in query.items() if v})))

    return Browser("santos", alter)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": "", "error": "access_denied"}, "access_denied"),
        ({"code": ""}, ""),
        ({"code": "another-code"}, "token"),
        ({"iss": "https://another.example"}, ""),
    ],
)
async def test_what_the_browser_brings_back_is_checked(device: Device, changes: dict[str, str], reason: str) -> None:
    async with altered_query(**changes) as browser:
        answer = await refusal(device.client.sign_in(browser.open, device.device_id))
    assert (answer.code, answer.params["reason"]) == (RefusalCode.IDENTITY_REFUSED, reason)


async def test_a_redirect_without_our_state_is_not_taken(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_module, "WAIT_SECONDS", 1.0)
    async with altered_query(state="another") as browser:
        problem = await link_problem(device.client.sign_in(browser.open, device.device_id))
    assert problem is LinkProblem.BROWSER_ABANDONED
    assert browser.answers == [404]


async def test_a_browser_that_is_closed(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_module, "WAIT_SECONDS", 0.2)
    opened: list[str] = []
    problem = await link_problem(device.client.sign_in(opened.append, device.device_id))
    assert problem is LinkProblem.BROWSER_ABANDONED
    asked = parse_qs(urlsplit(opened[0]).query)
    assert asked["code_challenge_method"] == ["S256"]
    with pytest.raises(httpx2.ConnectError):
        await asyncio.to_thread(httpx2.get, asked["redirect_uri"][0])


async def test_the_redirect_answers_strangers_with_nothing(device: Device) -> None:
    seen: list[int] = []

    async with Browser("santos") as browser:

        def open_beside(url: str) -> None:
            place = parse_qs(urlsplit(url).query)["redirect_uri"][0]

            async def beside() -> None:
                async with httpx2.AsyncClient(trust_env=False) as other:
                    for address in (place, f"{place}?state=", f"{place}/../secret", place + "?state=%ff&code=x"):
                        seen.append((await other.get(address)).status_code)
                    seen.append((await other.post(place)).status_code)
                browser.open(url)

            strangers.append(asyncio.ensure_future(beside()))

        strangers: list[Awaitable[None]] = []
        assert await device.client.sign_in(open_beside, device.device_id)
        await asyncio.gather(*strangers)
    assert seen == [404] * 5
    assert browser.answers == [200]


async def id_token_for(practice: Practice, username: str, nonce: str) -> str:
    """An ID token that the identity provider really gave, for a nonce of our choice."""
    async with client_at(practice.gateway.address) as client, Browser(username) as browser:
        info = await client.info()
        return await sign_in_module.fetch_id_token(client._client(), info, nonce, browser.open)


@pytest.mark.parametrize("nonce", ["made-up-nonce", "spent"])
async def test_an_id_token_with_a_nonce_that_is_not_ours(
    practice: Practice, device: Device, nonce: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = await id_token_for(practice, "santos", nonce)

    async def another_token(*_: object) -> str:
        return token

    monkeypatch.setattr("desktop.link.gateway.fetch_id_token", another_token)
    answer = await refusal(device.client.sign_in(lambda _: None, device.device_id))
    assert answer.code is RefusalCode.NONCE_SPENT


async def test_an_id_token_is_posted_once(practice: Practice, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    real = sign_in_module.fetch_id_token

    async def fetch(*given: object) -> str:
        kept.append(await real(*given))  # type: ignore[arg-type]
        return kept[0]

    monkeypatch.setattr("desktop.link.gateway.fetch_id_token", fetch)
    await device.sign_in()

    async def again(*_: object) -> str:
        return kept[0]

    monkeypatch.setattr("desktop.link.gateway.fetch_id_token", again)
    answer = await refusal(device.client.sign_in(lambda _: None, device.device_id))
    assert answer.code is RefusalCode.NONCE_SPENT


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_an_altered_id_token(
    practice: Practice, device: Device, part: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = (await id_token_for(practice, "santos", "any")).split(".")
    parts[part] = parts[part][:-8] + ("A" * 8)

    async def altered(*_: object) -> str:
        return ".".join(parts)

    monkeypatch.setattr("desktop.link.gateway.fetch_id_token", altered)
    answer = await refusal(device.client.sign_in(lambda _: None, device.device_id))
    assert answer.code is RefusalCode.IDENTITY_REFUSED


# --- tokens -----------------------------------------------------------------------------------------------------


def age(client: GatewayClient) -> Session:
    """The client's access token is about to end."""
    session = client._session
    assert session is not None
    client._session = replace(session, access_expires_at=datetime.now(UTC) + timedelta(seconds=5))
    return session


async def test_a_token_that_ends_is_renewed_once_for_many_calls(signed_in: Device) -> None:
    rotated: list[Session] = []
    signed_in.client.on_session = rotated.append
    old = age(signed_in.client)
    await asyncio.gather(*(signed_in.client.visits() for _ in range(3)))
    assert len(rotated) == 1
    assert rotated[0].access_token != old.access_token
    assert rotated[0].refresh_token != old.refresh_token
    assert rotated[0].person == old.person


async def test_a_refresh_token_that_comes_twice_ends_the_sign_in(signed_in: Device) -> None:
    old = age(signed_in.client)
    await signed_in.client.visits()
    answer = await refusal(signed_in.client.refresh(old.refresh_token))
    assert (answer.code, answer.params["reason"]) == (RefusalCode.NOT_SIGNED_IN, "token_reused")
    assert (await refusal(signed_in.client.visits())).code is RefusalCode.NOT_SIGNED_IN


async def test_stolen_tokens_are_of_no_use_without_the_device_key(practice: Practice, signed_in: Device) -> None:
    session = signed_in.client._session
    assert session is not None
    async with client_at(practice.gateway.address) as thief:
        await thief.info()
        thief._session = session
        assert (await refusal(thief.visits())).code is RefusalCode.PROOF_INVALID
        assert (await refusal(thief.refresh(session.refresh_token))).code is RefusalCode.PROOF_INVALID
        bearer = {"Authorization": f"DPoP {session.access_token}"}
        reply = await thief._client().get(f"{practice.gateway.address}/v1/visits", headers=bearer)
        assert reply.status_code == 401
    assert await signed_in.client.visits()


async def test_after_signing_out_the_tokens_are_dead(signed_in: Device) -> None:
    session = signed_in.client._session
    await signed_in.client.sign_out()
    assert (await refusal(signed_in.client.visits())).code is RefusalCode.NOT_SIGNED_IN
    signed_in.client._session = session
    assert (await refusal(signed_in.client.visits())).code is RefusalCode.NOT_SIGNED_IN


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_laptop_with_a_wrong_clock_signs_in_and_stays(
    practice: Practice, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise nobody would learn from the gate that the clock is wrong."""
    wrong = SimpleNamespace(time=lambda: time.time() + hours * 3600)
    monkeypatch.setattr("desktop.link.gateway.time", wrong)
    async with enrolled(practice) as device:
        rotated: list[Session] = []
        device.client.on_session = rotated.append
        await device.sign_in()
        assert await device.client.visits()
        assert rotated == []
        offset = device.client.clock_offset_seconds()
    assert offset is not None
    assert abs(offset - hours * 3600) < 30


async def test_a_gateway_that_is_down_keeps_the_session(practice: Practice, signed_in: Device) -> None:
    await asyncio.to_thread(practice.gateway.kill)
    try:
        assert await link_problem(signed_in.client.visits()) is LinkProblem.UNREACHABLE
        session = signed_in.client._session
    finally:
        await asyncio.to_thread(practice.gateway.start)
    assert session is not None
    assert await signed_in.client.visits()


async def test_signing_out_without_a_gateway_ends_it_here(practice: Practice, signed_in: Device) -> None:
    await asyncio.to_thread(practice.gateway.kill)
    try:
        assert await link_problem(signed_in.client.sign_out()) is LinkProblem.UNREACHABLE
    finally:
        await asyncio.to_thread(practice.gateway.start)
    assert (await refusal(signed_in.client.visits())).code is RefusalCode.NOT_SIGNED_IN
