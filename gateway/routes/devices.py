"""Enrolling a device, and what a device hears that was taken out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from gateway.routes.bodies import json_body
from gateway.routes.context import Parts, caller_address
from gateway.routes.principals import check_proof, proven_key
from gateway.routes.refusals import Denied, deny
from wire.http import EnrollReply, EnrollRequest, WipedReport, WipeOrderReply, WipeOrderRequest
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/v1/devices")
Body = Annotated[EnrollRequest, Depends(json_body(EnrollRequest))]
OrderBody = Annotated[WipeOrderRequest, Depends(json_body(WipeOrderRequest))]
ReportBody = Annotated[WipedReport, Depends(json_body(WipedReport))]


@router.post("/enroll")
async def enroll(request: Request, body: Body, parts: Parts) -> EnrollReply:
    """Spend a one-time code for the key of the DPoP proof in the body."""
    if not parts.throttles.codes.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)
    key = check_proof(request, parts, body.proof)
    answer = await parts.enrolment.enroll(body.code, body.device_name, key)
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


@router.post("/wipe-order")
async def wipe_order(request: Request, body: OrderBody, parts: Parts) -> WipeOrderReply:
    """The order of a device that is let in no more."""
    if not parts.throttles.sign_in.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)
    answer = await parts.wipes.order(body.device_id, proven_key(request, parts))
    if isinstance(answer, Refusal):
        raise Denied(answer)
    return answer


@router.post("/wiped", status_code=204)
async def wiped(request: Request, body: ReportBody, parts: Parts) -> Response:
    """What a revoked device did with its order."""
    if not parts.throttles.sign_in.allows(caller_address(request)):
        raise deny(RefusalCode.TOO_FAST)
    answer = await parts.wipes.report(body, proven_key(request, parts))
    if answer is not None:
        raise Denied(answer)
    return Response(status_code=204)
