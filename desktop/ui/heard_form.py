"""A strip under the note: from whom and at which time in the visit something was heard, all of it by keys."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Choice, ElidedLabel, announce, button, column, label, line
from desktop.ui.words import say
from visit.provenance import Heard, Speaker
from visit.time_anchor import TimeAnchor

RELATED = (Speaker.FAMILY, Speaker.CAREGIVER)


@dataclass(frozen=True, slots=True)
class HeardAsked:
    """What the strip is opened with: the words that are spoken of, the time now, and what was said of them before."""

    quote: str
    time: TimeAnchor | None = None
    before: Heard | None = None
    findings: bool = False
    """Whether it is about findings: then the provider said so, and only the time is asked for."""


class HeardForm(QFrame):
    """Hidden until something is to be said. Signals: chosen(Heard), closed()."""

    chosen = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "sheet")
        self.setVisible(False)
        self._findings = False
        self.quote = ElidedLabel("small")
        self.who = Choice(say("heard.who"))
        for number, speaker in enumerate(Speaker, 1):
            self.who.addItem(say("heard.choice", number=number, who=say(f"source.who.{speaker}")), speaker)
        self.who.currentIndexChanged.connect(self._refresh)
        self.relation = QLineEdit()
        self.relation.setAccessibleName(say("heard.relation"))
        self.relation.setPlaceholderText(say("heard.relation"))
        self.relation.setMaxLength(100)
        self.time = QLineEdit()
        self.time.setAccessibleName(say("heard.time"))
        self.time.setPlaceholderText(say("heard.time"))
        self.time.setMaxLength(8)
        self.wrong = label("", "notice", wrap=True)
        self.ok = button(say("heard.ok"), self._submit, "primary")
        self.cancel = button(say("heard.cancel"), self._close)
        fields = FlowLayout(self.who, self.relation, self.time, self.cancel, self.ok)
        inner = column(self.quote, self.wrong, spacing=6)
        inner.addLayout(fields)
        inner.setContentsMargins(12, 8, 12, 8)
        whole = column(line(), spacing=0)
        whole.addLayout(inner)
        self.setLayout(whole)

    def ask(self, asked: HeardAsked) -> None:
        """Open it, ready to be answered by Enter."""
        self._findings = asked.findings
        self.quote.setText(say("heard.findings" if asked.findings else "heard.of", quote=" ".join(asked.quote.split())))
        self._say_wrong("")
        if asked.before is not None:
            self.who.setCurrentIndex(list(Speaker).index(asked.before.speaker))
            self.relation.setText(asked.before.relation)
        time = TimeAnchor(asked.before.at_ms) if asked.before is not None else asked.time
        self.time.setText(str(time) if time is not None else "")
        self._refresh()
        self.setVisible(True)
        (self.time if asked.findings else self.who).setFocus(Qt.FocusReason.ShortcutFocusReason)
        announce(self, self.quote.text())

    @property
    def speaker(self) -> Speaker:
        """Who is chosen; of findings it is always the provider."""
        return Speaker.PROVIDER if self._findings else Speaker(self.who.currentData())

    def _refresh(self) -> None:
        self.who.setVisible(not self._findings)
        self.relation.setVisible(self.speaker in RELATED)

    def _submit(self) -> None:
        at = TimeAnchor.read(self.time.text())
        if at is None:
            self._say_wrong(say("heard.no_time"))
            self.time.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        relation = self.relation.text().strip() if self.speaker in RELATED else ""
        self.setVisible(False)
        self.chosen.emit(Heard(at_ms=at.ms, speaker=self.speaker, relation=relation))

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
