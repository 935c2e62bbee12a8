"""The independent validators refuse each kind of wrong resource, and accept the kinds that we write."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from demo.validator import Validator, install

Resource = dict[str, Any]

ORDER: Resource = {
    "resourceType": "ServiceRequest",
    "identifier": [{"system": "https://alcove.example/order", "value": "o-1"}],
    "status": "active",
    "intent": "order",
    "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}],
    "priority": "stat",
    "code": {"coding": [{"system": "http://loinc.org", "code": "24331-1", "display": "Lipid panel"}]},
    "subject": {"reference": "Patient/1"},
    "encounter": {"reference": "Encounter/1"},
    "authoredOn": "2026-11-23T10:00:00Z",
    "requester": {"reference": "Practitioner/1"},
}
NOTE: Resource = {
    "resourceType": "DocumentReference",
    "status": "current",
    "docStatus": "final",
    "subject": {"reference": "Patient/1"},
    "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": "aGk="}}],
}
PROVENANCE: Resource = {
    "resourceType": "Provenance",
    "target": [{"reference": "ServiceRequest/1"}],
    "recorded": "2026-11-23T10:00:00Z",
    "agent": [{"who": {"reference": "Practitioner/1"}}],
}
ALLERGY: Resource = {
    "resourceType": "AllergyIntolerance",
    "patient": {"reference": "Patient/1"},
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]
    },
}
ENTERED_IN_ERROR: Resource = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
            "code": "entered-in-error",
        }
    ]
}


def without(resource: Resource, key: str) -> Resource:
    return {name: value for name, value in resource.items() if name != key}


WRONG: dict[str, Resource] = {
    "missing required element": without(ORDER, "subject"),
    "missing required code": without(ORDER, "status"),
    "missing required list": without(NOTE, "content"),
    "empty required list": {**NOTE, "content": []},
    "missing inside a list": {**PROVENANCE, "agent": [{"type": {"text": "author"}}]},
    "code outside a required value set": {**ORDER, "status": "bogus"},
    "priority outside its value set": {**ORDER, "priority": "now"},
    "document status outside its value set": {**NOTE, "docStatus": "done"},
    "concept outside a required value set": {
        **ALLERGY,
        "clinicalStatus": {"coding": [{**ALLERGY["clinicalStatus"]["coding"][0], "code": "bogus"}]},
    },
    "number for a time": {**ORDER, "authoredOn": 5},
    "word for a time": {**ORDER, "authoredOn": "yesterday"},
    "instant without a zone": {**PROVENANCE, "recorded": "2026-11-23T10:00:00"},
    "impossible date": {"resourceType": "Patient", "birthDate": "1972-13-45"},
    "text for a boolean": {"resourceType": "Patient", "active": "true"},
    "gender outside its value set": {"resourceType": "Patient", "gender": "x"},
    "no base64": {**NOTE, "content": [{"attachment": {"data": "!!"}}]},
    "object for a list": {**ORDER, "category": ORDER["category"][0]},
    "list for an object": {**ORDER, "subject": [ORDER["subject"]]},
    "unknown element": {**ORDER, "colour": "red"},
    "reference to a wrong kind": {**ORDER, "encounter": {"reference": "Patient/1"}},
    "invariant prr-1": {**without(ORDER, "code"), "orderDetail": [{"text": "fasting"}]},
    "invariant ait-2": {**ALLERGY, "verificationStatus": ENTERED_IN_ERROR},
    "unknown kind of resource": {"resourceType": "Nonsense"},
    "no kind of resource": {"status": "active"},
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def validator(anyio_backend: str) -> AsyncIterator[Validator]:
    install()
    async with Validator() as running:
        yield running


@pytest.mark.anyio
@pytest.mark.parametrize("kind", WRONG)
async def test_wrong_resource_is_refused(validator: Validator, kind: str) -> None:
    assert await validator.check(WRONG[kind])


@pytest.mark.anyio
@pytest.mark.parametrize("resource", [ORDER, NOTE, PROVENANCE, ALLERGY], ids=lambda r: str(r["resourceType"]))
async def test_right_resource_is_accepted(validator: Validator, resource: Resource) -> None:
    assert await validator.check(resource) == []
