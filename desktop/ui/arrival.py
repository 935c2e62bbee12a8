"""The screens before work: first run, sign-in, and a screen that was locked."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from desktop.ui.parts import Card, Page, Sheet, announce, button, column, label, rename, row, scroller
from desktop.ui.words import say


class Arrival(Page):
    """A card in the middle of an empty page; with `scrolls` one that may be higher than the window."""

    def __init__(self, title: str, *, scrolls: bool = False) -> None:
        super().__init__()
        self.card = Card()
        self.card.setMaximumWidth(560)
        self.card.setMinimumWidth(420)
        self.headline = label(title, "title", wrap=True)
        self.problem = label("", "problem", wrap=True)
        self.problem.setVisible(False)
        self.inner = column(self.headline, margins=26, spacing=12)
        self.card.body.addLayout(self.inner)
        if scrolls:
            sheet = Sheet()
            sheet.setLayout(row(1, column(1, self.card, 2, margins=12), 1))
            self.setLayout(column(scroller(sheet, title, to_read=True)))
        else:
            self.setLayout(row(1, column(1, self.card, 2), 1))

    def show_problem(self, text: str) -> None:
        """A sentence that says what is so and what to do; empty hides it."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        if text:
            announce(self, text)


class FirstRunView(Arrival):
    """Asks once for the gateway's address and the one-time code. Signal: submitted(address, code)."""

    submitted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(say("first_run.title"))
        self.address = QLineEdit()
        self.address.setAccessibleName(say("first_run.address"))
        self.address.setPlaceholderText("https://")
        self.code = QLineEdit()
        self.code.setAccessibleName(say("first_run.code"))
        self.fixed = label(say("first_run.by_policy"), "small", wrap=True)
        self.fixed.setVisible(False)
        self.go = button(say("first_run.go"), self._submit, "primary")
        self.address.returnPressed.connect(self.code.setFocus)
        self.code.returnPressed.connect(self._submit)
        self.inner.addWidget(label(say("first_run.text"), "muted", wrap=True))
        address, code = label(say("first_run.address"), "small"), label(say("first_run.code"), "small")
        address.setBuddy(self.address)
        code.setBuddy(self.code)
        self.inner.addLayout(column(address, self.address, self.fixed, spacing=4))
        self.inner.addLayout(column(code, self.code, spacing=4))
        self.inner.addWidget(self.problem)
        self.inner.addLayout(row(1, self.go))

    def take_focus(self) -> None:
        """To what is still to be filled in."""
        (self.code if self.address.text() else self.address).setFocus()

    def show_address(self, address: str, *, by_policy: bool) -> None:
        """Fill the address; one that the organisation set cannot be changed here."""
        if address and not self.address.text():
            self.address.setText(address)
        self.address.setReadOnly(by_policy)
        if address and self.address.hasFocus():
            self.code.setFocus()
        self.fixed.setVisible(by_policy)

    def show_busy(self, busy: bool) -> None:
        """While the gateway is asked."""
        if busy and self.go.hasFocus():
            self.code.setFocus()
        rename(self.go, say("first_run.busy") if busy else say("first_run.go"))
        self.go.setEnabled(not busy)

    def _submit(self) -> None:
        if not self.go.isEnabled():
            return  # the gateway is being asked
        if not self.address.text().strip():
            self.address.setFocus()
        elif not self.code.text().strip():
            self.code.setFocus()
        else:
            self.submitted.emit(self.address.text(), self.code.text())


class SignInView(Arrival):
    """Signs in through the system browser. Signals: sign_in_requested(), cancelled(), set_up_requested()."""

    sign_in_requested = Signal()
    cancelled = Signal()
    set_up_requested = Signal()

    def __init__(self) -> None:
        super().__init__(say("sign_in.title"))
        self.text = label(say("sign_in.text"), "muted", wrap=True)
        self.go = button(say("sign_in.go"), self.sign_in_requested.emit, "primary")
        self.cancel = button(say("sign_in.cancel"), self.cancelled.emit)
        self.cancel.setVisible(False)
        self.inner.addWidget(self.text)
        self.inner.addWidget(self.problem)
        self.set_up = button(say("sign_in.set_up"), self.set_up_requested.emit)
        self.set_up.setVisible(False)
        self.inner.addLayout(row(1, self.set_up, self.cancel, self.go))

    def take_focus(self) -> None:
        """To the one thing to do."""
        self.go.setFocus()

    def show_waiting(self, waiting: bool, practice: str) -> None:
        """Before and while the browser is open."""
        self.headline.setText(say("sign_in.title_at", practice=practice) if practice else say("sign_in.title"))
        self.text.setText(say("sign_in.waiting") if waiting else say("sign_in.text"))
        self.go.setText(say("sign_in.again") if waiting else say("sign_in.go"))
        self.go.setAccessibleName(self.go.text())
        self.cancel.setVisible(waiting)


class LockedView(Arrival):
    """Nobody wrote for a while: the vault is closed. Signals: unlock_requested(), other_requested()."""

    unlock_requested = Signal()
    other_requested = Signal()

    def __init__(self) -> None:
        super().__init__(say("locked.title"))
        self.text = label(say("locked.text"), "muted", wrap=True)
        self.go = button(say("locked.go"), self.unlock_requested.emit, "primary")
        self.other = button(say("locked.other"), self.other_requested.emit)
        self.inner.addWidget(self.text)
        self.inner.addWidget(self.problem)
        self.inner.addLayout(row(1, self.other, self.go))

    def take_focus(self) -> None:
        """To the one thing to do."""
        self.go.setFocus()

    def show_busy(self, *, locking: bool, opening: bool) -> None:
        """While what was typed is still being saved, and while the vault is opened."""
        self.text.setText(say("locked.saving" if locking else "locked.opening" if opening else "locked.text"))
        self.go.setEnabled(not locking and not opening)
        self.other.setEnabled(not locking and not opening)
