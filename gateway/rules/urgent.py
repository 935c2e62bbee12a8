"""Telling the provider at once: in every state of a visit, for the named causes alone, and nobody can switch it off."""

from gateway.rules.situation import Accepted, Decision, Situation, refuse
from visit.record import Urgent
from wire.commands import AnswerUrgent, ConfirmUrgent, TellProvider
from wire.record import Fact, UrgentAnswered, UrgentDelivered, UrgentSeen, UrgentTold
from wire.refusals import RefusalCode
from wire.urgent import UrgentKind


def tell_provider(situation: Situation, command: TellProvider) -> Decision:
    """Its id is new, and a critical value is named."""
    if situation.record.told(command.urgent_id) is not None:
        return refuse(RefusalCode.COMMAND_REUSED)
    text = command.text.strip()
    if command.kind is UrgentKind.CRITICAL_VALUE and not text:
        return refuse(RefusalCode.MALFORMED, field="text")
    return Accepted((UrgentTold(urgent_id=command.urgent_id, kind=command.kind, text=text),))


def confirm_urgent(situation: Situation, command: ConfirmUrgent) -> Decision:
    """The first time counts; what is seen was delivered."""
    told = situation.record.told(command.urgent_id)
    if told is None:
        return refuse(RefusalCode.UNKNOWN_URGENT)
    return Accepted(_so_far(told, seen=command.seen))


def answer_urgent(situation: Situation, command: AnswerUrgent) -> Decision:
    """The first answer counts; who answers has seen it."""
    told = situation.record.told(command.urgent_id)
    if told is None:
        return refuse(RefusalCode.UNKNOWN_URGENT)
    if told.answered_at is not None:
        return Accepted()
    return Accepted((*_so_far(told, seen=True), UrgentAnswered(urgent_id=told.urgent_id, text=command.text)))


def _so_far(told: Urgent, *, seen: bool) -> tuple[Fact, ...]:
    facts: list[Fact] = []
    if told.delivered_at is None:
        facts.append(UrgentDelivered(urgent_id=told.urgent_id))
    if seen and told.seen_at is None:
        facts.append(UrgentSeen(urgent_id=told.urgent_id))
    return tuple(facts)
