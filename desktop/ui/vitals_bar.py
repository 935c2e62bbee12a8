"""The bar under the note in which vital signs are entered, mended, and confirmed with a reason when out of range."""

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import KeyButton, announce, button, column, label, restyle
from desktop.ui.words import say
from visit.vital_entry import Found
from visit.vital_lines import LineEntry, OpenQuestion, open_questions, read_line, with_reason
from visit.vitals import MAX_REASON, Outlier, form_of, plain

INFANT_MONTHS = 36
"""Below this age length and head are measured with percentiles of their own."""
CHILD_MONTHS = 240
REASONS = ("repeated", "known", "provider")
"""Reasons that a number alone stands for."""

Age = Callable[[], int | None]


class VitalsBar(QFrame):
    """Hidden while nothing is entered.

    Signals: taken(entry): a LineEntry, all of it in range or confirmed; left(): put away with nothing taken.
    """

    taken = Signal(object)
    left = Signal()

    def __init__(self, age: Age) -> None:
        """`age` gives the patient's age in completed months, as far as it is known."""
        super().__init__()
        self.setProperty("kind", "entry")
        self._age = age
        self._entry: LineEntry | None = None
        self._questions: tuple[OpenQuestion, ...] = ()
        self._asks_reason = False
        self.title = label(say("vitals.title"), "strong", wrap=True)
        self.box = QLineEdit()
        self.box.setAccessibleName(say("vitals.box"))
        self.box.textEdited.connect(self._on_typed)
        self.box.returnPressed.connect(self._on_return)
        self.said = label("", "small", wrap=True)
        self.take_button: KeyButton = button(say("vitals.take"), self._on_return, "primary")
        self.close_button: KeyButton = button(say("vitals.close"), self.put_away)
        controls = FlowLayout(self.take_button, self.close_button, push=0)
        layout = column(self.title, self.box, self.said, controls, spacing=6)
        layout.setContentsMargins(12, 8, 12, 8)
        self.setLayout(layout)
        self.hide()

    def begin(self, text: str = "") -> None:
        """Enter vital signs here, from a text that was begun."""
        self._asks_reason, self._questions = False, ()
        self.title.setText(say("vitals.title"))
        self.box.setAccessibleName(say("vitals.box"))
        self.box.setPlaceholderText(say(f"vitals.example_{self._age_group()}"))
        self.box.setMaxLength(1_000)
        self.box.setText(text)
        for part in (self.title, self.box, self.take_button, self.close_button):
            part.setVisible(True)
        self._open()
        self._on_typed(text)
        self.box.setFocus()

    def confirm(self, entry: LineEntry) -> None:
        """Ask for a reason for each value that is out of range; an entry with none is taken at once."""
        self._entry = entry
        self._questions = open_questions(entry, self._age())
        if not self._questions:
            self.hide()
            self.taken.emit(entry)
            return
        self._ask(self._questions[0])

    def show_stop(self, found: Found) -> None:
        """What stops a line that was typed in the note; the keyboard stays there."""
        self._entry, self._asks_reason = None, False
        for part in (self.title, self.box, self.take_button, self.close_button):
            part.setVisible(False)
        self._say(say(f"vitals.problem.{found.kind}", word=found.word) + " " + say("vitals.stopped"), "small_bad")
        self._open()
        announce(self, self.said.text())

    @property
    def asks(self) -> bool:
        """Whether the keyboard is wanted here."""
        return not self.isHidden() and not self.box.isHidden()

    def put_away(self) -> None:
        """Close without taking anything; what was typed in the note is as it was."""
        if not self.isHidden():
            self.hide()
            self.left.emit()

    def _open(self) -> None:
        self.setVisible(True)

    def _age_group(self) -> str:
        months = self._age()
        if months is None or months >= CHILD_MONTHS:
            return "adult"
        return "infant" if months < INFANT_MONTHS else "child"

    def _say(self, text: str, kind: str) -> None:
        self.said.setText(text)
        if self.said.property("kind") != kind:
            self.said.setProperty("kind", kind)
            restyle(self.said)

    def _on_typed(self, text: str) -> None:
        if self._asks_reason:
            return
        entry = self._entry = read_line(text) if text.strip() else None
        if entry is None:
            self._say(say("vitals.nothing") if text.strip() else say("vitals.hint"), "small")
        elif entry.stop is not None:
            self._say(say(f"vitals.problem.{entry.stop.kind}", word=entry.stop.word), "small_bad")
        elif entry.unclear:
            words = ", ".join(found.word for found in entry.unclear)
            self._say(say("vitals.unclear", words=words), "small_warn")
        else:
            self._say(preview(entry), "small_ok")

    def _on_return(self) -> None:
        if self._asks_reason:
            self._answer(self.box.text())
        elif self._entry is not None and self._entry.complete:
            self.confirm(self._entry)
        else:
            announce(self, self.said.text())

    def _ask(self, question: OpenQuestion) -> None:
        self._asks_reason = True
        self.title.setText(" ".join(outlier_words(it) for it in question.outliers))
        self.box.clear()
        self.box.setMaxLength(MAX_REASON)
        self.box.setPlaceholderText(say("vitals.reason_hint"))
        self.box.setAccessibleName(say("vitals.reason"))
        for part in (self.title, self.box, self.take_button, self.close_button):
            part.setVisible(True)
        reasons = [f"{number} {say(f'vitals.reason.{name}')}" for number, name in enumerate(REASONS, start=1)]
        self._say(say("vitals.reasons", list=" · ".join(reasons)), "small")
        self._open()
        self.box.setFocus()
        announce(self, f"{self.title.text()} {say('vitals.reason')}")

    def _answer(self, text: str) -> None:
        if self._entry is None:
            return
        number = int(text) if text.strip() in ("1", "2", "3") else 0
        reason = say(f"vitals.reason.{REASONS[number - 1]}") if number else text
        answered = with_reason(self._entry, self._questions[0], reason)
        if answered is None:
            self._say(say("vitals.reason_needed"), "small_bad")
            announce(self, self.said.text())
            return
        self.confirm(answered)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        else:
            super().keyPressEvent(event)


