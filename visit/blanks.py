r"""What a template leaves open in a text: `***` blanks and pick lists.

A pick list stands on one line: `{a|b|c}`. It must be resolved before a note is sent; with `?` after the brace, as in
`{?a|b}`, it may be left alone and goes away at sending. `+` allows several choices, `{+a|b|c}`, and both signs may
stand together. A choice that begins with `=` is the default: `{left|=right|both}`. Braces without a bar are plain
text. `\{`, `\}`, `\|`, `\=` and `\\` stand for the characters themselves; escaped braces keep their backslash in the
text, so that nothing that was resolved can become a list again. Lists do not nest: in `{a|{b|c}}` only the inner one
is a list, and `problems` refuses such a phrase. All positions count UTF-16 units.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from visit.unit_map import UnitMap

BLANK = "***"
MAX_CHOICES = 20
_BODY = r"(?:[^{}\\\n]|\\[^\n])*+"
_FIELD = re.compile(rf"\\[{{}}|\\]|(?P<blank>\*\*\*\**+)|(?P<list>\{{(?P<body>{_BODY})\}})")
_SIGN = re.compile(r"[\\*{]")
"""What a field or an escape begins with: one set of characters is looked for faster than the whole pattern."""
_BRACE = re.compile(r"\\[{}|\\]|(?P<open>\{)|(?P<close>\})|(?P<line>\n)")
_BAR = re.compile(r"\\.|\|")
_KEPT = "{}\\"
"""What keeps its backslash in a choice: without it the text could become a list."""


class FieldKind(StrEnum):
    """What is left open."""

    BLANK = "blank"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """A blank or pick list in a text: `[start, end)` in UTF-16 units; a blank has no choices."""

    start: int
    end: int
    kind: FieldKind
    choices: tuple[str, ...] = ()
    optional: bool = False
    several: bool = False
    default: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A field and the section it stands in."""

    section: str
    field: Field


class ListProblem(StrEnum):
    """Why a phrase's braces are refused."""

    NESTED = "nested"
    NOT_CLOSED = "not_closed"
    NOT_OPENED = "not_opened"
    ONE_CHOICE = "one_choice"
    EMPTY_CHOICE = "empty_choice"
    TOO_MANY_CHOICES = "too_many_choices"


def fields(text: str) -> tuple[Field, ...]:
    """Every blank and pick list of a text, in order; a run of three and more asterisks is one blank."""
    if BLANK not in text and "{" not in text:
        return ()
    units = UnitMap(text)
    found = []
    sign = _SIGN.search(text)
    while sign is not None:
        match = _FIELD.match(text, sign.start())
        field = _field(match, units.units(match.start()), units.units(match.end())) if match is not None else None
        if field is not None:
            found.append(field)
        sign = _SIGN.search(text, match.end() if match is not None else sign.end())
    return tuple(found)


def _field(match: re.Match[str], start: int, end: int) -> Field | None:
    if match["blank"]:
        return Field(start, end, FieldKind.BLANK)
    if match["list"] is None or "|" not in match["body"]:
        return None
    signs, raw = _signs_and_choices(match["body"])
    kept = [choice for choice in raw if choice.strip().removeprefix("=").strip()]
    if len(raw) < 2 or not kept:
        return None
    default = next((at for at, choice in enumerate(kept) if choice.lstrip().startswith("=")), None)
    choices = tuple(_written(choice.strip().removeprefix("=").strip()) for choice in kept)
    return Field(start, end, FieldKind.LIST, choices, "?" in signs, "+" in signs, default)


def _signs_and_choices(body: str) -> tuple[str, list[str]]:
    signs = body[: 2 if body[:2] in ("?+", "+?") else 1 if body[:1] in ("?", "+") else 0]
    choices, start = [], len(signs)
    for match in _BAR.finditer(body, start):
        if match[0] == "|":
            choices.append(body[start : match.start()])
            start = match.end()
    return signs, [*choices, body[start:]]


def _written(choice: str) -> str:
    """A choice as it is put into the text."""
    return re.sub(r"\\(.)", lambda escaped: escaped[0] if escaped[1] in _KEPT else escaped[1], choice)


