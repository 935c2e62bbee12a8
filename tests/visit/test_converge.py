"""Three editors come together and nothing is lost: a short run of the benchmark, and that it would see a fault."""

from collections.abc import Callable
from typing import Any

import pytest

from desktop.workflows import sync
from desktop.workflows.open_visit import OpenVisit
from tests.visit.converge.characters import RANGES, Characters
from tests.visit.converge.play import play
from tests.visit.converge.schedule import Found
from visit.document import merge

pytestmark = pytest.mark.anyio
SEEDS = range(9_000, 9_040)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _undo_by_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visit.document.UNDO_STEP_MS", 0)


async def test_random_schedules_leave_all_alike_and_every_character_in_its_place() -> None:
    found = await play(SEEDS)
    assert found.divergences == found.lost == found.doubled == []
    assert (found.understated, found.overstated) == (0, 0)
    assert found.schedules == len(SEEDS)
    for what in ("signed", "late_updates", "crash", "gateway_restart", "disk", "compact", "undo", "swap"):
        assert found.happened[what] > 0, what
    assert found.happened["owed"] > 20 * len(SEEDS)


def _forget_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """The link loses one row of a batch, and takes the answer for all."""
    whole = merge
    monkeypatch.setattr(sync, "merge", lambda updates: whole(updates[1:] if len(updates) > 1 else updates))


def _stop_after_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an edit that came too late the next one is not sent."""
    real = sync.Sync._send_waiting

    def only_in_time(self: sync.Sync, visit: OpenVisit) -> None:
        if not visit.late_edits:
            real(self, visit)

    monkeypatch.setattr(sync.Sync, "_send_waiting", only_in_time)


def _drop_late_edits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway answers that it is closed, and keeps nothing."""

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("gateway.documents.rows.append_late_update", nothing)


def _count_wrongly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row is called sent when it leaves, not when it was answered."""
    real = sync.Sync._send_waiting

    def counts(self: sync.Sync, visit: OpenVisit) -> None:
        real(self, visit)
        flight = self._in_flight.get(visit.visit_id)
        visit.unsent = [row for row in visit.unsent if flight is None or row.update_id not in flight[1]]

    monkeypatch.setattr(sync.Sync, "_send_waiting", counts)


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (_forget_a_row, lambda found: found.divergences or found.lost),
        (_stop_after_late, lambda found: found.lost),
        (_drop_late_edits, lambda found: found.divergences),
        (_count_wrongly, lambda found: found.understated),
    ],
)
async def test_a_planted_fault_is_seen(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None], seen: Callable[[Found], Any]
) -> None:
    plant(monkeypatch)
    assert seen(await play(SEEDS[:20]))


def test_characters_come_from_every_plane_and_never_twice() -> None:
    import random

    characters = Characters(random.Random(1))  # noqa: S311
    made = [characters.one() for _ in range(3_000)]
    assert len(set(made)) == len(made)
    assert {ord(char) >> 16 for char in made} == set(range(17))
    assert {first >> 16 for first, _ in RANGES} == set(range(17))
    assert characters.counted("".join(made) + "\u200d") == set(made)
