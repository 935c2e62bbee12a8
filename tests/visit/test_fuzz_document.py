"""Inputs of the hostile kind are of every kind, and a guard with a hole is found out by them."""

import pytest

from tests.visit import fuzz_document
from tests.visit.fuzz_document import Keeper, play
from tests.visit.fuzz_document_inputs import CLIENTS, EDITS, record
from visit import integration
from visit.document import VisitDocument
from visit.guard import CheckedUpdate, GuardProblem, check_update
from visit.update_format import read_update


def test_recorded_editors_write_in_every_plane_and_under_every_id() -> None:
    bases = record(1)
    assert len(bases) >= 10
    first = bases[0]
    assert len(first.updates) > EDITS // 3
    document = VisitDocument()
    for update in first.updates:
        checked = check_update(update, document.clocks(), None)
        assert isinstance(checked, CheckedUpdate)
        document.apply(checked, "editor")
    assert set(document.clocks()) == set(CLIENTS)
    text = "".join(document.texts().values())
    assert len({ord(char) >> 16 for char in text}) > 8
    assert any(read_update(update).deleted for update in first.updates)


def test_every_refusal_is_met_and_a_fair_share_is_accepted_and_brings_something_new() -> None:
    found = play(4_000, 2, Keeper(None))
    assert found.inputs == 4_000
    assert found.faults == []
    assert set(found.refused) >= {problem.value for problem in GuardProblem} - {GuardProblem.TOO_LARGE.value}
    assert found.accepted > 400
    assert found.changed > 200


@pytest.mark.parametrize("hole", ["_missing_neighbour", "_deleted_misfit", "_content_misfit"])
def test_a_guard_with_a_hole_is_seen(monkeypatch: pytest.MonkeyPatch, hole: str) -> None:
    """What the guard then lets through does not fit the document, and that is counted."""

    def check(update: bytes, known: dict[int, int], sender: frozenset[int] | None) -> CheckedUpdate | GuardProblem:
        with monkeypatch.context() as patch:
            patch.setattr(integration, hole, lambda *_: None)
            return check_update(update, known, sender)

    monkeypatch.setattr(fuzz_document, "check_update", check)
    assert play(1_500, 2, Keeper(None)).faults
