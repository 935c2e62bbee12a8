"""Undo and redo lead back through every earlier state of text and marks, at the person who undoes and at everybody."""

from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.visit.histories import PIECES, SECTIONS, SOURCES
from tests.visit.test_document import give
from visit.document import VisitDocument
from visit.indexes import utf16_length
from visit.marks import MarkedText, PlacedMark

State = list[tuple[str, list[PlacedMark]]]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "delete", "replace", "marked", "mark", "unmark", "remark"]),
        st.integers(0, 99),
        st.integers(0, 200),
        st.integers(1, 12),
    ),
    min_size=3,
    max_size=25,
)


def state(document: VisitDocument) -> State:
    return [(document.text(section), document.marks(section)) for section in SECTIONS]


def edit(document: VisitDocument, kind: str, choice: int, where: int, length: int) -> None:
    section, source = SECTIONS[choice % 2], SOURCES[choice % len(SOURCES)]
    text, marks = document.text(section), document.marks(section)
    first = where % (len(text) + 1)
    last = first if kind == "insert" else min(len(text), first + length)
    start, end = utf16_length(text[:first]), utf16_length(text[:last])
    piece = PIECES[choice % len(PIECES)]
    match kind:
        case "marked":
            document.replace_marked(section, start, end, MarkedText.whole(piece, source))
        case "mark" if start < end:
            document.add_mark(section, start, end, source)
        case "unmark" if marks:
            document.remove_mark(marks[where % len(marks)].id)
        case "remark" if marks:
            document.change_mark(marks[where % len(marks)].id, source)
        case "insert" | "delete" | "replace":
            document.replace(section, start, end, "" if kind == "delete" else piece)
        case _:
            pass


@given(edits=EDITS, keep_deleted=st.booleans())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_every_earlier_state_comes_back(edits: list[tuple[str, int, int, int]], keep_deleted: bool) -> None:
    document = VisitDocument(keep_deleted=keep_deleted)
    follower = VisitDocument()
    document.on_update = lambda update: give(update, follower)
    with patch("visit.document.UNDO_STEP_MS", 0):
        document.keep_history()
    states = [state(document)]
    for kind, choice, where, length in edits:
        before = document.state_vector(), document.update_since()
        edit(document, kind, choice, where, length)
        if (document.state_vector(), document.update_since()) != before:
            states.append(state(document))
    for _ in range(2):
        for expected in reversed(states[:-1]):
            assert document.undo()
            assert state(document) == expected == state(follower)
        assert not document.undo()
        for expected in states[1:]:
            assert document.redo()
            assert state(document) == expected == state(follower)
    again = VisitDocument()
    give(document.update_since(), again)
    assert state(again) == states[-1]
