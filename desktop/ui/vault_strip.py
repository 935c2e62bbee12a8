"""What the person must know of the vault while writing on: edits that a damaged file cost, and a disk that fills up."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.ports import DiskState, Jobs, RescueReport
from desktop.ui.parts import announce, button, clear, label, row
from desktop.ui.words import say
from desktop.workflows.vault_watch import VaultWatch

NAMED_AT_MOST = 3
"""Visits that the sentence names; the others are counted."""
NameOf = Callable[[str], str]


class VaultStrip(QFrame):
    """Sentences under the banner; each report stays until it was read. Signal: report_read(report_id)."""

    report_read = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(10, 8, 10, 0)
        self._rows.setSpacing(6)
        self._said: tuple[str, ...] = ()
        self.setVisible(False)

    def show_vault(self, reports: tuple[RescueReport, ...], disk: DiskState, name_of: NameOf) -> None:
        """Show what is unread and how much room there is; nothing to say hides the strip."""
        sentences = {report.report_id: rescue_words(report, name_of) for report in reports}
        room = disk_words(disk)
        self._rebuild(sentences, room)
        said = (*sentences.values(), *([room] if room else []))
        for sentence in said:
            if sentence not in self._said:
                announce(self, sentence)
        self._said = said
        self.setVisible(bool(said))

    def texts(self) -> tuple[str, ...]:
        """The sentences that are shown."""
        return self._said

    def _rebuild(self, sentences: dict[str, str], room: str) -> None:
        clear(self._rows)
        for report_id, sentence in sentences.items():
            read = button(say("rescue.read"), partial(self.report_read.emit, report_id))
            line = row(label(sentence, "notice", wrap=True), read)
            line.setStretch(0, 1)
            self._rows.addLayout(line)
        if room:
            self._rows.addWidget(label(room, "notice", wrap=True))


def watch_vault(strip: VaultStrip, jobs: Jobs, name_of: NameOf) -> VaultWatch:
    """Have the strip show what becomes of the vault from now on."""
    watch = VaultWatch(jobs, lambda reports, disk: strip.show_vault(reports, disk, name_of))
    strip.report_read.connect(watch.read)
    watch.start()
    return watch


def rescue_words(report: RescueReport, name_of: NameOf) -> str:
    """What happened, what came back, what is missing and where, and what can be done."""
    parts = [say(f"rescue.{report.cause}"), say("rescue.kept", count=report.kept)]
    lost = [visit for visit in report.visits if visit.missing]
    for visit in lost[:NAMED_AT_MOST]:
        name = name_of(visit.visit_id)
        parts.append(say("rescue.missing", count=visit.missing, visit=name) if name else _unnamed(visit.missing))
    rest = sum(visit.missing for visit in lost[NAMED_AT_MOST:]) + report.missing_elsewhere
    if rest:
        parts.append(_unnamed(rest))
    parts.append(say("rescue.server") if report.missing else say("rescue.nothing_missing"))
    parts.append(say("rescue.set_aside", folder=report.set_aside))
    return " ".join(parts)


def disk_words(disk: DiskState) -> str:
    """What little room means for the person; empty while there is enough."""
    return "" if disk is DiskState.ENOUGH else say(f"disk.{disk}")


def _unnamed(count: int) -> str:
    return say("rescue.missing_unnamed", count=count)
