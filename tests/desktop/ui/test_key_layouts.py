"""The keymap's defaults on US, Spanish, German and French keyboards: each can be pressed, no two are one press."""

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from desktop.ui.actions import keymap
from tests.desktop.ui.layouts import LAYOUTS, Layout
from tests.desktop.ui.test_keymap import SENDING

NAMED = {"Up", "Down", "Left", "Right", "Return", "Space", "Tab", "Esc", "PgUp", "PgDown", "Home", "End"}
WRITING = ("Return", "Enter", "Space", "Tab", "Backspace", "Del", "Up", "Down", "Left", "Right")


@dataclass(frozen=True, slots=True)
class Press:
    """What fingers do: one key, and what is held with it."""

    key: str
    ctrl: bool = False
    alt: bool = False
    shift: bool = False


ACTIONS = [(action, key) for actions in keymap().values() for action, key in actions.items()]


def taken_apart(portable: str) -> tuple[str, Press]:
    """The last part of a portable key, and what is held."""
    held, plus, last = portable[:-1].rpartition("+") if portable.endswith("+") else portable.rpartition("+")
    name = "+" if portable.endswith("+") else last
    parts = held.removesuffix("+").split("+") if plus else []
    assert set(parts) <= {"Ctrl", "Alt", "Shift", ""}, portable
    return name, Press(name, "Ctrl" in parts, "Alt" in parts, "Shift" in parts)


def press_of(portable: str, layout: Layout) -> Press | None:
    """How a key is pressed on a layout; None where it cannot be without AltGr."""
    name, press = taken_apart(portable)
    if name in NAMED or (name[0] == "F" and name[1:].isdigit()):
        return press
    found = layout.key_of(name.lower())
    return replace(press, key=found[0], shift=press.shift or found[1]) if found is not None else None


def test_the_layouts_are_whole() -> None:
    for layout in LAYOUTS.values():
        for plain, shifted in zip(layout.plain, layout.shifted, strict=True):
            assert len(plain) == len(shifted)
        assert [len(row) for row in layout.plain] == [13, 12, 12, 10]
        for letter in "abcdefghijklmnopqrstuvwxyz0123456789+-./,":
            assert layout.key_of(letter) is not None


def test_a_key_is_found_where_the_layout_has_it() -> None:
    assert press_of("Ctrl++", LAYOUTS["us"]) == Press("E12", ctrl=True, shift=True)
    assert press_of("Ctrl++", LAYOUTS["de"]) == Press("D12", ctrl=True)
    assert press_of("Ctrl+/", LAYOUTS["es"]) == Press("E07", ctrl=True, shift=True)
    assert press_of("Alt+1", LAYOUTS["fr"]) == Press("E01", alt=True, shift=True)
    assert press_of("Ctrl+Shift+Q", LAYOUTS["fr"]) == Press("C01", ctrl=True, shift=True)
    assert press_of("Ctrl+[", LAYOUTS["de"]) is None
    assert press_of("Shift+F2", LAYOUTS["us"]) == Press("F2", shift=True)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_key_can_be_pressed_without_alt_gr_and_waits_for_no_letter(name: str) -> None:
    layout = LAYOUTS[name]
    for action, key in ACTIONS:
        assert press_of(key, layout) is not None, action
        last = taken_apart(key)[0].lower()
        assert len(last) > 1 or last not in layout.dead, action


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_two_actions_are_one_press(name: str) -> None:
    presses = Counter(press_of(key, LAYOUTS[name]) for _, key in ACTIONS)
    assert [press for press, count in presses.items() if count > 1] == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_action_is_a_press_that_copies_cuts_pastes_or_undoes(name: str) -> None:
    editing = {press_of(f"Ctrl+{letter}", LAYOUTS[name]) for letter in "ACVXYZ"}
    editing |= {press_of(f"Ctrl+Shift+{letter}", LAYOUTS[name]) for letter in "VZ"}
    assert {action for action, key in ACTIONS if press_of(key, LAYOUTS[name]) in editing} == set()


@pytest.mark.parametrize("action", SENDING)
def test_a_slip_beside_the_sending_key_neither_writes_nor_does_anything(action: str) -> None:
    """Neighbours of a function key are the function keys beside it: a gap parts that row from the digits."""
    key = dict(ACTIONS)[action]
    name, press = taken_apart(key)
    assert name[0] == "F"
    assert name[1:].isdigit()
    assert name not in WRITING
    beside = {f"F{int(name[1:]) + step}" for step in (-1, 1)} - {"F0", "F13"}
    slips = {replace(press, key=other) for other in beside}
    slips |= {replace(press, ctrl=False), replace(press, shift=False), replace(press, ctrl=False, shift=False)}
    bound = {taken_apart(other)[1]: of for of, other in ACTIONS if of != action}
    assert {bound[slip] for slip in slips if slip in bound} == set()
