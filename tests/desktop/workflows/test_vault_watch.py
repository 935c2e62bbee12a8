"""What the vault had to tell reaches the person: each rescue until it was read, and a disk that fills up."""

from desktop.ports import DamageCause, DiskState, RescueReport, VisitRescue
from desktop.workflows.sync import Sync
from desktop.workflows.vault_watch import LOOK_SECONDS, VaultWatch
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs

REPORT = RescueReport(
    "r1", "2026-11-27T10:00:00Z", DamageCause.FILE_DAMAGED, "aside/1", 7, (VisitRescue("v", 2, 1),), 0
)


def test_a_rescue_is_told_once_and_again_no_more_when_it_was_read() -> None:
    vault, told = MemoryVault(), []
    vault.rescues.append(REPORT)
    jobs = SteppedJobs(vault)
    watch = VaultWatch(jobs, lambda reports, disk: told.append((reports, disk)))
    watch.start()
    jobs.run()
    assert told == [((REPORT,), DiskState.ENOUGH)]
    jobs.advance(LOOK_SECONDS)
    jobs.run()
    assert len(told) == 1, "nothing changed"
    watch.read("r1")
    assert told[-1] == ((), DiskState.ENOUGH), "at once, whenever the vault forgets it"
    jobs.run()
    assert vault.rescues == []
    jobs.advance(LOOK_SECONDS)
    jobs.run()
    assert len(told) == 2


def test_a_disk_that_fills_up_and_one_that_has_room_again_are_told() -> None:
    vault, told = MemoryVault(), []
    jobs = SteppedJobs(vault)
    VaultWatch(jobs, lambda _reports, disk: told.append(disk)).start()
    for full in (False, True, True, False):
        vault.broken = full
        jobs.advance(LOOK_SECONDS)
        jobs.run()
    assert told == [DiskState.ENOUGH, DiskState.FULL, DiskState.ENOUGH]


def test_on_a_full_disk_a_visit_that_is_here_opens_and_another_does_not() -> None:
    vault = MemoryVault()
    vault.kept["here"] = ("", "")
    jobs, screen = SteppedJobs(vault), RememberingScreen()
    sync = Sync(jobs, screen, RecordingLine())
    opened: list[str] = []
    vault.disk = lambda: DiskState.NO_NEW_VISIT  # type: ignore[method-assign]
    for visit_id in ("here", "new"):
        sync.open_visit(visit_id, lambda visit: opened.append(visit.visit_id))
        jobs.run()
    assert opened == ["here"]
    assert screen.notices
