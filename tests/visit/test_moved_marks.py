"""Text that is moved takes its marks along; into another visit nothing that was heard here goes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit.document import VisitDocument
from visit.indexes import utf16_length, utf16_to_utf8
from visit.marks import MarkedPart, MarkedText
from visit.moved_marks import MOST_PARTS, elsewhere, from_template, put_together
from visit.provenance import (
    Carried,
    Chart,
    ChatAnswer,
    Finding,
    FromTemplate,
    Heard,
    Provenance,
    Question,
    Speaker,
)

DAY = date(2026, 8, 2)
UNHEARD = Finding(macro_id="knee")


def said(marked: MarkedText) -> list[tuple[str, Provenance]]:
    data = marked.text.encode()
    places = ((utf16_to_utf8(marked.text, p.start), utf16_to_utf8(marked.text, p.end)) for p in marked.parts)
    return [(data[a:b].decode(), part.provenance) for (a, b), part in zip(places, marked.parts, strict=True)]


def test_pieces_keep_their_marks_when_they_are_put_together() -> None:
    carried = Carried(note_id="n", dated=DAY)
    pieces = [
        MarkedText.whole("\U0001f980 one", UNHEARD),
        MarkedText(""),
        MarkedText("two", (MarkedPart(1, 3, carried),)),
    ]
    both = put_together(pieces)
    assert both.text == "\U0001f980 one\n\ntwo"
    assert said(both) == [("\U0001f980 one", UNHEARD), ("wo", carried)]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (UNHEARD, UNHEARD),
        (Finding(macro_id="knee", heard_ms=61_000), UNHEARD),
        (Carried(note_id="n", dated=DAY, reviewed=True), Carried(note_id="n", dated=DAY)),
        (FromTemplate(template_id="phrase:hpi"), FromTemplate(template_id="phrase:hpi")),
        (Heard(at_ms=1, speaker=Speaker.PATIENT), None),
        (ChatAnswer(message_id="m"), None),
        (Chart(document_id="d", title="Letter", dated=DAY), None),
        (Question(question_id="q"), None),
    ],
)
def test_in_another_visit_nothing_is_heard_or_reviewed(here: Provenance, there: Provenance | None) -> None:
    moved = elsewhere(MarkedText.whole("text", here))
    assert moved.text == "text"
    assert [provenance for _, provenance in said(moved)] == ([] if there is None else [there])


def test_a_question_goes_along_where_the_record_moves_it() -> None:
    asked = MarkedText.whole("??", Question(question_id="q"))
    assert said(elsewhere(asked, same_questions=True)) == [("??", Question(question_id="q"))]


def test_a_templates_words_are_its_own_and_what_fills_its_fields_is_not() -> None:
    marked = from_template("Pain \U0001f980 for *** days, {left|right} knee. ***", "phrase:knee")
    source = FromTemplate(template_id="phrase:knee")
    assert said(marked) == [("Pain \U0001f980 for ", source), (" days, ", source), (" knee. ", source)]
    document = VisitDocument()
    document.replace_marked("hpi", 0, 0, marked)
    document.replace("hpi", 12, 15, "three")
    covered = [document.text("hpi")[:11], " days, "]
    assert [mark.end - mark.start for mark in document.marks("hpi")][:2] == [utf16_length(it) for it in covered]


def test_a_template_of_many_fields_is_marked_as_one() -> None:
    text = "a *** " * (MOST_PARTS + 1)
    assert len(from_template(text, "t").parts) == 1
    assert from_template("*** ***", "t").parts == ()


@given(st.text(st.sampled_from("ab *{|}\U0001f980\n"), max_size=40))
def test_whatever_the_template_its_marks_fit_its_text(text: str) -> None:
    marked = from_template(text, "t")
    assert marked.text == text
    assert all(part.start < part.end for part in marked.parts)


def test_a_step_of_its_own_is_undone_by_itself() -> None:
    document = VisitDocument()
    document.keep_history()
    document.replace("hpi", 0, 0, "one ")
    document.new_step()
    mark = document.add_mark("hpi", 0, 3, UNHEARD)
    document.new_step()
    document.replace("hpi", 4, 4, "two")
    assert document.undo()
    assert (document.text("hpi"), [it.id for it in document.marks("hpi")]) == ("one ", [mark])
    assert document.undo()
    assert (document.text("hpi"), document.marks("hpi")) == ("one ", [])
    assert document.undo()
    assert document.text("hpi") == ""
