"""What a signature writes to the real demo record (which checks it independently), once, and read back from there."""

import base64
import hashlib
import itertools
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.ehr.client import FhirClient, FhirSettings
from gateway.ehr.writer import FhirWriter
from gateway.ports import AddendumWrite, Banner, EhrProblem, EhrWritten, NoteWrite, OrderWrite, Retraction, VisitFacts
from tests.gateway.ehr.conftest import TOKEN
from tests.gateway.ehr.flaky import Reply, serving
from visit.lab_tests import LAB_TEST_BY_CODE
from visit.orders import order_sha256
from visit.snapshot import as_plain_text, make_snapshot, snapshot_sha256
from wire.ids import new_id
from wire.orders import Collection, LabOrder, Priority
from wire.people import Author, Person, Role, Room
from wire.refusals import RefusalCode
from wire.visits import Coding, Patient

pytestmark = pytest.mark.anyio
OKAFOR = Author(role=Role.PROVIDER, id="p-1", name="Dr. A. Okafor")
SANTOS = Author(role=Role.SCRIBE, id="s-1", name="J. Santos")
SIGNED_AT = datetime(2026, 11, 23, 19, 40, 1, 250000, tzinfo=UTC)
UNREACHABLE = EhrProblem(RefusalCode.EHR_UNREACHABLE)
REFUSED = EhrProblem(RefusalCode.EHR_REFUSED)


def visit_facts() -> VisitFacts:
    patient = Patient(
        patient_id="rivera", name="Rivera, Ana M", birth_date=date(1972, 3, 11), sex="female", mrn_tail="4471"
    )
    return VisitFacts(
        visit_id=new_id(),
        encounter="Encounter/visit-rivera",
        provider=Person(person_id="p-1", name="Dr. A. Okafor"),
        provider_ehr="Practitioner/okafor",
        room=Room(room_id="r-1", name="Room 4"),
        scheduled_at=SIGNED_AT,
        banner=Banner(patient=patient, reason="Chest pain follow-up", specialty="Cardiology"),
    )


def order_job(**changes: object) -> OrderWrite:
    order = LabOrder(
        order_id=new_id(),
        version=1,
        test=LAB_TEST_BY_CODE["24331-1"],
        reason=Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="E78.5", display="Hyperlipidemia, unspecified"),
        priority=Priority.URGENT,
        collection=Collection.NOW_IN_CLINIC,
        instructions="Fasting since 8.",
    ).model_copy(update=changes)
    return OrderWrite(new_id(), visit_facts(), order, order_sha256(order), OKAFOR, SIGNED_AT, SANTOS)


def note_job(hpi: str = "Chest pressure µ 100 %.") -> NoteWrite:
    facts = visit_facts()
    snapshot = make_snapshot(facts.visit_id, {"hpi": hpi, "chief_complaint": "Follow-up."})
    return NoteWrite(
        task_id=new_id(),
        visit=facts,
        snapshot=snapshot,
        sha256=snapshot_sha256(snapshot),
        version=1,
        text=as_plain_text(snapshot, "Scribed for Dr. A. Okafor."),
        scribe=SANTOS,
        signed_by=OKAFOR,
        signed_at=SIGNED_AT,
    )


def written(answer: EhrWritten | EhrProblem) -> EhrWritten:
    assert isinstance(answer, EhrWritten), answer
    return answer


async def test_signed_order_is_active_and_the_providers(client: FhirClient) -> None:
    job = order_job()
    answer = written(await FhirWriter(client).write_order(job))
    kept = await client.read(answer.reference)
    assert answer.version == kept["meta"]["versionId"] == "1"
    assert (kept["status"], kept["intent"], kept["priority"]) == ("active", "order", "urgent")
    assert kept["category"][0]["coding"][0]["code"] == "108252007"
    assert kept["code"]["coding"][0]["code"] == "24331-1"
    assert kept["reasonCode"][0]["coding"][0]["code"] == "E78.5"
    assert kept["subject"] == {"reference": "Patient/rivera"}
    assert kept["encounter"] == {"reference": "Encounter/visit-rivera"}
    assert kept["requester"]["reference"] == "Practitioner/okafor"
    assert datetime.fromisoformat(kept["authoredOn"]) == SIGNED_AT
    assert {"system": "urn:alcove:signed-sha256", "value": job.sha256} in kept["identifier"]
    assert [note["text"] for note in kept["note"]] == ["Collect now in the clinic.", "Fasting since 8."]
    assert "Santos" not in str(kept)


