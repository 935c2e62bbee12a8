"""A visit as its participants see it in a list and in the banner."""

from datetime import date
from enum import StrEnum

from wire.base import Id, Line, Model, Name, Time
from wire.people import Person, Room


class Coding(Model):
    """A code of a terminology, as FHIR's Coding."""

    system: Line
    code: Line
    display: Name


class Patient(Model):
    """The patient banner: always in sight. Only the tail of the MRN leaves the EHR."""

    patient_id: Id
    name: Name
    birth_date: date
    sex: Line
    mrn_tail: Line
    allergies: tuple[Line, ...] = ()


class VisitPhase(StrEnum):
    """Where the encounter stands in the exam room."""

    SCHEDULED = "scheduled"
    LIVE = "live"
    ENDED = "ended"


class NoteState(StrEnum):
    """Where the note stands. A scribe moves it between draft, ready and sent; only a provider beyond."""

    DRAFT = "draft"
    READY = "ready"
    SENT = "sent"
    RETURNED = "returned"
    SIGNED = "signed"


class Moment(StrEnum):
    """The visit's timestamps that later figures are made of."""

    CHECKED_IN = "checked_in"
    ROOMED = "roomed"
    PROVIDER_IN = "provider_in"
    PROVIDER_OUT = "provider_out"
    ENDED = "ended"
    READY = "ready"
    SENT = "sent"
    OPENED = "opened"
    SIGNED = "signed"


class VisitSummary(Model):
    """One row of Today: what is derived from the EHR's encounter and the visit's record."""

    visit_id: Id
    patient: Patient
    provider: Person
    room: Room
    scheduled_at: Time
    reason: Line
    specialty: Line
    problems: tuple[Coding, ...] = ()
    phase: VisitPhase = VisitPhase.SCHEDULED
    note_state: NoteState = NoteState.DRAFT
    frozen: bool = False
    """Written for the wrong patient: nothing in it is written, sent or signed."""
    capturing: bool = False
    consent: Line = ""
    moments: dict[Moment, Time] = {}
    scribe: Person | None = None
    scribe_seconds: int = 0
    """The scribe's share: whole seconds in which the scribe heard the visit."""
    last_seq: int = 0
