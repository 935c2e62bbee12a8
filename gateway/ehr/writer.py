"""Writes what was signed to the practice's record, once, and believes only what the record then says itself."""

from dataclasses import dataclass

import structlog

from gateway.ehr.client import FhirClient, Resource
from gateway.ehr.codes import ADDENDUM_ID, NOTE_ID, ORDER_ID, SIGNED_SHA256, TASK_ID
from gateway.ehr.errors import EhrFailed, EhrRefused
from gateway.ehr.resources import (
    NULLIFIED,
    addendum_id,
    addendum_reference,
    document_reference,
    provenance,
    service_request,
)
from gateway.ports import AddendumWrite, EhrProblem, EhrWritten, NoteWrite, OrderWrite, Retraction, VisitFacts
from wire.ids import new_id

_log = structlog.get_logger(__name__)


_ERROR = "entered-in-error"
_KEPT_AS = {
    "note": ("DocumentReference", NOTE_ID),
    "addendum": ("DocumentReference", ADDENDUM_ID),
    "order": ("ServiceRequest", ORDER_ID),
}


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the record must say of a thing before we call it written."""

    field: str
    value: str
    sha256: str


class FhirWriter:
    """The gateway's EhrWriter over FHIR R4: transactions with conditional creates, so that a repeat adds nothing."""

    def __init__(self, client: FhirClient) -> None:
        self._client = client

    async def write_order(self, job: OrderWrite) -> EhrWritten | EhrProblem:
        """Make the laboratory order active in the record, with its Provenance."""
        try:
            return await self._write_order(job)
        except EhrFailed as problem:
            return _refused("order", problem)

    async def write_note(self, job: NoteWrite) -> EhrWritten | EhrProblem:
        """Keep the note as final in the record, with its Provenance; an earlier version of it is updated."""
        try:
            return await self._write_note(job)
        except EhrFailed as problem:
            return _refused("note", problem)

    async def write_addendum(self, job: AddendumWrite) -> EhrWritten | EhrProblem:
        """Keep the addendum as final in the record, appended to its note, with its Provenance."""
        try:
            return await self._write_addendum(job)
        except EhrFailed as problem:
            return _refused("addendum", problem)

    async def retract(self, job: Retraction) -> EhrWritten | EhrProblem:
        """Mark as entered in error, with its Provenance, what the record has under our identifier."""
        try:
            return await self._retract(job)
        except EhrFailed as problem:
            return _refused("retraction", problem)

    async def _write_order(self, job: OrderWrite) -> EhrWritten:
        _check_visit(job.visit)
        identifier = f"{ORDER_ID}|{job.order.order_id}"
        expected = _Expected("status", "active", job.sha256)
        kept = await self._one("ServiceRequest", identifier)
        if kept is None:
            place = f"urn:uuid:{new_id()}"
            condition = f"identifier={identifier}"
            people = (job.signed_by, job.pended_by)
            entries = (
                _create(service_request(job), place, condition),
                _create(provenance(place, job.visit, job.signed_at, people)),
            )
            kept = await self._run(entries)
        return await self._confirm(kept, expected)

    async def _write_note(self, job: NoteWrite) -> EhrWritten:
        _check_visit(job.visit)
        identifier = f"{NOTE_ID}|{job.visit.visit_id}"
        kept = await self._one("DocumentReference", identifier)
        if kept is None or _identifier_of(kept, TASK_ID) != job.task_id:
            kept = await self._put_note(job, kept, f"identifier={identifier}")
        return await self._confirm(kept, _Expected("docStatus", "final", job.sha256))

    async def _write_addendum(self, job: AddendumWrite) -> EhrWritten:
        _check_visit(job.visit)
        identifier = f"{ADDENDUM_ID}|{addendum_id(job.visit.visit_id, job.number)}"
        kept = await self._one("DocumentReference", identifier)
        if kept is None:
            place = f"urn:uuid:{new_id()}"
            entries = (
                _create(addendum_reference(job), place, f"identifier={identifier}"),
                _create(provenance(place, job.visit, job.signed_at, (job.signed_by, None))),
            )
            kept = await self._run(entries)
        return await self._confirm(kept, _Expected("docStatus", "final", job.sha256))

    async def _retract(self, job: Retraction) -> EhrWritten:
        _check_visit(job.visit)
        kind, system = _KEPT_AS[job.what]
        kept = await self._one(kind, f"{system}|{job.identifier}")
        if kept is None:
            return EhrWritten("", "")
        place = self._client.relative(_reference_to(kept))
        if kept.get("status") != _ERROR:
            wrong = {**kept, "status": _ERROR} | ({"docStatus": _ERROR} if kind == "DocumentReference" else {})
            people = (job.retracted_by, None)
            said = provenance(place, job.visit, job.retracted_at, people, NULLIFIED)
            await self._run((_update(wrong, _version_of(kept)), _create(said)))
            kept = await self._client.read(place)
        if kept.get("status") != _ERROR:
            raise EhrRefused("the record does not have it as an error")
        return EhrWritten(place, _version_of(kept))

    async def _put_note(self, job: NoteWrite, kept: Resource | None, condition: str) -> Resource:
        if kept is None:
            place = f"urn:uuid:{new_id()}"
            written = _create(document_reference(job), place, condition)
        else:
            place = self._client.relative(_reference_to(kept))
            written = _update(document_reference(job, place.partition("/")[2]), _version_of(kept))
        people = (job.signed_by, job.scribe)
        entries = (written, _create(provenance(place, job.visit, job.signed_at, people)))
        return await self._run(entries)

    async def _run(self, entries: tuple[Resource, ...]) -> Resource:
        """Run a transaction; the resource that its first entry made."""
        first = (await self._client.transaction(entries))[0]
        resource = first.get("resource")
        if isinstance(resource, dict):
            return resource
        # A server may leave the resource out: ask for it where it says that it is.
        response = first.get("response")
        location = response.get("location") if isinstance(response, dict) else None
        return await self._client.read(str(location))

    async def _one(self, kind: str, identifier: str) -> Resource | None:
        found = await self._client.search(kind, ("identifier", identifier))
        if len(found) > 1:
            raise EhrRefused("the record has it more than once")
        return found[0] if found else None

    async def _confirm(self, untrusted: Resource, expected: _Expected) -> EhrWritten:
        """Read it back: only the record's own word, with our hash on it, counts as written."""
        reference = self._client.relative(_reference_to(untrusted))
        kept = await self._client.read(reference)
        if _identifier_of(kept, SIGNED_SHA256) != expected.sha256:
            raise EhrRefused("the record has something else under this identifier")
        if kept.get(expected.field) != expected.value:
            raise EhrRefused(f"the record's {expected.field} is not {expected.value}")
        return EhrWritten(reference, _version_of(kept))


