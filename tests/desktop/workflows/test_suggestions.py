"""What is offered for a name that is being typed, and what a whole name opens."""

from datetime import UTC, datetime

import pytest

from desktop.workflows.quick_text import QuickText, shipped_library
from desktop.workflows.suggestions import FOUND, Kind, Opening, Suggestions
from visit.findings import grid_names
from visit.phrases import OwnerKind, PhraseLibrary
from visit.triggers import Expansion

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture(scope="module")
def library() -> PhraseLibrary:
    return shipped_library()


@pytest.fixture
def offered(library: PhraseLibrary) -> Suggestions:
    quick = QuickText()
    quick.use(library)
    return Suggestions(quick)


def test_nothing_is_offered_or_opened_before_the_phrases_are_read() -> None:
    offered = Suggestions(QuickText())
    assert offered.suggest("/k", 2) == ()
    assert offered.opens("/knee", 5) is None


def test_phrases_by_the_start_of_their_name() -> None:
    quick = QuickText()
    made = PhraseLibrary()
    made.save(OwnerKind.USER, "normalheart", "Regular rate.\nNo murmur.", NOW)
    quick.use(made)
    (found,) = Suggestions(quick).suggest("Heart: .nor", 11)
    assert (found.kind, found.name, found.title) == (Kind.PHRASE, ".normalheart", "Regular rate.")
    assert isinstance(found.does, Expansion)
    assert (found.does.start, found.does.end, found.does.inserted) == (7, 11, "Regular rate.\nNo murmur.")


@pytest.mark.parametrize(
    "line", ["", "knee", "1.5", "e.g.", ".", "120/80", "see /knee", "Dr. Smith", "and/or", "/knee is", "//"]
)
def test_nothing_is_offered_where_no_name_is_typed(offered: Suggestions, line: str) -> None:
    assert offered.suggest(line, len(line)) == ()
    assert offered.opens(line, len(line)) is None


@pytest.mark.parametrize(
    ("name", "opened"),
    [("ros", "ros"), ("exam", "general_exam"), ("mse", "mse"), ("knee", "knee"), ("vitals", ""), ("VS", "")],
)
def test_a_whole_name_opens_a_grid_or_the_vital_signs(offered: Suggestions, name: str, opened: str) -> None:
    found = offered.opens(f"  /{name}", len(name) + 3)
    assert found is not None
    assert found.grid == opened
    assert (found.trigger.start, found.trigger.end) == (2, len(name) + 3)


def test_a_slash_alone_shows_what_can_be_opened(offered: Suggestions) -> None:
    found = offered.suggest("/", 1)
    assert len(found) == FOUND
    assert {it.kind for it in found} == {Kind.VITALS, Kind.GRID, Kind.FORM}
    assert [it.name for it in found[:1]] == ["/vitals"]
    assert sum(it.kind is Kind.GRID for it in found) == len(grid_names())


def test_a_block_that_shares_its_name_with_a_grid_keeps_another(offered: Suggestions) -> None:
    found = offered.suggest("/ros", 4)
    assert found[0].kind is Kind.GRID
    names = [it.name for it in found]
    assert len(names) == len(set(names))
    blocks = [it for it in offered.suggest("/systems", 8) if it.kind is Kind.FORM]
    assert blocks[0].name == "/systems"


def test_what_is_found_is_called_as_it_was_typed(offered: Suggestions) -> None:
    assert offered.suggest("/spin", 5)[0].name == "/spine"
    assert offered.suggest("/sutu", 5)[0].name == "/suture"


def test_a_slip_of_the_finger_is_forgiven(offered: Suggestions) -> None:
    found = offered.suggest("/sholder", 8)
    assert found[0].does == Opening(found[0].does.trigger, "shoulder")  # type: ignore[union-attr]


def test_a_line_with_wide_characters(offered: Suggestions) -> None:
    line = "😀 (.mech"
    found = offered.suggest(line, len(line.encode("utf-16-le")) // 2)
    assert found
    assert isinstance(found[0].does, Expansion)
    assert found[0].does.start == 4
