"""Reads a day's visits from the practice's record, with what the patient banner shows of each."""

import asyncio
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TypeVar

import structlog
from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.location import Location
from fhir.resources.R4B.patient import Patient as FhirPatient
from fhir.resources.R4B.practitioner import Practitioner
from fhir.resources.R4B.reference import Reference
from pydantic import BaseModel, ValidationError

from gateway.ehr.client import FhirClient, Resource
from gateway.ehr.codes import ATTENDER
from gateway.ehr.errors import EhrFailed, EhrRefused
from gateway.ehr.models import parse
from gateway.ehr.words import (
    MOST_NAME,
    allergy_line,
    clipped,
    concept_text,
    is_meant,
    mrn_tail,
    patient_name,
    practitioner_name,
    problem_coding,
)
from gateway.ports import Banner, EhrProblem, EhrVisit
from wire.visits import Coding, Moment, Patient

VISIT_STATES = "planned,arrived,triaged,in-progress,onleave,finished"
UNREADABLE_ALLERGY = "An allergy entry could not be read: see the EHR"
MOST_AT_ONCE = 6
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
_log = structlog.get_logger(__name__)


class Schedule:
    """Reads visits through a client; each call reads anew, every patient, practitioner and room once."""

    def __init__(self, client: FhirClient) -> None:
        self._client = client

    async def visits_between(self, begin: datetime, end: datetime) -> list[EhrVisit] | EhrProblem:
        """The visits that begin in [begin, end), by time; one that cannot be read is left out and counted."""
        try:
            encounters = await self._encounters(begin, end)
            charts = await self._charts(encounters)
        except EhrFailed as problem:
            _log.warning("ehr_schedule_not_read", code=problem.code.value, status=problem.status)
            return EhrProblem(problem.code)
        visits = [visit for each in encounters if (visit := charts.visit(each)) is not None]
        if len(visits) < len(encounters):
            _log.warning("ehr_visits_left_out", count=len(encounters) - len(visits))
        return visits

    async def _encounters(self, begin: datetime, end: datetime) -> list["_Planned"]:
        criteria = (("date", f"ge{_instant(begin)}"), ("date", f"lt{_instant(end)}"), ("status", VISIT_STATES))
        found = [self._planned(each) for each in await self._client.search("Encounter", *criteria)]
        # An earlier visit that was never closed overlaps every later day: it is not of this one.
        planned = [each for each in found if each is not None and begin <= each.start < end]
        return sorted(planned, key=lambda each: (each.start, each.encounter))

    def _planned(self, untrusted: Resource) -> "_Planned | None":
        try:
            encounter = parse(Encounter, untrusted)
            start = encounter.period.start if encounter.period else None
            if not isinstance(start, datetime) or start.tzinfo is None:
                return None
            reasons = [concept_text(reason) for reason in encounter.reasonCode or ()]
            return _Planned(
                encounter=f"Encounter/{encounter.id}",
                start=start.astimezone(UTC),
                patient=self._client.relative(_reference(encounter.subject)),
                practitioner=self._client.relative(_attender(encounter)),
                location=self._client.relative(_room(encounter)),
                reason=clipped(", ".join(reason for reason in reasons if reason)),
                specialty=concept_text(encounter.serviceType),
                moments=tuple(_moments(encounter)),
            )
        except EhrRefused as refused:
            _log.warning("ehr_encounter_not_read", reason=refused.reason)
            return None

    async def _charts(self, encounters: list["_Planned"]) -> "_Charts":
        client = self._client
        references = {each for planned in encounters for each in planned.references()}
        patients = {planned.patient for planned in encounters}
        active = ("clinical-status", "active")
        return _Charts(
            named=await _read_all({each: client.read(each) for each in references}),
            allergies=await _read_all(
                {each: client.search("AllergyIntolerance", ("patient", each)) for each in patients}
            ),
            problems=await _read_all(
                {each: client.search("Condition", ("patient", each), active) for each in patients}
            ),
        )


@dataclass(frozen=True, slots=True)
class _Planned:
    """An encounter of the schedule with the references to its people and room."""

    encounter: str
    start: datetime
    patient: str
    practitioner: str
    location: str
    reason: str
    specialty: str
    moments: tuple[tuple[Moment, datetime], ...]

    def references(self) -> tuple[str, str, str]:
        """Everything that is read by its id."""
        return self.patient, self.practitioner, self.location


