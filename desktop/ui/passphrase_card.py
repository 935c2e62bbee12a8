"""Another passphrase for the drafts, where no keyring keeps their key."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit

from desktop.ports import LEAST_PASSPHRASE
from desktop.ui.parts import Card, announce, button, column, label, row
from desktop.ui.words import say


class PassphraseCard(Card):
    """The old one, and the new one twice. Signal: changed(old, new)."""

    changed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(say("way.change"))
        names = (say("way.passphrase"), say("way.new_passphrase", least=LEAST_PASSPHRASE), say("way.once_more"))
        self.fields = [QLineEdit() for _ in names]
        layout = column(margins=14, spacing=6)
        for field, name in zip(self.fields, names, strict=True):
            field.setEchoMode(QLineEdit.EchoMode.Password)
            field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)
            field.setAccessibleName(name)
            words = label(name, "small", wrap=True)
            words.setBuddy(field)
            layout.addWidget(words)
            layout.addWidget(field)
            field.returnPressed.connect(self._change)
        self.said = label("", "small", wrap=True)
        self.said.setVisible(False)
        layout.addWidget(self.said)
        layout.addLayout(row(1, button(say("way.change"), self._change)))
        self.body.addLayout(layout)

    def show_result(self, text: str) -> None:
        """What came of it; fields that did their work are empty."""
        for field in self.fields:
            field.clear()
        self._say(text)

    def _change(self) -> None:
        old, new, again = (field.text() for field in self.fields)
        if len(new) < LEAST_PASSPHRASE:
            self._say(say("way.too_short", least=LEAST_PASSPHRASE))
        elif new != again:
            self._say(say("way.not_the_same"))
        else:
            self.changed.emit(old, new)

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(True)
        announce(self, text)
