"""Admission to a visit."""

from typing import Annotated

from fastapi import APIRouter, Depends

from gateway.identity.desktop_sign_in import SignedIn
from gateway.routes.bodies import json_body
from gateway.routes.context import Context
from gateway.routes.principals import Desktop, Parts
from gateway.routes.refusals import Denied, deny
from wire.base import Id
from wire.posture import AdmissionDecision, Challenge, SignedReport
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/v1/visits/{visit_id}/admission")
ReportBody = Annotated[SignedReport, Depends(json_body(SignedReport))]


def _bound(who: SignedIn, parts: Context) -> None:
    if not parts.throttles.reports.allows(who.device.device_id):
        raise deny(RefusalCode.TOO_FAST)


@router.post("/challenge")
async def challenge(visit_id: Id, who: Desktop, parts: Parts) -> Challenge:
    """A nonce for one report."""
    _bound(who, parts)
    answer = await parts.admitting.challenge(who, visit_id)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


@router.post("")
async def admit(visit_id: Id, body: ReportBody, who: Desktop, parts: Parts) -> AdmissionDecision:
    """The policy's decision on a report; a refused one is an answer too, with its verdicts."""
    _bound(who, parts)
    answer = await parts.admitting.admit(who, visit_id, body)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer
