"""Why the vault cannot be opened, what a person can give for it, and a place to go on writing meanwhile."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit

from desktop.ports import LEAST_PASSPHRASE, Given, GivenKind, VaultProblem
from desktop.ui.arrival import Arrival
from desktop.ui.meanwhile import Meanwhile
from desktop.ui.parts import announce, button, column, label, rename, row
from desktop.ui.words import say

BY_PASSPHRASE = (VaultProblem.PASSPHRASE_NEEDED, VaultProblem.PASSPHRASE_WRONG)
BY_CODE = (
    VaultProblem.KEY_MISSING,
    VaultProblem.KEY_WRONG,
    VaultProblem.KEYRING_CHANGED,
    VaultProblem.KEYRING_MISSING,
    VaultProblem.CODE_WRONG,
)
"""Problems in which IT's code helps, when there is a vault."""


class VaultProblemView(Arrival):
    """Says why nothing can be saved here as usual.

    Signals: retried(), quit_requested(), write_requested(), given(Given), typed(text).
    """

    retried = Signal()
    quit_requested = Signal()
    write_requested = Signal()
    given = Signal(object)
    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__(say("vault.title"), scrolls=True)
        self.text = label("", "", wrap=True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.advice = label("", "muted", wrap=True)
        self.again = button(say("vault.again"), self.retried.emit, "primary")
        self.quit = button(say("start.quit"), self.quit_requested.emit)
        self.way = WayIn()
        self.way.given.connect(self.given)
        self.meanwhile = Meanwhile()
        self.meanwhile.typed.connect(self.typed)
        for part in (self.text, self.advice, self.way, self.meanwhile):
            self.inner.addWidget(part)
        self.write_on = button(say("start.write_on"), self.write_requested.emit)
        self.write_on.setVisible(False)
        self.inner.addLayout(row(1, self.quit, self.write_on, self.again))

    def take_focus(self) -> None:
        """To the one thing to do; from the place where somebody writes the keyboard is not taken."""
        if self.meanwhile.box.hasFocus() and self.meanwhile.box.toPlainText():
            return
        if self.way.isVisibleTo(self) and self.way.kind is GivenKind.PASSPHRASE:
            self.way.secret.setFocus()
        else:
            self.again.setFocus()

    def show_vault_problem(self, problem: VaultProblem, *, new: bool = False, offer: bool = True) -> None:
        """The screen of one problem. `new`: there is no vault yet. `offer`: a new one may have a passphrase."""
        self._show("vault.title", f"vault.{problem}", f"vault.{problem}.do", writes=not new)
        self.way.show_for(problem, new=new, offer=offer)
        self.again.setVisible(problem not in BY_PASSPHRASE)
        self.take_focus()

    def show_policy_problem(self, problem: str) -> None:
        """The organisation's policy file cannot be trusted or read: nothing is opened, nobody is connected to."""
        self._show("policy.title", f"policy.{problem}", "policy.do")
        self.take_focus()

    def show_start_problem(self, *, can_write: bool) -> None:
        """A part that visits need did not start; the drafts are not touched, and an open one can be written on."""
        self._show("start.title", "start.text", "start.do")
        self.write_on.setVisible(can_write)
        self.take_focus()

    def _show(self, title: str, text: str, advice: str, *, writes: bool = False) -> None:
        self.headline.setText(say(title))
        self.text.setText(say(text))
        self.advice.setText(say(advice))
        self.write_on.setVisible(False)
        self.way.setVisible(False)
        self.meanwhile.setVisible(writes)  # never hidden in between: somebody may be writing in it
        self.again.setVisible(True)
        announce(self, self.text.text())


class WayIn(QFrame):
    """A field for what a person can give: a passphrase, a new one twice, or IT's code. Signal: given(Given)."""

    given = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.kind: GivenKind | None = None
        self.secret, self.first_label = _field()
        self.new, self.new_label = _field()
        self.again, self.again_label = _field()
        self.hint = label("", "problem", wrap=True)
        self.go = button(say("way.open"), self._give)
        self.other = button(say("way.code"), self._turn, "link")
        parts = (self.first_label, self.secret, self.new_label, self.new, self.again_label, self.again)
        self.setLayout(column(*parts, self.hint, row(self.other, 1, self.go), spacing=6))
        for field in (self.secret, self.new, self.again):
            field.returnPressed.connect(self._give)
        self._problem: VaultProblem | None = None
        self._new = False

    def show_for(self, problem: VaultProblem, *, new: bool, offer: bool = True) -> None:
        """What helps with this problem; nothing hides it."""
        self._problem, self._new = problem, new
        kind: GivenKind | None = None
        if problem in BY_PASSPHRASE:
            kind = GivenKind.PASSPHRASE
        elif new and offer and problem is VaultProblem.KEYRING_MISSING:
            kind = GivenKind.NEW_PASSPHRASE
        elif not new and problem in BY_CODE:
            kind = GivenKind.CODE
        self._show(kind)

    def _show(self, kind: GivenKind | None) -> None:
        self.kind = kind
        self.setVisible(kind is not None)
        if kind is None:
            return
        by_code, by_passphrase = kind is GivenKind.CODE, self._problem in BY_PASSPHRASE
        # With a code a new passphrase is asked for where no keyring keeps the key.
        twice = kind is GivenKind.NEW_PASSPHRASE or (by_code and self._needs_passphrase())
        for field, words in (
            (self.secret, self.first_label),
            (self.new, self.new_label),
            (self.again, self.again_label),
        ):
            field.clear()
            shown = {self.secret: kind is not GivenKind.NEW_PASSPHRASE}.get(field, twice)
            field.setVisible(shown)
            words.setVisible(shown)
        self._name(self.secret, self.first_label, say("way.code_from_it" if by_code else "way.passphrase"))
        self._name(self.new, self.new_label, say("way.new_passphrase", least=LEAST_PASSPHRASE))
        self._name(self.again, self.again_label, say("way.once_more"))
        self.secret.setEchoMode(QLineEdit.EchoMode.Normal if by_code else QLineEdit.EchoMode.Password)
        self.hint.setVisible(False)
        rename(self.go, say("way.use_passphrase" if kind is GivenKind.NEW_PASSPHRASE else "way.open"))
        rename(self.other, say("way.passphrase_after_all" if by_code else "way.code"))
        self.other.setVisible(by_passphrase)

    def _needs_passphrase(self) -> bool:
        return self._problem in (*BY_PASSPHRASE, VaultProblem.KEYRING_MISSING)

    def _turn(self) -> None:
        self._show(GivenKind.CODE if self.kind is GivenKind.PASSPHRASE else GivenKind.PASSPHRASE)
        self.secret.setFocus()

    def _give(self) -> None:
        kind = self.kind
        if kind is None:
            return
        new = self.new.text()
        if not self.new.isHidden() and (len(new) < LEAST_PASSPHRASE or new != self.again.text()):
            short = len(new) < LEAST_PASSPHRASE
            self._say(say("way.too_short", least=LEAST_PASSPHRASE) if short else say("way.not_the_same"))
            (self.new if short else self.again).setFocus()
        elif not self.secret.isHidden() and not self.secret.text():
            self.secret.setFocus()
        else:
            text = new if kind is GivenKind.NEW_PASSPHRASE else self.secret.text()
            self.given.emit(Given(kind, text, new if kind is GivenKind.CODE else ""))

    def _say(self, text: str) -> None:
        self.hint.setText(text)
        self.hint.setVisible(True)
        announce(self, text)

    @staticmethod
    def _name(field: QLineEdit, words: QLabel, text: str) -> None:
        words.setText(text)
        field.setAccessibleName(text)


def _field() -> tuple[QLineEdit, QLabel]:
    """A field that shows no letters and that no input method remembers, and its label."""
    made = QLineEdit()
    made.setEchoMode(QLineEdit.EchoMode.Password)
    made.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
    words = label("", "small", wrap=True)
    words.setBuddy(made)
    return made, words
