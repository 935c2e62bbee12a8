"""Consent, capture and the provider's coming and going: what happens in the exam room."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from gateway.rules.template import chosen_again
from visit.record import VisitRecord
from wire.capture import Modality
from wire.commands import MarkMoment, RecordConsent, ReportGap, ReportListening, SetCurtain, SetModality, StopCapture
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentDecision,
    ConsentRecorded,
    CurtainChanged,
    Fact,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    MomentMarked,
)
from wire.refusals import RefusalCode
from wire.visits import Moment, NoteState


def stop_listening(record: VisitRecord, reason: str) -> tuple[Fact, ...]:
    """The facts that end everybody's listening."""
    return tuple(ListeningStopped(admission_id=admission_id, reason=reason) for admission_id in record.listening)


def stop_everything(record: VisitRecord, reason: str) -> tuple[Fact, ...]:
    """The facts that end capture and listening, whatever of them runs."""
    capture: tuple[Fact, ...] = (CaptureStopped(reason=reason),) if record.capturing else ()
    return capture + stop_listening(record, reason)


def record_consent(situation: Situation, command: RecordConsent) -> Decision:
    """Consent may be given or declined until the note is signed, and withdrawn whenever it was given.

    Whatever is not an agreement also stops what runs.
    """
    record = situation.record
    fact = ConsentRecorded(decision=command.decision, by=command.by, how=command.how)
    match command.decision:
        case ConsentDecision.WITHDRAWN:
            if not record.consent_agreed:
                return refuse(RefusalCode.WRONG_STATE)
            return Accepted((fact, *stop_everything(record, "consent withdrawn")))
        case ConsentDecision.DECLINED | ConsentDecision.AGREED:
            if record.note_state is NoteState.SIGNED:
                return refuse(RefusalCode.WRONG_STATE)
            if command.decision is ConsentDecision.AGREED:
                return Accepted((fact,))
            return Accepted((fact, *stop_everything(record, "consent declined")))


def consent_problem(record: VisitRecord) -> RefusalCode | None:
    """Why nobody may listen, or None when the newest consent allows it."""
    if record.consent is None:
        return RefusalCode.CONSENT_MISSING
    match record.consent.decision:
        case ConsentDecision.AGREED:
            return None
        case ConsentDecision.DECLINED | ConsentDecision.WITHDRAWN:
            return RefusalCode.CONSENT_DECLINED


def start_capture(situation: Situation) -> Decision:
    """Capture starts with consent, while the note is a draft and the room captures nothing else.

    A note that nobody began yet gets the template that fits now: schedule and provider's layer may have changed.
    """
    problem = consent_problem(situation.record)
    if problem is not None:
        return refuse(problem)
    if situation.record.capturing or situation.record.note_state is not NoteState.DRAFT:
        return refuse(RefusalCode.WRONG_STATE)
    if situation.other_visit_live:
        return refuse(RefusalCode.ANOTHER_VISIT_LIVE)
    modality = situation.record.modality.modality if situation.record.modality else Modality.IN_PERSON
    return Accepted((CaptureStarted(), *chosen_again(situation, modality)))


def stop_capture(situation: Situation, command: StopCapture) -> Decision:
    """What runs may always be stopped."""
    if not situation.record.capturing:
        return refuse(RefusalCode.CAPTURE_NOT_STARTED)
    return Accepted(stop_everything(situation.record, command.reason or "stopped"))


def set_curtain(situation: Situation, command: SetCurtain) -> Decision:
    """A room may always draw and open its curtain; its own time counts, but neither order nor the future is touched."""
    record = situation.record
    if command.curtain is record.curtain:
        return Accepted()
    at = min(max(command.at, record.curtain_at or command.at), situation.now)
    return Accepted((CurtainChanged(curtain=command.curtain, at=at),))


def set_modality(situation: Situation, command: SetModality) -> Decision:
    """Where the visit is held is said before capture starts, while the note is a draft; its template follows."""
    if situation.record.capturing or situation.record.note_state is not NoteState.DRAFT:
        return refuse(RefusalCode.WRONG_STATE)
    fact = ModalitySet(modality=command.modality, sound_only=command.sound_only)
    if fact == situation.record.modality:
        return Accepted()
    return Accepted((fact, *chosen_again(situation, command.modality)))


def report_listening(situation: Situation, command: ReportListening) -> Decision:
    """Listening is recorded when it changes: it starts only with a live admission, consent and capture."""
    record = situation.record
    owner = record.admissions.get(command.admission_id)
    if owner is None or owner.id != situation.principal.id:
        return refuse(RefusalCode.NOT_ADMITTED)
    listens = command.admission_id in record.listening
    if not command.hears:
        stopped = ListeningStopped(admission_id=command.admission_id, reason=command.reason or "stopped")
        return Accepted((stopped,) if listens else ())
    if command.admission_id not in situation.live_admissions:
        return refuse(RefusalCode.NOT_ADMITTED)
    problem = consent_problem(record)
    if problem is not None:
        return refuse(problem)
    if not record.capturing:
        return refuse(RefusalCode.CAPTURE_NOT_STARTED)
    return Accepted(() if listens else (ListeningStarted(admission_id=command.admission_id),))


def report_gap(situation: Situation, command: ReportGap) -> Decision:
    """What a scribe missed is recorded once, of her own admission and of captured time, however late it is said."""
    record = situation.record
    owner = record.admissions.get(command.admission_id)
    if owner is None or owner.id != situation.principal.id:
        return refuse(RefusalCode.NOT_ADMITTED)
    captured_from = record.capture_started_at
    known = any(gap.gap_id == command.gap_id for gap in record.gaps)
    if known or captured_from is None:
        return Accepted()
    start, end = max(command.start, captured_from), min(command.end, situation.now)
    if not record.capturing:
        end = min(end, record.moments.get(Moment.ENDED, end))
    if start >= end:
        return Accepted()
    gap = ListeningGap(
        gap_id=command.gap_id,
        admission_id=command.admission_id,
        start=start,
        end=end,
        lost=command.lost,
        reason=command.reason,
    )
    return Accepted((gap,))


def mark_moment(situation: Situation, command: MarkMoment) -> Decision:
    """The first time counts; nobody goes out who never came in."""
    moments = situation.record.moments
    if command.moment is Moment.PROVIDER_OUT and Moment.PROVIDER_IN not in moments:
        return refuse(RefusalCode.WRONG_STATE)
    if command.moment in moments:
        return Accepted()
    return Accepted((MomentMarked(moment=command.moment, at=situation.now),))
