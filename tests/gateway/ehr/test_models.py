"""The models' own gaps are closed: codes outside a required value set and empty lists, read or written."""

from typing import Any

import pytest
from fhir.resources.R4B.allergyintolerance import AllergyIntolerance
from fhir.resources.R4B.documentreference import DocumentReference
from fhir.resources.R4B.encounter import Encounter
from fhir.resources.R4B.servicerequest import ServiceRequest
from structlog.testing import capture_logs

from gateway.ehr.errors import EhrRefused
from gateway.ehr.models import build, parse

ORDER: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "status": "active",
    "intent": "order",
    "subject": {"reference": "Patient/1"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"status": "bogus"},
        {"priority": "now"},
        {"intent": None},
        {"subject": {"identifier": {"use": "bogus"}}},
        {"authoredOn": "yesterday"},
        {"colour": "red"},
    ],
)
def test_wrong_order_is_neither_read_nor_written(change: dict[str, Any]) -> None:
    for use in (parse, build):
        with pytest.raises(EhrRefused):
            use(ServiceRequest, {**ORDER, **change})


def test_empty_list_is_not_written() -> None:
    with pytest.raises(EhrRefused):
        build(DocumentReference, {"resourceType": "DocumentReference", "status": "current", "content": []})


def test_right_order_is_written_as_it_is() -> None:
    assert build(ServiceRequest, ORDER) == ORDER


def test_log_names_places_and_no_values() -> None:
    with capture_logs() as logs, pytest.raises(EhrRefused):
        build(ServiceRequest, {**ORDER, "status": "Rivera"})
    assert logs[0]["places"] == ["status"]
    assert "Rivera" not in repr(logs)


def test_lists_of_codes_are_looked_into() -> None:
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/1"}}
    parse(AllergyIntolerance, {**allergy, "category": ["food", "medication"]})
    with pytest.raises(EhrRefused):
        parse(AllergyIntolerance, {**allergy, "category": ["food", "bogus"]})


def test_value_set_that_the_models_list_only_in_part_is_left_open() -> None:
    encounter = {"resourceType": "Encounter", "class": {"code": "AMB"}, "status": "entered-in-error"}
    assert parse(Encounter, encounter).status == "entered-in-error"
