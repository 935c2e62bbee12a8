"""FHIR dates of any precision as spans of time, and how a search prefix compares two of them (R4 search, dates)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from demo.fhir.outcome import FhirRefusal

_DATE = re.compile(r"^(\d{4})(?:-(\d\d)(?:-(\d\d)(T.+)?)?)?$")
_PREFIX = re.compile(r"^(eq|ne|gt|lt|ge|le|sa|eb)?(\d.*)$")
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From `low` (inclusive) to `high` (exclusive)."""

    low: datetime
    high: datetime


def span_of(value: object, zone: tzinfo) -> Span:
    """The span of a date, dateTime, instant or Period; `zone` holds for dates without one. ValueError when none."""
    if isinstance(value, dict):
        low = span_of(value["start"], zone).low if "start" in value else _EARLIEST
        high = span_of(value["end"], zone).high if "end" in value else _LATEST
        return Span(low, high)
    found = _DATE.match(str(value))
    if found is None:
        raise ValueError(f"{value!r} is no date")
    year, month, day, time = found.groups()
    if time is not None:
        return _span_of_time(datetime.fromisoformat(str(value)), has_fraction="." in time, zone=zone)
    low = datetime(int(year), int(month or 1), int(day or 1), tzinfo=zone)
    if day:
        return Span(low, (low + timedelta(days=1)))
    if month:
        return Span(low, low.replace(year=low.year + low.month // 12, month=low.month % 12 + 1))
    return Span(low, low.replace(year=low.year + 1))


def _span_of_time(low: datetime, *, has_fraction: bool, zone: tzinfo) -> Span:
    low = low if low.tzinfo else low.replace(tzinfo=zone)
    return Span(low, low + (timedelta(milliseconds=1) if has_fraction else timedelta(seconds=1)))


def date_matches(untrusted_asked: str, kept: object, zone: tzinfo) -> bool:
    """Whether a kept date fits a search value such as `ge2026-11-23`; 400 when the value is no date."""
    found = _PREFIX.match(untrusted_asked)
    try:
        if found is None:
            raise ValueError(untrusted_asked)
        asked = span_of(found.group(2), zone)
    except ValueError as error:
        raise FhirRefusal(400, "value", "a date parameter is malformed") from error
    return _compare(found.group(1) or "eq", asked, span_of(kept, zone))


def _compare(prefix: str, asked: Span, kept: Span) -> bool:
    contained = asked.low <= kept.low and kept.high <= asked.high
    above, below = kept.high > asked.high, kept.low < asked.low
    answers = {
        "eq": contained,
        "ne": not contained,
        "gt": above,
        "ge": above or contained,
        "lt": below,
        "le": below or contained,
        "sa": kept.low >= asked.high,
        "eb": kept.high <= asked.low,
    }
    return answers[prefix]