@dataclass(frozen=True, slots=True)
class _Charts:
    """What the record answered, by reference; what it refused is the refusal."""

    named: dict[str, Resource | EhrRefused]
    allergies: dict[str, list[Resource] | EhrRefused]
    problems: dict[str, list[Resource] | EhrRefused]

    def visit(self, planned: _Planned) -> EhrVisit | None:
        """The visit put together; None when its patient, provider or room cannot be read."""
        try:
            patient = self._patient(planned.patient)
            practitioner = _parse(Practitioner, self.named[planned.practitioner])
            location = _parse(Location, self.named[planned.location])
        except EhrRefused as refused:
            _log.warning("ehr_visit_not_read", reason=refused.reason)
            return None
        banner = Banner(
            patient=patient,
            reason=planned.reason,
            specialty=planned.specialty,
            problems=self._problems(planned.patient),
        )
        return EhrVisit(
            encounter=planned.encounter,
            practitioner=planned.practitioner,
            practitioner_name=practitioner_name(practitioner.name) or "Provider",
            location=planned.location,
            location_name=clipped(str(location.name or "Room"), MOST_NAME),
            scheduled_at=planned.start,
            banner=banner,
            moments=planned.moments,
        )

    def _patient(self, reference: str) -> Patient:
        patient = _parse(FhirPatient, self.named[reference])
        name = patient_name(patient.name)
        if not name or not isinstance(patient.birthDate, date):
            raise EhrRefused("a patient has no name or no whole birth date")
        try:
            return Patient(
                patient_id=str(patient.id),
                name=name,
                birth_date=patient.birthDate,
                sex=str(patient.gender or "unknown"),
                mrn_tail=mrn_tail(patient.identifier),
                allergies=self._allergy_lines(reference),
            )
        except ValidationError as error:
            raise EhrRefused("a patient's banner cannot be shown") from error

    def _allergy_lines(self, reference: str) -> tuple[str, ...]:
        """Allergies in words; what cannot be read is said, because silence would read as none."""
        found = self.allergies[reference]
        if isinstance(found, EhrRefused):
            return (UNREADABLE_ALLERGY,)
        lines: list[str] = []
        for untrusted in found:
            try:
                allergy = parse(AllergyIntolerance, untrusted)
                _check_patient(allergy.patient, reference)
            except EhrRefused:
                lines.append(UNREADABLE_ALLERGY)
                continue
            if is_meant(allergy.verificationStatus) and _is_active(allergy):
                lines.append(allergy_line(allergy))
        return tuple(dict.fromkeys(lines))

    def _problems(self, reference: str) -> tuple[Coding, ...]:
        found = self.problems[reference]
        codings: list[Coding] = []
        for untrusted in [] if isinstance(found, EhrRefused) else found:
            try:
                condition = parse(Condition, untrusted)
                _check_patient(condition.subject, reference)
                coding = problem_coding(condition) if is_meant(condition.verificationStatus) else None
            except (EhrRefused, ValidationError):
                _log.warning("ehr_condition_not_read")
                continue
            if coding is not None:
                codings.append(coding)
        return tuple(dict.fromkeys(codings))


async def _read_all(asked: dict[str, Coroutine[None, None, T]]) -> dict[str, T | EhrRefused]:
    """Run the reads, a few at once; a refused one is its refusal, EhrUnreachable ends them all."""
    slots = asyncio.Semaphore(MOST_AT_ONCE)

    async def run(read: Coroutine[None, None, T]) -> T | EhrFailed:
        async with slots:
            try:
                return await read
            except EhrFailed as problem:
                return problem

    async with asyncio.TaskGroup() as group:
        tasks = {key: group.create_task(run(read)) for key, read in asked.items()}
    answers: dict[str, T | EhrRefused] = {}
    for key, task in tasks.items():
        answer = task.result()
        if isinstance(answer, EhrFailed) and not isinstance(answer, EhrRefused):
            raise answer
        answers[key] = answer
    return answers


def _parse(model: type[M], untrusted: Resource | EhrRefused) -> M:
    if isinstance(untrusted, EhrRefused):
        raise untrusted
    return parse(model, untrusted)


def _is_active(allergy: AllergyIntolerance) -> bool:
    """Whether the allergy stands; without a clinical status it does."""
    status = allergy.clinicalStatus
    return status is None or any(coding.code == "active" for coding in status.coding or ())


def _reference(reference: Reference | None) -> str:
    if reference is None or not reference.reference:
        raise EhrRefused("an encounter lacks a reference")
    return str(reference.reference)


def _check_patient(found: Reference | None, expected: str) -> None:
    """A record that ignores a search's patient must not mix charts."""
    if not f"/{_reference(found)}".endswith(f"/{expected}"):
        raise EhrRefused("a resource is another patient's")


def _attender(encounter: Encounter) -> str:
    """The reference of the practitioner who attends; the first practitioner when nobody is called the attender."""
    candidates: list[tuple[bool, str]] = []
    for participant in encounter.participant or ():
        reference = str(participant.individual.reference or "") if participant.individual else ""
        if "Practitioner/" in reference:
            codes = {coding.code for kind in participant.type or () for coding in kind.coding or ()}
            candidates.append((ATTENDER in codes, reference))
    if not candidates:
        raise EhrRefused("an encounter has no practitioner")
    return max(candidates, key=lambda each: each[0])[1]


def _room(encounter: Encounter) -> str:
    """The reference of the place, the current one before a planned one before a left one."""
    order = {"active": 0, "reserved": 1, "planned": 2, None: 3, "completed": 4}
    places = sorted(encounter.location or (), key=lambda place: order.get(place.status, 3))
    return _reference(places[0].location if places else None)


def _moments(encounter: Encounter) -> Iterator[tuple[Moment, datetime]]:
    """When the patient arrived (statusHistory) and was brought to the room (the active location's period)."""
    arrived = [each.period.start for each in encounter.statusHistory or () if each.status == "arrived" and each.period]
    roomed = [each.period.start for each in encounter.location or () if each.status == "active" and each.period]
    for moment, starts in ((Moment.CHECKED_IN, arrived), (Moment.ROOMED, roomed)):
        times = [start for start in starts if isinstance(start, datetime) and start.tzinfo is not None]
        if times:
            yield moment, min(times).astimezone(UTC)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
