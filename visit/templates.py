"""Templates: which sections a visit's note has, in which order, and what each opens with.

A template never hides text: a section that holds words is part of the note, whether the template names it or not.
The packs that ship are data files, read by visit/template_files.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from visit.forms import Form, Key, form_text, lists_are_well_formed
from visit.indexes import utf16_length
from visit.sections import COMBINED, SECTION_BY_KEY, SECTIONS, SPLIT, Group
from wire.base import Line, Model
from wire.capture import Modality

TemplateId = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Finding = Annotated[str, StringConstraints(min_length=2, max_length=300, pattern=r"^[^\n*]+\.$")]
"""One sentence of a normal exam, with its full stop."""
TemplateText = Annotated[str, StringConstraints(max_length=8_000)]

_CATALOGUE_PLACE = {section.key: place for place, section in enumerate(SECTIONS)}


class Specialty(StrEnum):
    """Whose pack a template belongs to; GENERAL is the default template's."""

    GENERAL = "general"
    PRIMARY_CARE = "primary_care"
    URGENT_CARE = "urgent_care"
    TELEHEALTH = "telehealth"
    BEHAVIORAL_HEALTH = "behavioral_health"
    ORTHOPEDICS = "orthopedics"
    CARDIOLOGY = "cardiology"


class NoteOrder(StrEnum):
    """The two views of one note."""

    SOAP = "soap"
    APSO = "apso"


_GROUPS: dict[NoteOrder, tuple[Group, ...]] = {
    NoteOrder.SOAP: (Group.SUBJECTIVE, Group.OBJECTIVE, Group.ASSESSMENT_AND_PLAN),
    NoteOrder.APSO: (Group.ASSESSMENT_AND_PLAN, Group.SUBJECTIVE, Group.OBJECTIVE),
}


class Phrase(Model):
    """A suggested phrase: typed as `.name`, it becomes the text."""

    name: Key
    text: TemplateText

    @model_validator(mode="after")
    def _can_be_filled(self) -> Self:
        if not self.text.strip() or not lists_are_well_formed(self.text):
            raise ValueError(f"{self.name}: text")
        return self


class ChecklistItem(Model):
    """Something to look at before the visit is finished; `must` ones may not stay open."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    must: bool = False


class TemplateSection(Model):
    """A section of a template: how it opens and what a normal exam says.

    `forms` are written out under the skeleton; `grids` are filled by key and write only what was filled.
    """

    key: Key
    heading: Line = ""
    """A specialty's or provider's own words for it; empty: the catalogue's."""
    required: bool = False
    skeleton: TemplateText = ""
    normal_exam: tuple[Finding, ...] = ()
    forms: tuple[Form, ...] = ()
    grids: tuple[Form, ...] = ()

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        if self.key not in SECTION_BY_KEY:
            raise ValueError(f"{self.key}: no such section")
        if not all(lists_are_well_formed(text) for text in (self.skeleton, *self.normal_exam)):
            raise ValueError(f"{self.key}: a list is not well formed")
        return self

    @property
    def shown_heading(self) -> str:
        """The heading as it is read."""
        return self.heading or SECTION_BY_KEY[self.key].heading


class Template(Model):
    """One kind of visit's note. `id` and `version` name it for ever; a change of the data is a new version."""

    id: TemplateId
    version: Version
    title: Line
    specialty: Specialty
    sections: Annotated[tuple[TemplateSection, ...], Field(min_length=1)]
    notice: Line = ""
    """What whoever writes with it must know."""
    modalities: tuple[Modality, ...] = ()
    """Empty: for visits in person."""
    reasons: tuple[Line, ...] = ()
    """Words in the visit's reason that choose it; one that ends in `*` matches how a word begins."""
    checklist: tuple[ChecklistItem, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    forms: tuple[Form, ...] = ()
    """Every form that can be put into such a note."""

    @model_validator(mode="after")
    def _sections_fit_together(self) -> Self:
        keys = [section.key for section in self.sections]
        if len(set(keys)) != len(keys):
            raise ValueError(f"{self.id}: a section stands twice")
        if mixes_assessments(keys):
            raise ValueError(f"{self.id}: 51847-2 beside 51848-0 or 18776-5")
        if len({phrase.name for phrase in self.phrases}) != len(self.phrases):
            raise ValueError(f"{self.id}: two phrases with one name")
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Its sections' keys in its own order."""
        return tuple(section.key for section in self.sections)

    def section(self, key: str) -> TemplateSection | None:
        """What it says of a section; None when it does not name it."""
        return next((section for section in self.sections if section.key == key), None)


DEFAULT_KEYS = ("chief_complaint", "hpi", "ros", "vital_signs", "physical_exam", "assessment_and_plan")
# Constants: not validated here, at every start, but by a test.
DEFAULT_TEMPLATE = Template.model_construct(
    id="general.visit",
    version=1,
    title="Visit",
    specialty=Specialty.GENERAL,
    sections=tuple(
        TemplateSection.model_construct(key=key, required=SECTION_BY_KEY[key].required) for key in DEFAULT_KEYS
    ),
)


def in_order(keys: Iterable[str], order: NoteOrder) -> tuple[str, ...]:
    """The same section keys as SOAP or as APSO; within a group they keep their order."""
    groups = _GROUPS[order]
    return tuple(sorted(keys, key=lambda key: groups.index(SECTION_BY_KEY[key].group)))


def with_others(keys: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Section keys with further ones put in, each behind the one that stands nearest before it in the catalogue."""
    placed = list(keys)
    for other in sorted(set(others).difference(placed), key=_CATALOGUE_PLACE.__getitem__):
        before = [key for key in placed if _CATALOGUE_PLACE[key] < _CATALOGUE_PLACE[other]]
        nearest = max(before, key=_CATALOGUE_PLACE.__getitem__, default=None)
        placed.insert(0 if nearest is None else placed.index(nearest) + 1, other)
    return tuple(placed)


def note_keys(
    texts: Mapping[str, str], template: Template = DEFAULT_TEMPLATE, order: NoteOrder | None = None
) -> tuple[str, ...]:
    """The keys of a note's sections: the template's, and every other one that holds text, each in its place.

    With `order`, as SOAP or APSO; without, as the template has them. Keys that the catalogue lacks are no sections.
    """
    keys = with_others(template.keys, (s.key for s in SECTIONS if texts.get(s.key, "").strip()))
    return keys if order is None else in_order(keys, order)


def skeleton_text(section: TemplateSection) -> str:
    """What the section opens with: its skeleton, then its forms written out, a blank line between them."""
    parts = [section.skeleton, *(form_text(form) for form in section.forms)]
    return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class NormalExam:
    """A normal exam's text, and where each finding lies in it: [start, end) in UTF-16 units. None was heard yet."""

    text: str
    findings: tuple[tuple[int, int], ...]


def normal_exam(section: TemplateSection) -> NormalExam:
    """What the section's normal-exam macro inserts, a finding on each line."""
    spans: list[tuple[int, int]] = []
    start = 0
    for finding in section.normal_exam:
        end = start + utf16_length(finding)
        spans.append((start, end))
        start = end + 1
    return NormalExam("\n".join(section.normal_exam), tuple(spans))


def mixes_assessments(keys: Iterable[str]) -> bool:
    """Whether the combined assessment and plan would stand beside one of its two parts (C-CDA, ap-combo)."""
    named = set(keys)
    return COMBINED in named and not named.isdisjoint(SPLIT)
