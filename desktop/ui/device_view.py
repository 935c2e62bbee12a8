"""This device: who is signed in, through which gateway, where the key rests, and how the program looks."""

import platform

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from desktop.ui.flow import FlowLayout
from desktop.ui.parts import Card, Choice, Page, Sheet, button, column, label, row, scroller
from desktop.ui.passphrase_card import PassphraseCard
from desktop.ui.words import say


class DeviceView(Page):
    """Facts and a few settings.

    Signals: sign_out_requested(), lock_requested(), passphrase_changed(old, new), appearance_chosen(name),
    zoomed(step).
    """

    sign_out_requested = Signal()
    lock_requested = Signal()
    passphrase_changed = Signal(str, str)
    appearance_chosen = Signal(str)
    zoomed = Signal(int)

    def __init__(self, appearance: str) -> None:
        super().__init__()
        self.card = Card(say("device.title"))
        self.grid = QGridLayout()
        self.grid.setContentsMargins(14, 12, 14, 12)
        self.grid.setHorizontalSpacing(24)
        self.grid.setVerticalSpacing(10)
        self.grid.setColumnStretch(1, 1)
        self.values = {}
        for number, key in enumerate(("person", "gateway", "device", "key", "vault", "recovery", "version")):
            self.grid.addWidget(label(say(f"device.{key}"), "strong"), number, 0)
            self.values[key] = label("", "muted", wrap=True)
            self.grid.addWidget(self.values[key], number, 1)
        self.card.body.addLayout(self.grid)
        self.sign_out = button(say("device.sign_out"), self.sign_out_requested.emit)
        self.lock = button(say("device.lock"), self.lock_requested.emit)
        buttons = row(1, self.lock, self.sign_out)
        buttons.setContentsMargins(14, 0, 14, 12)
        self.card.body.addLayout(buttons)
        self.look = Card(say("device.look"))
        self.appearance = Choice(say("device.appearance"))
        for name in ("system", "light", "dark"):
            self.appearance.addItem(say(f"device.{name}"), name)
        self.appearance.setCurrentIndex(max(0, self.appearance.findData(appearance)))
        self.appearance.currentIndexChanged.connect(
            lambda _index: self.appearance_chosen.emit(str(self.appearance.currentData()))
        )
        sizes = FlowLayout(
            button(say("device.smaller"), lambda: self.zoomed.emit(-1), action="zoom_out"),
            button(say("device.larger"), lambda: self.zoomed.emit(1), action="zoom_in"),
            button(say("device.usual"), lambda: self.zoomed.emit(0), action="zoom_reset"),
        )
        self.look.body.addLayout(column(row(label(say("device.appearance")), self.appearance, 1), sizes, margins=14))
        inner = Sheet()
        self.passphrase = PassphraseCard()
        self.passphrase.changed.connect(self.passphrase_changed)
        self.passphrase.setVisible(False)
        inner.setLayout(column(self.card, self.look, self.passphrase, 1, margins=18, spacing=14))
        self.setLayout(column(scroller(inner, say("device.title"), to_read=True)))

    def take_focus(self) -> None:
        """To the first setting."""
        self.appearance.setFocus()

    def show_facts(self, facts: dict[str, str], *, signed_in: bool) -> None:
        """Fill the facts by key."""
        for key, text in facts.items():
            self.values[key].setText(text)
        self.sign_out.setEnabled(signed_in)


def device_name() -> str:
    """What the practice sees in its list of devices."""
    return f"{platform.system()} laptop {platform.node()}"[:200]
