"""Keeps an eye on the vault while the program runs: rescues that nobody has read of yet, and the room on the disk."""

from collections.abc import Callable

from desktop.ports import DiskState, Jobs, RescueReport, Vault

LOOK_SECONDS = 10.0

Seen = tuple[tuple[RescueReport, ...], DiskState]


class VaultWatch:
    """Looks at once and then every few seconds; tells what changed. Runs on the UI thread."""

    def __init__(self, jobs: Jobs, changed: Callable[[tuple[RescueReport, ...], DiskState], None]) -> None:
        self._jobs = jobs
        self._changed = changed
        self._told: Seen | None = None
        self._read: set[str] = set()
        """Reports that were read here; the vault may not have forgotten them yet."""

    def start(self) -> None:
        """Look now, and again and again."""
        self._jobs.on_store(_look, self._took, lambda _: self._again())

    def report(self, report_id: str) -> RescueReport | None:
        """A report that was told and not read yet."""
        reports = self._told[0] if self._told is not None else ()
        return next((report for report in reports if report.report_id == report_id), None)

    def read(self, report_id: str) -> None:
        """Somebody has read that report."""
        self._read.add(report_id)
        if self._told is not None:
            self._tell(self._told)
        self._jobs.on_store(lambda vault: vault.drop_report(report_id), lambda _: None, lambda _: None)

    def _took(self, seen: Seen) -> None:
        self._tell(seen)
        self._again()

    def _tell(self, seen: Seen) -> None:
        unread = tuple(report for report in seen[0] if report.report_id not in self._read)
        if (unread, seen[1]) != self._told:
            self._told = (unread, seen[1])
            self._changed(unread, seen[1])

    def _again(self) -> None:
        self._jobs.later(LOOK_SECONDS, self.start)


def _look(vault: Vault) -> Seen:
    return tuple(vault.reports()), vault.disk()
