"""The providers' own ways with the templates: read and replaced by each provider, or from a file by the practice's IT.

A layer belongs to its provider and stays when the scribe changes. Visits that begin later have it in their record;
a note that was begun keeps the layer that it was begun with.
"""

import json

from gateway.envelope import Envelope
from gateway.ports import Clock, key_of
from gateway.rules.situation import refuse
from gateway.store.database import Database, StorageFull, Transaction
from gateway.store.layer_rows import layer_version, load_layers, put_layer
from gateway.store.people_rows import person_by_id
from visit.provider_layer import (
    LayerIssue,
    ProviderLayer,
    UnreadableLayer,
    layer_issues,
    malformed_at,
    read_layer,
)
from visit.template_files import template_by_id, templates_of
from visit.templates import Specialty, Template
from wire.people import Principal, Role
from wire.refusals import Refusal, RefusalCode

_MOST_CHARS = 300


class LayerService:
    """A provider's own layers."""

    def __init__(self, database: Database, envelope: Envelope, clock: Clock) -> None:
        self._database = database
        self._envelope = envelope
        self._clock = clock

    async def own(self, provider: Principal) -> tuple[ProviderLayer, ...]:
        """This provider's layers, the one for all templates first."""
        async with self._database.read() as connection:
            return await load_layers(connection, self._envelope, provider.id)

    async def put(self, provider: Principal, untrusted_json: bytes) -> ProviderLayer | Refusal:
        """Keep a layer in the place of the one for the same template; its version is the next one."""
        layer = checked_layer(untrusted_json)
        if isinstance(layer, Refusal):
            return layer
        if layer.provider_id != provider.id:
            return refuse(RefusalCode.ROLE_NOT_ALLOWED, reason="another provider's layer")
        try:
            async with self._database.write(self._clock()) as tx:
                version = await layer_version(tx, provider.id, layer.template_id)
                if layer.version != version + 1:
                    return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(version))
                await _put(tx, self._envelope, layer, key_of(provider))
        except StorageFull:
            return refuse(RefusalCode.STORAGE_FULL)
        return layer


async def import_layer(
    tx: Transaction, envelope: Envelope, provider_id: str, untrusted_json: bytes
) -> ProviderLayer | Refusal:
    """Keep a layer from IT's file for a provider: the file may leave out whose it is and its version.

    KeyError when there is no such provider.
    """
    person = await person_by_id(tx, provider_id)
    if person is None or person.role is not Role.PROVIDER:
        raise KeyError(provider_id)
    named = _named(untrusted_json, provider_id)
    layer = checked_layer(untrusted_json if named is None else named)
    if isinstance(layer, Refusal):
        return layer
    if layer.provider_id != provider_id:
        return refuse(RefusalCode.ROLE_NOT_ALLOWED, reason="another provider's layer")
    version = await layer_version(tx, provider_id, layer.template_id)
    layer = layer.model_copy(update={"version": version + 1})
    await _put(tx, envelope, layer, "operator")
    return layer


def checked_layer(untrusted_json: bytes) -> ProviderLayer | Refusal:
    """A layer all of which takes effect, or what is wrong with it and where."""
    layer = read_layer(untrusted_json)
    if isinstance(layer, UnreadableLayer):
        where = malformed_at(untrusted_json) if layer is UnreadableLayer.MALFORMED else ""
        return refuse(RefusalCode.LAYER_INVALID, problem=layer.value, where=where)
    templates = _templates(layer)
    if not templates:
        return refuse(RefusalCode.TEMPLATE_UNKNOWN)
    found = ((template, issue) for template in templates for issue in layer_issues(template, layer))
    first = next(found, None)
    return layer if first is None else _refused(*first)


def _templates(layer: ProviderLayer) -> tuple[Template, ...]:
    """What it lies over: one template, or every one that ships; none when its template is not known."""
    if layer.template_id is None:
        return tuple(template for specialty in Specialty for template in templates_of(specialty))
    template = template_by_id(layer.template_id)
    return () if template is None else (template,)


def _refused(template: Template, issue: LayerIssue) -> Refusal:
    where = issue.where[:_MOST_CHARS]
    return refuse(RefusalCode.LAYER_INVALID, problem=issue.problem.value, where=where, template=template.id)


def _named(untrusted_json: bytes, provider_id: str) -> bytes | None:
    """The file's layer with whose it is and a version; None when it is no JSON object."""
    try:
        values = json.loads(untrusted_json)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    return json.dumps({"provider_id": provider_id, "version": 1} | values, ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )


async def _put(tx: Transaction, envelope: Envelope, layer: ProviderLayer, actor: str) -> None:
    await put_layer(tx, envelope, layer)
    subject = {"person_id": layer.provider_id, "template_id": layer.template_id or "all"}
    await tx.audit(actor, "layer_put", subject, {"version": layer.version})
