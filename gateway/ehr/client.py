"""A thin FHIR R4 client on httpx2: read, paged search, conditional create, versioned update, transaction.

Retries are bounded and happen only where a repeated request cannot write twice.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx2
import structlog

from gateway.ehr.errors import EhrRefused, EhrUnreachable

Resource = dict[str, Any]
FHIR_JSON = "application/fhir+json"
_BUSY = frozenset({429, 502, 503, 504})
# After these the server certainly did not act on the request, so that even a write may be repeated.
_NOT_PROCESSED = frozenset({429, 503})
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FhirSettings:
    """Where the record is and how patiently it is asked. ValueError for plain http beyond loopback."""

    base_url: str
    bearer_token: str = field(default="", repr=False)
    timeout_s: float = 10.0
    attempts: int = 3
    first_pause_s: float = 0.3
    longest_pause_s: float = 5.0
    page_size: int = 50
    most_pages: int = 40
    most_body_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
            return
        raise ValueError("the record's address must be https, or http on loopback")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request; `repeatable` when doing it twice is the same as doing it once."""

    method: str
    address: str
    params: tuple[tuple[str, str], ...] = ()
    body: Resource | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True


class FhirClient:
    """Talks to one FHIR R4 server. Every method raises EhrUnreachable or EhrRefused when there is no usable answer."""

    def __init__(self, settings: FhirSettings, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._settings = settings
        self._pause = pause
        self._base = settings.base_url.rstrip("/")
        headers = {"accept": FHIR_JSON}
        if settings.bearer_token:
            headers["authorization"] = f"Bearer {settings.bearer_token}"
        # A redirect would carry the token and the patient's data elsewhere: none is followed.
        self._http = httpx2.AsyncClient(headers=headers, timeout=settings.timeout_s, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(self, reference: str) -> Resource:
        """The resource at a relative reference such as `Patient/12`, or at an absolute one below our base."""
        kind, _, resource_id = self.relative(reference).partition("/")
        resource = await self._ask(_Ask("GET", f"{self._base}/{kind}/{resource_id}"))
        if resource.get("resourceType") != kind:
            raise EhrRefused("the answer is another kind of resource")
        return resource

    def relative(self, untrusted_reference: str) -> str:
        """`Kind/id` of a reference to a resource of this server; EhrRefused when it leads elsewhere."""
        reference = untrusted_reference.removeprefix(f"{self._base}/")
        parts = reference.split("/")
        if len(parts) == 4 and parts[2] == "_history":
            parts = parts[:2]
        if len(parts) != 2 or not all(part.replace("-", "").replace(".", "").isalnum() for part in parts):
            raise EhrRefused("a reference leads to another server")
        return "/".join(parts)

    async def search(self, kind: str, *criteria: tuple[str, str]) -> list[Resource]:
        """All resources of a kind that match, every page followed; EhrRefused when there are too many pages."""
        params = (*criteria, ("_count", str(self._settings.page_size)))
        return [
            each
            async for page in self._pages(_Ask("GET", f"{self._base}/{kind}", params))
            for each in _matches(page, kind)
        ]

    async def _pages(self, ask: _Ask) -> AsyncIterator[Resource]:
        for _ in range(self._settings.most_pages):
            bundle = await self._ask(ask)
            if bundle.get("resourceType") != "Bundle" or bundle.get("type") != "searchset":
                raise EhrRefused("the answer to a search is no searchset")
            yield bundle
            next_page = _next_link(bundle)
            if next_page is None:
                return
            if not next_page.startswith(f"{self._base}/") and not next_page.startswith(f"{self._base}?"):
                raise EhrRefused("the next page is on another server")
            ask = _Ask("GET", next_page)
        raise EhrRefused("the search has too many pages")

    async def create(self, resource: Resource, if_none_exist: str) -> Resource:
        """Create a resource unless the search `if_none_exist` finds it; the kept resource either way."""
        address = f"{self._base}/{resource['resourceType']}"
        return await self._ask(_Ask("POST", address, body=resource, headers={"if-none-exist": if_none_exist}))

    async def update(self, resource: Resource, version: str) -> Resource:
        """Replace the resource that is kept in this version; EhrRefused with status 412 when it changed meanwhile."""
        address = f"{self._base}/{resource['resourceType']}/{resource['id']}"
        headers = {"if-match": f'W/"{version}"'}
        return await self._ask(_Ask("PUT", address, body=resource, headers=headers, repeatable=False))

    async def transaction(self, entries: Sequence[Resource]) -> list[Resource]:
        """Run the entries of a transaction Bundle, all or nothing; the response's entries in the same order."""
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
        answer = await self._ask(_Ask("POST", self._base, body=bundle, repeatable=False))
        answers = _objects(answer.get("entry"))
        if answer.get("type") != "transaction-response" or len(answers) != len(entries):
            raise EhrRefused("the answer to a transaction is no transaction-response")
        return answers

    async def _ask(self, ask: _Ask) -> Resource:
        """Send a request, again after a pause while the server is busy; the answer's JSON object."""
        pause_s = self._settings.first_pause_s
        for attempt in range(1, self._settings.attempts + 1):
            is_last = attempt == self._settings.attempts
            try:
                status, headers, body = await self._send(ask)
            except httpx2.ConnectError as error:
                problem = EhrUnreachable("no connection")
                if is_last:
                    raise problem from error
            except httpx2.TransportError as error:
                problem = EhrUnreachable("no whole answer")
                if is_last or not ask.repeatable:
                    raise problem from error
            else:
                if status not in _BUSY:
                    return _resource_of(status, body)
                problem = EhrUnreachable("busy", status)
                if is_last or not (ask.repeatable or status in _NOT_PROCESSED):
                    raise problem
                pause_s = max(pause_s, _retry_after(headers))
            _log.info("ehr_asked_again", attempt=attempt, status=problem.status)
            await self._pause(min(pause_s, self._settings.longest_pause_s) * random.uniform(0.8, 1.2))  # noqa: S311
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, ask: _Ask) -> tuple[int, httpx2.Headers, bytes]:
        headers = dict(ask.headers)
        content = None
        if ask.body is not None:
            content = json.dumps(ask.body).encode()
            headers |= {"content-type": FHIR_JSON, "prefer": "return=representation"}
        body = bytearray()
        params = ask.params or None
        async with self._http.stream(
            ask.method, ask.address, params=params, content=content, headers=headers
        ) as answer:
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > self._settings.most_body_bytes:
                    raise EhrRefused("the answer is too large", answer.status_code)
            return answer.status_code, answer.headers, bytes(body)


def _resource_of(status: int, untrusted_body: bytes) -> Resource:
    if not 200 <= status < 300:
        _log.warning("ehr_refused", status=status)
        if status >= 500:
            raise EhrUnreachable("broken", status)
        raise EhrRefused("refused", status)
    try:
        resource = json.loads(untrusted_body)
    except (ValueError, RecursionError) as error:
        raise EhrRefused("the answer is no JSON", status) from error
    if not isinstance(resource, dict):
        raise EhrRefused("the answer is no resource", status)
    return resource


def _objects(untrusted: object) -> list[Resource]:
    """The JSON objects of what should be a list of them."""
    return [each for each in untrusted if isinstance(each, dict)] if isinstance(untrusted, list) else []


def _matches(bundle: Resource, kind: str) -> list[Resource]:
    """The resources that a page of a search brings; outcomes and included ones are left out."""
    found = _objects([entry.get("resource") for entry in _objects(bundle.get("entry"))])
    return [each for each in found if each.get("resourceType") == kind]


def _next_link(bundle: Resource) -> str | None:
    for link in _objects(bundle.get("link")):
        if link.get("relation") == "next":
            return str(link.get("url", ""))
    return None


def _retry_after(headers: httpx2.Headers) -> float:
    """The seconds that the server asks us to wait; 0 when it says nothing or gives a date."""
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0