async def test_provenance_says_who_answers_and_who_typed(client: FhirClient) -> None:
    for reference in (
        written(await FhirWriter(client).write_order(order_job())).reference,
        written(await FhirWriter(client).write_note(note_job())).reference,
    ):
        (provenance,) = await client.search("Provenance", ("target", reference))
        author, enterer = provenance["agent"]
        assert author["type"]["coding"][0]["code"] == "author"
        assert author["who"]["reference"] == "Practitioner/okafor"
        assert enterer["type"]["coding"][0]["code"] == "enterer"
        assert enterer["who"]["display"] == "J. Santos"
        assert enterer["onBehalfOf"]["reference"] == "Practitioner/okafor"
        assert datetime.fromisoformat(provenance["recorded"]) == SIGNED_AT


async def test_what_nobody_else_typed_has_one_agent(client: FhirClient) -> None:
    answer = written(await FhirWriter(client).write_order(replace(order_job(), pended_by=None)))
    (provenance,) = await client.search("Provenance", ("target", answer.reference))
    assert len(provenance["agent"]) == 1


async def test_signed_note_is_final_and_whole(client: FhirClient) -> None:
    job = note_job()
    answer = written(await FhirWriter(client).write_note(job))
    kept = await client.read(answer.reference)
    assert (kept["status"], kept["docStatus"]) == ("current", "final")
    assert kept["type"]["coding"][0]["code"] == "11506-3"
    assert kept["category"][0]["coding"][0]["code"] == "clinical-note"
    assert kept["author"][0]["reference"] == kept["authenticator"]["reference"] == "Practitioner/okafor"
    assert kept["context"]["encounter"] == [{"reference": "Encounter/visit-rivera"}]
    assert {"system": "urn:alcove:signed-sha256", "value": job.sha256} in kept["identifier"]
    attachment = kept["content"][0]["attachment"]
    data = base64.b64decode(attachment["data"])
    assert data.decode() == job.text
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(data, usedforsecurity=False).digest()


async def test_repeating_a_write_adds_nothing(client: FhirClient) -> None:
    order, note = order_job(), note_job()
    writer = FhirWriter(client)
    first_order, first_note = written(await writer.write_order(order)), written(await writer.write_note(note))
    assert await writer.write_order(order) == first_order
    assert await writer.write_note(note) == first_note
    for reference in (first_order.reference, first_note.reference):
        assert len(await client.search("Provenance", ("target", reference))) == 1
    assert len(await client.search("ServiceRequest", ("identifier", f"urn:alcove:order|{order.order.order_id}"))) == 1
    assert len(await client.search("DocumentReference", ("identifier", f"urn:alcove:note|{note.visit.visit_id}"))) == 1


async def test_answer_lost_on_the_way_is_made_good_without_a_second_write(ehr_address: str, client: FhirClient) -> None:
    job = order_job()
    origin, path = ehr_address.removesuffix("/fhir"), "/fhir"
    # The search goes through, the transaction runs but its answer is lost; then all goes through.
    replies = (Reply(forward=True), Reply(0, forward=True), Reply(forward=True))
    async with (
        serving(*replies, behind=origin) as server,
        FhirClient(FhirSettings(server.address + path, TOKEN)) as flaky,
    ):
        assert await FhirWriter(flaky).write_order(job) == UNREACHABLE
        answer = written(await FhirWriter(flaky).write_order(job))
    assert sum(line.startswith("POST") for line in server.asked) == 1
    assert len(await client.search("Provenance", ("target", answer.reference))) == 1
    assert len(await client.search("ServiceRequest", ("identifier", f"urn:alcove:order|{job.order.order_id}"))) == 1


