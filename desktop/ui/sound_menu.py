"""Which sound device plays the room, and whether soft voices are made louder: a button with a menu."""

from dataclasses import dataclass, replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from desktop.ports import SoundDevices
from desktop.ui.words import say


@dataclass(frozen=True, slots=True)
class SoundChoice:
    """What the person chose: a device by name ('' is the system's default), and the boost."""

    device: str = ""
    boost: bool = False


class SoundButton(QPushButton):
    """Opens the menu.

    Signals:
        chosen(SoundChoice).
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__(say("sound.button"))
        self.setAccessibleName(say("sound.name"))
        self.setToolTip(say("sound.name"))
        self._choice = SoundChoice()
        self._devices = SoundDevices()
        self._menu = QMenu(self)
        self._menu.setAccessibleName(say("sound.name"))
        self.setMenu(self._menu)
        self._fill()

    def show_state(self, choice: SoundChoice, devices: SoundDevices) -> None:
        """What was chosen, and what there is; an open menu is left as it is."""
        if (choice, devices) != (self._choice, self._devices) and not self._menu.isVisible():
            self._choice, self._devices = choice, devices
            self._fill()

    def _fill(self) -> None:
        self._menu.clear()
        group = QActionGroup(self._menu)
        names = list(dict.fromkeys(("", *self._devices.devices, self._choice.device)))
        for name in names:
            action = self._checkable(self._label(name), checked=name == self._choice.device)
            action.triggered.connect(lambda _checked, name=name: self._choose(replace(self._choice, device=name)))
            group.addAction(action)
        self._menu.addSeparator()
        boost = self._checkable(say("sound.boost"), checked=self._choice.boost)
        boost.triggered.connect(lambda checked: self._choose(replace(self._choice, boost=checked)))

    def _checkable(self, text: str, *, checked: bool) -> QAction:
        action = self._menu.addAction(text.replace("&", "&&"))
        action.setCheckable(True)
        action.setChecked(checked)
        return action

    def _label(self, name: str) -> str:
        if not name:
            return say("sound.default")
        return name if name in self._devices.devices else say("sound.missing", name=name)

    def _choose(self, choice: SoundChoice) -> None:
        self._choice = choice
        self.chosen.emit(choice)
