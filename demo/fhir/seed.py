"""Fills the demo's record with its synthetic practice, the visits laid on a given day in the practice's zone."""

import json
import re
from dataclasses import dataclass
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
_TIME_OF_DAY = re.compile(r"^@day([+-]\d+)? (\d\d):(\d\d)$")
_MINUTES_AGO = re.compile(r"^@start-(\d+)m$")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the data's relative times are laid on: the visits' day, the zone, and when the record started."""

    day: date
    zone: tzinfo
    start: datetime


async def fill(record: Record, calendar: Calendar) -> int:
    """Check and keep every seed resource under its own id; how many there are. FhirRefusal when one is wrong."""
    resources = [resource for name in FILES for resource in load(name, calendar)]
    for resource in resources:
        if SYNTHETIC_TAG not in resource.get("meta", {}).get("tag", []):
            raise FhirRefusal(400, "invalid", f"{resource['id']} does not say that it is synthetic")
        await check(resource, resource["resourceType"], record.store, record.validator)
        record.store.put_new(resource, resource["id"])
    return len(resources)


def load(name: str, calendar: Calendar) -> list[Resource]:
    """The seed resources of a file, with `@day 14:10`, `@day-21 09:20` and `@start-12m` made real times."""
    laid = _laid_on(json.loads((DATA / f"{name}.json").read_text()), calendar)
    if not isinstance(laid, list):
        raise AssertionError(f"{name}.json is a list")
    return laid


def _laid_on(value: object, calendar: Calendar) -> object:
    if isinstance(value, dict):
        return {name: _laid_on(inner, calendar) for name, inner in value.items()}
    if isinstance(value, list):
        return [_laid_on(inner, calendar) for inner in value]
    if isinstance(value, str) and (found := _TIME_OF_DAY.match(value)):
        shift, hour, minute = int(found.group(1) or 0), int(found.group(2)), int(found.group(3))
        at = calendar.day + timedelta(days=shift)
        return datetime(at.year, at.month, at.day, hour, minute, tzinfo=calendar.zone).isoformat()
    if isinstance(value, str) and (found := _MINUTES_AGO.match(value)):
        ago = calendar.start - timedelta(minutes=int(found.group(1)))
        return ago.astimezone(calendar.zone).isoformat(timespec="seconds")
    return value
