"""Taking back what was sent or asked: until the provider has opened it, and never after."""

import pytest

from gateway.rules.decide import Command, decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import NOTE_VERSION, PROVIDER, SHA256, State, record_in, situation
from tests.gateway.world import NOON, SCRIBE
from visit.record import VisitRecord
from wire.commands import AnswerQuestion, OpenNote, RecallNote, SendNote, WithdrawQuestion
from wire.people import Author, Role
from wire.record import (
    ChatSeen,
    Fact,
    NoteOpened,
    NoteRecalled,
    NoteReturned,
    NoteSent,
    QuestionAnswered,
    QuestionWithdrawn,
    RecordEntry,
)
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState

RECALL = RecallNote(version=NOTE_VERSION)
WITHDRAW = WithdrawQuestion(question_id="question-1")
OPENED = NoteOpened(version=NOTE_VERSION)
SENT = NoteSent(version=NOTE_VERSION, sha256=SHA256)


def _by_provider(record: VisitRecord, *facts: Fact) -> VisitRecord:
    author = Author(role=Role.PROVIDER, id=PROVIDER.id, name=PROVIDER.name)
    for fact in facts:
        entry = RecordEntry(visit_id=record.visit_id, seq=record.last_seq + 1, at=NOON, author=author, fact=fact)
        record.apply(entry)
    return record


def _refusal(record: VisitRecord, command: Command) -> RefusalCode | None:
    decision = decide(situation(SCRIBE, record), command)
    return decision.code if isinstance(decision, Refusal) else None


def test_a_sent_note_comes_back_and_goes_out_again() -> None:
    record = record_in(State.SENT)
    assert decide(situation(SCRIBE, record), RECALL) == Accepted((NoteRecalled(version=NOTE_VERSION),))
    back = record_in(State.SENT, NoteRecalled(version=NOTE_VERSION))
    assert back.note_state is NoteState.READY
    assert isinstance(decide(situation(SCRIBE, back), SendNote(sha256=SHA256, state_vector=b"\x00")), Accepted)
    assert isinstance(decide(situation(PROVIDER, back), OpenNote(version=NOTE_VERSION)), Refusal)


@pytest.mark.parametrize(
    ("state", "more", "code"),
    [
        (State.ENDED, (), RefusalCode.WRONG_STATE),
        (State.READY, (), RefusalCode.WRONG_STATE),
        (State.SENT, (NoteRecalled(version=NOTE_VERSION),), RefusalCode.WRONG_STATE),
        (State.SENT, (OPENED,), RefusalCode.ALREADY_OPENED),
        (State.RETURNED, (), RefusalCode.ALREADY_OPENED),
        (State.SIGNED, (), RefusalCode.ALREADY_OPENED),
        (State.SENT, (OPENED, NoteReturned(version=NOTE_VERSION, comment="?"), SENT), None),
    ],
)
def test_a_note_that_was_opened_or_never_sent_is_not_recalled(
    state: State, more: tuple[Fact, ...], code: RefusalCode | None
) -> None:
    assert _refusal(record_in(state, *more), RECALL) is code


def test_another_version_than_the_sent_one_is_not_recalled() -> None:
    assert _refusal(record_in(State.SENT), RecallNote(version=NOTE_VERSION - 1)) is RefusalCode.CHANGED_MEANWHILE


def test_opening_counts_anew_after_each_sending() -> None:
    again = record_in(State.SENT, OPENED, NoteReturned(version=NOTE_VERSION, comment="?"), SENT)
    assert decide(situation(PROVIDER, again), OpenNote(version=NOTE_VERSION)) == Accepted((OPENED,))
    opened = record_in(State.SENT, OPENED, NoteReturned(version=NOTE_VERSION, comment="?"), SENT, OPENED)
    assert decide(situation(PROVIDER, opened), OpenNote(version=NOTE_VERSION)) == Accepted()


def test_a_question_is_withdrawn_until_it_is_seen_or_answered() -> None:
    withdrawn = QuestionWithdrawn(question_id="question-1")
    record = record_in(State.HEARD)
    assert decide(situation(SCRIBE, record), WITHDRAW) == Accepted((withdrawn,))
    assert decide(situation(SCRIBE, record_in(State.HEARD, withdrawn)), WITHDRAW) == Accepted()
    seen = _by_provider(record_in(State.HEARD), ChatSeen(up_to_seq=2))
    assert _refusal(seen, WITHDRAW) is RefusalCode.ALREADY_OPENED
    answered = record_in(State.HEARD, QuestionAnswered(question_id="question-1", text="Left"))
    assert _refusal(answered, WITHDRAW) is RefusalCode.ALREADY_ANSWERED
    assert _refusal(record, WithdrawQuestion(question_id="question-9")) is RefusalCode.UNKNOWN_QUESTION


def test_a_withdrawn_question_is_not_answered() -> None:
    withdrawn = record_in(State.HEARD, QuestionWithdrawn(question_id="question-1"))
    answer = AnswerQuestion(question_id="question-1", text="Left")
    assert decide(situation(PROVIDER, withdrawn), answer) == Refusal(code=RefusalCode.WRONG_STATE)
    assert withdrawn.open_questions() == []


def test_every_answer_stays_in_the_record() -> None:
    facts = [QuestionAnswered(question_id="question-1", text=text) for text in ("Left", "Right")]
    line = _by_provider(record_in(State.HEARD), *facts).question("question-1")
    assert line is not None
    assert (line.answer, [given.text for given in line.answers]) == ("Right", ["Left", "Right"])
