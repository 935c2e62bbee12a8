import pytest
from hypothesis import HealthCheck, given, settings

from tests.visit.histories import HISTORIES, History, Step
from visit.authorship import UNNAMED, AuthorRuns, named
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


def test_what_came_unnamed_is_named_by_its_client_ids() -> None:
    runs = [(3, "self"), (7, UNNAMED), (2, "okafor"), (1, UNNAMED)]
    written = [(1, 5), (2, 3), (3, 4), (9, 1)]
    writers = {1: "okafor", 2: "lee", 3: "okafor"}
    assert named(runs, written, writers) == [(3, "self"), (2, "okafor"), (3, "lee"), (4, "okafor"), (1, UNNAMED)]
    assert named(runs, [], writers) == runs


@given(HISTORIES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_names_by_client_ids_are_those_of_the_stamps(steps: list[Step]) -> None:
    """Each update stamped as it came, and the same text fetched whole and named afterwards, say the same."""
    history = History()
    stamped = VisitDocument()
    names = {1: "one", 2: "two", 3: "three"}
    cross = history.cross

    def follow(update: bytes, to: int) -> None:
        cross(update, to)
        if to == 0:
            _stamp(stamped, update, names)

    history.cross = follow  # type: ignore[method-assign]
    hub = history.replicas[0].document
    hub.on_update = lambda update: _stamp(stamped, update, names)
    history.run(steps)
    fetched = VisitDocument()
    fetched.apply(CheckedUpdate(hub.update_since(), frozenset()), UNNAMED)
    fetched.name_writers(names)
    for section in hub.texts():
        assert fetched.text(section) == stamped.text(section)
        assert fetched.author_runs(section) == stamped.author_runs(section)


def _stamp(document: VisitDocument, update: bytes, names: dict[int, str]) -> None:
    """As the gateway does: by the one client whose words are new in the update."""
    checked = check_update(update, document.clocks(), None)
    assert isinstance(checked, CheckedUpdate)
    writers = [names[client] for client in checked.client_ids]
    assert len(writers) <= 1
    document.apply(checked, writers[0] if writers else "nobody")


def test_naming_leaves_every_other_stamp_alone() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "mine ")
    type_as("okafor", document, 5, 5, "theirs 😀 ")
    type_as(UNNAMED, document, 0, 0, "whose? ")
    document.name_writers({})
    assert document.author_runs("hpi") == [(7, UNNAMED), (5, ""), (10, "okafor")]