async def test_earlier_note_is_updated_as_its_next_version(client: FhirClient) -> None:
    writer, first = FhirWriter(client), note_job("As it was.")
    before = written(await writer.write_note(first))
    snapshot = make_snapshot(first.visit.visit_id, {"hpi": "As it is."})
    again = replace(
        first,
        task_id=new_id(),
        snapshot=snapshot,
        sha256=snapshot_sha256(snapshot),
        version=2,
        text=as_plain_text(snapshot, "Signed."),
    )
    after = written(await writer.write_note(again))
    assert after == EhrWritten(before.reference, "2")
    kept = await client.read(after.reference)
    assert base64.b64decode(kept["content"][0]["attachment"]["data"]).decode() == again.text
    assert len(await client.search("Provenance", ("target", after.reference))) == 2


async def test_addendum_is_a_document_of_its_own_that_appends_its_note(client: FhirClient) -> None:
    writer, job = FhirWriter(client), note_job()
    note = written(await writer.write_note(job))
    addendum = AddendumWrite(
        task_id=new_id(),
        visit=job.visit,
        number=1,
        sha256="4e" * 32,
        text="ADDENDUM 1\nThe left knee.\n",
        amends=note.reference,
        signed_by=OKAFOR,
        signed_at=SIGNED_AT,
    )
    answer = written(await writer.write_addendum(addendum))
    assert await writer.write_addendum(addendum) == answer
    assert answer.reference != note.reference
    kept = await client.read(answer.reference)
    assert kept["relatesTo"] == [{"code": "appends", "target": {"reference": note.reference}}]
    assert (kept["status"], kept["docStatus"]) == ("current", "final")
    assert base64.b64decode(kept["content"][0]["attachment"]["data"]).decode() == addendum.text
    assert (await client.read(note.reference))["meta"]["versionId"] == note.version
    (provenance,) = await client.search("Provenance", ("target", answer.reference))
    assert [agent["who"]["reference"] for agent in provenance["agent"]] == ["Practitioner/okafor"]


async def test_what_belongs_to_another_patient_becomes_an_error_once(client: FhirClient) -> None:
    writer, note, order = FhirWriter(client), note_job(), order_job()
    kept = {
        "note": (note.visit, note.visit.visit_id, written(await writer.write_note(note)).reference),
        "order": (order.visit, order.order.order_id, written(await writer.write_order(order)).reference),
    }
    for what, (visit, identifier, reference) in kept.items():
        job = Retraction(new_id(), visit, what, identifier, OKAFOR, SIGNED_AT)
        answer = written(await writer.retract(job))
        assert answer == EhrWritten(reference, "2")
        assert await writer.retract(job) == answer
        now = await client.read(reference)
        assert now["status"] == "entered-in-error"
        assert now.get("docStatus", "entered-in-error") == "entered-in-error"
        activities = [
            one["activity"]["coding"][0]["code"] for one in await client.search("Provenance", ("target", reference))
        ]
        assert sorted(activities) == ["CREATE", "NULLIFY"]
    never = Retraction(new_id(), visit_facts(), "note", new_id(), OKAFOR, SIGNED_AT)
    assert await writer.retract(never) == EhrWritten("", "")


async def test_order_that_the_record_already_has_with_other_content_is_refused(client: FhirClient) -> None:
    writer, job = FhirWriter(client), order_job()
    written(await writer.write_order(job))
    changed = job.order.model_copy(update={"priority": Priority.STAT})
    assert await writer.write_order(replace(job, order=changed, sha256=order_sha256(changed))) == REFUSED


async def test_order_that_the_record_no_longer_has_active_is_not_called_ordered(client: FhirClient) -> None:
    writer, job = FhirWriter(client), order_job()
    answer = written(await writer.write_order(job))
    kept = await client.read(answer.reference)
    await client.update({**kept, "status": "revoked"}, kept["meta"]["versionId"])
    assert await writer.write_order(job) == REFUSED


