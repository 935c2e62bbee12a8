"""The day's visits as the real demo record has them, and what happens when parts of the record cannot be read."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from gateway.ehr.client import FhirClient, FhirSettings
from gateway.ehr.schedule import UNREADABLE_ALLERGY, Schedule
from gateway.ports import EhrProblem, EhrVisit
from tests.gateway.ehr.flaky import Flaky, Reply, serving
from wire.refusals import RefusalCode
from wire.visits import Moment

pytestmark = pytest.mark.anyio
BEGIN = datetime(2026, 11, 23, tzinfo=ZoneInfo("America/New_York"))
DAY = timedelta(days=1)


async def visits(client: FhirClient, begin: datetime = BEGIN) -> list[EhrVisit]:
    found = await Schedule(client).visits_between(begin, begin + DAY)
    assert isinstance(found, list)
    return found


async def test_day_holds_its_visits_in_order(client: FhirClient) -> None:
    found = await visits(client)
    assert [visit.encounter for visit in found] == [
        "Encounter/visit-rivera",
        "Encounter/visit-brandt",
        "Encounter/visit-osei",
    ]
    assert [visit.banner.specialty for visit in found] == ["Cardiology", "Orthopedics", "Behavioral health"]


async def test_other_days_hold_theirs(client: FhirClient) -> None:
    assert [visit.encounter for visit in await visits(client, BEGIN - 21 * DAY)] == ["Encounter/visit-rivera-before"]
    assert [visit.encounter for visit in await visits(client, BEGIN + 14 * DAY)] == ["Encounter/visit-osei-next"]
    assert await visits(client, BEGIN + DAY) == []


async def test_banner_says_who_and_why(client: FhirClient) -> None:
    visit = (await visits(client))[0]
    patient = visit.banner.patient
    assert (patient.name, patient.birth_date, patient.sex) == ("Rivera, Ana M", date(1972, 3, 11), "female")
    assert patient.allergies == ("Penicillin (hives)",)
    assert visit.banner.reason == "Chest pain follow-up"
    assert [problem.code for problem in visit.banner.problems] == ["I20.89", "I10", "E78.5", "R06.09"]
    assert (visit.practitioner, visit.practitioner_name) == ("Practitioner/okafor", "Dr. A. Okafor")
    assert (visit.location, visit.location_name) == ("Location/room-4", "Room 4")
    assert visit.scheduled_at == datetime(2026, 11, 23, 19, 10, tzinfo=UTC)
    assert [moment for moment, _ in visit.moments] == [Moment.CHECKED_IN, Moment.ROOMED]


async def test_only_the_tail_of_the_record_number_leaves(client: FhirClient) -> None:
    visit = (await visits(client))[0]
    assert visit.banner.patient.mrn_tail == "4471"
    assert "30014471" not in repr(visit)


async def test_no_known_allergy_is_said_and_resolved_problems_are_not(client: FhirClient) -> None:
    visit = (await visits(client))[1]
    assert visit.banner.patient.allergies == ("No known allergies",)
    assert [problem.code for problem in visit.banner.problems] == ["M17.11", "I10"]


async def test_record_that_is_down_is_said_so() -> None:
    async with serving(Reply(503)) as server, FhirClient(FhirSettings(server.address, attempts=1)) as client:
        assert await Schedule(client).visits_between(BEGIN, BEGIN + DAY) == EhrProblem(RefusalCode.EHR_UNREACHABLE)


async def test_record_that_refuses_is_said_so(ehr_address: str) -> None:
    async with FhirClient(FhirSettings(ehr_address, "wrong")) as client:
        assert await Schedule(client).visits_between(BEGIN, BEGIN + DAY) == EhrProblem(RefusalCode.EHR_REFUSED)


class Chart(Flaky):
    """A record with one visit, each of whose answers a test may replace."""

    def __init__(self) -> None:
        super().__init__([Reply()])
        self.answers: dict[str, Any] = {
            "Encounter": [
                {
                    "resourceType": "Encounter",
                    "id": "e",
                    "status": "arrived",
                    "class": {"code": "AMB"},
                    "subject": {"reference": "Patient/p"},
                    "participant": [{"individual": {"reference": "Practitioner/d"}}],
                    "location": [{"location": {"reference": "Location/r"}}],
                    "period": {"start": "2026-11-23T14:10:00-05:00"},
                }
            ],
            "Patient/p": {
                "resourceType": "Patient",
                "id": "p",
                "name": [{"use": "nickname", "text": "Annie"}, {"use": "official", "family": "Doe", "given": ["Ann"]}],
                "birthDate": "1980-01-01",
            },
            "Practitioner/d": {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Diaz"}]},
            "Location/r": {"resourceType": "Location", "id": "r", "name": "Room 9"},
            "AllergyIntolerance": [],
            "Condition": [],
        }

    def reply_to(self, path: str) -> Reply:
        key = path.split("?")[0].strip("/")
        answer = self.answers.get(key)
        if isinstance(answer, Reply):
            return answer
        if answer is None:
            return Reply(404)
        if isinstance(answer, list):
            entry = [{"resource": each} for each in answer]
            answer = {"resourceType": "Bundle", "type": "searchset", "entry": entry}
        return Reply(200, json.dumps(answer))


async def read(chart: Chart) -> list[EhrVisit]:
    async with serving(chart=chart) as server, FhirClient(FhirSettings(server.address, attempts=1)) as client:
        return await visits(client)


async def test_smallest_chart_is_enough() -> None:
    (visit,) = await read(Chart())
    assert visit.banner.patient.name == "Doe, Ann"
    assert (visit.practitioner_name, visit.location_name) == ("Diaz", "Room 9")
    assert (visit.banner.patient.mrn_tail, visit.banner.patient.allergies, visit.moments) == ("", (), ())


ALLERGY = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}, "code": {"text": "Peanut"}}
REFUTED = {"coding": [{"code": "refuted"}]}


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ([ALLERGY, ALLERGY], ("Peanut",)),
        ([{**ALLERGY, "verificationStatus": REFUTED}], ()),
        ([{**ALLERGY, "clinicalStatus": {"coding": [{"code": "resolved"}]}}], ()),
        ([{**ALLERGY, "code": {"text": "x" * 900}}], ("x" * 299 + "…",)),
        ([{**ALLERGY, "criticality": "bogus"}, ALLERGY], (UNREADABLE_ALLERGY, "Peanut")),
        ([{**ALLERGY, "patient": None}], (UNREADABLE_ALLERGY,)),
        ([{**ALLERGY, "patient": {"reference": "Patient/other"}}], (UNREADABLE_ALLERGY,)),
        ([{**ALLERGY, "category": ["medication", "bogus"]}], (UNREADABLE_ALLERGY,)),
        (Reply(403), (UNREADABLE_ALLERGY,)),
    ],
)
async def test_allergies_that_cannot_be_read_are_never_silent(answer: object, lines: tuple[str, ...]) -> None:
    chart = Chart()
    chart.answers["AllergyIntolerance"] = answer
    assert (await read(chart))[0].banner.patient.allergies == lines


async def test_problems_of_another_patient_are_not_shown() -> None:
    chart = Chart()
    coding = [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10", "display": "Hypertension"}]
    problem = {"resourceType": "Condition", "code": {"coding": coding}, "subject": {"reference": "Patient/p"}}
    other = {**problem, "code": {"coding": [{**coding[0], "code": "E78.5"}]}, "subject": {"reference": "Patient/x"}}
    chart.answers["Condition"] = [problem, other]
    assert [each.code for each in (await read(chart))[0].banner.problems] == ["I10"]


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("Patient/p", None),
        ("Patient/p", {"resourceType": "Patient", "id": "p", "birthDate": "1980-01-01"}),
        ("Patient/p", {"resourceType": "Patient", "id": "p", "name": [{"family": "Doe"}], "birthDate": "1980"}),
        ("Patient/p", {"resourceType": "Patient", "id": "p", "name": "Doe"}),
        ("Practitioner/d", Reply(403)),
        ("Location/r", {"resourceType": "Location", "id": "r", "status": "bogus"}),
    ],
)
async def test_visit_that_cannot_be_shown_is_left_out_and_counted(key: str, answer: object) -> None:
    chart = Chart()
    chart.answers[key] = answer
    with capture_logs() as logs:
        assert await read(chart) == []
    assert {"event": "ehr_visits_left_out", "count": 1, "log_level": "warning"} in logs
    assert "Doe" not in repr(logs)


@pytest.mark.parametrize(
    "change",
    [
        {"period": {"start": "2026-11-20T14:10:00-05:00"}},
        {"period": {"start": "2026-11-23"}},
        {"period": None},
        {"status": 5},
        {"subject": {"reference": "http://elsewhere.example/Patient/p"}},
        {"participant": []},
    ],
)
async def test_encounter_that_is_not_of_the_day_or_malformed_is_left_out(change: dict[str, Any]) -> None:
    chart = Chart()
    good = chart.answers["Encounter"][0]
    wrong = {name: value for name, value in {**good, "id": "other", **change}.items() if value is not None}
    chart.answers["Encounter"] = [wrong, good]
    assert [visit.encounter for visit in await read(chart)] == ["Encounter/e"]


async def test_attender_is_preferred() -> None:
    chart = Chart()
    attender = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "ATND"}]}
    chart.answers["Practitioner/second"] = {"resourceType": "Practitioner", "id": "second", "name": [{"text": "Dr. B"}]}
    chart.answers["Encounter"][0]["participant"].append(
        {"type": [attender], "individual": {"reference": "Practitioner/second"}}
    )
    assert (await read(chart))[0].practitioner_name == "Dr. B"
