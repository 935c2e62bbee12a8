"""The one action registry: ids, words and keys from the one keymap file, what each does, whether it can be done now.

It feeds shortcuts, hints, the command palette and the sheet of keys.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.ui.words import say

KEYMAP = Path(__file__).parent / "keymap.toml"
ONCE = ("replay_back", "replay_speed")
"""A foot that rests on the pedal presses it once."""
HELD = ("talk",)
"""Keys that are held: nothing that is chosen from a list can do what they do."""
OWN = ("put_grid",)
"""Keys that the part of the page they are for binds itself, so that elsewhere they are free."""

WhyNot = Callable[[str], str]
"""Why an action cannot be done now, by its id; empty when it can."""


@dataclass(frozen=True, slots=True)
class Command:
    """An action as it is shown: its id, where it applies, its words, its key as this system writes it.

    `why_not` says why it cannot be done now; empty when it can.
    """

    action: str
    scope: str
    name: str
    key: str
    why_not: str


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


@dataclass(frozen=True, slots=True)
class _Offer:
    scope: str
    name: str
    handler: Callable[[], None]
    why_not: WhyNot


class Actions:
    """Binds action ids to what they do, in the scope of a widget."""

    def __init__(self) -> None:
        self._shortcuts: dict[str, QShortcut] = {}
        self._offers: dict[str, _Offer] = {}
        self._later: list[Callable[[], dict[str, _Offer]]] = []

    def bind(
        self, scope: str, widget: QWidget, handlers: dict[str, Callable[[], None]], why_not: WhyNot = lambda _action: ""
    ) -> None:
        """Make the scope's keys work while `widget` or something in it has the keyboard."""
        for action, handler in handlers.items():
            self._offers[action] = _Offer(scope, say(f"action.{action}"), handler, why_not)
            if action in OWN:
                continue
            shortcut = QShortcut(QKeySequence(keymap()[scope][action]), widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.setAutoRepeat(action not in ONCE)
            if scope == "window":
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(handler)
            self._shortcuts[action] = shortcut

    def offer(
        self, scope: str, names: Callable[[], dict[str, str]], run: Callable[[str], None], why_not: WhyNot
    ) -> None:
        """Further actions that have no key of their own: the palette has them. `names`, ids to words, is asked then."""

        def made() -> dict[str, _Offer]:
            return {action: _Offer(scope, name, partial(run, action), why_not) for action, name in names().items()}

        self._later.append(made)

    def bound(self) -> set[str]:
        """Ids of the actions that have a key and work now."""
        return {action for actions in keymap().values() for action in actions if action in self._offers}

    def commands(self) -> tuple[Command, ...]:
        """Every action, in the keymap's order, then those without a key."""
        for made in self._later:
            self._offers |= made()
        self._later.clear()
        keyed = [(action, scope) for scope, actions in keymap().items() for action in actions]
        known = {action for action, _ in keyed}
        more = [(action, offer.scope) for action, offer in self._offers.items() if action not in known]
        return tuple(self._command(action, scope) for action, scope in (*keyed, *more))

    def _command(self, action: str, scope: str) -> Command:
        offer, key = self._offers.get(action), key_of(action)
        if action in HELD:
            return Command(action, scope, say(f"action.{action}"), key, say("command.held"))
        if offer is None:
            return Command(action, scope, say(f"action.{action}"), key, say("command.not_here"))
        return Command(action, scope, offer.name, key, offer.why_not(action))

    def run(self, action: str) -> str:
        """Do what an action does; why not, and nothing is done, when it cannot be done now."""
        offer = self._offers.get(action)
        if offer is None or action in HELD:
            return say("command.held" if action in HELD else "command.not_here")
        why_not = offer.why_not(action)
        if not why_not:
            offer.handler()
        return why_not
