"""The sentences that say who scribed and who answers for the note, made from the record's facts."""

from datetime import datetime, tzinfo

from visit.record import VisitRecord
from wire.visits import Moment


def attestation(record: VisitRecord, provider_name: str, zone: tzinfo) -> str:
    """Scribe's and provider's statement; times in the practice's zone. Modality and span come from the record."""
    lines: list[str] = []
    if record.scribe is not None:
        lines.append(
            f"Scribed for {provider_name} by {record.scribe.name}, scribe{_heard(record.heard_seconds)}."
            " Written from the visit's record."
        )
    if record.signed_by is not None:
        lines.append(
            f"I, {record.signed_by.name}, have reviewed this note, edited it where needed, and confirm that it is"
            " accurate and complete."
        )
    signed_at = record.moments.get(Moment.SIGNED)
    if signed_at is not None:
        lines.append(f"Signed {_stamp(signed_at, zone)}.")
    return " ".join(lines)


def addendum_statement(author_name: str, at: datetime, zone: tzinfo) -> str:
    """Who answers for an addendum, and since when; in the practice's zone."""
    return f"Addendum by {author_name}, signed {_stamp(at, zone)}."


def _heard(seconds: float) -> str:
    """How the scribe was there; nothing for one who was admitted and never heard the room."""
    if seconds <= 0:
        return ""
    minutes = f"{round(seconds / 60)} min" if seconds >= 60 else "less than 1 min"
    return f", connected live by secure audio and video, listening {minutes}"


def _stamp(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
