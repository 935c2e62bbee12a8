"""The demo's FHIR server over HTTP: reads, searches, conditional and versioned writes, transactions, refusals."""

import base64
import copy
import hashlib
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx2
import pytest

from demo import validator
from demo.ehr import EhrSettings, start_ehr

Resource = dict[str, Any]
TOKEN = "a-token-for-this-test"
ORDERS = "https://alcove.example/order"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    validator.install()
    with start_ehr(EhrSettings(day=date(2026, 11, 23), page=2, token=TOKEN)) as running:
        yield running.address


@pytest.fixture
def ehr(address: str) -> Iterator[httpx2.Client]:
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/fhir+json"}
    with httpx2.Client(base_url=address, headers=headers) as client:
        yield client


def order(value: str) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "identifier": [{"system": ORDERS, "value": value}],
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "108252007"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "24331-1"}]},
        "subject": {"reference": "Patient/rivera"},
        "encounter": {"reference": "Encounter/visit-rivera"},
        "requester": {"reference": "Practitioner/okafor"},
    }


def provenance(target: str) -> Resource:
    return {
        "resourceType": "Provenance",
        "target": [{"reference": target}],
        "recorded": "2026-11-23T19:20:00Z",
        "agent": [{"who": {"reference": "Practitioner/okafor"}}],
    }


def bundle(*entries: Resource) -> Resource:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def post(kind: str, resource: Resource, full_url: str = "", **request: str) -> Resource:
    entry = {"request": {"method": "POST", "url": kind, **request}, "resource": resource}
    return {"fullUrl": full_url, **entry} if full_url else entry


def matches(ehr: httpx2.Client, search: str) -> list[Resource]:
    """All matches of a search, every page followed."""
    found: list[Resource] = []
    address: str | None = search
    while address:
        page = ehr.get(address).raise_for_status().json()
        assert page["type"] == "searchset"
        found += [entry["resource"] for entry in page.get("entry", [])]
        address = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
    return found


def ids(resources: list[Resource]) -> set[str]:
    return {resource["id"] for resource in resources}


def refused(answer: httpx2.Response, status: int) -> str:
    """The diagnostics of a refusal, which is always an OperationOutcome."""
    assert answer.status_code == status, answer.text
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["severity"] == "error"
    return " ".join(issue["diagnostics"] for issue in outcome["issue"])


def test_metadata_needs_no_token_and_says_what_it_can(address: str) -> None:
    statement = httpx2.get(f"{address}/metadata").json()
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    kinds = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
    assert kinds["ServiceRequest"]["conditionalCreate"] is True
    assert kinds["DocumentReference"]["versioning"] == "versioned-update"
    assert "participant" in {parameter["name"] for parameter in kinds["Encounter"]["searchParam"]}


def test_everything_else_needs_the_token(address: str) -> None:
    refused(httpx2.get(f"{address}/Patient/rivera"), 401)
    refused(httpx2.get(f"{address}/Patient", headers={"authorization": "Bearer wrong"}), 401)


def test_every_seed_resource_says_that_it_is_synthetic(ehr: httpx2.Client) -> None:
    kinds = ("Patient", "Practitioner", "Location", "Encounter", "Condition", "AllergyIntolerance")
    for kind in kinds:
        everything = matches(ehr, f"/{kind}")
        assert everything
        assert len(everything) == len(matches(ehr, f"/{kind}?_tag=HTEST"))


def test_read_carries_its_version(ehr: httpx2.Client) -> None:
    answer = ehr.get("/Patient/rivera")
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.json()["meta"]["versionId"] == "1"
    assert answer.json()["birthDate"] == "1972-03-11"
    refused(ehr.get("/Patient/nobody"), 404)
    refused(ehr.get("/Medication/1"), 404)
    refused(ehr.get("/Patient/rivera/_history/2"), 404)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("/Encounter?date=2026-11-23", {"visit-rivera", "visit-brandt", "visit-osei", "visit-brandt-cancelled"}),
        ("/Encounter?date=2026-11-23&status=arrived,planned", {"visit-rivera", "visit-brandt", "visit-osei"}),
        ("/Encounter?date=2026-11-23&status:not=cancelled", {"visit-rivera", "visit-brandt", "visit-osei"}),
        ("/Encounter?date=ge2026-11-24", {"visit-osei-next"}),
        ("/Encounter?date=lt2026-11-23", {"visit-rivera-before"}),
        ("/Encounter?participant=Practitioner/okafor", {"visit-rivera", "visit-rivera-before"}),
        ("/Encounter?participant:Practitioner=okafor&date=2026-11-23", {"visit-rivera"}),
        ("/Encounter?location=Location/room-6", {"visit-osei", "visit-osei-next"}),
        ("/Patient?identifier=https://practice.example/mrn|30014471", {"rivera"}),
        ("/Patient?identifier=https://other.example/mrn|30014471", set()),
        ("/Patient?name=bran", {"brandt"}),
        ("/Patient?birthdate=1991-01-27", {"osei"}),
        ("/Practitioner?family=Okafor", {"okafor"}),
        ("/Location?name=Room 4", {"room-4"}),
        ("/Condition?patient=Patient/brandt&clinical-status=active", {"brandt-knee", "brandt-hypertension"}),
        ("/Condition?patient=rivera&code=http://hl7.org/fhir/sid/icd-10-cm|I10", {"rivera-hypertension"}),
        ("/AllergyIntolerance?patient=Patient/rivera,Patient/osei", {"rivera-penicillin", "osei-latex"}),
    ],
)
def test_search(ehr: httpx2.Client, search: str, found: set[str]) -> None:
    assert ids(matches(ehr, search)) == found


