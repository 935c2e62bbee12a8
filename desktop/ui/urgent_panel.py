"""Telling the provider at once: what for, in a few words, and until it is answered how far that got."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QWidget

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import KeyButton, announce, button, column, label, restyle, row
from desktop.ui.words import say
from wire.urgent import UrgentKind

KINDS = tuple(UrgentKind)
"""By the number of their key, from 1."""
MOST_CHARS = 300


@dataclass(frozen=True, slots=True)
class UrgentLine:
    """How far something got that the provider must know: a sentence, and whether it is over."""

    text: str
    answered: bool


class WholeLabel(QLabel):
    """Words that wrap and are never cut: what stands below gives way, or is scrolled to."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "notice")
        self.setWordWrap(True)

    def setText(self, text: str) -> None:
        """Show other words."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width needs another height."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = max(0, self.heightForWidth(self.width()))
        if needed != self.minimumHeight():
            self.setMinimumHeight(needed)


class UrgentPanel(QFrame):
    """Over the chat: a form, and what was told and is not answered yet.

    Signals: told(kind, text): an UrgentKind and words, which may be empty. closed().
    """

    told = Signal(object, str)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.kind: UrgentKind | None = None
        self.state = WholeLabel()
        self.state.setVisible(False)
        self.form = QFrame()
        self.kinds: dict[UrgentKind, KeyButton] = {}
        for number, kind in enumerate(KINDS, 1):
            made = button(say(f"urgent.kind.{kind}"), partial(self.choose, kind))
            made.key = str(number)
            made.setCheckable(True)
            self.kinds[kind] = made
        self.text = QLineEdit()
        self.text.setMaxLength(MOST_CHARS)
        self.text.textChanged.connect(lambda _text: self._refresh())
        self.text.returnPressed.connect(self.tell)
        self.tell_button = button(say("urgent.tell"), self.tell, "primary")
        cancel = button(say("urgent.cancel"), self.close_form)
        self.form.setLayout(
            column(
                label(say("urgent.title"), "strong", wrap=True),
                FlowLayout(*self.kinds.values(), spacing=6),
                self.text,
                row(1, cancel, self.tell_button),
                margins=10,
            )
        )
        self.form.setVisible(False)
        self._strip = QWidget()
        self._strip.setLayout(row(self.state, margins=10))
        self._strip.setVisible(False)
        self.setLayout(column(self._strip, self.form, spacing=0))
        self._shown: tuple[UrgentLine, ...] = ()
        self._refresh()

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        return self.form.isVisibleTo(self)

    def open_form(self) -> None:
        """Ask what for; what was typed before is still there."""
        self.form.setVisible(True)
        (self.text if self.kind is not None else self.kinds[KINDS[0]]).setFocus()

    def close_form(self) -> None:
        """Put the form away; what was typed stays."""
        self.form.setVisible(False)
        self.closed.emit()

    def choose(self, kind: UrgentKind) -> None:
        """Take a cause, and go on to the words."""
        self.kind = kind
        self._refresh()
        self.text.setFocus()

    def tell(self) -> None:
        """Send it, once there is a cause and, for a critical value, the value."""
        if self.kind is None or not self.tell_button.isEnabled():
            return
        kind, text = self.kind, self.text.text().strip()
        self.kind = None
        self.text.clear()
        self._refresh()
        self.form.setVisible(False)
        self.closed.emit()
        self.told.emit(kind, text)

    def show_lines(self, lines: tuple[UrgentLine, ...]) -> None:
        """Show what is not answered yet; every step is said to screen readers, the answer too."""
        if lines == self._shown:
            return
        fresh = [line for line in lines if line not in self._shown]
        self._shown = lines
        waiting = "\n".join(line.text for line in lines if not line.answered)
        self.state.setText(waiting)
        self.state.setVisible(bool(waiting))
        self._strip.setVisible(bool(waiting))
        for line in fresh:
            announce(self, line.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The numbers choose a cause; Escape puts the form away."""
        number = event.text()
        if self.is_open and number.isdecimal() and 1 <= int(number) <= len(KINDS):
            self.choose(KINDS[int(number) - 1])
        elif self.is_open and event.key() == Qt.Key.Key_Escape:
            self.close_form()
        else:
            super().keyPressEvent(event)

    def _refresh(self) -> None:
        for kind, made in self.kinds.items():
            chosen = kind is self.kind
            word = say(f"urgent.kind.{kind}")
            made.setChecked(chosen)
            made.setText(say("urgent.chosen", word=word) if chosen else word)
            made.setProperty("kind", "primary" if chosen else "")
            restyle(made)
        needed = self.kind is UrgentKind.CRITICAL_VALUE
        hint = say("urgent.which_value" if needed else "urgent.what")
        self.text.setPlaceholderText(hint)
        self.text.setAccessibleName(hint)
        self.tell_button.setEnabled(self.kind is not None and (bool(self.text.text().strip()) or not needed))
