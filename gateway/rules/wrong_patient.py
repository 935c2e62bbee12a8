"""`Wrong patient`: the visit is frozen, what it holds moves to the right one, what the EHR has is marked as an error.

Frozen means that everything is refused which is not listed here.
"""

from gateway.rules.note import step_up_problem
from gateway.rules.room import stop_everything
from gateway.rules.situation import Accepted, Decision, Situation, may_write, refuse
from visit.record import OrderLine, VisitRecord
from wire import commands
from wire.orders import OrderState
from wire.people import Role
from wire.record import ContentMovedIn, QuestionAsked, VisitFrozen, VisitMoved, VisitRetracted, VisitUnfrozen
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState

ALLOWED_WHEN_FROZEN = frozenset(
    {
        # People may talk about what happened,
        commands.SendChat,
        commands.MarkChatSeen,
        # what cannot wait is told all the same,
        commands.TellProvider,
        commands.ConfirmUrgent,
        commands.AnswerUrgent,
        # what was heard is recorded and what hides or ends it is never in the way,
        commands.ReportListening,
        commands.ReportGap,
        commands.ReportTalk,
        commands.ReportReplay,
        commands.StopCapture,
        commands.SetCurtain,
        commands.RecordConsent,
        # and the mistake is put right.
        commands.MarkWrongPatient,
        commands.UnfreezeVisit,
        commands.RetractVisit,
        commands.MoveContent,
    }
)


def frozen_problem(situation: Situation, command: object) -> Refusal | None:
    """Why a command is refused in a frozen visit."""
    if situation.record.frozen is None or type(command) in ALLOWED_WHEN_FROZEN:
        return None
    return refuse(RefusalCode.VISIT_FROZEN)


def mark_wrong_patient(situation: Situation, command: commands.MarkWrongPatient) -> Decision:
    """Anybody who writes in the visit may stop it, with a reason; capture and listening end with it."""
    record = situation.record
    if record.frozen is not None:
        return Accepted()
    return Accepted((*stop_everything(record, "wrong patient"), VisitFrozen(reason=command.reason)))


def unfreeze_visit(situation: Situation, command: commands.UnfreezeVisit) -> Decision:
    """It was the right patient after all: the provider says so, before anything was moved or retracted.

    What was signed goes on to the EHR by it, so that a visit with something signed needs a fresh step-up.
    """
    record = situation.record
    if record.frozen is None or record.moved_to or record.retracted:
        return refuse(RefusalCode.WRONG_STATE)
    if record.signed_by is not None or signed_orders(record):
        problem = step_up_problem(situation)
        if problem is not None:
            return problem
    return Accepted((VisitUnfrozen(reason=command.reason),))


def retract_visit(situation: Situation) -> Decision:
    """What was signed becomes an error in the EHR: by the provider who signed, with a fresh step-up."""
    record = situation.record
    if record.frozen is None:
        return refuse(RefusalCode.WRONG_STATE)
    if record.retracted:
        return Accepted()
    if record.signed_by is not None or signed_orders(record):
        if situation.principal.role is not Role.PROVIDER:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED)
        problem = step_up_problem(situation)
        if problem is not None:
            return problem
    return Accepted((VisitRetracted(),))


def signed_orders(record: VisitRecord) -> list[OrderLine]:
    """The orders that the EHR has or may have."""
    return [line for line in record.orders.values() if line.state in (OrderState.SIGNED, OrderState.ORDERED)]


def move_content(situation: Situation, command: commands.MoveContent) -> Decision:
    """Text and open questions go to a visit that the same person may write in, and whose note is not signed."""
    record, target = situation.record, situation.target
    if record.frozen is None or record.moved_to:
        return refuse(RefusalCode.WRONG_STATE)
    if target is None:
        return refuse(RefusalCode.VISIT_UNKNOWN)
    problem = may_write(target)
    if problem is not None:
        return problem
    if target.record.frozen is not None:
        return refuse(RefusalCode.VISIT_FROZEN)
    if target.record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.DOCUMENT_CLOSED)
    if situation.record.visit_id == target.record.visit_id:
        return refuse(RefusalCode.WRONG_STATE)
    known = {line.question_id for line in target.record.chat}
    asked = tuple(
        QuestionAsked(
            question_id=line.question_id, text=line.text, quick_replies=line.quick_replies, section=line.section
        )
        for line in record.open_questions()
        if line.question_id not in known
    )
    moved_in = ContentMovedIn(from_visit_id=record.visit_id)
    return Accepted((VisitMoved(to_visit_id=command.to_visit_id),), elsewhere=(moved_in, *asked))
