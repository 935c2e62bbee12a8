"""States of a visit, made by folding real entries, and the situation of anybody in them."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from gateway.rules.situation import NoteNow, Situation
from tests.gateway.world import COMPLETE, NOON, OTHER_SCRIBE, SCRIBE
from visit.letter_content import LetterName, letter_content, letter_sha256
from visit.letters import LetterHead
from visit.orders import order_sha256
from visit.record import VisitRecord
from visit.snapshot import make_snapshot, snapshot_sha256
from wire.letters import LetterContent, LetterKind, WorkNoteFields
from wire.orders import Collection, LabOrder, Priority
from wire.people import Author, Principal, Role
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentBy,
    ConsentDecision,
    ConsentHow,
    ConsentRecorded,
    Fact,
    LetterSent,
    ListeningStarted,
    ListeningStopped,
    MomentMarked,
    NoteReady,
    NoteReturned,
    NoteSent,
    NoteSigned,
    OrderPended,
    QuestionAsked,
    RecordEntry,
    ScribeAdmitted,
    UrgentTold,
)
from wire.urgent import UrgentKind
from wire.visits import Coding, Moment

VISIT = "visit-1"
ADMISSION = "admission-1"
PROVIDER = Principal(role=Role.PROVIDER, id="ruth", name="Dr. Ruth Provider")
OTHER_PROVIDER = Principal(role=Role.PROVIDER, id="omar", name="Dr. Omar Other")
ROOM = Principal(role=Role.ROOM, id="room-3", name="Room 3")
OTHER_ROOM = Principal(role=Role.ROOM, id="room-4", name="Room 4")
NOTE_VERSION = 7
SHA256 = snapshot_sha256(make_snapshot(VISIT, COMPLETE))


def lab_order(order_id: str = "order-1", version: int = 1, code: str = "4548-4") -> LabOrder:
    return LabOrder(
        order_id=order_id,
        version=version,
        test=Coding(system="http://loinc.org", code=code, display="Hemoglobin A1c"),
        reason=Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="E11.9", display="Type 2 diabetes"),
        priority=Priority.ROUTINE,
        collection=Collection.NOW_IN_CLINIC,
    )


HEAD = LetterHead(
    practice="Hill Street Practice",
    phone="+1 555 0100",
    provider=PROVIDER.name,
    patient="Okafor, Adaeze",
    birth_date=date(1958, 3, 14),
    visit_date=date(2026, 11, 23),
)
WORK = WorkNoteFields(kind=LetterKind.WORK_NOTE, may_return=date(2026, 11, 25))


def work_note(letter_id: str = "letter-1", version: int = 1) -> LetterContent:
    made = letter_content(LetterName(VISIT, letter_id, version), WORK, HEAD, COMPLETE)
    assert isinstance(made, LetterContent)
    return made


def letter_sent(version: int = 1) -> LetterSent:
    made = work_note(version=version)
    return LetterSent(content=made, fields=WORK, sha256=letter_sha256(made))


class State(StrEnum):
    """Where a visit may stand."""

    OPENED = "opened"
    CONSENTED = "consented"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LIVE = "live"
    HEARD = "heard"
    ENDED = "ended"
    READY = "ready"
    SENT = "sent"
    RETURNED = "returned"
    SIGNED = "signed"


def consent(decision: ConsentDecision) -> ConsentRecorded:
    return ConsentRecorded(decision=decision, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)


def _author(principal: Principal) -> Author:
    return Author(role=principal.role, id=principal.id, name=principal.name)


_AGREED = consent(ConsentDecision.AGREED)
_LIVE: tuple[Fact, ...] = (_AGREED, CaptureStarted())
_HEARD = (*_LIVE, ListeningStarted(admission_id=ADMISSION))
_ENDED = (*_HEARD, CaptureStopped(reason="done"), ListeningStopped(admission_id=ADMISSION, reason="done"))
_READY = (*_ENDED, NoteReady())
_SENT = (*_READY, NoteSent(version=NOTE_VERSION, sha256=SHA256))
FACTS: Mapping[State, tuple[Fact, ...]] = {
    State.OPENED: (),
    State.CONSENTED: (_AGREED,),
    State.DECLINED: (consent(ConsentDecision.DECLINED),),
    State.WITHDRAWN: (_AGREED, consent(ConsentDecision.WITHDRAWN)),
    State.LIVE: _LIVE,
    State.HEARD: _HEARD,
    State.ENDED: _ENDED,
    State.READY: _READY,
    State.SENT: _SENT,
    State.RETURNED: (*_SENT, NoteReturned(version=NOTE_VERSION, comment="Which leg?")),
    State.SIGNED: (*_SENT, NoteSigned(version=NOTE_VERSION, sha256=SHA256, auth_time=NOON)),
}
_BEFORE: tuple[tuple[Principal, Fact], ...] = (
    (SCRIBE, ScribeAdmitted(admission_id=ADMISSION, device_id="laptop", report_sha256="a" * 64, policy_version="1")),
    (SCRIBE, QuestionAsked(question_id="question-1", text="Which leg?")),
    (SCRIBE, OrderPended(order=lab_order(), sha256=order_sha256(lab_order()))),
    (PROVIDER, MomentMarked(moment=Moment.PROVIDER_IN, at=NOON)),
    (SCRIBE, letter_sent()),
    (SCRIBE, UrgentTold(urgent_id="urgent-1", kind=UrgentKind.ABUSE)),
)
_AUTHORS = {"note_returned": PROVIDER, "note_signed": PROVIDER, "note_ready": SCRIBE, "note_sent": SCRIBE}


def record_in(state: State, *more: Fact, admitted: bool = True) -> VisitRecord:
    """The record of a visit in a state, then more facts by the room."""
    record = VisitRecord(VISIT)
    facts = [
        *(_BEFORE if admitted else _BEFORE[1:]),
        *((_AUTHORS.get(f.type, ROOM), f) for f in (*FACTS[state], *more)),
    ]
    for seq, (author, fact) in enumerate(facts, 1):
        record.apply(RecordEntry(visit_id=VISIT, seq=seq, at=NOON, author=_author(author), fact=fact))
    return record


def note_now(**changes: object) -> NoteNow:
    values: dict[str, object] = {
        "texts": COMPLETE,
        "version": NOTE_VERSION,
        "sha256": SHA256,
        "clocks": {1: 10},
        "foreign_changes": {},
        "marks": lambda _section: (),
        "late": 2,
    }
    return NoteNow(**(values | changes))  # type: ignore[arg-type]


def situation(principal: Principal, record: VisitRecord, **changes: object) -> Situation:
    values: dict[str, object] = {
        "principal": principal,
        "now": NOON,
        "record": record,
        "provider_id": PROVIDER.id,
        "room_id": ROOM.id,
        "assigned": frozenset({SCRIBE.id}),
        "note": note_now(),
        "letter_head": HEAD,
        "live_admissions": frozenset({ADMISSION}) if principal == SCRIBE else frozenset(),
        "auth_time": NOON,
        "step_up_seconds": 300,
    }
    return Situation(**(values | changes))  # type: ignore[arg-type]


EVERYBODY = (SCRIBE, OTHER_SCRIBE, PROVIDER, OTHER_PROVIDER, ROOM, OTHER_ROOM)
