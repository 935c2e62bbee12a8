"""What the provider was told at once, and how far it got, folded from the record."""

from tests.visit.records import PROVIDER, SCRIBE, Story, at
from wire.record import (
    QuestionAsked,
    QuestionLeftOut,
    UrgentAnswered,
    UrgentDelivered,
    UrgentSeen,
    UrgentTold,
)
from wire.urgent import UrgentKind

TOLD = UrgentTold(urgent_id="u1", kind=UrgentKind.CRITICAL_VALUE, text="Potassium 6.8")


def test_each_step_keeps_its_first_time() -> None:
    story = Story().add(TOLD, SCRIBE, 1)
    told = story.record.told("u1")
    assert told is not None
    assert (told.delivered_at, told.seen_at, told.answered_at) == (None, None, None)
    story.add(UrgentDelivered(urgent_id="u1"), PROVIDER, 2).add(UrgentDelivered(urgent_id="u1"), PROVIDER, 3)
    story.add(UrgentSeen(urgent_id="u1"), PROVIDER, 4).add(UrgentSeen(urgent_id="u1"), PROVIDER, 5)
    story.add(UrgentAnswered(urgent_id="u1", text="I act on it now"), PROVIDER, 6)
    assert (told.at, told.delivered_at, told.seen_at, told.answered_at) == (at(1), at(2), at(4), at(6))
    assert (told.answer, told.answered_by, told.author) == ("I act on it now", PROVIDER.name, SCRIBE)


def test_a_step_of_something_unknown_changes_nothing() -> None:
    story = Story().add(UrgentSeen(urgent_id="u9"), PROVIDER)
    assert story.record.urgent == []
    assert story.record.told("u9") is None


def test_a_question_that_was_left_out_is_open_no_more() -> None:
    story = Story().add(QuestionAsked(question_id="q1", text="Which knee?"), SCRIBE)
    assert len(story.record.open_questions()) == 1
    story.add(QuestionLeftOut(question_id="q1"), PROVIDER)
    assert story.record.open_questions() == []
    line = story.record.question("q1")
    assert line is not None
    assert line.left_out
