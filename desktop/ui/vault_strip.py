"""What the person must know of the vault while writing on: edits that a damaged file cost, and a disk that fills up."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.ports import DiskState, Jobs, RescueReport
from desktop.ui.parts import announce, button, clear, column, label, row
from desktop.ui.words import say
from desktop.workflows.copies import Copies, CopyState, Fetch
from desktop.workflows.vault_watch import VaultWatch

NAMED_AT_MOST = 3
"""Visits that the sentence names; the others are counted."""
NameOf = Callable[[str], str]


class VaultStrip(QFrame):
    """Sentences under the banner; each report stays until it was read.

    Signals: report_read(report_id), copy_wanted(report_id): fetch what the practice has, typed_wanted(): put what was
    typed meanwhile into the open note.
    """

    report_read = Signal(str)
    copy_wanted = Signal(str)
    typed_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(10, 8, 10, 0)
        self._rows.setSpacing(6)
        self._said: tuple[str, ...] = ()
        self._reports: tuple[RescueReport, ...] = ()
        self._disk = DiskState.ENOUGH
        self._name_of: NameOf = _nobody
        self._copies: dict[str, CopyState] = {}
        self._typed = ""
        self._covered = False
        self.setVisible(False)

    def show_vault(self, reports: tuple[RescueReport, ...], disk: DiskState, name_of: NameOf) -> None:
        """Show what is unread and how much room there is; nothing to say hides the strip."""
        self._reports, self._disk, self._name_of = reports, disk, name_of
        self._show()

    def show_copy(self, report_id: str, state: CopyState) -> None:
        """How far the practice's copy of what is missing has come."""
        self._copies[report_id] = state
        self._show()

    def show_typed(self, text: str) -> None:
        """What was typed while the vault was closed and is in no note yet; empty when it is in one."""
        self._typed = text
        self._show()

    def _show(self) -> None:
        sentences = {report.report_id: self._words(report) for report in self._reports}
        typed = say("meanwhile.typed", count=len(self._typed.split())) if self._typed else ""
        room = disk_words(self._disk)
        self._rebuild(sentences, typed, room)
        said = (*sentences.values(), *(words for words in (typed, room) if words))
        for sentence in said:
            if sentence not in self._said:
                announce(self, sentence)
        self._said = said
        self.setVisible(bool(said) and not self._covered)

    def cover(self, covered: bool) -> None:
        """While a screen hides everything, this is hidden too: it names patients."""
        self._covered = covered
        self.setVisible(bool(self._said) and not covered)

    def texts(self) -> tuple[str, ...]:
        """The sentences that are shown."""
        return self._said

    def _words(self, report: RescueReport) -> str:
        words, copy = rescue_words(report, self._name_of), self._copies.get(report.report_id)
        return f"{words} {copy_words(copy)}" if copy is not None else words

    def _rebuild(self, sentences: dict[str, str], typed: str, room: str) -> None:
        clear(self._rows)
        missing = {report.report_id for report in self._reports if report.missing}
        for report_id, sentence in sentences.items():
            read = button(say("rescue.read"), partial(self.report_read.emit, report_id))
            buttons = column(read, 1, spacing=6)
            if report_id in missing and report_id not in self._copies:
                fetch = button(say("rescue.fetch"), partial(self.copy_wanted.emit, report_id), "primary")
                buttons.insertWidget(0, fetch)
            line = row(label(sentence, "notice", wrap=True), buttons)
            line.setStretch(0, 1)
            self._rows.addLayout(line)
        if typed:
            put = button(say("meanwhile.put"), self.typed_wanted.emit)
            line = row(label(typed, "notice", wrap=True), put)
            line.setStretch(0, 1)
            self._rows.addLayout(line)
        if room:
            self._rows.addWidget(label(room, "notice", wrap=True))


def watch_vault(strip: VaultStrip, jobs: Jobs, name_of: NameOf, fetch: Fetch | None = None) -> VaultWatch:
    """Have the strip show what becomes of the vault from now on; `fetch` fetches the practice's copy of a visit."""
    watch = VaultWatch(jobs, lambda reports, disk: strip.show_vault(reports, disk, name_of))
    strip.report_read.connect(watch.read)
    if fetch is not None:
        copies = Copies(jobs, fetch, strip.show_copy)
        strip.copy_wanted.connect(lambda report_id: copies.want(watch.report(report_id)))
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


def copy_words(copy: CopyState) -> str:
    """How far the practice's copy has come."""
    if copy.waiting:
        return say("rescue.fetching" if copy.reached else "rescue.fetch_waits")
    return say("rescue.fetched", count=copy.fetched)


def disk_words(disk: DiskState) -> str:
    """What little room means for the person; empty while there is enough."""
    return "" if disk is DiskState.ENOUGH else say(f"disk.{disk}")


def _nobody(_visit_id: str) -> str:
    return ""


def _unnamed(count: int) -> str:
    return say("rescue.missing_unnamed", count=count)
