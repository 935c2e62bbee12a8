"""Enrolling a device."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from gateway.routes.bodies import json_body
from gateway.routes.context import Parts, caller_address
from gateway.routes.principals import check_proof
from gateway.routes.refusals import Denied, deny
from wire.http import EnrollReply, EnrollRequest
from wire.refusals import Refusal, RefusalCode

router = APIRouter(prefix="/v1/devices")
Body = Annotated[EnrollRequest, Depends(json_body(EnrollRequest))]


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
