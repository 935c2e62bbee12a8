"""Builds what a signature writes to the record: the order or the note, each with the Provenance of its people."""

import base64
import hashlib
from datetime import datetime

from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.provenance import Provenance
from fhir.resources.R4B.servicerequest import ServiceRequest

from gateway.ehr.client import Resource
from gateway.ehr.codes import (
    ADDENDUM_ID,
    DATA_OPERATION,
    LABORATORY,
    LOINC,
    NOTE_CATEGORY,
    NOTE_ID,
    ORDER_ID,
    PERSON_ID,
    PROVENANCE_AGENT,
    SIGNED_SHA256,
    SNOMED,
    TASK_ID,
)
from gateway.ehr.models import build
from gateway.ports import AddendumWrite, NoteWrite, OrderWrite, VisitFacts
from visit.sections import PROGRESS_NOTE_LOINC
from wire.orders import Collection
from wire.people import Author

_COLLECTION_WORDS = {
    Collection.NOW_IN_CLINIC: "Collect now in the clinic.",
    Collection.AT_LAB: "Collect at the laboratory.",
}


def service_request(job: OrderWrite) -> Resource:
    """The signed laboratory order as an active ServiceRequest; its requester is the provider, whoever typed it."""
    order, visit = job.order, job.visit
    words = [_COLLECTION_WORDS[order.collection], order.instructions]
    return build(
        ServiceRequest,
        {
            "resourceType": "ServiceRequest",
            "identifier": [
                _identifier(ORDER_ID, order.order_id),
                _identifier(TASK_ID, job.task_id),
                _identifier(SIGNED_SHA256, job.sha256),
            ],
            "status": "active",
            "intent": "order",
            "category": [_concept(SNOMED, LABORATORY, "Laboratory procedure")],
            "priority": order.priority.value,
            "code": _concept(order.test.system, order.test.code, order.test.display),
            "subject": {"reference": f"Patient/{visit.banner.patient.patient_id}"},
            "encounter": {"reference": visit.encounter},
            "authoredOn": _instant(job.signed_at),
            "requester": {"reference": visit.provider_ehr, "display": job.signed_by.name},
            "reasonCode": [_concept(order.reason.system, order.reason.code, order.reason.display)],
            "note": [{"text": text} for text in words if text],
        },
    )


def document_reference(job: NoteWrite, kept_id: str = "") -> Resource:
    """The signed note as a final DocumentReference; `kept_id` is the id of its earlier version."""
    content = _signed_document(job, _identifier(NOTE_ID, job.visit.visit_id), "Progress note")
    if kept_id:
        content["id"] = kept_id
    return build(DocumentReference, content)


def addendum_reference(job: AddendumWrite) -> Resource:
    """The signed addendum as a final DocumentReference of its own, which appends the note's."""
    content = _signed_document(job, _identifier(ADDENDUM_ID, addendum_id(job.visit.visit_id, job.number)), "Addendum")
    content["relatesTo"] = [{"code": "appends", "target": {"reference": job.amends}}]
    return build(DocumentReference, content)


def addendum_id(visit_id: str, number: int) -> str:
    """The value of an addendum's identifier."""
    return f"{visit_id}-{number}"


def _signed_document(job: NoteWrite | AddendumWrite, identifier: Resource, title: str) -> Resource:
    data = job.text.encode()
    visit, provider = job.visit, {"reference": job.visit.provider_ehr, "display": job.signed_by.name}
    return {
        "resourceType": "DocumentReference",
        "identifier": [
            identifier,
            _identifier(TASK_ID, job.task_id),
            _identifier(SIGNED_SHA256, job.sha256),
        ],
        "status": "current",
        "docStatus": "final",
        "type": _concept(LOINC, PROGRESS_NOTE_LOINC, "Progress note"),
        "category": [_concept(NOTE_CATEGORY, "clinical-note", "Clinical Note")],
        "subject": {"reference": f"Patient/{visit.banner.patient.patient_id}"},
        "date": _instant(job.signed_at),
        "author": [provider],
        "authenticator": provider,
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "data": base64.b64encode(data).decode(),
                    "size": len(data),
                    # R4 defines Attachment.hash as SHA-1; the hash that was signed is the identifier above.
                    "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode(),
                    "title": title,
                    "creation": _instant(job.signed_at),
                }
            }
        ],
        "context": {"encounter": [{"reference": visit.encounter}]},
    }


CREATED = ("CREATE", "create")
NULLIFIED = ("NULLIFY", "nullify")


def provenance(
    target: str,
    visit: VisitFacts,
    signed_at: datetime,
    people: tuple[Author, Author | None],
    activity: tuple[str, str] = CREATED,
) -> Resource:
    """Who answers for it (author: the provider) and who typed it (enterer: the scribe, on the provider's behalf)."""
    provider, scribe = people
    author = {"reference": visit.provider_ehr, "display": provider.name}
    agents: list[Resource] = [{"type": _concept(PROVENANCE_AGENT, "author", "Author"), "who": author}]
    if scribe is not None:
        who = {"identifier": _identifier(PERSON_ID, scribe.id), "display": scribe.name}
        enterer = {"type": _concept(PROVENANCE_AGENT, "enterer", "Enterer"), "who": who, "onBehalfOf": author}
        agents.append(enterer)
    return build(
        Provenance,
        {
            "resourceType": "Provenance",
            "target": [{"reference": target}],
            "occurredDateTime": _instant(signed_at),
            "recorded": _instant(signed_at),
            "activity": _concept(DATA_OPERATION, *activity),
            "agent": agents,
        },
    )


def _identifier(system: str, value: str) -> Resource:
    return {"system": system, "value": value}


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
