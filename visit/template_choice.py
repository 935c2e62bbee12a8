"""Which template a visit's note has: chosen from specialty, reason and modality, then read from the visit's record."""

import re
from collections.abc import Iterable
from functools import lru_cache

from visit.provider_layer import ProviderLayer, layer_for, layer_json, read_layer, with_layer
from visit.record import VisitRecord
from visit.template_files import read_pack, template_by_id, templates_of
from visit.templates import DEFAULT_TEMPLATE, Specialty, Template
from wire.capture import Modality
from wire.record import TemplateChosen

_KEPT = 64


def visit_template(record: VisitRecord) -> Template:
    """The template of a visit's note, with its provider's layer: the same wherever the record is read.

    The default one in records that name none, or one that does not ship (any more).
    """
    return DEFAULT_TEMPLATE if record.template is None else resolved(record.template)


@lru_cache(maxsize=_KEPT)
def resolved(chosen: TemplateChosen) -> Template:
    """The template that a fact names, with the layer that is in it; a layer that cannot be read changes nothing."""
    template = template_by_id(chosen.template_id) or DEFAULT_TEMPLATE
    layer = None if chosen.layer is None else read_layer(chosen.layer.encode())
    return with_layer(template, layer) if isinstance(layer, ProviderLayer) else template


def chosen_fact(template: Template, layers: Iterable[ProviderLayer] = ()) -> TemplateChosen:
    """The fact that gives a visit this template, with the layer of its provider that lies over it."""
    layer = layer_for(template, layers)
    kept = None if layer is None else layer_json(layer)
    return TemplateChosen(template_id=template.id, template_version=template.version, layer=kept)


def choose_template(specialty: str, reason: str, modality: Modality = Modality.IN_PERSON) -> Template:
    """The template for a visit, as the EHR words its specialty and reason; the default one when nothing fits.

    Within the specialty's pack the template wins whose words the reason holds most of; the earlier one when several
    do. A visit that is not in person takes a template made for that, from its own pack or else from telehealth's.
    """
    own = specialty_of(specialty)
    if modality is Modality.IN_PERSON:
        return _best((it for it in templates_of(own) if not it.modalities), reason) or templates_of(own)[0]
    packs = (own, Specialty.TELEHEALTH)
    fitting = (_best((it for it in templates_of(pack) if modality in it.modalities), reason) for pack in packs)
    return next((found for found in fitting if found is not None), templates_of(own)[0])


def specialty_of(words: str) -> Specialty:
    """Whose pack an EHR's words for a specialty mean; GENERAL when none."""
    named = re.sub(r"\W+", "_", words.strip().lower())
    if named in {it.value for it in Specialty}:
        return Specialty(named)
    hits = {it: _hits(read_pack(it.value).names, words) for it in Specialty if it is not Specialty.GENERAL}
    best = max(hits, key=hits.__getitem__)
    return best if hits[best] else Specialty.GENERAL


def _best(templates: Iterable[Template], reason: str) -> Template | None:
    return max(templates, key=lambda template: _hits(template.reasons, reason), default=None)


def _hits(words: Iterable[str], text: str) -> int:
    """How many of the words stand in the text as whole words, or as a word's beginning for those that end in `*`."""
    return sum(1 for word in words if re.search(_pattern(word), text, re.IGNORECASE))


def _pattern(word: str) -> str:
    begins = word.endswith("*")
    return rf"\b{re.escape(word.removesuffix('*'))}" + ("" if begins else r"\b")