def test_search_by_form_keeps_values_out_of_the_address(ehr: httpx2.Client) -> None:
    content_type = {"content-type": "application/x-www-form-urlencoded"}
    answer = ehr.post("/Patient/_search", data={"name": "Rivera"}, headers=content_type).json()
    assert [entry["resource"]["id"] for entry in answer["entry"]] == ["rivera"]


def test_pages_are_bounded_and_linked(ehr: httpx2.Client) -> None:
    first = ehr.get("/Condition?_count=500").json()
    assert (len(first["entry"]), first["total"]) == (2, 9)
    assert len(ids(matches(ehr, "/Condition"))) == 9


@pytest.mark.parametrize("search", ["/Patient?shoe-size=44", "/Encounter?date=today", "/Patient?name:exact=Rivera"])
def test_search_that_is_not_understood_is_refused(ehr: httpx2.Client, search: str) -> None:
    refused(ehr.get(search), 400)


def test_create_gives_id_version_and_location(ehr: httpx2.Client) -> None:
    answer = ehr.post("/ServiceRequest", json=order("create"))
    assert answer.status_code == 201
    created = answer.json()
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["location"].endswith(f"/ServiceRequest/{created['id']}/_history/1")
    assert re.match(r"\d{4}-\d\d-\d\dT.*", created["meta"]["lastUpdated"])
    assert ehr.get(answer.headers["location"]).json() == created


def test_conditional_create_makes_one(ehr: httpx2.Client) -> None:
    condition = {"if-none-exist": f"identifier={ORDERS}|once"}
    first = ehr.post("/ServiceRequest", json=order("once"), headers=condition)
    second = ehr.post("/ServiceRequest", json=order("once"), headers=condition)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    ehr.post("/ServiceRequest", json=order("once")).raise_for_status()
    refused(ehr.post("/ServiceRequest", json=order("once"), headers=condition), 412)


