"""Open questions of a sent note: no signature over one; an answer goes into the text, or the statement out of it."""

import pytest

from gateway.rules.decide import Command, decide
from gateway.rules.situation import Accepted, Settling
from tests.gateway.rules.scene import NOTE_VERSION, PROVIDER, SHA256, State, note_now, record_in, situation
from visit.questions import OpenQuestion
from wire.commands import AnswerQuestion, LeaveOutQuestion, SignNote
from wire.record import Fact, QuestionAnswered, QuestionLeftOut, QuestionWithdrawn
from wire.refusals import Refusal, RefusalCode

OPEN = (OpenQuestion("hpi", 6, 8, "question-1"),)
ANSWER = AnswerQuestion(question_id="question-1", text="Left")
LEAVE_OUT = LeaveOutQuestion(question_id="question-1", version=NOTE_VERSION)


def decided(command: Command, state: State = State.SENT, *more: Fact, **note: object) -> Accepted | Refusal:
    now = note_now(**({"questions": OPEN} | note))
    return decide(situation(PROVIDER, record_in(state, *more), note=now), command)


def test_no_signature_over_an_open_question() -> None:
    sign = SignNote(version=NOTE_VERSION, sha256=SHA256)
    refused = Refusal(code=RefusalCode.QUESTIONS_OPEN, params={"count": "1"})
    assert decided(sign) == refused
    assert isinstance(decided(sign, questions=()), Accepted)


def test_an_answer_goes_into_the_note_that_is_with_the_provider() -> None:
    fact = QuestionAnswered(question_id="question-1", text="Left")
    assert decided(ANSWER) == Accepted((fact,), settling=Settling("question-1", "Left"))
    for state in (State.HEARD, State.READY, State.RETURNED):
        assert decided(ANSWER, state) == Accepted((fact,))  # there the scribe's laptop puts it in


def test_the_same_answer_again_fills_a_gap_that_is_still_open() -> None:
    given = QuestionAnswered(question_id="question-1", text="Left")
    again = decided(ANSWER, State.SENT, given)
    assert isinstance(again, Accepted)
    assert again.facts == ()
    assert again.settling is not None
    assert (again.settling.text, again.settling.again) == ("Left", True)
    assert again.settling.message_id.startswith("entry:")
    assert decided(ANSWER, State.SENT, given, questions=()) == Accepted()
    assert decided(ANSWER, State.RETURNED, given) == Accepted()


def test_leaving_out_names_the_statement_on_the_screen() -> None:
    fact = QuestionLeftOut(question_id="question-1")
    assert decided(LEAVE_OUT) == Accepted((fact,), settling=Settling("question-1", None))
    assert decided(LEAVE_OUT, questions=()) == Accepted()
    newer = decided(LEAVE_OUT, version=9, foreign_changes={"hpi": 9})
    assert newer == Refusal(code=RefusalCode.CHANGED_MEANWHILE, params={"version": "9"})
    assert isinstance(decided(LEAVE_OUT, version=9, foreign_changes={"ros": 9}), Accepted)


@pytest.mark.parametrize("state", [state for state in State if state is not State.SENT])
def test_only_a_sent_note_loses_a_statement(state: State) -> None:
    assert decided(LEAVE_OUT, state) == Refusal(code=RefusalCode.WRONG_STATE)


def test_a_gap_that_nobody_can_answer_any_more_can_be_left_out() -> None:
    withdrawn = QuestionWithdrawn(question_id="question-1")
    assert decided(ANSWER, State.SENT, withdrawn) == Refusal(code=RefusalCode.WRONG_STATE)
    assert isinstance(decided(LEAVE_OUT, State.SENT, withdrawn), Accepted)
    unknown = (OpenQuestion("hpi", 6, 8, "nobody-asked"),)
    command = LeaveOutQuestion(question_id="nobody-asked", version=NOTE_VERSION)
    assert isinstance(decided(command, questions=unknown), Accepted)
    assert decided(command, questions=()) == Refusal(code=RefusalCode.UNKNOWN_QUESTION)
