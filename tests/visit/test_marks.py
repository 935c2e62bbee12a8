from datetime import date

import pytest

from tests.visit.test_document import give, sync
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.indexes import NotABoundary, utf16_length
from visit.marks import MAX_SPANS, MarkedPart, MarkedText, PlacedMark, copied, heard_changes, marks_at, reviewed_changes
from visit.provenance import Carried, ChatAnswer, Finding, Heard, Question, Speaker, reviewed
from visit.time_anchor import TimeAnchor

HEARD = Heard(at_ms=252_000, speaker=Speaker.PATIENT)
UNHEARD = Finding(macro_id="normal-knee")
CARRIED = Carried(note_id="note-7", dated=date(2026, 3, 1))


@pytest.fixture(autouse=True)
def _each_edit_is_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visit.document.UNDO_STEP_MS", 0)


def opened(text: str = "") -> VisitDocument:
    document = VisitDocument()
    document.keep_history()
    if text:
        document.replace("hpi", 0, 0, text)
    return document


def type_in(document: VisitDocument, at: int, text: str) -> None:
    """Character by character, as a person does."""
    for char in text:
        document.replace("hpi", at, at, char)
        at += utf16_length(char)


def ranges(document: VisitDocument, section: str = "hpi") -> list[tuple[int, int]]:
    return [(mark.start, mark.end) for mark in document.marks(section)]


def covered(document: VisitDocument) -> list[str]:
    units = document.text("hpi").encode("utf-16-le")
    return [units[2 * start : 2 * end].decode("utf-16-le") for start, end in ranges(document)]


def reopened(document: VisitDocument) -> VisitDocument:
    """From its state, as after a restart or at somebody who joins."""
    again = VisitDocument()
    give(document.update_since(), again)
    return again


def test_a_mark_is_placed_in_units_of_its_section() -> None:
    document = opened("a😀µ knee 😀 pain")
    mark_id = document.add_mark("hpi", 5, 12, HEARD)
    assert document.marks("hpi") == [PlacedMark(mark_id, 5, 12, HEARD, edited=False)]
    assert covered(document) == ["knee 😀"]
    assert document.marks("ros") == []


@pytest.mark.parametrize(("start", "end"), [(2, 4), (0, 2), (-1, 3), (0, 99)])
def test_a_mark_inside_a_character_or_outside_the_text_is_refused(start: int, end: int) -> None:
    document = opened("a😀b")
    with pytest.raises(NotABoundary):
        document.add_mark("hpi", start, end, HEARD)
    assert document.marks("hpi") == []


@pytest.mark.parametrize(("start", "end"), [(1, 1), (3, 1)])
def test_a_mark_on_nothing_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="nothing to mark"):
        opened("abcd").add_mark("hpi", start, end, HEARD)


def test_what_is_typed_inside_belongs_to_a_mark_and_at_its_edges_not() -> None:
    document = opened("knee pain")
    document.add_mark("hpi", 0, 9, HEARD)
    type_in(document, 9, " 😀 since May")
    type_in(document, 0, "left ")
    assert covered(document) == ["knee pain"]
    type_in(document, 10, "joint 😀 ")
    assert covered(document) == ["knee joint 😀 pain"]
    assert [mark.edited for mark in document.marks("hpi")] == [True]


def test_what_replaces_a_marks_end_or_beginning_does_not_belong_to_it() -> None:
    document = opened("x knee pain y")
    document.add_mark("hpi", 2, 11, HEARD)
    document.replace("hpi", 6, 11, "")
    type_in(document, 6, " ache")
    assert covered(document) == ["knee"]
    document.replace("hpi", 2, 3, "K")
    assert covered(document) == ["nee"]


