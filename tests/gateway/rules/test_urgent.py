"""Telling the provider at once: a few causes, in every state, and each step of it once."""

import pytest

from gateway.rules.decide import decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import PROVIDER, State, record_in, situation
from tests.gateway.world import SCRIBE
from wire.commands import AnswerUrgent, ConfirmUrgent, TellProvider
from wire.record import Fact, UrgentAnswered, UrgentDelivered, UrgentSeen, UrgentTold, VisitFrozen
from wire.refusals import Refusal, RefusalCode
from wire.urgent import UrgentKind

FROZEN = VisitFrozen(reason="Another patient")
DELIVERED, SEEN = UrgentDelivered(urgent_id="urgent-1"), UrgentSeen(urgent_id="urgent-1")
ANSWERED = UrgentAnswered(urgent_id="urgent-1", text="I act on it now")
ANSWER = AnswerUrgent(urgent_id="urgent-1", text="I act on it now")


def facts_of(command: ConfirmUrgent | AnswerUrgent, *before: Fact) -> tuple[Fact, ...]:
    decision = decide(situation(PROVIDER, record_in(State.HEARD, *before)), command)
    assert isinstance(decision, Accepted), decision
    return decision.facts


@pytest.mark.parametrize("kind", UrgentKind)
@pytest.mark.parametrize("frozen", [(), (FROZEN,)])
def test_the_provider_is_told_in_a_frozen_visit_too(kind: UrgentKind, frozen: tuple[Fact, ...]) -> None:
    command = TellProvider(urgent_id="urgent-2", kind=kind, text=" 6.8 ")
    decision = decide(situation(SCRIBE, record_in(State.HEARD, *frozen)), command)
    assert decision == Accepted((UrgentTold(urgent_id="urgent-2", kind=kind, text="6.8"),))
    for command_of_page in (ConfirmUrgent(urgent_id="urgent-1", seen=True), ANSWER):
        assert isinstance(decide(situation(PROVIDER, record_in(State.HEARD, *frozen)), command_of_page), Accepted)


def test_a_critical_value_is_named_and_an_id_is_used_once() -> None:
    record = record_in(State.HEARD)
    bare = TellProvider(urgent_id="urgent-2", kind=UrgentKind.CRITICAL_VALUE, text="  ")
    refused = Refusal(code=RefusalCode.MALFORMED, params={"field": "text"})
    assert decide(situation(SCRIBE, record), bare) == refused
    again = TellProvider(urgent_id="urgent-1", kind=UrgentKind.ABUSE)
    assert decide(situation(SCRIBE, record), again) == Refusal(code=RefusalCode.COMMAND_REUSED)


def test_each_step_is_a_fact_once() -> None:
    delivered, seen = (ConfirmUrgent(urgent_id="urgent-1", seen=seen) for seen in (False, True))
    assert facts_of(delivered) == (DELIVERED,)
    assert facts_of(delivered, DELIVERED) == ()
    assert facts_of(seen) == (DELIVERED, SEEN)
    assert facts_of(seen, DELIVERED) == (SEEN,)
    assert facts_of(seen, DELIVERED, SEEN) == ()
    assert facts_of(ANSWER) == (DELIVERED, SEEN, ANSWERED)
    assert facts_of(ANSWER, DELIVERED, SEEN) == (ANSWERED,)
    assert facts_of(ANSWER, DELIVERED, SEEN, ANSWERED) == ()


def test_what_was_never_told_is_not_confirmed() -> None:
    for command in (ConfirmUrgent(urgent_id="u9", seen=True), AnswerUrgent(urgent_id="u9", text="Yes")):
        decision = decide(situation(PROVIDER, record_in(State.HEARD)), command)
        assert decision == Refusal(code=RefusalCode.UNKNOWN_URGENT)
