"""The FHIR RESTful interactions over HTTP: addresses, headers, paging, and OperationOutcomes for every refusal."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo import validator
from demo.fhir.capability import capability_statement
from demo.fhir.interactions import Record, Written, create, known_kind, transaction, update
from demo.fhir.outcome import FhirRefusal, Resource
from demo.fhir.search import Query, run
from demo.fhir.seed import Calendar, fill
from demo.fhir.store import Store, etag, reference_to

FHIR_JSON = "application/fhir+json"
MOST_BODY_BYTES = 4 * 1024 * 1024
MOST_PAGE = 50
_PAGING = ("_count", "_offset", "_format")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """The practice's zone, the day that its visits lie on (None: today), the largest page, and the bearer token."""

    zone: str
    day: date | None = None
    page: int = MOST_PAGE
    token: str = ""
    """Every call but /metadata needs it; none when empty."""


def make_app(settings: ServerSettings, now: Callable[[], datetime]) -> Starlette:
    """The server as an ASGI application; starting it fills the record."""
    zone = ZoneInfo(settings.zone)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with validator.Validator() as running:
            record = Record(Store(now), running, zone)
            start = now()
            await fill(record, Calendar(settings.day or start.astimezone(zone).date(), zone, start))
            app.state.server = _Server(settings, record, asyncio.Lock(), now)
            yield

    routes = [
        Route("/fhir/metadata", _metadata),
        Route("/fhir", _answering(_transact), methods=["POST"]),
        Route("/fhir/", _answering(_transact), methods=["POST"]),
        Route("/fhir/{kind}", _answering(_search), methods=["GET"]),
        Route("/fhir/{kind}", _answering(_create), methods=["POST"]),
        Route("/fhir/{kind}/_search", _answering(_search_by_form), methods=["POST"]),
        Route("/fhir/{kind}/{id}", _answering(_read), methods=["GET"]),
        Route("/fhir/{kind}/{id}", _answering(_update), methods=["PUT"]),
        Route("/fhir/{kind}/{id}/_history", _answering(_history), methods=["GET"]),
        Route("/fhir/{kind}/{id}/_history/{version}", _answering(_read_version), methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: _not_found, 405: _not_allowed})


@dataclass(slots=True)
class _Server:
    settings: ServerSettings
    record: Record
    writing: asyncio.Lock
    now: Callable[[], datetime]

    def criteria(self, request: Request, pairs: list[tuple[str, str]]) -> Query:
        kept = tuple((name, value) for name, value in pairs if name not in _PAGING)
        return Query(known_kind(request.path_params["kind"]), kept)


Handler = Callable[[Request, _Server], Awaitable[Response]]


