"""The template packs that ship: data files in visit/data/templates, one for each specialty, read once.

`shared.json` holds what several packs use. A file that does not validate is our fault, and a ValueError.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from visit.forms import Form, Key
from visit.sections import SECTION_BY_KEY
from visit.templates import (
    DEFAULT_TEMPLATE,
    ChecklistItem,
    Finding,
    Phrase,
    Specialty,
    Template,
    TemplateId,
    TemplateSection,
    Version,
    with_others,
)
from wire.base import Line, Model
from wire.capture import Modality

FOLDER = Path(__file__).parent / "data" / "templates"
SHARED = "shared"
T = TypeVar("T")


class SectionEntry(Model):
    """A section as a pack writes it: text as lines, forms and findings by their names in the pack."""

    key: Key
    heading: Line = ""
    required: bool | None = None
    """None: as the catalogue has it."""
    skeleton: tuple[Line, ...] = ()
    normal_exam: tuple[Key, ...] = ()
    forms: tuple[Key, ...] = ()
    grids: tuple[Key, ...] = ()


class TemplateEntry(Model):
    """A template as a pack writes it. With `like`, what is not given here is as in that earlier one.

    A section that is given replaces the one with its key, or is put in where the catalogue has it.
    """

    id: TemplateId
    version: Version
    title: Line
    like: str = ""
    modalities: tuple[Modality, ...] = ()
    reasons: tuple[Line, ...] = ()
    sections: tuple[SectionEntry, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()


class Pack(Model):
    """A pack's file. `unverified` lists what in it still needs a second reading by a clinician or coder."""

    specialty: Specialty
    names: tuple[Line, ...] = ()
    """How an EHR may name the specialty; one that ends in `*` matches how a word begins."""
    notice: Line = ""
    unverified: tuple[Line, ...] = ()
    forms: tuple[Form, ...] = ()
    findings: dict[Key, tuple[Finding, ...]] = {}
    phrases: tuple[Phrase, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    """What each of its templates asks, after its own items."""
    templates: tuple[TemplateEntry, ...] = ()


@cache
def read_pack(name: str) -> Pack:
    """A pack as it is written; `name` is a specialty's value or SHARED."""
    return Pack.model_validate_json((FOLDER / f"{name}.json").read_bytes())


@cache
def templates_of(specialty: Specialty) -> tuple[Template, ...]:
    """A specialty's templates in the order of its file; the first is the one for want of a better."""
    if specialty is Specialty.GENERAL:
        return (DEFAULT_TEMPLATE,)
    return resolve(read_pack(specialty.value), read_pack(SHARED))


def template_by_id(template_id: str) -> Template | None:
    """A template that ships; None for an id that none has."""
    own = (it for it in Specialty if template_id.startswith(f"{it}."))
    return next((found for it in own for found in templates_of(it) if found.id == template_id), None)


def resolve(pack: Pack, shared: Pack) -> tuple[Template, ...]:
    """A pack's templates whole, with the forms and findings that they name; ValueError for a name that is none."""
    forms = _by_key((*shared.forms, *pack.forms))
    findings = {**shared.findings, **pack.findings}
    made: dict[str, Template] = {}
    for entry in pack.templates:
        base = _named(made, entry.like) if entry.like else None
        sections = tuple(_section(section, forms, findings) for section in entry.sections)
        made[entry.id] = Template(
            id=entry.id,
            version=entry.version,
            title=entry.title,
            specialty=pack.specialty,
            notice=pack.notice,
            modalities=entry.modalities,
            reasons=entry.reasons,
            sections=_over(base.sections if base else (), sections),
            checklist=(*entry.checklist, *pack.checklist) if entry.checklist or not base else base.checklist,
            phrases=(*pack.phrases, *shared.phrases),
            forms=tuple(forms.values()),
        )
    return tuple(made.values())


def _section(
    entry: SectionEntry, forms: Mapping[str, Form], findings: Mapping[str, tuple[str, ...]]
) -> TemplateSection:
    known = SECTION_BY_KEY.get(entry.key)
    return TemplateSection(
        key=entry.key,
        heading=entry.heading,
        required=entry.required if entry.required is not None else known is not None and known.required,
        skeleton="\n".join(entry.skeleton),
        normal_exam=tuple(finding for name in entry.normal_exam for finding in _named(findings, name)),
        forms=tuple(_named(forms, name) for name in entry.forms),
        grids=tuple(_named(forms, name) for name in entry.grids),
    )


def _over(base: tuple[TemplateSection, ...], own: tuple[TemplateSection, ...]) -> tuple[TemplateSection, ...]:
    """The base's sections with the given ones in their places; a pack's own order where there is no base."""
    if not base:
        return own
    by_key = {section.key: section for section in (*base, *own)}
    return tuple(by_key[key] for key in with_others((section.key for section in base), by_key))


def _by_key(forms: Iterable[Form]) -> dict[str, Form]:
    made: dict[str, Form] = {}
    for form in forms:
        if form.key in made:
            raise ValueError(f"two forms with the name {form.key}")
        made[form.key] = form
    return made


def _named(those: Mapping[str, T], name: str) -> T:
    found = those.get(name)
    if found is None:
        raise ValueError(f"nothing has the name {name}")
    return found
