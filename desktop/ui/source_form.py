"""A strip under the note: from whom something was heard and when, or in which document it was read; by keys alone."""

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Choice, ElidedLabel, announce, button, column, label, line
from desktop.ui.words import say
from visit.provenance import Chart, Heard, Speaker
from visit.time_anchor import TimeAnchor
from wire.ids import new_id

RELATED = (Speaker.FAMILY, Speaker.CAREGIVER)
CHART = "chart"


@dataclass(frozen=True, slots=True)
class SourceAsked:
    """What the strip is opened with: the words that are spoken of, the time now, and what was said of them before."""

    quote: str
    time: TimeAnchor | None = None
    before: Heard | Chart | None = None
    findings: bool = False
    """Whether it is about findings: then the provider said so, and only the time is asked for."""


class SourceForm(QFrame):
    """Hidden until something is to be said. Signals: chosen(Heard or Chart), closed()."""

    chosen = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "sheet")
        self.setVisible(False)
        self._findings = False
        self.quote = ElidedLabel("small")
        self.who = Choice(say("heard.who"))
        for number, source in enumerate((*Speaker, CHART), 1):
            self.who.addItem(say("heard.choice", number=number, who=say(f"source.who.{source}")), str(source))
        self.who.currentIndexChanged.connect(self._refresh)
        self.relation = _field(say("heard.relation"), 100)
        self.time = _field(say("heard.time"), 8)
        self.document = _field(say("chart.document"), 300)
        self.dated = _field(say("chart.dated"), 10)
        self.wrong = label("", "notice", wrap=True)
        self.ok = button(say("heard.ok"), self._submit, "primary")
        self.cancel = button(say("heard.cancel"), self._close)
        fields = (self.who, self.relation, self.time, self.document, self.dated)
        inner = column(self.quote, self.wrong, spacing=6)
        inner.addLayout(FlowLayout(*fields, self.cancel, self.ok))
        inner.setContentsMargins(12, 8, 12, 8)
        whole = column(line(), spacing=0)
        whole.addLayout(inner)
        self.setLayout(whole)

    def ask(self, asked: SourceAsked) -> None:
        """Open it, ready to be answered by Enter."""
        self._findings = asked.findings
        quote = " ".join(asked.quote.split())
        self.quote.setText(say("heard.findings") if asked.findings else say("heard.of", quote=quote))
        self._say_wrong("")
        self.time.setText(str(asked.time) if asked.time is not None else "")
        match asked.before:
            case Heard(at_ms=at_ms, speaker=speaker, relation=relation):
                self.who.setCurrentIndex(list(Speaker).index(speaker))
                self.relation.setText(relation)
                self.time.setText(str(TimeAnchor(at_ms)))
            case Chart(title=title, dated=dated):
                self.who.setCurrentIndex(len(Speaker))
                self.document.setText(title)
                self.dated.setText(dated.isoformat())
            case None:
                pass
        self._refresh()
        self.setVisible(True)
        (self.time if asked.findings else self.who).setFocus(Qt.FocusReason.ShortcutFocusReason)
        announce(self, self.quote.text())

    @property
    def speaker(self) -> Speaker | None:
        """Who is chosen, of findings always the provider; None for a document."""
        chosen = str(self.who.currentData())
        return Speaker.PROVIDER if self._findings else None if chosen == CHART else Speaker(chosen)

    def _refresh(self) -> None:
        self.who.setVisible(not self._findings)
        self.relation.setVisible(self.speaker in RELATED)
        self.time.setVisible(self.speaker is not None)
        self.document.setVisible(self.speaker is None)
        self.dated.setVisible(self.speaker is None)

    def _submit(self) -> None:
        speaker = self.speaker
        source = self._chart() if speaker is None else self._heard(speaker)
        if source is not None:
            self.setVisible(False)
            self.chosen.emit(source)

    def _heard(self, speaker: Speaker) -> Heard | None:
        at = TimeAnchor.read(self.time.text())
        if at is None:
            self._say_wrong(say("heard.no_time"))
            self.time.setFocus(Qt.FocusReason.OtherFocusReason)
            return None
        return Heard(at_ms=at.ms, speaker=speaker, relation=self.relation.text().strip() if speaker in RELATED else "")

    def _chart(self) -> Chart | None:
        title, dated = self.document.text().strip(), _read_date(self.dated.text().strip())
        if not title or dated is None:
            self._say_wrong(say("chart.incomplete"))
            (self.dated if title else self.document).setFocus(Qt.FocusReason.OtherFocusReason)
            return None
        # The chart's own id is not known here: title and date are what a person finds it by.
        return Chart(document_id=f"typed:{new_id()}", title=title, dated=dated)

    def _close(self) -> None:
        self.setVisible(False)
        self.closed.emit()

    def _say_wrong(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))
        if words:
            announce(self, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter says so, Escape leaves it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self.cancel.hasFocus():
            self._submit()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._close()
        else:
            super().keyPressEvent(event)


def _field(name: str, most: int) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(name)
    made.setMaxLength(most)
    return made


def _read_date(untrusted_text: str) -> date | None:
    """A date as 2026-05-12; None for anything else, and for one that no calendar has."""
    try:
        return date.fromisoformat(untrusted_text) if len(untrusted_text) == 10 else None
    except ValueError:
        return None
