"""Providers' layers over templates as rows: one for each template, and one for all; what a layer says is sealed."""

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.envelope import Envelope
from gateway.store import tables
from gateway.store.database import Transaction
from visit.provider_layer import ProviderLayer, UnreadableLayer, layer_json, read_layer

ALL_TEMPLATES = ""


async def load_layers(
    reader: AsyncConnection | Transaction, envelope: Envelope, provider_id: str
) -> tuple[ProviderLayer, ...]:
    """A provider's layers, the one for all templates first; a row that cannot be read (any more) is left out."""
    table = tables.provider_layers
    query = select(table).where(table.c.person_id == provider_id).order_by(table.c.template_id)
    rows = (await reader.execute(query)).all()
    opened = (read_layer(envelope.open(row.sealed_layer, _context(provider_id, row.template_id))) for row in rows)
    return tuple(layer for layer in opened if not isinstance(layer, UnreadableLayer))


async def layer_version(tx: Transaction, provider_id: str, template_id: str | None) -> int:
    """The version of the layer that is kept for a template (None: for all); 0 when there is none."""
    table = tables.provider_layers
    here = (table.c.person_id == provider_id) & (table.c.template_id == (template_id or ALL_TEMPLATES))
    version = (await tx.execute(select(table.c.version).where(here))).scalar_one_or_none()
    return 0 if version is None else int(version)


async def put_layer(tx: Transaction, envelope: Envelope, layer: ProviderLayer) -> None:
    """Keep a layer in the place of the one for the same template."""
    table, template_id = tables.provider_layers, layer.template_id or ALL_TEMPLATES
    sealed = envelope.seal(layer_json(layer).encode(), _context(layer.provider_id, template_id))
    values = {"version": layer.version, "at": tx.now, "sealed_layer": sealed}
    here = (table.c.person_id == layer.provider_id) & (table.c.template_id == template_id)
    if (await tx.execute(update(table).where(here).values(**values))).rowcount == 0:
        await tx.execute(insert(table).values(person_id=layer.provider_id, template_id=template_id, **values))


def _context(provider_id: str, template_id: str) -> str:
    return f"provider_layers/{provider_id}/{template_id}"
