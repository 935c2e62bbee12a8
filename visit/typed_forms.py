"""Forms by their names: `/name` at a line's start becomes the form written out, with its blanks and lists.

A name may stand for a form in several specialties' packs; the visit's own specialty comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from visit.forms import Form, form_text
from visit.fuzzy import NameIndex
from visit.template_files import SHARED, read_pack
from visit.templates import Specialty
from visit.triggers import Expansion, Trigger, expansion, folded, typed_name

SIGN = "/"
FOUND = 12


@dataclass(frozen=True, slots=True)
class TypedForm:
    """A form whose name was typed, and its expansion at that place.

    Whoever is in another section than the form's own may take the trigger away and insert the text there instead.
    """

    form: Form
    expansion: Expansion


@cache
def all_forms(specialty: Specialty = Specialty.GENERAL) -> tuple[Form, ...]:
    """Every form that has a name: the specialty's own first, then those of all, then the other specialties'."""
    others = [it for it in Specialty if it not in (specialty, Specialty.GENERAL)]
    own = [] if specialty is Specialty.GENERAL else [specialty.value]
    return tuple(_named((*own, SHARED, *(it.value for it in others))))


def _named(packs: Iterable[str]) -> Iterable[Form]:
    return (form for pack in packs for form in read_pack(pack).forms if form.names)


@cache
def _by_name(specialty: Specialty) -> dict[str, Form]:
    """The first form of each name."""
    return {name: form for form in reversed(all_forms(specialty)) for name in form.names}


@cache
def _index(specialty: Specialty) -> NameIndex:
    return NameIndex(_by_name(specialty))


def find(name: str, specialty: Specialty = Specialty.GENERAL) -> Form | None:
    """The form of a name."""
    return _by_name(specialty).get(folded(name))


def search(query: str, limit: int = FOUND, specialty: Specialty = Specialty.GENERAL) -> tuple[Form, ...]:
    """The forms whose names fit what was typed, the best first and each once; all of them for nothing typed."""
    if not query.removeprefix(SIGN):
        return all_forms(specialty)[:limit]
    names = _index(specialty).search(folded(query.removeprefix(SIGN)), limit * 2)
    by_name = _by_name(specialty)
    return tuple(dict.fromkeys(by_name[name] for name in names))[:limit]


def typed(text: str, caret: int) -> Trigger | None:
    """The slash with the start of a name at the caret (UTF-16 units), where it begins a line; None anywhere else."""
    return typed_name(text, caret, SIGN, at_line_start=True)


def expand(text: str, caret: int, specialty: Specialty = Specialty.GENERAL) -> TypedForm | None:
    """The form whose whole name ends at the caret, when Tab, Space or Enter is pressed there."""
    trigger = typed(text, caret)
    form = find(trigger.name, specialty) if trigger is not None and trigger.name else None
    if trigger is None or form is None:
        return None
    return TypedForm(form, expansion(trigger, form_text(form)))
