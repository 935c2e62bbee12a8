"""Every action has one key, no two of a scope share one, none is text on a common layout, and each has words."""

import ast
from collections import Counter
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

import desktop.ui
from desktop.ui.actions import Actions, key_of, keymap
from desktop.ui.words import has

EDITING_KEYS = [
    standard
    for standard in QKeySequence.StandardKey
    if standard.name
    in {"Copy", "Cut", "Paste", "Undo", "Redo", "SelectAll", "Delete", "DeleteStartOfWord", "DeleteEndOfWord"}
]
SENDING = ("finish_visit",)
UI = Path(desktop.ui.__file__).parent


def first_of(sequence: QKeySequence) -> QKeyCombination:
    """The only combination of a sequence; PySide6's stubs do not know that it can be indexed."""
    return cast("QKeyCombination", sequence[0])  # type: ignore[index]


def every_action() -> list[tuple[str, str, str]]:
    return [(scope, action, key) for scope, actions in keymap().items() for action, key in actions.items()]


def test_no_two_actions_share_a_key() -> None:
    """The window's keys work on the visit screen too, so all scopes are one set."""
    counts = Counter(QKeySequence(key).toString() for _, _, key in every_action())
    assert [key for key, count in counts.items() if count > 1] == []


def test_no_action_is_in_two_scopes() -> None:
    counts = Counter(action for _, action, _ in every_action())
    assert [action for action, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("scope", "action", "key"), every_action())
def test_a_key_can_be_typed_and_is_nothing_else(qapp: QApplication, scope: str, action: str, key: str) -> None:
    sequence = QKeySequence(key)
    assert sequence.count() == 1
    assert sequence.toString(QKeySequence.SequenceFormat.PortableText) == key
    combination = first_of(sequence)
    held = combination.keyboardModifiers()
    alt_gr = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    assert held & alt_gr != alt_gr, "Ctrl+Alt is AltGr on Windows, and writes text"
    function_key = Qt.Key.Key_F1 <= combination.key() <= Qt.Key.Key_F35
    strong = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    assert held & strong or function_key, "a bare letter would be typed"
    for standard in EDITING_KEYS:
        assert sequence not in QKeySequence.keyBindings(standard), standard


@pytest.mark.parametrize(("scope", "action", "key"), every_action())
def test_every_action_has_words(scope: str, action: str, key: str) -> None:
    assert has(f"action.{action}")


@pytest.mark.parametrize("action", SENDING)
def test_sending_is_no_neighbour_of_a_writing_key(action: str) -> None:
    sequence = QKeySequence(next(key for _, name, key in every_action() if name == action))
    held = first_of(sequence).keyboardModifiers()
    assert held & Qt.KeyboardModifier.ControlModifier
    assert held & Qt.KeyboardModifier.ShiftModifier


def test_every_action_id_in_the_code_is_in_the_keymap() -> None:
    known = {action for _, action, _ in every_action()}
    used: set[str] = set()
    for path in UI.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            values = [k.value for k in node.keywords if k.arg == "action"]
            values += node.args[:1] if name == "key_of" else []
            used |= {str(v.value) for v in values if isinstance(v, ast.Constant) and v.value}
    assert used
    assert used <= known


def test_a_bound_key_does_what_it_says_wherever_the_keyboard_is(qtbot: QtBot) -> None:
    window = QWidget()
    field = QLineEdit(window)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    heard: list[str] = []
    actions = Actions()
    actions.bind("visit", window, {"next_blank": lambda: heard.append("next_blank")})
    QTest.keyClick(field, Qt.Key.Key_F2)
    assert heard == ["next_blank"]
    assert actions.bound() == {"next_blank"}
    assert key_of("next_blank") == "F2"
    assert key_of("no_such_action") == ""
