"""A visit's row in everybody's list, derived from the schedule and the record; each role sees its own part."""

from datetime import datetime, time, timedelta, tzinfo

from gateway.ledger import VisitState
from gateway.rules.wrong_patient import signed_orders
from visit.record import VisitRecord
from wire.people import Person, Principal, Role
from wire.visits import NoteState, VisitPhase, VisitSummary


def day_bounds(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The practice's day that `now` lies in: [begin, end)."""
    today = now.astimezone(zone).date()
    begin = datetime.combine(today, time(), zone)
    return begin, datetime.combine(today + timedelta(days=1), time(), zone)


def is_listed(state: VisitState, principal: Principal, begin: datetime) -> bool:
    """Whether the visit stands in this principal's list for the day that begins at `begin`.

    Earlier visits stay in the lists of scribe and provider while they were begun and are not settled.
    """
    facts, record = state.facts, state.record
    is_today = facts.scheduled_at >= begin
    was_begun = record.phase is not VisitPhase.SCHEDULED or bool(record.admissions)
    is_left_open = was_begun and not _is_settled(record)
    match principal.role:
        case Role.SCRIBE:
            return principal.id in facts.assigned and (is_today or is_left_open)
        case Role.PROVIDER:
            return principal.id == facts.provider.person_id and (is_today or is_left_open)
        case Role.ROOM:
            return principal.id == facts.room.room_id and is_today


def _is_settled(record: VisitRecord) -> bool:
    """Whether nobody has to do anything more: signed, or, of a frozen visit, moved and retracted as far as it goes."""
    if record.frozen is None:
        return record.note_state is NoteState.SIGNED
    is_in_ehr = record.signed_by is not None or bool(signed_orders(record))
    return record.retracted or (bool(record.moved_to) and not is_in_ehr)


def summarize(state: VisitState, role: Role, now: datetime) -> VisitSummary:
    """The visit's row; a room sees who is there and what runs, never why the patient came."""
    facts, record = state.facts, state.record
    heard = record.heard_seconds
    heard += sum(max(0.0, (now - since).total_seconds()) for since in record.listening.values())
    summary = VisitSummary(
        visit_id=facts.visit_id,
        patient=facts.banner.patient,
        provider=facts.provider,
        room=facts.room,
        scheduled_at=facts.scheduled_at,
        reason=facts.banner.reason,
        specialty=facts.banner.specialty,
        problems=facts.banner.problems,
        phase=record.phase,
        note_state=record.note_state,
        frozen=record.frozen is not None,
        capturing=record.capturing,
        consent=record.consent.decision.value if record.consent else "",
        moments=record.moments,
        scribe=Person(person_id=record.scribe.id, name=record.scribe.name) if record.scribe else None,
        scribe_seconds=int(heard),
        last_seq=record.last_seq,
    )
    if role is not Role.ROOM:
        return summary
    return summary.model_copy(
        update={
            "patient": facts.banner.patient.model_copy(update={"allergies": ()}),
            "reason": "",
            "specialty": "",
            "problems": (),
            "note_state": NoteState.DRAFT,
            "frozen": False,
            "moments": {},
        }
    )
