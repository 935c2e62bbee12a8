"""Which signals may pass between a visit's room and its admitted scribe."""

from gateway.rules.room import consent_problem
from gateway.rules.situation import Situation, may_write, refuse
from wire.people import Role
from wire.refusals import Refusal, RefusalCode
from wire.signalling import FeedAnswer, FeedClosed, FeedOffer, ListenerReady, Signal, TalkHeard


def may_signal(situation: Situation, signal: Signal, live_admissions: frozenset[str]) -> Refusal | None:
    """Whether this principal may send this signal now; `live_admissions` are all of the visit's.

    Only the scribe's side announces and answers, only the room offers; either side may always close what is its own.
    """
    refusal = may_write(situation)
    if refusal is not None:
        return refusal
    match situation.principal.role, signal:
        case (Role.SCRIBE, ListenerReady() | FeedAnswer() | FeedClosed()):
            live = situation.live_admissions
        case (Role.ROOM, FeedOffer() | FeedClosed() | TalkHeard()):
            live = live_admissions
        case _:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED)
    if isinstance(signal, FeedClosed):
        owner = situation.record.admissions.get(signal.admission_id)
        if owner is None or (situation.principal.role is Role.SCRIBE and owner.id != situation.principal.id):
            return refuse(RefusalCode.NOT_ADMITTED)
        return None
    if signal.admission_id not in live:
        return refuse(RefusalCode.NOT_ADMITTED)
    problem = consent_problem(situation.record)
    if problem is not None:
        return refuse(problem)
    return None if situation.record.capturing else refuse(RefusalCode.CAPTURE_NOT_STARTED)
