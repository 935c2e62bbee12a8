import pytest
from hypothesis import given, settings
from pycrdt import Doc, Text

from tests.visit.histories import HISTORIES, SECTIONS, History, Step
from visit.document import VisitDocument
from visit.guard import CheckedUpdate
from visit.indexes import utf16_length
from visit.roots import SECTION_ROOT
from visit.sequence import Placed, join_spans
from visit.update_format import read_update


def units(document: VisitDocument) -> dict[tuple[int, int], bytes]:
    """Every unit that a document still holds, by its id, as its state says."""
    found = {}
    for structs in read_update(document.update_since()).structs.values():
        for struct in structs:
            data = struct.text.encode("utf-16-le")
            for index in range(len(data) // 2):
                found[struct.client, struct.clock + index] = data[2 * index : 2 * index + 2]
    return found


def text_by_ids(document: VisitDocument, section: str) -> str:
    known = units(document)
    spans = document._sequences.spans(SECTION_ROOT + section, 0, utf16_length(document.text(section)))
    return b"".join(known[c, clock + i] for c, clock, n in spans for i in range(n)).decode("utf-16-le")


@given(steps=HISTORIES)
@settings(deadline=None, max_examples=150)
def test_the_order_of_ids_gives_the_text(steps: list[Step]) -> None:
    history = History((False, True, True))
    for step in steps:
        history.do(step)
        document = history.replicas[step.replica].document
        for section in SECTIONS:
            assert text_by_ids(document, section) == document.text(section)
    history.converge()
    for replica in history.replicas:
        again = VisitDocument()
        again.apply(CheckedUpdate(replica.document.update_since(), frozenset()), "somebody")
        for document in (replica.document, again):
            for section in SECTIONS:
                assert text_by_ids(document, section) == document.text(section)


def test_places_follow_the_surviving_characters() -> None:
    document = VisitDocument(client_id=5)
    document.replace("hpi", 0, 0, "a😀bc")
    root = SECTION_ROOT + "hpi"
    sequences = document._sequences
    assert sequences.spans(root, 1, 4) == [(5, 1, 3)]
    document.replace("hpi", 3, 3, "xx")
    assert sequences.spans(root, 0, 7) == [(5, 0, 3), (5, 5, 2), (5, 3, 2)]
    assert sequences.place(root, [(5, 1, 3)]) == Placed(1, 6, 3)
    document.replace("hpi", 1, 3, "")
    assert sequences.place(root, [(5, 1, 3)]) == Placed(3, 4, 1)
    assert sequences.place(root, [(5, 1, 2)]) is None
    assert sequences.place(root, [(5, 90, 2), (9, 0, 1)]) is None


def test_pycrdts_own_sticky_indexes_do_not_serve() -> None:
    """Why there is a sequence of our own (ADR 013); when this fails, look again."""
    document: Doc[Text] = Doc(client_id=5)
    text = document.get("text", type=Text)
    text.insert(0, "aé😀bcdef")
    place = text.sticky_index(7)  # before the b, if it counted bytes as everything else does
    assert (place.get_index(), place.to_json()["item"]["clock"]) == (7, 7)  # the e
    text.insert(7, "XY")
    assert str(text) == "aé😀XYbcdef"
    assert place.get_index() == 12  # the e, now in bytes
    with pytest.raises(BaseException, match="None"):  # a panic of Rust, which is no Exception
        text.sticky_index(len(str(text).encode()))


def test_typing_on_makes_one_run() -> None:
    document = VisitDocument(client_id=5)
    for number in range(40):
        document.replace("hpi", number, number, "x")
    assert document._sequences.spans(SECTION_ROOT + "hpi", 0, 40) == [(5, 0, 40)]


def test_spans_that_follow_each_other_are_joined() -> None:
    assert join_spans([(5, 0, 2), (5, 2, 1), (6, 3, 1), (5, 3, 1)]) == ((5, 0, 3), (6, 3, 1), (5, 3, 1))
    assert join_spans([]) == ()
