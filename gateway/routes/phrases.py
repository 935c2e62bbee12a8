"""Phrases over HTTP: scribes read the practice's and their providers', a provider reads and replaces their own."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Path, Query

from gateway.routes.bodies import json_body
from gateway.routes.principals import Desktop, Parts, Provider
from gateway.routes.refusals import Denied
from wire.base import Count, Id
from wire.phrases import PhrasePage, PutPhrase, SharedPhrase
from wire.refusals import Refusal

router = APIRouter()
T = TypeVar("T")
VisitId = Annotated[Id, Path()]
Name = Annotated[str, Path(min_length=1, max_length=40)]
After = Annotated[Count, Query()]
Body = Annotated[PutPhrase, Depends(json_body(PutPhrase))]


@router.get("/v1/phrases")
async def practice_phrases(who: Desktop, parts: Parts, after: After = 0) -> PhrasePage:
    """The practice's phrases that changed after a revision."""
    return _given(await parts.services.phrases.of_practice(who.principal, after))


@router.get("/v1/visits/{visit_id}/phrases")
async def provider_phrases(visit_id: VisitId, who: Desktop, parts: Parts, after: After = 0) -> PhrasePage:
    """Those of the visit's provider."""
    return _given(await parts.services.phrases.of_visit(who.principal, visit_id, after))


@router.get("/page/phrases")
async def own_phrases(session: Provider, parts: Parts, after: After = 0) -> PhrasePage:
    """The provider's own."""
    return _given(await parts.services.phrases.own(session.principal, after))


@router.put("/page/phrases/{name}")
async def put_own_phrase(name: Name, body: Body, session: Provider, parts: Parts) -> SharedPhrase:
    """A new version of one of them, or its removal."""
    return _given(await parts.services.phrases.put_own(session.principal, name, body))


def _given(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer
