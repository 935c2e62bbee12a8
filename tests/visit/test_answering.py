"""Answers go into the note once: through undo, restarts, other replicas, and words that somebody changed."""

from visit.answering import Outcome, leave_out, leaving_out, open_questions_in, places, put_answer, undecided
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.provenance import ChatAnswer, Question
from visit.questions import OpenQuestion, gaps


def asked(text: str = "Effusion of the ?? knee. Rest.", section: str = "hpi") -> VisitDocument:
    """A note with a question q-1 about its first gap."""
    document = VisitDocument()
    document.keep_history()
    document.replace(section, 0, 0, text)
    gap = gaps(text)[0]
    document.set_question(section, gap.start, gap.end, "q-1")
    return document


def copy_of(document: VisitDocument) -> VisitDocument:
    made = VisitDocument()
    made.keep_history()
    made.apply(CheckedUpdate(document.update_since(), frozenset()), "other")
    return made


def exchange(one: VisitDocument, other: VisitDocument) -> None:
    for source, target in ((one, other), (other, one)):
        target.apply(CheckedUpdate(source.update_since(target.state_vector()), frozenset()), "other")


def test_an_answer_fills_its_gap_and_is_cited() -> None:
    document = asked()
    assert open_questions_in(document) == [OpenQuestion("hpi", 16, 18, "q-1")]
    assert put_answer(document, "q-1", "left", "entry:4") is Outcome.FILLED
    assert document.text("hpi") == "Effusion of the left knee. Rest."
    cited = ChatAnswer(message_id="entry:4", question_id="q-1")
    assert [(m.start, m.end, m.provenance) for m in document.marks("hpi")] == [(16, 20, cited)]
    assert open_questions_in(document) == []
    assert put_answer(document, "q-1", "left", "entry:4") is Outcome.ALREADY
    assert document.answered_with("q-1") == "entry:4"
    assert document.answered_with("q-2") is None


def test_what_was_undone_is_not_done_again_but_by_a_person() -> None:
    document = copy_of(asked())  # what was typed there is no step of undo here
    put_answer(document, "q-1", "left", "entry:4")
    assert document.undo()
    assert open_questions_in(document) == [OpenQuestion("hpi", 16, 18, "q-1")]
    assert put_answer(document, "q-1", "left", "entry:4") is Outcome.ALREADY
    assert undecided(document, {"q-1": "entry:4"}) == {"q-1": Outcome.FILLED}
    assert put_answer(document, "q-1", "left", "entry:4", again=True) is Outcome.FILLED
    assert document.text("hpi") == "Effusion of the left knee. Rest."


def test_a_changed_answer_replaces_words_that_nobody_touched() -> None:
    document = asked()
    put_answer(document, "q-1", "left", "entry:4")
    assert put_answer(document, "q-1", "right", "entry:6") is Outcome.FILLED
    assert document.text("hpi") == "Effusion of the right knee. Rest."
    assert undecided(document, {"q-1": "entry:6"}) == {}


def test_touched_words_stay_until_a_person_decides() -> None:
    document = asked()
    put_answer(document, "q-1", "left side", "entry:4")
    document.replace("hpi", 16, 20, "LEFT")
    assert put_answer(document, "q-1", "right", "entry:6") is Outcome.TOUCHED
    assert document.text("hpi") == "Effusion of the LEFT side knee. Rest."
    assert undecided(document, {"q-1": "entry:6"}) == {"q-1": Outcome.TOUCHED}
    other = copy_of(document)
    other.keep_answered("q-1", "entry:6")
    assert undecided(other, {"q-1": "entry:6"}) == {}
    assert put_answer(other, "q-1", "right", "entry:6") is Outcome.ALREADY
    assert put_answer(document, "q-1", "right", "entry:6", again=True) is Outcome.TOUCHED


def test_an_answer_to_a_gap_that_somebody_wrote_over_goes_nowhere() -> None:
    document = asked()
    document.replace("hpi", 16, 18, "left")
    assert put_answer(document, "q-1", "right", "entry:4") is Outcome.NOWHERE
    assert put_answer(document, "q-9", "right", "entry:4") is Outcome.NOWHERE
    assert document.text("hpi") == "Effusion of the left knee. Rest."
    assert undecided(document, {"q-1": "entry:4"}) == {}


def test_an_answer_moves_with_text_that_is_typed_before_it_elsewhere() -> None:
    here = asked()
    there = copy_of(here)
    there.replace("hpi", 0, 0, "😀 Seen today. ")
    put_answer(here, "q-1", "left", "entry:4")
    exchange(here, there)
    assert here.text("hpi") == there.text("hpi") == "😀 Seen today. Effusion of the left knee. Rest."
    assert put_answer(there, "q-1", "left", "entry:4") is Outcome.ALREADY


def test_leaving_out_takes_the_statement() -> None:
    document = asked("Better. Effusion of the ?? knee. Rest.")
    assert leaving_out(document, "q-1") == ("hpi", 7, 32)
    assert leave_out(document, "q-1")
    assert document.text("hpi") == "Better. Rest."
    assert not leave_out(document, "q-1")
    assert leaving_out(document, "q-2") is None


def test_asking_is_no_step_of_undo_and_a_second_question_takes_the_place_of_the_first() -> None:
    document = asked()
    document.set_question("hpi", 16, 18, "q-2")
    assert [one.question_id for one in open_questions_in(document)] == ["q-2"]
    assert set(places(document)) == {"q-2"}
    document.set_question("hpi", 16, 18, None)
    assert [one.question_id for one in open_questions_in(document)] == [None]
    document.set_question("hpi", 16, 18, "q-3")
    document.undo()
    assert document.text("hpi") == ""
    document.redo()
    assert [m.provenance for m in document.marks("hpi")] == [Question(question_id="q-3")]


def test_questions_are_in_the_notes_order() -> None:
    document = asked("Plan ??", "assessment_and_plan")
    document.replace("hpi", 0, 0, "[inaudible 00:10] since ?? days")
    found = [(one.section, one.start, one.question_id) for one in open_questions_in(document)]
    assert found == [("hpi", 0, None), ("hpi", 24, None), ("assessment_and_plan", 5, "q-1")]