def test_a_deleted_part_shortens_a_mark_and_all_of_it_hides_it() -> None:
    document = opened("one two three")
    mark_id = document.add_mark("hpi", 4, 13, HEARD)
    document.replace("hpi", 0, 8, "")
    assert covered(document) == ["three"]
    document.replace("hpi", 0, 5, "")
    assert document.marks("hpi") == []
    document.undo()
    assert covered(document) == ["three"]
    document.undo()
    assert covered(document) == ["two three"]
    assert document.marks("hpi") == [PlacedMark(mark_id, 4, 13, HEARD, edited=False)]


def test_what_undo_brings_back_is_marked_for_everybody_and_after_a_restart() -> None:
    mine, other = opened("one 😀 three"), VisitDocument()
    mine.add_mark("hpi", 4, 12, UNHEARD)
    sync(mine, other)
    for _ in range(3):
        mine.replace("hpi", 2, 9, "")
        mine.undo()
        mine.redo()
        mine.undo()
    sync(mine, other)
    for document in (mine, other, reopened(mine), reopened(other)):
        assert document.text("hpi") == "one 😀 three"
        assert covered(document) == ["😀 three"]
        assert document.marks("hpi") == mine.marks("hpi")
        assert not document.marks("hpi")[0].edited


def test_a_mark_set_meanwhile_on_what_somebody_deleted_and_brought_back_is_not_lost() -> None:
    mine, other = opened("lungs clear"), opened()
    sync(mine, other)
    other.add_mark("hpi", 0, 11, UNHEARD)
    mine.replace("hpi", 0, 11, "")
    mine.undo()
    sync(mine, other)
    assert covered(mine) == covered(other) == ["lungs clear"]


def test_text_and_its_marks_are_one_step() -> None:
    document = opened("Exam: ")
    knee = MarkedText("Knee 😀 normal. Hip normal.", (MarkedPart(0, 15, UNHEARD), MarkedPart(16, 27, UNHEARD)))
    ids = document.replace_marked("hpi", 6, 6, knee)
    assert [mark.id for mark in document.marks("hpi")] == list(ids)
    assert covered(document) == ["Knee 😀 normal.", "Hip normal."]
    before = document.marks("hpi")
    for _ in range(3):
        document.undo()
        assert (document.text("hpi"), document.marks("hpi")) == ("Exam: ", [])
        document.redo()
        assert document.text("hpi") == "Exam: Knee 😀 normal. Hip normal."
        assert document.marks("hpi") == before == reopened(document).marks("hpi")
    document.undo()
    document.undo()
    assert document.text("hpi") == ""
    assert not document.undo()


def test_a_part_that_does_not_fit_its_text_is_refused() -> None:
    with pytest.raises(NotABoundary):
        MarkedText("a😀", (MarkedPart(0, 2, HEARD),))
    with pytest.raises(NotABoundary):
        MarkedText("a😀", (MarkedPart(0, 4, HEARD),))
    with pytest.raises(ValueError, match="empty"):
        MarkedText("a😀", (MarkedPart(1, 1, HEARD),))
    assert MarkedText.whole("", HEARD).parts == ()
    assert MarkedText.whole("a😀", HEARD).parts == (MarkedPart(0, 3, HEARD),)


def test_changing_and_removing_a_mark_is_undone_by_itself() -> None:
    document = opened("lungs clear")
    mark_id = document.add_mark("hpi", 0, 11, UNHEARD)
    document.change_mark(mark_id, HEARD)
    document.remove_mark(mark_id)
    assert document.marks("hpi") == []
    document.undo()
    assert [mark.provenance for mark in document.marks("hpi")] == [HEARD]
    document.undo()
    assert [mark.provenance for mark in document.marks("hpi")] == [UNHEARD]
    document.replace("hpi", 0, 5, "")
    document.undo()
    document.undo()
    assert document.marks("hpi") == []
    assert document.text("hpi") == "lungs clear"


def test_a_confirmation_is_undone_after_its_text_went_and_came_back() -> None:
    document = opened("lungs clear")
    mark_id = document.add_mark("hpi", 0, 11, UNHEARD)
    document.change_mark(mark_id, HEARD)
    document.replace("hpi", 0, 11, "")
    document.undo()
    document.undo()
    assert document.marks("hpi") == [PlacedMark(mark_id, 0, 11, UNHEARD, edited=False)]


