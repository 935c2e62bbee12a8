"""`Wrong patient`: everything that is not listed is refused, and only who may write in both visits moves anything."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.decide import COMMANDS_OF, decide
from gateway.rules.note import may_update_document
from gateway.rules.situation import Accepted, Situation
from gateway.rules.wrong_patient import ALLOWED_WHEN_FROZEN
from tests.gateway.rules.scene import (
    ADMISSION,
    EVERYBODY,
    PROVIDER,
    VISIT,
    State,
    lab_order,
    record_in,
    situation,
)
from tests.gateway.rules.test_decide import TABLE
from tests.gateway.world import NOON, OTHER_SCRIBE, SCRIBE
from visit.orders import order_sha256
from visit.record import VisitRecord
from wire import commands
from wire.people import Principal, Role
from wire.record import (
    CaptureStopped,
    ContentMovedIn,
    Fact,
    ListeningStopped,
    OrderSigned,
    QuestionAsked,
    VisitFrozen,
    VisitMoved,
    VisitRetracted,
    VisitUnfrozen,
)
from wire.refusals import Refusal, RefusalCode

FROZEN = VisitFrozen(reason="Another patient of the same name")
MARK = commands.MarkWrongPatient(reason=FROZEN.reason)
UNFREEZE = commands.UnfreezeVisit(reason="It is the same patient after all")
MOVE = commands.MoveContent(to_visit_id="visit-2")
SIGNED_ORDER = OrderSigned(order_id="order-1", version=1, sha256=order_sha256(lab_order()))


def _code(decision: object) -> RefusalCode | None:
    return decision.code if isinstance(decision, Refusal) else None


def _moving(who: Principal, target: Situation | None, *more: Fact, state: State = State.ENDED) -> object:
    here = situation(who, record_in(state, FROZEN, *more))
    return decide(replace(here, target=target), MOVE)


def _second(who: Principal, state: State = State.OPENED, *more: Fact, **changes: object) -> Situation:
    """The right patient's visit, as the same person stands to it."""
    record = record_in(state, *more)
    record.visit_id = "visit-2"
    record.chat.clear()
    return situation(who, record, **changes)


@pytest.mark.parametrize("who", [SCRIBE, PROVIDER])
def test_either_person_freezes_the_visit_and_with_it_what_runs(who: Principal) -> None:
    assert decide(situation(who, record_in(State.HEARD)), MARK) == Accepted(
        (
            CaptureStopped(reason="wrong patient"),
            ListeningStopped(admission_id=ADMISSION, reason="wrong patient"),
            FROZEN,
        )
    )
    assert decide(situation(who, record_in(State.SIGNED)), MARK) == Accepted((FROZEN,))
    assert decide(situation(who, record_in(State.SIGNED, FROZEN)), MARK) == Accepted()


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(("who", "command"), [(who, command) for who, command, _ in TABLE])
def test_in_a_frozen_visit_everything_else_is_refused(who: Principal, command: object, state: State) -> None:
    decision = decide(situation(who, record_in(state, FROZEN)), command)  # type: ignore[arg-type]
    if type(command) not in ALLOWED_WHEN_FROZEN:
        assert decision == Refusal(code=RefusalCode.VISIT_FROZEN)
    else:
        assert _code(decision) is not RefusalCode.VISIT_FROZEN


def test_nothing_that_writes_sends_or_signs_is_among_what_stays_allowed() -> None:
    verbs = {command.__name__ for command in ALLOWED_WHEN_FROZEN}
    assert verbs <= {command.__name__ for role in Role for command in COMMANDS_OF[role]}
    for verb in (
        "SendNote",
        "EditText",
        "SignNote",
        "SignOrder",
        "PendOrder",
        "AddAddendum",
        "StartCapture",
        "MarkReady",
    ):
        assert verb not in verbs


def test_edits_of_the_document_stay_beside_a_frozen_note() -> None:
    frozen = may_update_document(situation(SCRIBE, record_in(State.ENDED, FROZEN)))
    assert frozen == Refusal(code=RefusalCode.VISIT_FROZEN)


def test_what_was_never_signed_is_retracted_by_either() -> None:
    for who in (SCRIBE, PROVIDER):
        frozen = record_in(State.SENT, FROZEN)
        assert decide(situation(who, frozen), commands.RetractVisit()) == Accepted((VisitRetracted(),))
        again = record_in(State.SENT, FROZEN, VisitRetracted())
        assert decide(situation(who, again), commands.RetractVisit()) == Accepted()
        assert _code(decide(situation(who, record_in(State.SENT)), commands.RetractVisit())) is RefusalCode.WRONG_STATE


@pytest.mark.parametrize("record", [record_in(State.SIGNED, FROZEN), record_in(State.SENT, SIGNED_ORDER, FROZEN)])
def test_what_was_signed_is_retracted_by_the_provider_with_a_fresh_step_up(record: VisitRecord) -> None:
    retract = commands.RetractVisit()
    assert _code(decide(situation(SCRIBE, record), retract)) is RefusalCode.ROLE_NOT_ALLOWED
    stale = situation(PROVIDER, record, auth_time=NOON - timedelta(seconds=301))
    assert _code(decide(stale, retract)) is RefusalCode.STEP_UP_NEEDED
    assert decide(situation(PROVIDER, record), retract) == Accepted((VisitRetracted(),))


