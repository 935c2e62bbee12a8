"""What is offered while `.name` or `/name` is typed, and what a name opens: phrases, forms, grids, vital signs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from desktop.workflows.quick_text import QuickText
from visit import typed_forms, vital_lines
from visit.findings import grid, grid_names
from visit.forms import form_text
from visit.fuzzy import NameIndex
from visit.grid_text import grid_of
from visit.triggers import Expansion, Trigger, expansion

FOUND = 12
TITLE = 60
"""Characters of a phrase that are shown."""


class Kind(StrEnum):
    """What a name stands for."""

    PHRASE = "phrase"
    FORM = "form"
    GRID = "grid"
    VITALS = "vitals"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a name at `trigger` opens: a grid by its key, or the entry of vital signs when that is empty."""

    trigger: Trigger
    grid: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the list: the name with its sign, what it is, and what taking it does."""

    kind: Kind
    name: str
    title: str
    does: Expansion | Opening


class Suggestions:
    """Runs on the UI thread; offers nothing until the phrases are read, which reads the grids as well."""

    def __init__(self, quick_text: QuickText) -> None:
        self._quick_text = quick_text

    def opens(self, line: str, caret: int) -> Opening | None:
        """What the name that ends at the caret opens, when Tab, Space or Enter is pressed there; UTF-16 units.

        A grid goes before a form of the same name, which its further names still reach.
        """
        trigger = typed_forms.typed(line, caret) if self._quick_text.library is not None else None
        if trigger is None or not trigger.name:
            return None
        if trigger.name in vital_lines.NAMES:
            return Opening(trigger)
        key = grid_of(trigger.name)
        return Opening(trigger, key) if key is not None else None

    def suggest(self, line: str, caret: int) -> tuple[Suggestion, ...]:
        """What fits the start of a name that ends at the caret, the best first; nothing where none is typed."""
        library = self._quick_text.library
        if library is None:
            return ()
        phrase = library.typed(line, caret)
        if phrase is not None:
            found = library.search(phrase.name, FOUND) if phrase.name else ()
            return tuple(
                Suggestion(Kind.PHRASE, f".{it.name}", _first_line(it.text), expansion(phrase, it.text)) for it in found
            )
        slash = typed_forms.typed(line, caret)
        return tuple(_after_slash(slash))[:FOUND] if slash is not None else ()


def read_all() -> None:
    """Read the files of grids, so that the first key does not wait for them."""
    _index()


def _after_slash(trigger: Trigger) -> Iterator[Suggestion]:
    """Grids whose names begin so, then forms, then the grids that fit less well."""
    names = _index().search(trigger.name, FOUND) if trigger.name else list(_openers())
    opened = {_openers()[name]: name for name in reversed(names)}
    best = sorted(opened.items(), key=lambda item: names.index(item[1]))
    yield from (_opener(trigger, key, name) for key, name in best if name.startswith(trigger.name))
    yield from _forms(trigger)
    yield from (_opener(trigger, key, name) for key, name in best if not name.startswith(trigger.name))


def _opener(trigger: Trigger, key: str, name: str) -> Suggestion:
    if not key:
        return Suggestion(Kind.VITALS, f"/{name}", "", Opening(trigger))
    return Suggestion(Kind.GRID, f"/{name}", grid(key).title, Opening(trigger, key))


def _forms(trigger: Trigger) -> Iterator[Suggestion]:
    for form in typed_forms.search(trigger.name, FOUND):
        name = _free_name(form.names, trigger.name)
        if name:
            yield Suggestion(Kind.FORM, f"/{name}", form.title, expansion(trigger, form_text(form)))


def _free_name(names: Iterable[str], typed: str) -> str:
    """The name by which a form is reached, one that begins as typed if it can be; empty where grids have them all."""
    free = [name for name in names if name not in _openers()]
    return next((name for name in free if name.startswith(typed)), free[0] if free else "")


@cache
def _openers() -> dict[str, str]:
    """Names to keys of grids; the entry of vital signs has the empty one."""
    found = dict.fromkeys(vital_lines.NAMES, "")
    return found | {name: key for key in grid_names() for name in grid(key).names}


@cache
def _index() -> NameIndex:
    return NameIndex(_openers())


def _first_line(text: str) -> str:
    first = text.strip().split("\n", 1)[0]
    return first if len(first) <= TITLE else f"{first[: TITLE - 1]}…"