def test_what_is_gone_is_neither_changed_nor_removed() -> None:
    document = opened("abc")
    made: list[bytes] = []
    document.on_update = made.append
    document.change_mark("nowhere", HEARD)
    document.remove_mark("nowhere")
    assert made == []


def test_undo_leaves_others_marks_alone() -> None:
    mine, other = opened("knee pain"), opened()
    sync(mine, other)
    foreign = other.add_mark("hpi", 0, 4, HEARD)
    sync(mine, other)
    mine.add_mark("hpi", 5, 9, HEARD)
    assert mine.undo()  # the mark
    assert [mark.id for mark in mine.marks("hpi")] == [foreign]
    assert mine.undo()  # the text
    assert not mine.undo()
    sync(mine, other)
    assert other.marks("hpi") == []
    mine.redo()
    sync(mine, other)
    assert covered(mine) == covered(other) == ["knee"]


def test_marks_merge_after_a_time_offline() -> None:
    mine, other = opened("a😀 knee pain b"), opened()
    sync(mine, other)
    mine.add_mark("hpi", 4, 13, HEARD)
    type_in(other, 8, " 😀 joint")
    other.replace("hpi", 0, 4, "")
    other.add_mark("hpi", 0, 4, UNHEARD)
    type_in(mine, 13, " today")
    sync(mine, other)
    assert mine.text("hpi") == other.text("hpi") == "knee 😀 joint pain today b"
    assert mine.marks("hpi") == other.marks("hpi")
    assert sorted(covered(mine)) == ["knee", "knee 😀 joint pain"]


def test_of_two_changes_at_once_one_holds_whole() -> None:
    mine, other = opened("clear"), opened()
    mark_id = mine.add_mark("hpi", 0, 5, UNHEARD)
    sync(mine, other)
    mine.change_mark(mark_id, HEARD)
    other.change_mark(mark_id, Finding(macro_id="other", heard_ms=1))
    sync(mine, other)
    assert mine.marks("hpi") == other.marks("hpi")
    assert mine.marks("hpi")[0].provenance in (HEARD, Finding(macro_id="other", heard_ms=1))


def test_marks_come_in_text_order_and_may_overlap() -> None:
    document = opened("one two three")
    for start, end in ((8, 13), (0, 13), (0, 3), (2, 9)):
        document.add_mark("hpi", start, end, HEARD)
    marks = document.marks("hpi")
    assert ranges(document) == [(0, 3), (0, 13), (2, 9), (8, 13)]
    assert [(mark.start, mark.end) for mark in marks_at(marks, 2)] == [(0, 3), (2, 9), (0, 13)]
    assert [(mark.start, mark.end) for mark in marks_at(marks, 3)] == [(2, 9), (0, 13)]
    assert marks_at(marks, 13) == []


def test_whoever_shows_marks_hears_of_changes_from_everywhere() -> None:
    mine, other = opened("knee"), opened()
    heard: list[frozenset[str]] = []
    mine.on_marks = heard.append
    mark_id = mine.add_mark("hpi", 0, 4, HEARD)
    assert heard == [{"hpi"}]
    mine.replace("ros", 0, 0, "no marks here")
    assert len(heard) == 1
    type_in(mine, 0, "l")
    assert len(heard) == 2
    sync(mine, other)
    other.change_mark(mark_id, UNHEARD)
    sync(mine, other)
    assert len(heard) == 3
    other.remove_mark(mark_id)
    sync(mine, other)
    assert heard == [{"hpi"}] * 4
    mine.replace("hpi", 0, 1, "")
    assert len(heard) == 4


