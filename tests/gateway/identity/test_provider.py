"""The identity provider's metadata and keys: cached, renewed for an unknown key, and refused when they are odd."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from gateway.config import Identity
from gateway.identity.id_tokens import IdTokenChecker
from gateway.identity.keys import TokenInvalid
from gateway.identity.provider import Provider, ProviderUnreachable
from tests.gateway.identity.issuer import CLIENT, Issuer, new_key, running_issuer

pytestmark = pytest.mark.anyio


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with running_issuer() as running:
        yield running


@dataclass
class Asking:
    """A gateway's view of the provider, with a monotonic clock that a test turns."""

    provider: Provider
    checker: IdTokenChecker
    monotonic: float = 1_000.0

    async def subject(self, token: str) -> str:
        return (await self.checker.check(token, CLIENT, datetime.now(UTC))).subject


@pytest.fixture
async def asking(issuer: Issuer) -> AsyncIterator[Asking]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield make_asking(issuer, client)


def make_asking(issuer: Issuer, client: httpx2.AsyncClient) -> Asking:
    settings = Identity(issuer=issuer.url, page_secret_file=Path("unused"))
    made: list[Asking] = []
    provider = Provider(settings, client, lambda: made[0].monotonic)
    made.append(Asking(provider, IdTokenChecker(settings, provider)))
    return made[0]


async def test_keys_are_read_once(issuer: Issuer, asking: Asking) -> None:
    for _ in range(3):
        assert await asking.subject(issuer.token()) == "santos"
    assert issuer.asked == 1
    asking.monotonic += 3_601
    await asking.subject(issuer.token())
    assert issuer.asked == 2


async def test_a_new_key_is_found_when_a_token_names_it(issuer: Issuer, asking: Asking) -> None:
    await asking.subject(issuer.token())
    fresh = new_key("two")
    issuer.keys.append(fresh)
    asking.monotonic += 11
    assert await asking.subject(issuer.token(fresh)) == "santos"
    assert issuer.asked == 2


async def test_unknown_keys_do_not_make_us_ask_all_the_time(issuer: Issuer, asking: Asking) -> None:
    await asking.subject(issuer.token())
    for _ in range(5):
        with pytest.raises(TokenInvalid, match="signature"):
            await asking.subject(issuer.token(new_key("stranger")))
    assert issuer.asked == 1


async def test_a_key_that_was_withdrawn_no_longer_counts(issuer: Issuer, asking: Asking) -> None:
    token = issuer.token()
    await asking.subject(token)
    issuer.keys[:] = [new_key("two")]
    asking.monotonic += 3_601
    with pytest.raises(TokenInvalid, match="signature"):
        await asking.subject(token)


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://127.0.0.1:1"},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://127.0.0.1:9/jwks"},
        {"authorization_endpoint": "javascript:1"},
    ],
)
async def test_odd_metadata_mean_that_nobody_signs_in(
    issuer: Issuer, asking: Asking, metadata: dict[str, object]
) -> None:
    issuer.metadata = metadata
    with pytest.raises(ProviderUnreachable):
        await asking.subject(issuer.token())
    issuer.metadata = {}


async def test_a_provider_that_is_down_is_not_asked_by_everyone_and_comes_back(issuer: Issuer) -> None:
    asked = 0
    is_down = True

    async def answer(request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        return httpx2.Response(503) if is_down else httpx2.Response(200, json=issuer.answer(request.url.path))

    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as client:
        asking = make_asking(issuer, client)
        for _ in range(5):
            with pytest.raises(ProviderUnreachable):
                await asking.subject(issuer.token())
        assert asked == 1
        is_down = False
        asking.monotonic += 3.1
        assert await asking.subject(issuer.token()) == "santos"
