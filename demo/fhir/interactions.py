"""The server's writing interactions: create, conditional create, update, and the transaction that is all or nothing."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import parse_qsl

from demo.fhir.checks import KINDS, check
from demo.fhir.outcome import FhirRefusal, Resource
from demo.fhir.search import Query, run
from demo.fhir.store import Store, etag, reference_to
from demo.validator import Validator
from wire.ids import new_id

MOST_ENTRIES = 100
_UPDATE_URL = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})$")


@dataclass(frozen=True, slots=True)
class Record:
    """The store with what its checks need."""

    store: Store
    validator: Validator
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of one write: 201 created, or 200 for an update and for a conditional create that found one."""

    status: int
    resource: Resource


def known_kind(untrusted_kind: str) -> str:
    """The kind of resource; 404 when this server does not keep it."""
    if untrusted_kind not in KINDS:
        raise FhirRefusal(404, "not-supported", "this kind of resource is not kept here")
    return untrusted_kind


async def create(record: Record, kind: str, untrusted: Resource, if_none_exist: str | None) -> Written:
    """Create a resource, unless `if_none_exist` (a search) finds it; 412 when it finds several."""
    existing = _find_existing(record, kind, if_none_exist)
    if existing is not None:
        return Written(200, existing)
    await check(untrusted, kind, record.store, record.validator)
    return Written(201, record.store.put_new(untrusted))


async def update(record: Record, kind: str, resource_id: str, untrusted: Resource, if_match: str | None) -> Written:
    """Replace a resource by its next version, when `if_match` is the version that is kept."""
    if untrusted.get("id") != resource_id:
        raise FhirRefusal(400, "invalid", "the body's id is not the address's")
    await check(untrusted, kind, record.store, record.validator)
    return Written(200, record.store.put_next(untrusted, if_match))


async def transaction(record: Record, untrusted_bundle: Resource) -> Resource:
    """Run a transaction Bundle on a copy of the store; the copy becomes the store only when every entry worked."""
    entries = _entries_of(untrusted_bundle)
    copy = record.store.copy()
    trial = Record(copy, record.validator, record.zone)
    addresses: dict[str, str] = {}
    creates = [_plan_create(trial, entry, addresses) for entry in entries if entry["request"]["method"] == "POST"]
    planned = iter(creates)
    answers = []
    for entry in entries:
        run_entry = next(planned) if entry["request"]["method"] == "POST" else _plan_update(trial, entry)
        answers.append(_as_answer(await run_entry(addresses)))
    record.store.replace_with(copy)
    return {"resourceType": "Bundle", "id": new_id(), "type": "transaction-response", "entry": answers}


Planned = Callable[[dict[str, str]], Awaitable[Written]]


def _plan_create(trial: Record, entry: Resource, addresses: dict[str, str]) -> Planned:
    """Settle the new resource's id before anything runs, so that entries may refer to each other in any order."""
    kind = known_kind(str(entry["request"].get("url", "")))
    existing = _find_existing(trial, kind, entry["request"].get("ifNoneExist"))
    resource_id = existing["id"] if existing is not None else new_id()
    if full_url := entry.get("fullUrl"):
        if full_url in addresses:
            raise FhirRefusal(400, "invalid", "two entries have the same fullUrl")
        addresses[full_url] = f"{kind}/{resource_id}"
    if existing is None:
        # A place is kept under its id, so that a reference from an earlier entry leads somewhere.
        trial.store.reserve(kind, resource_id)

    async def run_it(known: dict[str, str]) -> Written:
        if existing is not None:
            return Written(200, existing)
        resource = _with_addresses(entry["resource"], known)
        await check(resource, kind, trial.store, trial.validator)
        return Written(201, trial.store.put_new(resource, resource_id))

    return run_it


def _plan_update(trial: Record, entry: Resource) -> Planned:
    found = _UPDATE_URL.match(str(entry["request"].get("url", "")))
    if found is None:
        raise FhirRefusal(400, "invalid", "a PUT entry needs the address of one resource")
    kind, resource_id = known_kind(found.group(1)), found.group(2)

    async def run_it(known: dict[str, str]) -> Written:
        resource = _with_addresses(entry["resource"], known)
        return await update(trial, kind, resource_id, resource, entry["request"].get("ifMatch"))

    return run_it


def _entries_of(untrusted_bundle: Resource) -> list[Resource]:
    entries = untrusted_bundle.get("entry")
    if untrusted_bundle.get("resourceType") != "Bundle" or untrusted_bundle.get("type") != "transaction":
        raise FhirRefusal(400, "not-supported", "only a transaction Bundle is taken here")
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_ENTRIES:
        raise FhirRefusal(400, "invalid", f"a transaction has 1 to {MOST_ENTRIES} entries")
    for entry in entries:
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict) or not isinstance(entry.get("resource"), dict):
            raise FhirRefusal(400, "invalid", "every entry needs a request and a resource")
        if request.get("method") not in ("POST", "PUT"):
            raise FhirRefusal(400, "not-supported", "a transaction here creates and updates only")
    return entries


def _find_existing(record: Record, kind: str, if_none_exist: str | None) -> Resource | None:
    if not if_none_exist:
        return None
    criteria = tuple(parse_qsl(if_none_exist.lstrip("?"), keep_blank_values=True))
    if not criteria:
        raise FhirRefusal(400, "invalid", "the condition is no search")
    found = run(record.store, Query(kind, criteria), record.zone)
    if len(found) > 1:
        raise FhirRefusal(412, "multiple-matches", "the condition finds more than one resource")
    return found[0] if found else None


def _with_addresses(resource: Resource, addresses: dict[str, str]) -> Resource:
    """The resource with every reference to another entry's fullUrl made a real one."""
    replaced = _replace(resource, addresses)
    if not isinstance(replaced, dict):
        raise AssertionError("a resource stays a resource")
    return replaced


def _replace(value: object, addresses: dict[str, str]) -> object:
    if isinstance(value, dict):
        return {
            name: addresses.get(inner, inner)
            if name == "reference" and isinstance(inner, str)
            else _replace(inner, addresses)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_replace(inner, addresses) for inner in value]
    return value


def _as_answer(written: Written) -> Resource:
    resource = written.resource
    status = "201 Created" if written.status == 201 else "200 OK"
    location = f"{reference_to(resource)}/_history/{resource['meta']['versionId']}"
    response = {
        "status": status,
        "location": location,
        "etag": etag(resource),
        "lastModified": resource["meta"]["lastUpdated"],
    }
    return {"response": response, "resource": resource}
