"""FHIR dates of any precision compare as R4 says."""

from zoneinfo import ZoneInfo

import pytest

from demo.fhir.dates import date_matches
from demo.fhir.outcome import FhirRefusal

ZONE = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("asked", "kept", "fits"),
    [
        ("2026-11-23", "2026-11-23T14:10:00-05:00", True),
        ("2026-11-23", "2026-11-24T03:00:00Z", True),  # still the 23rd in the zone
        ("2026-11-23", "2026-11-24T05:00:00Z", False),
        ("2026-11", "2026-11-23", True),
        ("2026-12", "2026-11-23", False),
        ("2026", "2026-11-23", True),
        ("ge2026-11-23", {"start": "2026-11-23T14:10:00-05:00"}, True),
        ("ge2026-11-24", {"start": "2026-11-23T14:10:00-05:00", "end": "2026-11-23T14:40:00-05:00"}, False),
        ("lt2026-11-24", {"start": "2026-11-23T14:10:00-05:00", "end": "2026-11-23T14:40:00-05:00"}, True),
        ("lt2026-11-23", {"start": "2026-11-23T14:10:00-05:00"}, False),
        ("le2026-11-23T19:10:00Z", "2026-11-23T14:10:00-05:00", True),
        ("gt2026-11-23T19:10:00Z", "2026-11-23T14:10:00-05:00", False),
        ("ne2026-11-23", "2026-11-23T14:10:00-05:00", False),
        ("sa2026-11-22", "2026-11-23", True),
        ("eb2026-11-24", "2026-11-23", True),
    ],
)
def test_comparison(asked: str, kept: object, fits: bool) -> None:
    assert date_matches(asked, kept, ZONE) is fits


@pytest.mark.parametrize("asked", ["today", "", "ap2026", "2026-13-01", "2026-1-1", "xx2026-11-23"])
def test_malformed_search_value_is_refused(asked: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        date_matches(asked, "2026-11-23", ZONE)
    assert refused.value.status == 400
