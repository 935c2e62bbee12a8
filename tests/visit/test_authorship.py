import pytest

from visit.authorship import AuthorRuns
from visit.document import VisitDocument
from visit.guard import CheckedUpdate, check_update


def type_as(author: str, document: VisitDocument, start: int, end: int, text: str) -> None:
    """A foreign edit: made in a replica of its own, guarded and applied under the author's stamp."""
    replica = VisitDocument()
    replica.apply(CheckedUpdate(document.update_since(), frozenset()), "")
    replica.replace("hpi", start, end, text)
    checked = check_update(replica.update_since(document.state_vector()), document.clocks(), {replica.client_id})
    assert isinstance(checked, CheckedUpdate)
    document.apply(checked, author)


def test_runs_follow_who_wrote_what() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "knee 😀 pain")  # own: no name
    type_as("okafor", document, 0, 4, "hip")
    type_as("lee", document, 6, 6, "!")
    assert document.text("hpi") == "hip 😀! pain"
    assert document.author_runs("hpi") == [(3, "okafor"), (3, ""), (1, "lee"), (5, "")]


def test_neighbouring_runs_of_one_author_are_one() -> None:
    document = VisitDocument()
    type_as("okafor", document, 0, 0, "µg")
    type_as("okafor", document, 2, 2, "😀")
    assert document.author_runs("hpi") == [(4, "okafor")]
    type_as("lee", document, 1, 1, "x")
    assert document.author_runs("hpi") == [(1, "okafor"), (1, "lee"), (3, "okafor")]
    type_as("okafor", document, 1, 2, "")
    assert document.author_runs("hpi") == [(4, "okafor")]


def test_the_gateways_stamps_are_taken_over_when_they_fit() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "a😀b")
    assert document.set_author_runs("hpi", [(3, "okafor"), (1, "lee")])
    assert document.author_runs("hpi") == [(3, "okafor"), (1, "lee")]
    document.replace("hpi", 3, 3, "own")
    assert document.author_runs("hpi") == [(3, "okafor"), (3, ""), (1, "lee")]


@pytest.mark.parametrize(
    "runs",
    [
        [],
        [(3, "okafor")],  # too short
        [(5, "okafor")],  # too long
        [(2, "okafor"), (2, "lee")],  # inside a character
        [(4, "okafor"), (-1, "lee"), (1, "okafor")],
        [(0, "okafor"), (4, "lee")],
        [(10**30, "okafor")],
    ],
)
def test_stamps_that_do_not_fit_change_nothing(runs: list[tuple[int, str]]) -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "a😀b")
    assert not document.set_author_runs("hpi", runs)
    assert document.author_runs("hpi") == [(4, "")]


def test_stamps_of_an_unknown_section_change_nothing() -> None:
    assert not VisitDocument().set_author_runs("nowhere", [(1, "okafor")])


def test_a_delta_is_followed_in_bytes() -> None:
    runs = AuthorRuns()
    runs.apply([{"insert": "aé😀"}], "one")
    runs.apply([{"retain": 3}, {"insert": "x"}, {"delete": 4}], "two")
    assert runs.in_utf16("aéx") == [(2, "one"), (1, "two")]
    runs.apply([{"delete": 1}], "two")
    assert runs.in_utf16("éx") == [(1, "one"), (1, "two")]
