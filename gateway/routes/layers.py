"""A provider's own layers over the templates; nobody reads another one's."""

from fastapi import APIRouter, Request

from gateway.routes.principals import Parts, Provider
from gateway.routes.refusals import Denied, deny
from visit.provider_layer import ProviderLayer
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/page")
_JSON = "application/json"


@router.get("/layers")
async def own_layers(session: Provider, parts: Parts) -> list[ProviderLayer]:
    """The provider's layers, the one for all templates first."""
    return list(await parts.services.layers.own(session.principal))


@router.put("/layers")
async def put_layer(request: Request, session: Provider, parts: Parts) -> ProviderLayer:
    """Replace the layer for the template that the body names, or the one for all; its version is the next one."""
    # As for every other body: a form on another site can send no JSON type without asking first (CORS).
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise deny(RefusalCode.MALFORMED, field="content-type")
    answer = await parts.services.layers.put(session.principal, await request.body())
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer
