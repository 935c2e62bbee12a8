"""The versions of a note, for the scribe's desktop and for the provider's page."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Path

from gateway.routes.principals import Desktop, Parts, Provider
from gateway.routes.refusals import Denied
from wire.base import Count, Id
from wire.refusals import Refusal
from wire.versions import NoteVersion, VersionComparison, VersionText

router = APIRouter()
T = TypeVar("T")
VisitId = Annotated[Id, Path()]
Seq = Annotated[Count, Path()]
_SCRIBE, _PROVIDER = "/v1/visits/{visit_id}/versions", "/page/visits/{visit_id}/versions"


@router.get(_SCRIBE)
async def scribe_versions(visit_id: VisitId, who: Desktop, parts: Parts) -> list[NoteVersion]:
    """Every version of the note."""
    return list(_given(await parts.services.versions.listed(who.principal, visit_id)))


@router.get(_SCRIBE + "/{seq}")
async def scribe_version(visit_id: VisitId, seq: Seq, who: Desktop, parts: Parts) -> VersionText:
    """One version with its text."""
    return _given(await parts.services.versions.text(who.principal, visit_id, seq))


@router.get(_SCRIBE + "/{left}/compared/{right}")
async def scribe_compared(visit_id: VisitId, left: Seq, right: Seq, who: Desktop, parts: Parts) -> VersionComparison:
    """Two versions side by side."""
    return _given(await parts.services.versions.compared(who.principal, visit_id, left, right))


@router.get(_PROVIDER)
async def provider_versions(visit_id: VisitId, session: Provider, parts: Parts) -> list[NoteVersion]:
    """Every version of the note."""
    return list(_given(await parts.services.versions.listed(session.principal, visit_id)))


@router.get(_PROVIDER + "/{seq}")
async def provider_version(visit_id: VisitId, seq: Seq, session: Provider, parts: Parts) -> VersionText:
    """One version with its text."""
    return _given(await parts.services.versions.text(session.principal, visit_id, seq))


@router.get(_PROVIDER + "/{left}/compared/{right}")
async def provider_compared(
    visit_id: VisitId, left: Seq, right: Seq, session: Provider, parts: Parts
) -> VersionComparison:
    """Two versions side by side."""
    return _given(await parts.services.versions.compared(session.principal, visit_id, left, right))


def _given(answer: T | Refusal) -> T:
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer
