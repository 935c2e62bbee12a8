"""Forms: parts of a note that are filled in, such as a history, a laceration, a joint's manoeuvres or a table.

A form is data, by its fields or by its wording; `form_text` writes it out with `***` blanks and `{a|b|c}` lists for a
note that is filled by typing. With a name it can be typed: `/laceration` (visit/typed_forms.py).
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from visit.blanks import BLANK, fields, problems
from wire.base import Line, Model

Key = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z][a-z0-9_]*$")]
TypedName = Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Wording = Annotated[str, StringConstraints(max_length=8_000)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^{}|*\n]+$")]
"""Words beside a field or in a list: nothing in them can be taken for a blank or a list."""

NOT_PERFORMED = "not performed"
NOT_ASKED = "not asked"


class FieldKind(StrEnum):
    """How a field is filled."""

    TEXT = "text"
    QUOTE = "quote"
    """The patient's own words, between quotation marks."""
    CHOICE = "choice"
    """One of the choices; with `items`, one for each of them."""
    SIDED = "sided"
    """One of the choices for each side; the first is `not performed`, which is not a negative."""
    TABLE = "table"


class FormField(Model):
    """One field of a form. `rows` name a table's rows; without them it opens with one blank row."""

    key: Key
    label: Label
    kind: FieldKind = FieldKind.TEXT
    unit: Line = ""
    choices: tuple[Label, ...] = ()
    items: tuple[Label, ...] = ()
    columns: tuple[Label, ...] = ()
    rows: tuple[Label, ...] = ()

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        chosen = self.kind in (FieldKind.CHOICE, FieldKind.SIDED)
        if chosen != bool(self.choices) or (chosen and len(set(self.choices)) < max(2, len(self.choices))):
            raise ValueError(f"{self.key}: choices")
        if self.kind is FieldKind.SIDED and self.choices[0] != NOT_PERFORMED:
            raise ValueError(f"{self.key}: the first choice of a sided field is '{NOT_PERFORMED}'")
        if self.items and (self.kind is not FieldKind.CHOICE or self.choices[0] not in (NOT_ASKED, NOT_PERFORMED)):
            raise ValueError(f"{self.key}: items")
        is_table = self.kind is FieldKind.TABLE
        if is_table != bool(self.columns) or len(self.columns) == 1 or (self.rows and not is_table):
            raise ValueError(f"{self.key}: columns")
        return self


class Form(Model):
    """A form and the section that it belongs to: either fields, or a wording with blanks and lists.

    `names` are what it is typed by; none for a form that only templates hold.
    """

    key: Key
    title: Label
    section: Key
    names: tuple[TypedName, ...] = ()
    fields: tuple[FormField, ...] = ()
    wording: Wording = ""

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        if bool(self.fields) == bool(self.wording):
            raise ValueError(f"{self.key}: either fields or a wording")
        if len({field.key for field in self.fields}) != len(self.fields):
            raise ValueError(f"{self.key}: two fields with one key")
        if problems(self.wording):
            raise ValueError(f"{self.key}: a list is not well formed")
        if len(set(self.names)) != len(self.names):
            raise ValueError(f"{self.key}: a name stands twice")
        return self


def form_text(form: Form) -> str:
    """The form written out: its wording; or its title, then a line for each field.

    A table has a line for its head and each row.
    """
    if form.wording:
        return form.wording
    return "\n".join([form.title, *(line for field in form.fields for line in _lines(field))])


def lists_are_well_formed(text: str) -> bool:
    """Whether every brace belongs to a `{a|b}` list of at least two different choices, none empty or with a blank."""
    choices = [field.choices for field in fields(text)]
    return not problems(text) and not any(len(set(c)) < len(c) or BLANK in " ".join(c) for c in choices)


def is_open(text: str) -> bool:
    """Whether a `***` blank, or a required pick list that nobody chose from, is left in a text."""
    return any(not field.optional for field in fields(text))


def _lines(field: FormField) -> list[str]:
    match field.kind:
        case FieldKind.TEXT:
            return [f"{field.label}: {BLANK}{f' {field.unit}' if field.unit else ''}"]
        case FieldKind.QUOTE:
            return [f'{field.label}: "{BLANK}"']
        case FieldKind.CHOICE:
            choices = _list(field.choices)
            filled = ", ".join(f"{item} {choices}" for item in field.items) if field.items else choices
            return [f"{field.label}: {filled}"]
        case FieldKind.SIDED:
            choices = _list(field.choices)
            return [f"{field.label}: right {choices}, left {choices}"]
        case FieldKind.TABLE:
            return _table(field)


def _list(choices: tuple[str, ...]) -> str:
    return "{" + "|".join(choices) + "}"


def _table(field: FormField) -> list[str]:
    first = field.rows or (BLANK,)
    blanks = [BLANK] * (len(field.columns) - 1)
    return [f"{field.label}:", " | ".join(field.columns), *(" | ".join([row, *blanks]) for row in first)]