def preview(entry: LineEntry) -> str:
    """What will stand in the note."""
    lines = " / ".join(entry.lines.split("\n"))
    if entry.assumed:
        lines += " · " + say("vitals.assumed", words=", ".join(found.word for found in entry.assumed))
    return lines


def outlier_words(outlier: Outlier) -> str:
    """A value that is out of range, with the range, in the value's own unit."""
    name = form_of(outlier.kind).label
    part = next((it.part for it in form_of(outlier.kind).components if it.loinc == outlier.quantity.loinc), "")
    if part:
        name = say("vitals.part", name=name, part=say(f"vitals.part.{part}"))
    value = f"{plain(outlier.quantity.value)}{_shown_unit(outlier, outlier.quantity.unit)}"
    low, high = (_limit(outlier, end) for end in (outlier.band.low, outlier.band.high))
    if low and high:
        return say("vitals.outside", name=name, value=value, low=low, high=high)
    return (
        say("vitals.below", name=name, value=value, low=low)
        if low
        else say("vitals.above", name=name, value=value, high=high)
    )


def _limit(outlier: Outlier, end: Decimal | None) -> str:
    """An end of the range, in the range's own unit where that is another than the value's."""
    if end is None:
        return ""
    same = outlier.band.unit == outlier.quantity.unit
    return plain(end) if same else f"{plain(end)}{_shown_unit(outlier, outlier.band.unit)}"


def _shown_unit(outlier: Outlier, ucum: str) -> str:
    return next((unit.shown for unit in form_of(outlier.kind).units if unit.ucum == ucum), f" {ucum}")
