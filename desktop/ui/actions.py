"""The one action registry: ids, words and keys from the one keymap file; it feeds shortcuts, hints and the sheet."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

KEYMAP = Path(__file__).parent / "keymap.toml"
ONCE = ("replay_back", "replay_speed")
"""A foot that rests on the pedal presses it once."""


@cache
def keymap() -> dict[str, dict[str, str]]:
    """Scope to action id to portable key."""
    return tomllib.loads(KEYMAP.read_text(encoding="utf-8"))


def key_of(action: str) -> str:
    """An action's key as this system writes it; empty when it has none."""
    for actions in keymap().values():
        if action in actions:
            return QKeySequence(actions[action]).toString(QKeySequence.SequenceFormat.NativeText)
    return ""


class Actions:
    """Binds action ids to what they do, in the scope of a widget."""

    def __init__(self) -> None:
        self._shortcuts: dict[str, QShortcut] = {}

    def bind(self, scope: str, widget: QWidget, handlers: dict[str, Callable[[], None]]) -> None:
        """Make the scope's keys work while `widget` or something in it has the keyboard."""
        for action, handler in handlers.items():
            shortcut = QShortcut(QKeySequence(keymap()[scope][action]), widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(action not in ONCE)
            if scope == "window":
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(handler)
            self._shortcuts[action] = shortcut

    def bound(self) -> set[str]:
        """Ids of the actions that work now."""
        return set(self._shortcuts)
