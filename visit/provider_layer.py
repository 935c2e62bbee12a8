"""A provider's own way with a template: order, headings, normal exam, macros and what may not be missing.

It belongs to the provider and names no scribe, so that it stays when the scribe changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from visit.forms import Key, lists_are_well_formed
from visit.sections import COMBINED, SECTION_BY_KEY, SECTIONS, SPLIT
from visit.templates import (
    Finding,
    Phrase,
    Template,
    TemplateId,
    TemplateSection,
    Version,
    mixes_assessments,
    with_others,
)
from wire.base import MAX_LAYER_BYTES, Id, Line, Model

MAX_PLACE_CHARS = 100
_MOST = Field(max_length=500)


class OwnHeading(Model):
    """How the provider words a section's heading."""

    section: Key
    heading: Annotated[str, StringConstraints(max_length=120, strip_whitespace=True)]


class OwnExam(Model):
    """What the provider's normal exam says in a section, instead of the template's."""

    section: Key
    findings: Annotated[tuple[Finding, ...], _MOST]


class ProviderLayer(Model):
    """One provider's layer over one template, or over all of them when `template_id` is None."""

    format: Line = "alcove.provider_layer/1"
    provider_id: Id
    version: Version
    template_id: TemplateId | None = None
    section_order: Annotated[tuple[Key, ...], _MOST] = ()
    """The sections that the provider wants first, in this order; the others follow in the template's."""
    headings: Annotated[tuple[OwnHeading, ...], _MOST] = ()
    normal_exam: Annotated[tuple[OwnExam, ...], _MOST] = ()
    macros: Annotated[tuple[Phrase, ...], _MOST] = ()
    """They stand before the template's phrases and replace those of the same name."""
    required: Annotated[tuple[Key, ...], _MOST] = ()
    """Sections that may not be missing besides the template's; one that it lacks is added."""


class LayerProblem(StrEnum):
    """Why something in a layer does not take effect."""

    OTHER_TEMPLATE = "other_template"
    UNKNOWN_SECTION = "unknown_section"
    NAMED_TWICE = "named_twice"
    EMPTY_HEADING = "empty_heading"
    HEADING_TAKEN = "heading_taken"
    BROKEN_LIST = "broken_list"
    MIXED_ASSESSMENT = "mixed_assessment"


class UnreadableLayer(StrEnum):
    """Why a stored or imported layer cannot be read at all."""

    TOO_LARGE = "too_large"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class LayerIssue:
    """A problem, and which part of the layer has it: `headings.hpi`."""

    problem: LayerProblem
    where: str


def read_layer(untrusted_json: bytes) -> ProviderLayer | UnreadableLayer:
    """A layer from its JSON form, which is `layer_json(layer)`."""
    if len(untrusted_json) > MAX_LAYER_BYTES:
        return UnreadableLayer.TOO_LARGE
    try:
        layer = ProviderLayer.model_validate_json(untrusted_json)
    except ValidationError:
        return UnreadableLayer.MALFORMED
    return layer if len(layer_json(layer).encode()) <= MAX_LAYER_BYTES else UnreadableLayer.TOO_LARGE


def layer_json(layer: ProviderLayer) -> str:
    """A layer's JSON form: what it leaves to the template is left out."""
    return layer.model_dump_json(exclude_defaults=True)


def malformed_at(untrusted_json: bytes) -> str:
    """Where the first mistake of a malformed layer is (`headings.0.section`), never its value; empty when none is."""
    try:
        ProviderLayer.model_validate_json(untrusted_json)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return ".".join(str(part) for part in first["loc"])[:MAX_PLACE_CHARS]
    return ""


def layer_for(template: Template, layers: Iterable[ProviderLayer]) -> ProviderLayer | None:
    """Which of a provider's layers lies over a template: the one for it, or else the one for all."""
    by_template = {layer.template_id: layer for layer in layers}
    return by_template.get(template.id) or by_template.get(None)


