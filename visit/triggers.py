"""A sign and a name that were typed at the caret, such as `.hpi` or `/plan`, and what is put in their place.

All positions count UTF-16 units.
"""

import re
import unicodedata
from dataclasses import dataclass

from visit.blanks import fields
from visit.indexes import utf16_length
from visit.unit_map import UnitMap

MAX_NAME = 40
NAME = re.compile(rf"[^\W\d_][\w-]{{0,{MAX_NAME - 1}}}")
_OPENING = "([{\"'“‘«"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A sign with a name, or the start of one, in `[start, end)`; the name without its sign, casefolded."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Expansion:
    """What replaces `[start, end)` of a text, and the selection afterwards: the first blank, or the end."""

    start: int
    end: int
    inserted: str
    selection_start: int
    selection_end: int
    source: str = ""
    """The id of the phrase or block that it is the text of; empty when it is none's."""


def folded(name: str) -> str:
    """A name as it is compared: composed and without case."""
    return unicodedata.normalize("NFC", name).casefold()


def typed_name(text: str, caret: int, sign: str, *, at_line_start: bool = False) -> Trigger | None:
    """The sign with its name that ends at the caret; the name may still be empty or unknown.

    The sign must begin a word (or a line): decimals, `e.g.`, paths and addresses are none. A caret inside a word is
    at no name. NotABoundary when the caret is no place in the text.
    """
    units = UnitMap(text)
    end = units.index(caret)
    if end < len(text) and (text[end].isalnum() or text[end] in "_-"):
        return None
    start = text.rfind(sign, max(0, end - MAX_NAME - 1), end)
    if start < 0 or not _begins(text, start, at_line_start):
        return None
    name = text[start + 1 : end]
    if name and NAME.fullmatch(name) is None:
        return None
    return Trigger(units.units(start), caret, folded(name))


def _begins(text: str, at: int, at_line_start: bool) -> bool:
    if at_line_start:
        return not text[text.rfind("\n", 0, at) + 1 : at].strip(" \t")
    return at == 0 or text[at - 1].isspace() or text[at - 1] in _OPENING


def expansion(trigger: Trigger, inserted: str) -> Expansion:
    """A trigger replaced by a text, with the selection on its first blank or list, or at its end."""
    first = next(iter(fields(inserted)), None)
    start = trigger.start + (first.start if first else utf16_length(inserted))
    end = trigger.start + (first.end if first else utf16_length(inserted))
    return Expansion(trigger.start, trigger.end, inserted, start, end)
