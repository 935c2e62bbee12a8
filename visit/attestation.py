"""The sentences that say who scribed and who answers for the note, made from the record's facts and never typed.

They name every scribe with the times of their listening, where the visit was held, what the patient decided, and what
was missed. Times are the practice's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from visit.record import Decided, Gap, Listened, VisitRecord
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.people import Author
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.visits import Moment

MOST_GAPS = 6
"""So many gaps are named one by one; of more only their number and length."""

_HELD = {Modality.IN_PERSON: "in person", Modality.VIDEO_VISIT: "by video", Modality.PHONE: "by phone"}
_SOUND_ONLY = {
    SoundOnly.PATIENT_DECLINED: "the patient wanted no picture",
    SoundOnly.BANDWIDTH: "the connection was too slow for a picture",
    SoundOnly.POLICY: "the practice's rule",
    SoundOnly.NOTHING_TO_SEE: "there was nothing to see",
    SoundOnly.NO_CAMERA: "the room has no camera",
}
_LOST = {Lost.PICTURE: "the picture", Lost.SOUND: "the sound", Lost.BOTH: "sound and picture"}
_HIDDEN = {Curtain.PICTURE_OFF: "the picture", Curtain.ALL_OFF: "picture and sound"}
_BY = {
    ConsentBy.PATIENT: "The patient",
    ConsentBy.PARENT: "The patient's parent",
    ConsentBy.GUARDIAN: "The patient's guardian",
    ConsentBy.REPRESENTATIVE: "The patient's representative",
}
_DECISION = {
    ConsentDecision.AGREED: "agreed to a scribe listening",
    ConsentDecision.DECLINED: "declined a scribe listening",
    ConsentDecision.WITHDRAWN: "withdrew the consent to a scribe listening",
}
_HOW = {ConsentHow.VERBAL: "verbally", ConsentHow.WRITTEN: "in writing"}


@dataclass(frozen=True, slots=True)
class _Clock:
    """Writes times of the visit's day; one of another day gets its date."""

    zone: tzinfo
    day: date | None

    def minute(self, moment: datetime) -> str:
        return self._write(moment, "%H:%M")

    def second(self, moment: datetime) -> str:
        return self._write(moment, "%H:%M:%S")

    def _write(self, moment: datetime, pattern: str) -> str:
        local = moment.astimezone(self.zone)
        return local.strftime(pattern if local.date() == self.day else f"%Y-%m-%d {pattern}")


def attestation(record: VisitRecord, provider_name: str, zone: tzinfo) -> str:
    """Scribe's and provider's statement, as far as the record has come; empty when nobody scribed and nobody signed."""
    parts = [scribe_statement(record, provider_name, zone)]
    if record.signed_by is not None:
        parts.append(provider_statement(record.signed_by.name))
    signed_at = record.moments.get(Moment.SIGNED)
    if signed_at is not None:
        parts.append(f"Signed {_stamp(signed_at, zone)}.")
    return " ".join(part for part in parts if part)


def scribe_statement(record: VisitRecord, provider_name: str, zone: tzinfo) -> str:
    """Who scribed, as the record tells it: everybody with their times, modality, consent and gaps; empty for nobody."""
    scribes = list({author.id: author for author in record.admissions.values()}.values())
    if not scribes:
        return ""
    began = record.capture_started_at or min((span.since for span in record.listened), default=None)
    clock = _Clock(zone, began.astimezone(zone).date() if began else None)
    people = "; then by ".join(_person(person, record, clock) for person in scribes)
    on = f" on {clock.day.isoformat()}" if clock.day else ""
    return " ".join(
        (
            f"Scribed for {provider_name}{on} by {people}.",
            *_held(record),
            *_consent(record.decided, clock),
            *_missed(record, clock),
            f"Written from the visit's record{f'; times are {began.astimezone(zone):%Z}' if began else ''}.",
        )
    )


def provider_statement(provider_name: str) -> str:
    """What the provider says by signing."""
    return (
        f"I, {provider_name}, have reviewed this note, edited it where needed, and confirm that it is accurate and"
        " complete."
    )


def addendum_statement(author_name: str, at: datetime, zone: tzinfo) -> str:
    """Who answers for an addendum, and since when; in the practice's zone."""
    return f"Addendum by {author_name}, signed {_stamp(at, zone)}."


def _person(person: Author, record: VisitRecord, clock: _Clock) -> str:
    spans = [span for span in record.listened if span.author.id == person.id]
    if not spans:
        return f"{person.name}, scribe, who did not listen to the room"
    sound_only = record.modality is not None and record.modality.sound_only is not None
    by = "sound" if sound_only else "sound and picture"
    times = _joined(_span(span, clock) for span in spans)
    return f"{person.name}, scribe, who listened remotely by secure {by} {times}"


def _span(span: Listened, clock: _Clock) -> str:
    until = f"to {clock.minute(span.until)}" if span.until is not None else "on"
    return f"from {clock.minute(span.since)} {until}"


def _held(record: VisitRecord) -> list[str]:
    """Where the visit was held; a room that captures and says nothing else has the patient in it."""
    if record.modality is None:
        return ["The visit was held in person."] if record.capture_started_at is not None else []
    held, why = _HELD[record.modality.modality], record.modality.sound_only
    return [f"The visit was held {held}{f', with sound alone: {_SOUND_ONLY[why]}' if why is not None else ''}."]


def _consent(decided: list[Decided], clock: _Clock) -> list[str]:
    if not decided:
        return ["No decision about a scribe listening is recorded."]
    return [
        f"{_BY[one.consent.by]} {_DECISION[one.consent.decision]}, {_HOW[one.consent.how]}, at {clock.minute(one.at)}."
        for one in decided
    ]


def _missed(record: VisitRecord, clock: _Clock) -> list[str]:
    """What the room hid, and what of the rest did not arrive."""
    said = []
    for hidden in record.curtains:
        until = f"to {clock.minute(hidden.until)}" if hidden.until is not None else "on"
        said.append(f"The room hid {_HIDDEN[hidden.curtain]} from {clock.minute(hidden.since)} {until}.")
    if record.gaps:
        said.append(_gaps(sorted(record.gaps, key=lambda gap: gap.since), clock))
    elif record.listened:
        said.append("No gap in the listening is recorded.")
    return said


def _gaps(gaps: list[Gap], clock: _Clock) -> str:
    named = [
        f"{gap.author.name} missed {_LOST[gap.lost]} from {clock.second(gap.since)} to {clock.second(gap.until)}"
        for gap in gaps[:MOST_GAPS]
    ]
    rest = gaps[MOST_GAPS:]
    if rest:
        seconds = round(sum((gap.until - gap.since).total_seconds() for gap in rest))
        named.append(f"{len(rest)} more gaps lasted {seconds} s together")
    return f"{_joined(named)}."


def _joined(parts: Iterable[str]) -> str:
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last


def _stamp(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