def test_at_the_callback_marks_and_text_fit() -> None:
    mine, other = opened("knee pain"), opened()
    seen: list[list[str]] = []
    mine.add_mark("hpi", 5, 9, HEARD)
    mine.on_marks = lambda sections: seen.append(covered(mine))
    sync(mine, other)
    type_in(other, 0, "😀")
    other.replace("hpi", 7, 8, "")
    sync(mine, other)
    mine.undo()  # the mark
    mine.redo()
    assert seen == [["ain"], [], ["ain"]]


def test_of_very_many_pieces_the_outermost_are_named() -> None:
    document = opened("".join(str(number % 10) for number in range(1_200)))
    for place in range(1_100, 0, -1):
        document.replace("hpi", place, place, "x")
    document.add_mark("hpi", 0, 2_300, CARRIED)
    assert ranges(document) == [(0, 2_300)]
    (mark,) = document.marks("hpi")
    assert mark.untouched
    assert len(document._book.mark(mark.id).spans) == MAX_SPANS  # type: ignore[union-attr]
    document.replace("hpi", 1_000, 1_001, "")
    assert ranges(document) == [(0, 2_299)]


def test_findings_are_confirmed_one_by_one_or_a_section_at_once() -> None:
    document = opened()
    parts = (MarkedPart(0, 4, UNHEARD), MarkedPart(5, 8, UNHEARD), MarkedPart(9, 13, HEARD))
    first, _, _ = document.replace_marked("hpi", 0, 0, MarkedText("Knee Hip Back", parts))
    document.change_marks(heard_changes([m for m in document.marks("hpi") if m.id == first], TimeAnchor(1_000)))
    assert [mark.unheard for mark in document.marks("hpi")] == [False, True, False]
    document.change_marks(heard_changes(document.marks("hpi"), TimeAnchor(2_000)))
    assert [mark.provenance for mark in document.marks("hpi")] == [
        Finding(macro_id="normal-knee", heard_ms=1_000),
        Finding(macro_id="normal-knee", heard_ms=2_000),
        HEARD,
    ]
    document.undo()  # the whole section was one step
    assert [mark.unheard for mark in document.marks("hpi")] == [False, True, False]


def test_an_edited_finding_is_still_not_heard() -> None:
    document = opened()
    document.replace_marked("hpi", 0, 0, MarkedText.whole("Lungs clear.", UNHEARD))
    document.replace("hpi", 6, 11, "wheezing")
    assert [mark.unheard for mark in document.marks("hpi")] == [True]


def test_carried_text_is_untouched_until_edited_or_confirmed() -> None:
    document = opened("Before. ")
    document.replace_marked("hpi", 8, 8, MarkedText.whole("Smokes. 😀", CARRIED))
    type_in(document, 18, " After.")
    assert [mark.untouched for mark in document.marks("hpi")] == [True]
    type_in(document, 14, "d")
    assert [mark.untouched for mark in document.marks("hpi")] == [False]
    document.undo()
    assert [mark.untouched for mark in document.marks("hpi")] == [True]
    document.replace("hpi", 8, 9, "")
    assert [mark.untouched for mark in document.marks("hpi")] == [False]
    document.undo()
    assert [mark.untouched for mark in document.marks("hpi")] == [True]
    document.change_marks(reviewed_changes(document.marks("hpi")))
    assert [mark.untouched for mark in document.marks("hpi")] == [False]
    assert reviewed_changes(document.marks("hpi")) == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "[" * 50_000,
        '{"section":"hpi"}',
        '{"section":"hpi","spans":[],"provenance":{"kind":"template","template_id":"t"}}',
        '{"section":"nowhere","spans":[[5,0,2]],"provenance":{"kind":"template","template_id":"t"}}',
        '{"section":"hpi","spans":[[5,0,-1]],"provenance":{"kind":"template","template_id":"t"}}',
        '{"section":"hpi","spans":[[5,0,99999999999]],"provenance":{"kind":"template","template_id":"t"}}',
        '{"section":"hpi","spans":[[5,0,2]],"provenance":{"kind":"unknown"}}',
        '{"section":"hpi","spans":[[5,0,2]],"provenance":{"kind":"template","template_id":"t","more":1}}',
    ],
    ids=range(10),
)
def test_a_value_that_is_no_mark_marks_nothing_and_stays(value: str) -> None:
    document = VisitDocument(client_id=5)
    document.replace("hpi", 0, 0, "abc")
    with document._doc.transaction():
        document._marks["mark-1"] = value
        document._restored["5:0"] = value
    assert document.marks("hpi") == []
    assert reopened(document)._marks["mark-1"] == value


