"""A signed note grows by addenda alone: the provider's, to exactly this note, with a fresh step-up."""

from datetime import timedelta

import pytest

from gateway.rules.decide import Command, decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import NOTE_VERSION, PROVIDER, SHA256, VISIT, State, note_now, record_in, situation
from tests.gateway.world import NOON
from visit.addendum import addendum_sha256
from wire.commands import AddAddendum, LeaveOutLate
from wire.record import Fact, LateLeftOut, NoteAddended
from wire.refusals import Refusal, RefusalCode

LATE = 2


def _add(**changes: object) -> AddAddendum:
    values: dict[str, object] = {"number": 1, "text": " The left knee.\n", "signed_sha256": SHA256}
    return AddAddendum.model_validate(values | changes)


def _added(number: int = 1, late: int = 0) -> NoteAddended:
    return NoteAddended(
        number=number,
        version=NOTE_VERSION + number,
        text="The left knee.",
        sha256=addendum_sha256(VISIT, number, SHA256, "The left knee."),
        signed_sha256=SHA256,
        auth_time=NOON,
        late=late,
    )


def _decide(command: Command, *more: Fact, state: State = State.SIGNED, **changes: object) -> object:
    return decide(situation(PROVIDER, record_in(state, *more), **changes), command)


def test_an_addendum_has_a_version_and_a_hash_of_its_own() -> None:
    assert _decide(_add()) == Accepted((_added(),))
    assert _decide(_add(number=2), _added()) == Accepted((_added(2),))
    assert _added().sha256 != _added(2).sha256


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": 2}, RefusalCode.CHANGED_MEANWHILE),
        ({"signed_sha256": "b" * 64}, RefusalCode.HASH_MISMATCH),
        ({"text": " \n"}, RefusalCode.NOTE_INCOMPLETE),
        ({"text": "Since *** weeks"}, RefusalCode.NOTE_INCOMPLETE),
        ({"text": "The {left|right} knee."}, RefusalCode.NOTE_INCOMPLETE),
        ({"text": "Since **** weeks."}, RefusalCode.NOTE_INCOMPLETE),
        ({"late": 1}, RefusalCode.CHANGED_MEANWHILE),
        ({"late": 3}, RefusalCode.CHANGED_MEANWHILE),
    ],
)
def test_another_addendum_than_the_one_on_the_screen_is_refused(changes: dict[str, object], code: RefusalCode) -> None:
    refusal = _decide(_add(**changes))
    assert isinstance(refusal, Refusal)
    assert refusal.code is code


def test_an_addendum_may_hold_a_list_that_can_be_left_alone_and_names_what_else_is_open() -> None:
    assert isinstance(_decide(_add(text="Knee {?left|right} and braces {sic}.")), Accepted)
    refusal = _decide(_add(text="*** {left|right}"))
    assert refusal == Refusal(
        code=RefusalCode.NOTE_INCOMPLETE, params={"sections": "addendum", "kinds": "blank,required_list"}
    )


@pytest.mark.parametrize("seconds", [301, None])
def test_an_addendum_needs_a_fresh_step_up(seconds: int | None) -> None:
    auth_time = None if seconds is None else NOON - timedelta(seconds=seconds)
    assert _decide(_add(), auth_time=auth_time) == Refusal(code=RefusalCode.STEP_UP_NEEDED, params={"seconds": "300"})


def test_late_edits_are_taken_into_an_addendum_or_left_out_once() -> None:
    assert _decide(_add(late=LATE)) == Accepted((_added(late=LATE),))
    left_out = LateLeftOut(late=LATE)
    assert _decide(LeaveOutLate(late=LATE)) == Accepted((left_out,))
    for settled in (left_out, _added(late=LATE)):
        assert _decide(LeaveOutLate(late=LATE), settled) == Accepted()
        newer = _decide(LeaveOutLate(late=LATE + 1), settled, note=note_now(late=LATE + 1))
        assert newer == Accepted((LateLeftOut(late=LATE + 1),))


def test_late_edits_that_nobody_saw_are_not_left_out() -> None:
    for late in (LATE - 1, LATE + 1):
        assert _decide(LeaveOutLate(late=late)) == Refusal(
            code=RefusalCode.CHANGED_MEANWHILE, params={"version": str(LATE)}
        )
    nothing = _decide(LeaveOutLate(late=0), note=note_now(late=0))
    assert nothing == Refusal(code=RefusalCode.WRONG_STATE)


def test_the_record_keeps_addenda_and_what_became_of_late_edits() -> None:
    record = record_in(State.SIGNED, _added(), _added(2, late=LATE))
    assert [(one.number, one.version, one.text) for one in record.addenda] == [
        (1, NOTE_VERSION + 1, "The left knee."),
        (2, NOTE_VERSION + 2, "The left knee."),
    ]
    assert (record.late_settled, record.note_version, record.note_sha256) == (LATE, NOTE_VERSION, SHA256)