def shown(text: str) -> str:
    """The text as people read it: escaped braces and backslashes without their backslash."""
    return re.sub(r"\\([{}\\])", r"\1", text)


def problems(text: str) -> tuple[tuple[ListProblem, int, int], ...]:
    """What is wrong with a phrase's braces, each with its range in UTF-16 units; empty when it may be kept."""
    units = UnitMap(text)
    found: list[tuple[ListProblem, int, int]] = []
    opened: list[int] = []
    inner_end = -1
    for match in _BRACE.finditer(text):
        if match["open"]:
            opened.append(match.start())
        elif match["close"] and not opened:
            found.append((ListProblem.NOT_OPENED, match.start(), match.end()))
        elif match["close"]:
            start = opened.pop()
            holds_inner, inner_end = inner_end > start, match.end()
            problem = ListProblem.NESTED if holds_inner else _list_problem(text[start + 1 : match.start()])
            if problem is not None:
                found.append((problem, start, match.end()))
        elif match["line"]:
            found += [(ListProblem.NOT_CLOSED, start, start + 1) for start in opened]
            opened.clear()
    found += [(ListProblem.NOT_CLOSED, start, start + 1) for start in opened]
    return tuple((problem, units.units(start), units.units(end)) for problem, start, end in sorted(found, key=_place))


def _place(found: tuple[ListProblem, int, int]) -> int:
    return found[1]


def _list_problem(body: str) -> ListProblem | None:
    _, choices = _signs_and_choices(body)
    if len(choices) < 2:
        return ListProblem.ONE_CHOICE
    if not all(choice.strip().removeprefix("=").strip() for choice in choices):
        return ListProblem.EMPTY_CHOICE
    return ListProblem.TOO_MANY_CHOICES if len(choices) > MAX_CHOICES else None


def field_at(text: str, position: int) -> Field | None:
    """The field in which or at whose edge a position lies; the one that begins there before the one that ends."""
    near = [field for field in fields(text) if field.start <= position <= field.end]
    return near[-1] if near else None


def next_field(texts: Sequence[tuple[str, str]], section: str, position: int) -> Place | None:
    """The first field at or after a position, over the sections in their order and round to the start again.

    `texts` are (section, text) in the order on the screen; give the end of the selection as the position.
    """
    here, places = _places(texts, section)
    after = [p for at, p in places if at > here or (at == here and p.field.start >= position)]
    found = after or [p for _, p in places]
    return found[0] if found else None


def previous_field(texts: Sequence[tuple[str, str]], section: str, position: int) -> Place | None:
    """The last field that ends at or before a position, and round; give the start of the selection as the position."""
    here, places = _places(texts, section)
    before = [p for at, p in places if at < here or (at == here and p.field.end <= position)]
    found = before or [p for _, p in places]
    return found[-1] if found else None


def _places(texts: Sequence[tuple[str, str]], section: str) -> tuple[int, list[tuple[int, Place]]]:
    here = next((at for at, (key, _) in enumerate(texts) if key == section), 0)
    return here, [(at, Place(key, field)) for at, (key, text) in enumerate(texts) for field in fields(text)]


def choose(field: Field, *numbers: int) -> str | None:
    """The text of the chosen numbers (from 1), joined by commas; None when the list has no such choice.

    Several only where the list allows it; twice the same, or none, is no choice.
    """
    if not numbers or (len(numbers) > 1 and not field.several) or len(set(numbers)) < len(numbers):
        return None
    if not all(1 <= number <= len(field.choices) for number in numbers):
        return None
    return ", ".join(field.choices[number - 1] for number in sorted(numbers))


def number_of_key(key: str) -> int | None:
    """The choice that a number key names: 1 to 9, and 0 for the tenth; None for every other key."""
    return (int(key) or 10) if len(key) == 1 and key.isascii() and key.isdigit() else None


def choose_default(field: Field) -> str | None:
    """The text of the list's default; None when it has none."""
    return None if field.default is None else field.choices[field.default]


def unresolved(texts: Mapping[str, str]) -> dict[str, tuple[Field, ...]]:
    """The fields that keep a note from being sent, by section; sections with none are left out."""
    open_fields = {key: tuple(f for f in fields(text) if not f.optional) for key, text in texts.items()}
    return {key: found for key, found in open_fields.items() if found}
