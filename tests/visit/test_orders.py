import pytest

from tests.visit.records import lab_order
from visit.lab_tests import LAB_TEST_BY_CODE, LAB_TESTS, LOINC
from visit.orders import REQUIRED_FIELDS, missing_fields, order_sha256
from wire.orders import LabOrder, Priority
from wire.visits import Coding


def test_the_hash_covers_every_field() -> None:
    order = lab_order()
    changes: list[dict[str, object]] = [
        {"order_id": "order-2"},
        {"version": 2},
        {"test": LAB_TEST_BY_CODE["2823-3"]},
        {"reason": order.test},
        {"priority": Priority.STAT},
        {"collection": "at_lab"},
        {"instructions": "fasting"},
        {"heard_at": "03:10"},
    ]
    assert {name for change in changes for name in change} == set(LabOrder.model_fields) - {"type"}
    hashes = {order_sha256(LabOrder.model_validate(order.model_dump() | change)) for change in changes}
    assert len({order_sha256(order), *hashes}) == len(changes) + 1
    assert order_sha256(lab_order()) == order_sha256(order)


def test_an_empty_draft_lacks_every_required_field_in_form_order() -> None:
    assert missing_fields({}) == REQUIRED_FIELDS
    assert missing_fields({"test": None, "reason": "", "priority": "routine"}) == ("test", "reason", "collection")


def test_required_fields_are_fields_of_an_order() -> None:
    assert set(REQUIRED_FIELDS) <= set(LabOrder.model_fields)
    assert missing_fields(lab_order().model_dump()) == ()


@pytest.mark.parametrize("test", LAB_TESTS, ids=lambda test: test.code)
def test_each_laboratory_test_has_a_loinc_code_with_its_check_digit(test: object) -> None:
    coding = LAB_TEST_BY_CODE[getattr(test, "code", "")]
    assert Coding.model_validate_json(coding.model_dump_json()) == coding
    assert coding.system == LOINC
    digits, check = coding.code.split("-")
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    assert (10 - sum(d // 10 + d % 10 for d in doubled) % 10) % 10 == int(check)  # Luhn, as LOINC uses it
