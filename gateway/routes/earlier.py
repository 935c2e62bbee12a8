"""Earlier signed notes of a visit's patient, for the scribe's desktop alone."""

from typing import Annotated

from fastapi import APIRouter, Path

from gateway.routes.principals import Desktop, Parts
from gateway.routes.refusals import Denied
from wire.base import Id
from wire.earlier import EarlierNote, EarlierNoteText
from wire.refusals import Refusal

router = APIRouter(prefix="/v1/visits/{visit_id}/earlier-notes")
VisitId = Annotated[Id, Path()]
NoteId = Annotated[Id, Path()]


@router.get("")
async def earlier_notes(visit_id: VisitId, who: Desktop, parts: Parts) -> list[EarlierNote]:
    """Which there are, the newest first."""
    listed = await parts.services.earlier.listed(who.principal, visit_id)
    if isinstance(listed, Refusal):
        raise Denied(listed)
    return list(listed)


@router.get("/{note_id}")
async def earlier_note(visit_id: VisitId, note_id: NoteId, who: Desktop, parts: Parts) -> EarlierNoteText:
    """One of them with its text."""
    text = await parts.services.earlier.text(who.principal, visit_id, note_id)
    if isinstance(text, Refusal):
        raise Denied(text)
    return text
