"""Who may read earlier signed notes of a visit's patient, and which of them: everything else is refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.rules.situation import Situation, may_follow, refuse
from visit.record import VisitRecord
from wire.people import Role
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState

MOST_NOTES = 20
"""The newest; what is older is the chart's."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visit that may have a note to bring forward from, with what is known of it now."""

    visit_id: str
    patient_id: str
    scheduled_at: datetime
    record: VisitRecord


def may_read_earlier(situation: Situation) -> Refusal | None:
    """Only a scribe who is assigned to the visit, while its note is still written."""
    record = situation.record
    if situation.principal.role is not Role.SCRIBE:
        return refuse(RefusalCode.ROLE_NOT_ALLOWED)
    refusal = may_follow(situation)
    if refusal is not None:
        return refusal
    if record.frozen is not None:
        return refuse(RefusalCode.VISIT_FROZEN)
    if record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    return None


def earlier_notes(here: Candidate, others: Iterable[Candidate]) -> list[str]:
    """The visits before this one whose signed notes are this patient's, the newest first.

    The patient is the EHR's, by id: a name says nothing. A frozen visit's note was written for somebody else.
    """
    found = [
        other
        for other in others
        if other.visit_id != here.visit_id
        and other.patient_id == here.patient_id
        and other.scheduled_at < here.scheduled_at
        and other.record.note_state is NoteState.SIGNED
        and other.record.frozen is None
    ]
    found.sort(key=lambda one: (one.scheduled_at, one.visit_id), reverse=True)
    return [one.visit_id for one in found[:MOST_NOTES]]