def _answering(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Check the token, run the handler, and make an OperationOutcome of each refusal."""

    async def answer(request: Request) -> Response:
        server: _Server = request.app.state.server
        try:
            _check_token(request, server.settings.token)
            return await handler(request, server)
        except FhirRefusal as refusal:
            return _json(refusal.as_resource(), refusal.status)

    return answer


def _check_token(request: Request, token: str) -> None:
    given = request.headers.get("authorization", "")
    if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise FhirRefusal(401, "login", "the bearer token is missing or wrong")


async def _metadata(request: Request) -> Response:
    server: _Server = request.app.state.server
    return _json(capability_statement(server.now(), _base(request)))


async def _read(request: Request, server: _Server) -> Response:
    return _resource(server.record.store.read(known_kind(request.path_params["kind"]), request.path_params["id"]))


async def _read_version(request: Request, server: _Server) -> Response:
    kind = known_kind(request.path_params["kind"])
    resource_id, version = request.path_params["id"], request.path_params["version"]
    return _resource(server.record.store.read_version(kind, resource_id, version))


async def _history(request: Request, server: _Server) -> Response:
    kind, resource_id = known_kind(request.path_params["kind"]), request.path_params["id"]
    found = server.record.store.history(kind, resource_id)
    entries = [{"fullUrl": f"{_base(request)}/{reference_to(each)}", "resource": each} for each in found]
    return _json({"resourceType": "Bundle", "type": "history", "total": len(found), "entry": entries})


async def _search(request: Request, server: _Server) -> Response:
    return _page(request, server, list(request.query_params.multi_items()))


async def _search_by_form(request: Request, server: _Server) -> Response:
    form = await request.form()
    pairs = [(name, str(value)) for name, value in form.multi_items()]
    return _page(request, server, [*request.query_params.multi_items(), *pairs])


def _page(request: Request, server: _Server, pairs: list[tuple[str, str]]) -> Response:
    query = server.criteria(request, pairs)
    found = run(server.record.store, query, server.record.zone)
    paging = {name: value for name, value in pairs if name in _PAGING}
    count = min(_whole(paging.get("_count"), server.settings.page), server.settings.page)
    offset = _whole(paging.get("_offset"), 0)
    shown = found[offset : offset + count]
    base = f"{_base(request)}/{query.kind}"
    links = [{"relation": "self", "url": _link(base, query, count, offset)}]
    if offset + count < len(found) and count:
        links.append({"relation": "next", "url": _link(base, query, count, offset + count)})
    entries = [
        {"fullUrl": f"{_base(request)}/{reference_to(each)}", "resource": each, "search": {"mode": "match"}}
        for each in shown
    ]
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found), "link": links}
    return _json(bundle | ({"entry": entries} if entries else {}))


def _link(base: str, query: Query, count: int, offset: int) -> str:
    pairs = [*query.criteria, ("_count", str(count)), ("_offset", str(offset))]
    return f"{base}?{urlencode(pairs)}"


def _whole(untrusted: str | None, otherwise: int) -> int:
    if untrusted is None:
        return otherwise
    if not untrusted.isdecimal():
        raise FhirRefusal(400, "value", "a paging parameter is no number")
    return int(untrusted)


async def _create(request: Request, server: _Server) -> Response:
    kind, body = known_kind(request.path_params["kind"]), await _body(request)
    async with server.writing:
        written = await create(server.record, kind, body, request.headers.get("if-none-exist"))
    return _written(request, written)


async def _update(request: Request, server: _Server) -> Response:
    kind, body = known_kind(request.path_params["kind"]), await _body(request)
    async with server.writing:
        written = await update(server.record, kind, request.path_params["id"], body, request.headers.get("if-match"))
    return _written(request, written)


async def _transact(request: Request, server: _Server) -> Response:
    body = await _body(request)
    async with server.writing:
        return _json(await transaction(server.record, body))


async def _body(request: Request) -> Resource:
    if not request.headers.get("content-type", "").startswith((FHIR_JSON, "application/json")):
        raise FhirRefusal(415, "not-supported", f"only {FHIR_JSON} is taken")
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > MOST_BODY_BYTES:
            raise FhirRefusal(413, "too-long", "the body is too large")
    try:
        body = json.loads(bytes(chunks))
    except (ValueError, RecursionError) as error:
        raise FhirRefusal(400, "structure", "the body is no JSON") from error
    if not isinstance(body, dict):
        raise FhirRefusal(400, "structure", "the body is no resource")
    return body


def _written(request: Request, written: Written) -> Response:
    resource = written.resource
    location = f"{_base(request)}/{reference_to(resource)}/_history/{resource['meta']['versionId']}"
    return _resource(resource, written.status, {"location": location})


def _resource(resource: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    modified = datetime.fromisoformat(resource["meta"]["lastUpdated"]).astimezone(UTC)
    last_modified = modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return _json(resource, status, {"etag": etag(resource), "last-modified": last_modified, **(headers or {})})


def _json(content: Resource, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(content, status, headers, media_type=FHIR_JSON)


async def _not_found(request: Request, error: Exception) -> Response:
    return _json(FhirRefusal(404, "not-found", "no such address").as_resource(), 404)


async def _not_allowed(request: Request, error: Exception) -> Response:
    return _json(FhirRefusal(405, "not-supported", "not possible here").as_resource(), 405)


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/fhir"