def with_layer(template: Template, layer: ProviderLayer) -> Template:
    """The template as the provider wants it; what `layer_issues` names is left as the template has it.

    It never takes a section away, nor the need for one.
    """
    issues = layer_issues(template, layer)
    if any(issue.problem is LayerProblem.OTHER_TEMPLATE for issue in issues):
        return template
    bad = {issue.where for issue in issues}
    headings = {it.section: it.heading for it in layer.headings if f"headings.{it.section}" not in bad}
    exams = {it.section: it.findings for it in layer.normal_exam if f"normal_exam.{it.section}" not in bad}
    required = {key for key in layer.required if f"required.{key}" not in bad}
    made = {}
    for key in with_others(template.keys, required):
        section = template.section(key) or TemplateSection(key=key)
        own = {
            "heading": headings.get(key, section.heading),
            "normal_exam": exams.get(key, section.normal_exam),
            "required": section.required or key in required,
        }
        made[key] = section.model_copy(update=own)
    first = [key for key in layer.section_order if key in made and f"section_order.{key}" not in bad]
    keys = [*first, *(key for key in made if key not in first)]
    return template.model_copy(
        update={"sections": tuple(made[key] for key in keys), "phrases": _phrases(template, layer, bad)}
    )


def layer_issues(template: Template, layer: ProviderLayer) -> tuple[LayerIssue, ...]:
    """What in the layer does not fit the template; empty when all of it takes effect.

    A section that the catalogue has and this template lacks is no problem, except as a required one that must not
    stand beside its assessment.
    """
    if layer.template_id not in (None, template.id):
        return (LayerIssue(LayerProblem.OTHER_TEMPLATE, "template_id"),)
    parts = {
        "section_order": list(layer.section_order),
        "headings": [it.section for it in layer.headings],
        "normal_exam": [it.section for it in layer.normal_exam],
        "required": list(layer.required),
    }
    issues = [issue for part, keys in parts.items() for issue in _key_issues(part, keys)]
    issues += _heading_issues(template, layer)
    issues += [
        LayerIssue(LayerProblem.BROKEN_LIST, f"normal_exam.{it.section}")
        for it in layer.normal_exam
        if not all(lists_are_well_formed(finding) for finding in it.findings)
    ]
    issues += [
        LayerIssue(LayerProblem.NAMED_TWICE, f"macros.{name}") for name in _twice([it.name for it in layer.macros])
    ]
    if mixes_assessments((*template.keys, *layer.required)):
        added = set(layer.required).intersection((COMBINED, *SPLIT)).difference(template.keys)
        issues += [LayerIssue(LayerProblem.MIXED_ASSESSMENT, f"required.{key}") for key in sorted(added)]
    return tuple(issues)


def _key_issues(part: str, keys: list[str]) -> list[LayerIssue]:
    unknown = [key for key in dict.fromkeys(keys) if key not in SECTION_BY_KEY]
    return [
        *(LayerIssue(LayerProblem.UNKNOWN_SECTION, f"{part}.{key}") for key in unknown),
        *(LayerIssue(LayerProblem.NAMED_TWICE, f"{part}.{key}") for key in _twice(keys)),
    ]


def _heading_issues(template: Template, layer: ProviderLayer) -> list[LayerIssue]:
    """Headings that are empty, or the same as any other section's, which a reader could not tell apart.

    Another section's is both the template's and the layer's own: whichever of them takes effect in the end.
    """
    shown = [(section.key, section.heading) for section in SECTIONS]
    shown += [(section.key, section.shown_heading) for section in template.sections]
    shown += [(it.section, it.heading) for it in layer.headings]
    issues = []
    for it in layer.headings:
        if not it.heading:
            issues.append(LayerIssue(LayerProblem.EMPTY_HEADING, f"headings.{it.section}"))
        elif any(key != it.section and words.lower() == it.heading.lower() for key, words in shown):
            issues.append(LayerIssue(LayerProblem.HEADING_TAKEN, f"headings.{it.section}"))
    return issues


def _phrases(template: Template, layer: ProviderLayer, bad: set[str]) -> tuple[Phrase, ...]:
    own = tuple(it for it in layer.macros if f"macros.{it.name}" not in bad)
    names = {it.name for it in own}
    return (*own, *(it for it in template.phrases if it.name not in names))


def _twice(keys: list[str]) -> list[str]:
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]