def test_a_hostile_mark_never_ends_inside_a_character() -> None:
    document = VisitDocument(client_id=5)
    document.replace("hpi", 0, 0, "a😀b😀")
    with document._doc.transaction():
        document._marks["mark-1"] = (
            '{"section":"hpi","spans":[[5,2,3]],"provenance":{"kind":"template","template_id":"t"}}'
        )
    assert ranges(document) == [(1, 6)]


@pytest.mark.timeout(20)
def test_restored_characters_in_circles_come_to_an_end() -> None:
    document = VisitDocument(client_id=5)
    document.replace("hpi", 0, 0, "x" * 2_000)
    with document._doc.transaction():
        document._restored["5:1"] = "[[5,0,100000000,5,1],[5,1,100000000,5,0],[5,0,5,9,0],[9,0,5,5,0]]"
        for number in range(200):
            value = f'{{"section":"hpi","spans":[[5,{number},1]],"provenance":{{"kind":"question","question_id":"q"}}}}'
            document._marks[f"mark-{number}"] = value
    assert len(document.marks("hpi")) == 200


def test_an_answer_in_the_place_of_a_question_takes_its_mark_away() -> None:
    document = opened("Pain for ?? days")
    question = document.add_mark("hpi", 9, 11, Question(question_id="q-1"))
    answer = ChatAnswer(message_id="m-1", question_id="q-1")
    document.replace_marked("hpi", 9, 11, MarkedText.whole("three", answer))
    assert [mark.provenance for mark in document.marks("hpi")] == [answer]
    document.undo()
    assert [mark.id for mark in document.marks("hpi")] == [question]
    assert covered(document) == ["??"]


def test_marks_are_told_once_and_merge_like_everything_else() -> None:
    mine, other = opened(), VisitDocument()
    made: list[bytes] = []
    mine.on_update = made.append
    mine.replace_marked("hpi", 0, 0, MarkedText.whole("Knee 😀", CARRIED))
    assert len(made) == 1
    mine.replace("hpi", 0, 5, "")
    mine.undo()
    for update in made:
        give(update, other)
    assert other.marks("hpi") == mine.marks("hpi")
    assert covered(other) == ["Knee 😀"]
    assert other.author_runs("hpi") == [(7, "other")]
    late = VisitDocument()
    late.apply(CheckedUpdate(mine.update_since(), frozenset()), "signed")
    assert late.marks("hpi") == mine.marks("hpi")


def test_moved_text_takes_its_marks_along() -> None:
    document = opened("Exam 😀: ")
    document.replace_marked("hpi", 9, 9, MarkedText.whole("Lungs clear. 😀", UNHEARD))
    document.replace_marked("hpi", 24, 24, MarkedText.whole(" Smokes.", CARRIED))
    document.replace("hpi", 26, 26, "S")
    taken = copied(document.text("hpi"), document.marks("hpi"), 15, 30)
    assert taken == MarkedText("clear. 😀 SSmok", (MarkedPart(0, 9, UNHEARD), MarkedPart(9, 15, reviewed(CARRIED))))
    document.replace("hpi", 15, 30, "")
    document.replace_marked("ros", 0, 0, taken)
    assert [(mark.start, mark.end, mark.unheard) for mark in document.marks("ros")] == [(0, 9, True), (9, 15, False)]
    assert not any(mark.untouched for mark in document.marks("ros"))
    with pytest.raises(NotABoundary):
        copied(document.text("hpi"), [], 6, 8)
