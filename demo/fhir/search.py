"""Search on named parameters (FHIR R4 search): token, reference, string and date; an unknown one is refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from demo.fhir.dates import date_matches
from demo.fhir.outcome import FhirRefusal, Resource
from demo.fhir.store import Store

# name -> (FHIR parameter type, dotted path)
_COMMON = {"_id": ("token", "id"), "_lastUpdated": ("date", "meta.lastUpdated"), "_tag": ("token", "meta.tag")}
_NAMES = {"name": ("string", "name"), "family": ("string", "name.family"), "given": ("string", "name.given")}
_PATIENT = {"subject": ("reference", "subject"), "patient": ("reference", "subject")}
PARAMETERS: dict[str, dict[str, tuple[str, str]]] = {
    "Patient": {
        **_NAMES,
        "identifier": ("token", "identifier"),
        "birthdate": ("date", "birthDate"),
        "gender": ("token", "gender"),
    },
    "Practitioner": {**_NAMES, "identifier": ("token", "identifier"), "active": ("token", "active")},
    "Location": {
        "identifier": ("token", "identifier"),
        "name": ("string", "name"),
        "status": ("token", "status"),
    },
    "Encounter": {
        **_PATIENT,
        "date": ("date", "period"),
        "status": ("token", "status"),
        "class": ("token", "class"),
        "identifier": ("token", "identifier"),
        "participant": ("reference", "participant.individual"),
        "practitioner": ("reference", "participant.individual"),
        "location": ("reference", "location.location"),
    },
    "Condition": {
        **_PATIENT,
        "encounter": ("reference", "encounter"),
        "clinical-status": ("token", "clinicalStatus"),
        "verification-status": ("token", "verificationStatus"),
        "category": ("token", "category"),
        "code": ("token", "code"),
    },
    "AllergyIntolerance": {
        "patient": ("reference", "patient"),
        "clinical-status": ("token", "clinicalStatus"),
        "verification-status": ("token", "verificationStatus"),
        "code": ("token", "code"),
    },
    "DocumentReference": {
        **_PATIENT,
        "encounter": ("reference", "context.encounter"),
        "identifier": ("token", "identifier"),
        "status": ("token", "status"),
        "type": ("token", "type"),
        "category": ("token", "category"),
        "date": ("date", "date"),
        "author": ("reference", "author"),
    },
    "ServiceRequest": {
        **_PATIENT,
        "encounter": ("reference", "encounter"),
        "identifier": ("token", "identifier"),
        "status": ("token", "status"),
        "intent": ("token", "intent"),
        "category": ("token", "category"),
        "code": ("token", "code"),
        "requester": ("reference", "requester"),
        "authored": ("date", "authoredOn"),
    },
    "Provenance": {
        "target": ("reference", "target"),
        "recorded": ("date", "recorded"),
        "agent": ("reference", "agent.who"),
    },
}


@dataclass(frozen=True, slots=True)
class Query:
    """A search: the kind of resource and its criteria, all of which must hold (values after a comma: any of them)."""

    kind: str
    criteria: tuple[tuple[str, str], ...]


def run(store: Store, query: Query, zone: tzinfo) -> list[Resource]:
    """All resources that match, in the order in which they were created; 400 for a parameter that is not known."""
    known = {**_COMMON, **PARAMETERS[query.kind]}
    for name, _ in query.criteria:
        if name.partition(":")[0] not in known:
            raise FhirRefusal(400, "not-supported", f"{query.kind} cannot be searched by {name}")
    return [
        resource
        for resource in store.of_kind(query.kind)
        if all(_holds(resource, name, known[name.partition(":")[0]], asked, zone) for name, asked in query.criteria)
    ]


def _holds(resource: Resource, name: str, parameter: tuple[str, str], asked: str, zone: tzinfo) -> bool:
    kind, path = parameter
    modifier = name.partition(":")[2]
    if modifier == "not" and kind == "token":
        return not any(
            _matches("token", each, found, zone) for each in asked.split(",") for found in values(resource, path)
        )
    if modifier and kind == "reference":
        asked = ",".join(f"{modifier}/{each}" for each in asked.split(","))
    elif modifier:
        raise FhirRefusal(400, "not-supported", f"the modifier in {name} is not known")
    return any(_matches(kind, each, found, zone) for each in asked.split(",") for found in values(resource, path))


def _matches(kind: str, asked: str, found: object, zone: tzinfo) -> bool:
    if kind == "date":
        return date_matches(asked, found, zone)
    if kind == "reference":
        return _reference_matches(asked, found)
    if kind == "string":
        return any(text.lower().startswith(asked.lower()) for text in _texts(found))
    return any(_token_matches(asked, system, code) for system, code in _tokens(found))


def values(resource: Mapping[str, object], path: str) -> Iterator[object]:
    """Everything at a dotted path; lists on the way are walked."""
    found: list[object] = [resource]
    for step in path.split("."):
        found = [inner for each in found if isinstance(each, dict) for inner in as_list(each.get(step))]
    yield from found


def as_list(value: object) -> Sequence[object]:
    """A list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _reference_matches(asked: str, found: object) -> bool:
    reference = found.get("reference", "") if isinstance(found, dict) else ""
    return reference == asked or ("/" not in asked and reference.rpartition("/")[2] == asked)


def _token_matches(asked: str, system: str, code: str) -> bool:
    asked_system, bar, asked_code = asked.rpartition("|")
    if not bar:
        return asked_code == code
    return asked_system == system and asked_code in ("", code)


def _tokens(value: object) -> Iterator[tuple[str, str]]:
    """(system, code) of a CodeableConcept, Coding, Identifier, code or boolean."""
    if isinstance(value, bool):
        yield "", str(value).lower()
    elif isinstance(value, str):
        yield "", value
    elif isinstance(value, dict) and "coding" in value:
        for coding in value["coding"]:
            yield coding.get("system", ""), coding.get("code", "")
    elif isinstance(value, dict):
        yield str(value.get("system", "")), str(value.get("code", value.get("value", "")))


def _texts(value: object) -> Iterable[str]:
    """The words of a string or of every part of a HumanName."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, dict):
        parts = ("family", "given", "text", "prefix")
        return tuple(str(text) for part in parts for text in as_list(value.get(part)))
    return ()
