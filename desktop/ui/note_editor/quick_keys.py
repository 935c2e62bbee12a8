"""Keys that fill the note quickly: a number chooses from the selected pick list, Tab, Space or Enter expands a name."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from visit.blanks import FieldKind, choose, choose_default, fields, number_of_key
from visit.indexes import utf16_length
from visit.triggers import Expansion

Expand = Callable[[str, int], Expansion | None]
ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
EXPANDING_KEYS = (Qt.Key.Key_Space, *ENTER_KEYS)


@dataclass(frozen=True, slots=True)
class Here:
    """A section's text and the selection in it, in UTF-16 units."""

    text: str
    begin: int
    end: int


def key_expansion(event: QKeyEvent, here: Here, expand: Expand) -> Expansion | None:
    """What a key puts into the section in place of itself; None when it is an ordinary key."""
    if event.modifiers() not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier):
        return None
    if here.begin < here.end:
        return _choice(event, here)
    if event.key() not in EXPANDING_KEYS:
        return None
    found = expand(here.text, here.begin)
    if found is None or event.key() != Qt.Key.Key_Space or found.selection_start < found.selection_end:
        return found
    # Nothing in it is left to fill, so that the space was meant as one.
    end = found.selection_end + 1
    return Expansion(found.start, found.end, f"{found.inserted} ", end, end, found.source)


def _choice(event: QKeyEvent, here: Here) -> Expansion | None:
    """The chosen text in place of the pick list that is selected whole; Enter takes its default."""
    number = number_of_key(event.text())
    if number is None and event.key() not in ENTER_KEYS:
        return None
    for field in fields(here.text):
        if (field.start, field.end) == (here.begin, here.end) and field.kind is FieldKind.LIST:
            chosen = choose(field, number) if number is not None else choose_default(field)
            if chosen is None:
                return None
            after = field.start + utf16_length(chosen)
            return Expansion(field.start, field.end, chosen, after, after)
    return None