async def test_patient_that_the_record_does_not_know_is_refused(client: FhirClient) -> None:
    job = order_job()
    nobody = job.visit.banner.patient.model_copy(update={"patient_id": "nobody"})
    facts = replace(job.visit, banner=job.visit.banner.model_copy(update={"patient": nobody}))
    assert await FhirWriter(client).write_order(replace(job, visit=facts)) == REFUSED
    assert await client.search("ServiceRequest", ("identifier", f"urn:alcove:order|{job.order.order_id}")) == []


@pytest.mark.parametrize(
    "facts", [replace(visit_facts(), provider_ehr=""), replace(visit_facts(), encounter="visit-rivera")]
)
async def test_visit_without_the_records_references_is_not_written(client: FhirClient, facts: VisitFacts) -> None:
    assert await FhirWriter(client).write_order(replace(order_job(), visit=facts)) == REFUSED
    assert await FhirWriter(client).write_note(replace(note_job(), visit=facts)) == REFUSED


async def test_words_that_fhir_cannot_hold_are_refused_and_break_nothing(client: FhirClient) -> None:
    odd = Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="two  spaces", display="Odd")
    assert await FhirWriter(client).write_order(order_job(reason=odd)) == REFUSED


async def test_record_that_is_down_is_unreachable() -> None:
    async with serving(Reply(503)) as server, FhirClient(FhirSettings(server.address, attempts=1)) as client:
        assert await FhirWriter(client).write_order(order_job()) == UNREACHABLE
        assert await FhirWriter(client).write_note(note_job()) == UNREACHABLE


EMPTY = Reply(200, '{"resourceType": "Bundle", "type": "searchset"}')
ANSWERS = [
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": []}',
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": [{}, {}]}',
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": [1, 2]}',
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": "no"}',
    '{"resourceType": "Bundle", "type": "transaction-response",'
    ' "entry": [{"response": {"location": "http://elsewhere.example/ServiceRequest/1"}}, {}]}',
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": [{"resource": {"id": 5}}, {}]}',
    '{"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": 5}, {}]}',
    "[]",
    "created",
]


@pytest.mark.parametrize("answer", ANSWERS)
async def test_confused_answer_is_not_called_written(answer: str) -> None:
    async with (
        serving(EMPTY, Reply(200, answer)) as server,
        FhirClient(FhirSettings(server.address, attempts=1)) as client,
    ):
        assert await FhirWriter(client).write_order(order_job()) == REFUSED


@pytest.mark.parametrize(("priority", "collection"), list(itertools.product(Priority, Collection)))
async def test_every_kind_of_order_passes_the_independent_checks(
    client: FhirClient, priority: Priority, collection: Collection
) -> None:
    job = order_job(priority=priority, collection=collection, instructions="")
    written(await FhirWriter(client).write_order(job))


async def test_earlier_note_without_an_id_is_refused() -> None:
    kept = '{"resource": {"resourceType": "DocumentReference"}}'
    found = Reply(200, f'{{"resourceType": "Bundle", "type": "searchset", "entry": [{kept}]}}')
    async with serving(found) as server, FhirClient(FhirSettings(server.address, attempts=1)) as client:
        assert await FhirWriter(client).write_note(note_job()) == REFUSED


async def test_two_at_once_make_one_order(ehr_address: str, client: FhirClient) -> None:
    job = order_job()
    first = written(await FhirWriter(client).write_order(job))
    origin = ehr_address.removesuffix("/fhir")
    # The second one searched before the first one wrote: it finds nothing and writes too.
    async with (
        serving(EMPTY, Reply(forward=True), behind=origin) as server,
        FhirClient(FhirSettings(f"{server.address}/fhir", TOKEN)) as late,
    ):
        assert await FhirWriter(late).write_order(job) == first
    assert len(await client.search("ServiceRequest", ("identifier", f"urn:alcove:order|{job.order.order_id}"))) == 1


async def test_order_that_the_record_has_twice_is_refused(client: FhirClient) -> None:
    writer, job = FhirWriter(client), order_job()
    kept = await client.read(written(await writer.write_order(job)).reference)
    again = {name: value for name, value in kept.items() if name not in ("id", "meta")}
    await client.create(again, "identifier=urn:alcove:order|no-such-order")
    assert await writer.write_order(job) == REFUSED
