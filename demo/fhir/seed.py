"""Fills the demo's record with its synthetic practice, the visits laid on a given day in the practice's zone."""

import json
import re
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

from demo.fhir.checks import check
from demo.fhir.interactions import Record
from demo.fhir.outcome import FhirRefusal, Resource

DATA = Path(__file__).parent.parent / "data"
SYNTHETIC_TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
    "code": "HTEST",
    "display": "test health data",
}
# In the order in which references need them.
FILES = ("practitioners", "locations", "patients", "allergies", "conditions", "encounters")
_RELATIVE_TIME = re.compile(r"^@day([+-]\d+)? (\d\d):(\d\d)$")


async def fill(record: Record, day: date) -> int:
    """Check and keep every seed resource under its own id; how many there are. FhirRefusal when one is wrong."""
    resources = [resource for name in FILES for resource in load(name, day, record.zone)]
    for resource in resources:
        if SYNTHETIC_TAG not in resource.get("meta", {}).get("tag", []):
            raise FhirRefusal(400, "invalid", f"{resource['id']} does not say that it is synthetic")
        await check(resource, resource["resourceType"], record.store, record.validator)
        record.store.put_new(resource, resource["id"])
    return len(resources)


def load(name: str, day: date, zone: tzinfo) -> list[Resource]:
    """The seed resources of a file; `@day 14:10` becomes that time of the day, `@day-1 ...` of the day before."""
    laid = _laid_on(json.loads((DATA / f"{name}.json").read_text()), day, zone)
    if not isinstance(laid, list):
        raise AssertionError(f"{name}.json is a list")
    return laid


def _laid_on(value: object, day: date, zone: tzinfo) -> object:
    if isinstance(value, dict):
        return {name: _laid_on(inner, day, zone) for name, inner in value.items()}
    if isinstance(value, list):
        return [_laid_on(inner, day, zone) for inner in value]
    if isinstance(value, str) and (found := _RELATIVE_TIME.match(value)):
        shift, hour, minute = int(found.group(1) or 0), int(found.group(2)), int(found.group(3))
        at = day + timedelta(days=shift)
        return datetime(at.year, at.month, at.day, hour, minute, tzinfo=zone).isoformat()
    return value
