from datetime import date

import pytest

from visit.document import VisitDocument
from visit.marks import MarkedText, PlacedMark
from visit.provenance import Carried, ChatAnswer, Question
from visit.questions import (
    MAX_SENTENCE_CHARS,
    Gap,
    OpenQuestion,
    fill,
    gaps,
    inaudible,
    left_out,
    may_have_gaps,
    open_questions,
    quick_answers,
    sentence_range,
)
from visit.time_anchor import TimeAnchor

QUESTION = Question(question_id="q-1")


def mark(start: int, end: int, provenance: Question | ChatAnswer | Carried = QUESTION) -> PlacedMark:
    return PlacedMark("mark-1", start, end, provenance, edited=False)


@pytest.mark.parametrize(
    "text", ["", "Why?", "Pain? ? No.", "[inaudible", "[inaudible soon]", "[heard 04:12]", "[04:12]"]
)
def test_what_asks_nothing_is_no_gap(text: str) -> None:
    assert gaps(text) == []


def test_gaps_are_found_in_order_and_in_utf16_units() -> None:
    text = "😀 Knee ?? swollen. Took [inaudible 04:12] daily???"
    assert gaps(text) == [
        Gap(8, 10, "??", "😀 Knee ?? swollen.", None),
        Gap(25, 42, "[inaudible 04:12]", "Took [inaudible 04:12] daily???", TimeAnchor(252_000)),
        Gap(48, 51, "???", "Took [inaudible 04:12] daily???", None),
    ]


def test_the_inaudible_token_is_a_gap() -> None:
    token = inaudible(TimeAnchor(252_000))
    assert token == "[inaudible 04:12]"
    assert [gap.anchor for gap in gaps(token)] == [TimeAnchor(252_000)]
    assert [gap.anchor for gap in gaps("[inaudible]")] == [None]
    assert inaudible(None) == "[inaudible]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Better. Takes ?? daily. Sleeps.", "Takes ?? daily."),
        ("Takes 2.5 mg of ?? daily", "Takes 2.5 mg of ?? daily"),
        ("First line\n  ?? left\nLast", "?? left"),
        ("Seen by Dr. Lee for ?? today. Left.", "Seen by Dr. Lee for ?? today."),
        ("Hurts! Where??\nHip.", "Where??"),
        ("Is it worse? ?? Yes.", "?? Yes."),
        ("??", "??"),
    ],
)
def test_the_sentence_around_goes_into_the_chat(text: str, sentence: str) -> None:
    assert [gap.sentence for gap in gaps(text)] == [sentence]


def test_a_long_line_is_cut_around_the_gap() -> None:
    (gap,) = gaps("a" * 1_000 + "??" + "b" * 1_000)
    assert gap.sentence.startswith("…aa")
    assert gap.sentence.endswith("bb…")
    assert "a??b" in gap.sentence
    assert len(gap.sentence) <= MAX_SENTENCE_CHARS + 2


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["?" * 100_000, "?? " * 80_000, "[inaudible" * 10_000, "a. " * 50_000 + "??"])
def test_no_text_is_costly(text: str) -> None:
    assert gaps(text) is not None


def test_open_questions_know_what_was_asked() -> None:
    text = "Pain ?? days, [inaudible 00:10] pills"
    assert open_questions("hpi", text, [mark(5, 7), mark(0, 4, Carried(note_id="n", dated=date(2026, 1, 1)))]) == [
        OpenQuestion("hpi", 5, 7, "q-1"),
        OpenQuestion("hpi", 14, 31, None),
    ]


def test_an_anchored_question_without_its_gap_is_not_open() -> None:
    assert open_questions("hpi", "Pain 3 days", [mark(0, 11)]) == []


def test_an_answer_fills_the_gap_and_cites_the_message() -> None:
    done = fill("😀 Pain ?? days", mark(8, 10), "  three \n or four ", "m-1")
    assert done is not None
    assert (done.start, done.end) == (8, 10)
    assert done.answer == MarkedText.whole("three or four", ChatAnswer(message_id="m-1", question_id="q-1"))


def test_only_the_gap_in_a_longer_question_is_filled() -> None:
    done = fill("Pain ?? days, ?? nights", mark(8, 23), "two", "m-1")
    assert done is not None
    assert (done.start, done.end) == (14, 16)


