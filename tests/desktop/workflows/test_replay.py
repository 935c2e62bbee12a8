"""Opening a journal in runs of one author gives the same words and the same authors as row by row."""

from hypothesis import given
from hypothesis import strategies as st

from desktop.ports import JournalRow
from desktop.workflows.stored_visit import replay
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.sections import SECTIONS

KEYS = [section.key for section in SECTIONS]
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["", "", "okafor", "kim"]), st.sampled_from(KEYS[:3]), st.floats(0, 1), st.text(max_size=4)
    ),
    max_size=40,
)


@given(EDITS)
def test_runs_are_as_good_as_rows(edits: list[tuple[str, str, float, str]]) -> None:
    writer, rows = VisitDocument(), list[JournalRow]()
    for author, section, place, words in edits:
        inserted = words.encode("utf-8", "ignore").decode()
        before, old = writer.state_vector(), writer.text(section)
        length = len(old.encode("utf-16-le")) // 2
        start = len(old[: round(place * len(old))].encode("utf-16-le")) // 2
        writer.replace(section, start, length if not inserted else start, inserted)
        rows.append(JournalRow(str(len(rows)), "v", writer.client_id, writer.update_since(before), author, False))
    one_by_one, in_runs = VisitDocument(), VisitDocument()
    for row in rows:
        one_by_one.apply(CheckedUpdate(row.update, frozenset()), row.author or "self")
    replay(in_runs, rows)
    assert in_runs.texts() == one_by_one.texts() == writer.texts()
    for key in KEYS:
        assert in_runs.author_runs(key) == one_by_one.author_runs(key)
    assert in_runs.update_since() == one_by_one.update_since()
