"""The scribe's visits."""

from fastapi import APIRouter

from gateway.routes.principals import Desktop, Parts
from wire.visits import VisitSummary

router = APIRouter(prefix="/v1")


@router.get("/visits")
async def visits(who: Desktop, parts: Parts) -> list[VisitSummary]:
    """The day's visits that this scribe is assigned to."""
    return list(await parts.services.visits.listed_for(who.principal))