def test_update_needs_the_newest_version(ehr: httpx2.Client) -> None:
    created = ehr.post("/ServiceRequest", json=order("update")).json()
    place = f"/ServiceRequest/{created['id']}"
    changed = {**created, "status": "revoked"}
    answer = ehr.put(place, json=changed, headers={"if-match": 'W/"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, 'W/"2"')
    refused(ehr.put(place, json=changed, headers={"if-match": 'W/"1"'}), 412)
    refused(ehr.put(place, json=changed), 412)
    assert ehr.get(place).json()["meta"]["versionId"] == "2"
    assert ehr.get(f"{place}/_history/1").json()["status"] == "active"
    assert ehr.get(f"{place}/_history").json()["total"] == 2


def test_update_cannot_choose_an_id(ehr: httpx2.Client) -> None:
    refused(ehr.put("/ServiceRequest/mine", json={**order("mine"), "id": "mine"}), 405)
    refused(ehr.put("/ServiceRequest/other", json={**order("mine"), "id": "mine"}), 400)


def test_transaction_resolves_references_in_any_order(ehr: httpx2.Client) -> None:
    entries = (
        post("Provenance", provenance("urn:uuid:5d1f")),
        post("ServiceRequest", order("transaction"), "urn:uuid:5d1f"),
    )
    answer = ehr.post("/", json=bundle(*entries)).raise_for_status().json()
    assert answer["type"] == "transaction-response"
    first, second = (entry["resource"] for entry in answer["entry"])
    assert first["target"] == [{"reference": f"ServiceRequest/{second['id']}"}]
    assert [entry["response"]["status"] for entry in answer["entry"]] == ["201 Created", "201 Created"]
    assert answer["entry"][1]["response"]["location"] == f"ServiceRequest/{second['id']}/_history/1"
    assert ids(matches(ehr, f"/Provenance?target=ServiceRequest/{second['id']}")) == {first["id"]}


def test_transaction_is_all_or_nothing(ehr: httpx2.Client) -> None:
    wrong = {**provenance("urn:uuid:1"), "recorded": "yesterday"}
    before = len(matches(ehr, "/ServiceRequest"))
    answer = ehr.post("/", json=bundle(post("ServiceRequest", order("half"), "urn:uuid:1"), post("Provenance", wrong)))
    refused(answer, 400)
    assert matches(ehr, f"/ServiceRequest?identifier={ORDERS}|half") == []
    assert len(matches(ehr, "/ServiceRequest")) == before


def test_transaction_repeats_a_conditional_create_without_a_second_one(ehr: httpx2.Client) -> None:
    entry = post("ServiceRequest", order("again"), "urn:uuid:2", ifNoneExist=f"identifier={ORDERS}|again")
    first = ehr.post("/", json=bundle(entry)).json()["entry"][0]
    second = ehr.post("/", json=bundle(entry)).json()["entry"][0]
    assert (first["response"]["status"], second["response"]["status"]) == ("201 Created", "200 OK")
    assert first["resource"] == second["resource"]


def test_transaction_checks_versions(ehr: httpx2.Client) -> None:
    created = ehr.post("/ServiceRequest", json=order("versions")).json()
    request = {"method": "PUT", "url": f"ServiceRequest/{created['id']}"}
    entry = {"request": {**request, "ifMatch": 'W/"9"'}, "resource": {**created, "status": "revoked"}}
    refused(ehr.post("/", json=bundle(entry)), 412)
    entry["request"]["ifMatch"] = 'W/"1"'
    assert ehr.post("/", json=bundle(entry)).json()["entry"][0]["response"]["etag"] == 'W/"2"'


def note(text: bytes, **attachment: object) -> Resource:
    digest = hashlib.sha1(text, usedforsecurity=False).digest()
    content = {
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode(text).decode(),
        "hash": base64.b64encode(digest).decode(),
        "size": len(text),
    }
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "subject": {"reference": "Patient/rivera"},
        "content": [{"attachment": {**content, **attachment}}],
    }


def test_note_is_kept_and_a_damaged_one_is_not(ehr: httpx2.Client) -> None:
    assert ehr.post("/DocumentReference", json=note(b"text")).status_code == 201
    assert "SHA-1" in refused(ehr.post("/DocumentReference", json=note(b"text", hash="AAAA")), 400)
    assert "size" in refused(ehr.post("/DocumentReference", json=note(b"text", size=5)), 400)


WRONG_ORDERS: dict[str, tuple[Resource, str]] = {
    "no subject": ({"subject": None}, "medplum"),
    "bogus status": ({"status": "bogus"}, "fhir.js"),
    "number for a code": ({"status": 5}, "medplum"),
    "empty list": ({"note": []}, "empty"),
    "patient that is not there": ({"subject": {"reference": "Patient/nobody"}}, "leads to nothing"),
    "unresolved urn": ({"encounter": {"reference": "urn:uuid:7"}}, "leads to nothing"),
    "no LOINC code": ({"code": {"text": "lipids"}}, "loinc.org"),
    "wrong kind of encounter": ({"encounter": {"reference": "Patient/rivera"}}, "Invalid reference"),
}


@pytest.mark.parametrize("kind", WRONG_ORDERS)
def test_invalid_resource_is_refused(ehr: httpx2.Client, kind: str) -> None:
    change, says = WRONG_ORDERS[kind]
    resource = {**copy.deepcopy(order("wrong")), **change}
    resource = {name: value for name, value in resource.items() if value is not None}
    assert says in refused(ehr.post("/ServiceRequest", json=resource), 400)
    assert matches(ehr, f"/ServiceRequest?identifier={ORDERS}|wrong") == []


def test_bodies_that_are_no_resource_are_refused(ehr: httpx2.Client) -> None:
    refused(ehr.post("/Patient", content=b"{"), 400)
    refused(ehr.post("/Patient", content=b"[]"), 400)
    refused(ehr.post("/Patient", content=b"[" * 100_000), 400)
    refused(ehr.post("/Patient", json=order("other")), 400)
    refused(ehr.post("/Patient", content=b"x", headers={"content-type": "text/plain"}), 415)
    refused(ehr.post("/", json={"resourceType": "Bundle", "type": "batch"}), 400)
    refused(ehr.post("/", json=bundle({"request": {"method": "DELETE", "url": "Patient/rivera"}, "resource": {}})), 400)
    refused(ehr.delete("/Patient/rivera"), 405)
    assert ehr.get("/Patient/rivera").status_code == 200
