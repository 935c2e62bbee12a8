"""A disk that fills up: the reserve lets what is typed be committed, and is set by again when there is room."""

from pathlib import Path

import pytest

from desktop.ports import BALLAST_BYTES, REFUSE_FREE_BYTES, WARN_FREE_BYTES, DiskState, disk_state
from desktop.secure_store.ballast import NAME, Ballast
from tests.desktop.secure_store.rings import MemoryRing
from tests.desktop.secure_store.test_vault import needs_mounts, run_worker


@pytest.mark.parametrize(
    ("free", "used", "state"),
    [
        (WARN_FREE_BYTES, False, DiskState.ENOUGH),
        (WARN_FREE_BYTES - 1, False, DiskState.LOW),
        (REFUSE_FREE_BYTES, False, DiskState.LOW),
        (REFUSE_FREE_BYTES - 1, False, DiskState.NO_NEW_VISIT),
        (0, False, DiskState.NO_NEW_VISIT),
        (0, True, DiskState.FULL),
        (WARN_FREE_BYTES, True, DiskState.FULL),
    ],
)
def test_what_free_space_means(free: int, used: bool, state: DiskState) -> None:
    assert disk_state(free, used) is state


class TightBallast(Ballast):
    """On a disk of which the test says how much is free."""

    free = WARN_FREE_BYTES

    def free_bytes(self) -> int:
        return self.free


def test_the_reserve_takes_real_blocks_and_comes_back_when_there_is_room(tmp_path: Path) -> None:
    ballast = TightBallast(tmp_path)
    assert ballast.take()
    assert (tmp_path / NAME).stat().st_blocks * 512 >= BALLAST_BYTES
    assert ballast.give_up()
    assert not (tmp_path / NAME).exists()
    assert not ballast.give_up()
    ballast.free = REFUSE_FREE_BYTES + BALLAST_BYTES - 1
    assert ballast.state() is DiskState.FULL
    ballast.free += 1
    assert ballast.state() is DiskState.LOW
    assert (tmp_path / NAME).stat().st_size == BALLAST_BYTES


def test_a_disk_that_was_full_before_the_start_still_opens_the_vault(tmp_path: Path) -> None:
    needs_mounts()
    disk = tmp_path / "disk"
    disk.mkdir()
    said = run_worker("full", disk / "vault", MemoryRing(), mount=f"mount -t tmpfs -o size=90m none {disk}")
    assert said == ["full True", "rows 201 no_new_visit 0"]


def test_on_a_full_disk_the_reserve_commits_what_is_typed(tmp_path: Path) -> None:
    needs_mounts()
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size=90m none {disk}"
    said = run_worker("reserve", disk / "vault", MemoryRing(), mount=mount)
    assert said == ["before low", "full True", "after 500 full", "room low", "same True"]