@pytest.mark.parametrize("state", State)
def test_the_provider_alone_takes_a_freeze_back_while_nothing_was_moved_or_retracted(state: State) -> None:
    frozen = record_in(state, FROZEN)
    assert decide(situation(PROVIDER, frozen), UNFREEZE) == Accepted((VisitUnfrozen(reason=UNFREEZE.reason),))
    assert _code(decide(situation(SCRIBE, frozen), UNFREEZE)) is RefusalCode.ROLE_NOT_ALLOWED
    for settled in (VisitMoved(to_visit_id="visit-2"), VisitRetracted()):
        decision = decide(situation(PROVIDER, record_in(state, FROZEN, settled)), UNFREEZE)
        assert _code(decision) is RefusalCode.WRONG_STATE
    taken_back = record_in(state, FROZEN, VisitUnfrozen(reason=UNFREEZE.reason))
    assert _code(decide(situation(PROVIDER, taken_back), UNFREEZE)) is RefusalCode.WRONG_STATE


@pytest.mark.parametrize("record", [record_in(State.SIGNED, FROZEN), record_in(State.SENT, SIGNED_ORDER, FROZEN)])
def test_what_was_signed_goes_on_to_the_ehr_by_a_fresh_step_up_alone(record: VisitRecord) -> None:
    stale = situation(PROVIDER, record, auth_time=NOON - timedelta(seconds=301))
    assert _code(decide(stale, UNFREEZE)) is RefusalCode.STEP_UP_NEEDED
    unsigned = situation(PROVIDER, record_in(State.SENT, FROZEN), auth_time=None)
    assert isinstance(decide(unsigned, UNFREEZE), Accepted)


def test_a_visit_that_was_unfrozen_goes_on_and_can_be_frozen_again() -> None:
    record = record_in(State.SENT, FROZEN, VisitUnfrozen(reason="It is her"))
    assert (record.frozen, record.unfrozen and record.unfrozen.reason) == (None, "It is her")
    assert isinstance(decide(situation(SCRIBE, record), commands.RecallNote(version=record.note_version)), Accepted)
    assert may_update_document(situation(SCRIBE, record)) is None
    again = record_in(State.SENT, FROZEN, VisitUnfrozen(reason="It is her"), FROZEN)
    assert again.frozen is not None
    assert again.unfrozen is None


@pytest.mark.parametrize("who", [SCRIBE, PROVIDER])
def test_open_questions_move_with_the_text(who: Principal) -> None:
    assert _moving(who, _second(who)) == Accepted(
        (VisitMoved(to_visit_id="visit-2"),),
        elsewhere=(
            ContentMovedIn(from_visit_id=VISIT),
            QuestionAsked(question_id="question-1", text="Which leg?"),
        ),
    )


def test_nobody_moves_into_a_visit_that_they_may_not_write_in() -> None:
    unassigned = _second(SCRIBE, assigned=frozenset({OTHER_SCRIBE.id}))
    assert _code(_moving(SCRIBE, unassigned)) is RefusalCode.NOT_ASSIGNED
    never_admitted = _second(SCRIBE)
    never_admitted.record.admissions.clear()
    assert _code(_moving(SCRIBE, never_admitted)) is RefusalCode.NOT_ADMITTED
    another_providers = _second(PROVIDER, provider_id="omar")
    assert _code(_moving(PROVIDER, another_providers)) is RefusalCode.NOT_ASSIGNED


def test_text_moves_once_and_into_an_open_note_alone() -> None:
    assert _code(_moving(PROVIDER, None)) is RefusalCode.VISIT_UNKNOWN
    assert _code(_moving(PROVIDER, _second(PROVIDER, State.SIGNED))) is RefusalCode.DOCUMENT_CLOSED
    assert _code(_moving(PROVIDER, _second(PROVIDER, State.OPENED, FROZEN))) is RefusalCode.VISIT_FROZEN
    moved = VisitMoved(to_visit_id="visit-2")
    assert _code(_moving(PROVIDER, _second(PROVIDER), moved)) is RefusalCode.WRONG_STATE
    not_frozen = replace(situation(PROVIDER, record_in(State.ENDED)), target=_second(PROVIDER))
    assert _code(decide(not_frozen, MOVE)) is RefusalCode.WRONG_STATE
    itself = situation(PROVIDER, record_in(State.ENDED))
    assert _code(_moving(PROVIDER, itself)) is RefusalCode.WRONG_STATE


def test_nobody_else_freezes_retracts_or_moves() -> None:
    frozen = record_in(State.SENT, FROZEN)
    for other in EVERYBODY:
        if other in (SCRIBE, PROVIDER):
            continue
        for command in (MARK, commands.RetractVisit(), MOVE):
            assert _code(decide(situation(other, frozen), command)) in (
                RefusalCode.ROLE_NOT_ALLOWED,
                RefusalCode.NOT_ASSIGNED,
            )