def test_a_later_answer_takes_the_place_of_an_earlier_one() -> None:
    done = fill("Pain three days", mark(5, 10, ChatAnswer(message_id="m-1", question_id="q-1")), "four", "m-2")
    assert done is not None
    assert (done.start, done.end) == (5, 10)
    assert done.answer == MarkedText.whole("four", ChatAnswer(message_id="m-2", question_id="q-1"))


@pytest.mark.parametrize(
    ("text", "placed", "answer"),
    [
        ("Pain 3 days", mark(5, 6), "two"),  # somebody wrote over the gap
        ("Pain ?? days", mark(5, 7), " \n"),
        ("Pain ?? days", mark(5, 7, Carried(note_id="n", dated=date(2026, 1, 1))), "two"),
        ("Pain ?? days", mark(5, 7, ChatAnswer(message_id="m-1")), "two"),  # cites a message, answers no question
        ("?? Pain", mark(3, 7), "two"),
    ],
)
def test_where_nothing_was_asked_nothing_is_filled(text: str, placed: PlacedMark, answer: str) -> None:
    assert fill(text, placed, answer, "m-1") is None


def test_a_question_in_a_document_is_asked_answered_changed_and_taken_back() -> None:
    document = VisitDocument()
    document.keep_history()
    document.replace("hpi", 0, 0, "😀 Pain for ?? days.")
    (gap,) = gaps(document.text("hpi"))
    document.add_mark("hpi", gap.start, gap.end, QUESTION)
    for answer, message in (("three", "m-1"), ("four", "m-2")):
        (placed,) = document.marks("hpi")
        done = fill(document.text("hpi"), placed, answer, message)
        assert done is not None
        document.replace_marked("hpi", done.start, done.end, done.answer)
        assert document.text("hpi") == f"😀 Pain for {answer} days."
        assert open_questions("hpi", document.text("hpi"), document.marks("hpi")) == []
    document.undo()
    assert document.text("hpi") == ""  # all of it within one step of typing
    document.redo()
    assert [m.provenance for m in document.marks("hpi")] == [ChatAnswer(message_id="m-2", question_id="q-1")]


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Effusion of the ?? knee.", ("left", "right", "both")),
        ("?? eyes are red.", ("Left", "Right", "Both")),
        ("Takes it ?? daily.", ("once", "twice", "three times")),
        ("Seen ?? per week", ("once", "twice", "three times")),
        ("Patient ?? chest pain.", ("denies", "reports")),
        ("She ??? headache", ("denies", "reports")),
        ("Takes ?? mg daily", ()),
        ("Knee ?? swollen", ()),
        ("Took [inaudible 04:12] daily", ()),
    ],
)
def test_quick_answers_are_offered_where_they_are_plain(text: str, answers: tuple[str, ...]) -> None:
    (gap,) = gaps(text)
    assert quick_answers(gap) == answers


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Better. Takes ?? daily. Sleeps.", "Better. Sleeps."),
        ("Takes ?? daily. Sleeps.", "Sleeps."),
        ("Better. Takes ?? daily", "Better."),
        ("Takes ?? daily", ""),
        ("First\n  ?? left\nLast", "First\nLast"),
        ("First\n?? left.\nLast", "First\nLast"),
        ("First\n?? left", "First"),
        ("Better. Takes ?? daily\nSleeps", "Better.\nSleeps"),
        ("😀 Better. 😀 ?? daily. 😀 Sleeps.", "😀 Better. 😀 Sleeps."),
        ("Took [inaudible 04:12] daily. Sleeps.", "Sleeps."),
    ],
)
def test_leaving_out_takes_the_statement_and_nothing_else(text: str, left: str) -> None:
    (gap,) = gaps(text)
    start, end = left_out(text, gap.start, gap.end)
    units = text.encode("utf-16-le")
    assert (units[: 2 * start] + units[2 * end :]).decode("utf-16-le") == left


def test_a_caret_behind_the_space_after_a_sentence_has_left_it() -> None:
    text = "😀 Takes ?? daily. Next\nLine"
    (gap,) = gaps(text)
    start, end = sentence_range(text, gap.start, gap.end)
    assert (start, end) == (0, 18)
    (gap,) = gaps("Takes ??\n")
    assert sentence_range("Takes ??\n", gap.start, gap.end) == (0, 8)


@pytest.mark.parametrize("text", ["a ?? b", "???", "[inaudible]", "x [inaudible 1:02:03]"])
def test_no_gap_is_passed_over_by_the_quick_look(text: str) -> None:
    assert gaps(text)
    assert may_have_gaps(text)
    assert not may_have_gaps("Why? [heard]")
