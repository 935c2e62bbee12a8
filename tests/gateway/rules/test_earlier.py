"""Who may read earlier signed notes, and which of them: refused unless every condition holds."""

from datetime import timedelta

import pytest

from gateway.rules.earlier import MOST_NOTES, Candidate, earlier_notes, may_read_earlier
from tests.gateway.rules.scene import EVERYBODY, PROVIDER, ROOM, State, record_in, situation
from tests.gateway.world import NOON, OTHER_SCRIBE, SCRIBE
from wire.people import Principal
from wire.record import VisitFrozen
from wire.refusals import RefusalCode

FROZEN = VisitFrozen(reason="Another patient of the same name")


def code(principal: Principal, state: State, *more: VisitFrozen) -> RefusalCode | None:
    refusal = may_read_earlier(situation(principal, record_in(state, *more)))
    return refusal.code if refusal is not None else None


@pytest.mark.parametrize("state", list(State))
def test_only_the_assigned_scribe_reads_while_the_note_is_written(state: State) -> None:
    signed = state is State.SIGNED
    assert code(SCRIBE, state) == (RefusalCode.WRONG_STATE if signed else None)
    assert code(OTHER_SCRIBE, state) is RefusalCode.NOT_ASSIGNED
    assert code(PROVIDER, state) is RefusalCode.ROLE_NOT_ALLOWED
    assert code(ROOM, state) is RefusalCode.ROLE_NOT_ALLOWED


@pytest.mark.parametrize("principal", EVERYBODY)
def test_in_a_frozen_visit_nobody_reads_anything(principal: Principal) -> None:
    assert code(principal, State.LIVE, FROZEN) is not None
    assert code(SCRIBE, State.LIVE, FROZEN) is RefusalCode.VISIT_FROZEN


def candidate(
    name: str, days: float, state: State = State.SIGNED, patient: str = "p1", **more: VisitFrozen
) -> Candidate:
    return Candidate(name, patient, NOON + timedelta(days=days), record_in(state, *more.values()))


HERE = candidate("today", 0, State.LIVE)


def test_the_newest_signed_note_of_the_same_patient_is_first() -> None:
    others = [candidate("may", -200), candidate("august", -110), HERE]
    assert earlier_notes(HERE, others) == ["august", "may"]


@pytest.mark.parametrize(
    "other",
    [
        candidate("other patient", -1, patient="p2"),
        candidate("later", 1),
        candidate("same time", 0),
        candidate("wrong patient", -1, frozen=FROZEN),
        *(candidate(state, -1, state) for state in State if state is not State.SIGNED),
    ],
)
def test_every_other_visit_is_left_out(other: Candidate) -> None:
    assert earlier_notes(HERE, [other]) == []


def test_only_the_newest_are_listed() -> None:
    others = [candidate(f"visit-{day}", -day) for day in range(1, MOST_NOTES + 5)]
    assert earlier_notes(HERE, others) == [f"visit-{day}" for day in range(1, MOST_NOTES + 1)]
