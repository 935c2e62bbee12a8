"""The throw-away process: it dies of what an unguarded document dies of, and says so by its exit alone."""

import pytest

from gateway.document_probe import survives
from tests.visit.encoder import nesting_bomb
from visit.document import VisitDocument
from visit.guard import CheckedUpdate

pytestmark = pytest.mark.anyio
NOTHING = b"\x00\x00"


async def test_an_honest_update_is_survived_on_top_of_a_state() -> None:
    document = VisitDocument()
    document.replace("hpi", 0, 0, "Swollen leg")
    state, vector = document.update_since(), document.state_vector()
    document.replace("hpi", 0, 7, "Red")
    assert await survives(NOTHING, CheckedUpdate(state, frozenset()))
    assert await survives(state, CheckedUpdate(document.update_since(vector), frozenset()))


@pytest.mark.parametrize("size", [30_000, 60_000])
async def test_a_bomb_that_got_past_the_guard_ends_only_the_probe(size: int) -> None:
    assert not await survives(NOTHING, CheckedUpdate(nesting_bomb(size), frozenset()))


async def test_garbage_is_not_survived() -> None:
    assert not await survives(NOTHING, CheckedUpdate(b"\xff" * 100, frozenset()))