def _reference_to(untrusted: Resource) -> str:
    kind, resource_id = untrusted.get("resourceType"), untrusted.get("id")
    if not isinstance(kind, str) or not isinstance(resource_id, str):
        raise EhrRefused("the record gives no id")
    return f"{kind}/{resource_id}"


def _create(resource: Resource, place: str = "", condition: str = "") -> Resource:
    request = {"method": "POST", "url": resource["resourceType"]}
    if condition:
        request["ifNoneExist"] = condition
    entry: Resource = {"resource": resource, "request": request}
    return {"fullUrl": place, **entry} if place else entry


def _update(resource: Resource, version: str) -> Resource:
    address = f"{resource['resourceType']}/{resource['id']}"
    return {"resource": resource, "request": {"method": "PUT", "url": address, "ifMatch": f'W/"{version}"'}}


def _identifier_of(untrusted: Resource, system: str) -> str:
    identifiers = untrusted.get("identifier", [])
    for identifier in identifiers if isinstance(identifiers, list) else []:
        if isinstance(identifier, dict) and identifier.get("system") == system:
            return str(identifier.get("value", ""))
    return ""


def _version_of(untrusted: Resource) -> str:
    meta = untrusted.get("meta")
    version = meta.get("versionId") if isinstance(meta, dict) else None
    if not isinstance(version, str) or not version:
        raise EhrRefused("the record gives no version")
    return version


def _check_visit(visit: VisitFacts) -> None:
    """A write needs the record's own references; without them it is refused here."""
    if not visit.encounter.startswith("Encounter/") or not visit.provider_ehr.startswith("Practitioner/"):
        raise EhrRefused("the visit's provider or encounter is not known to the record")


def _refused(what: str, problem: EhrFailed) -> EhrProblem:
    _log.warning("ehr_write_failed", what=what, code=problem.code.value, status=problem.status, reason=problem.reason)
    return EhrProblem(problem.code)
