"""Refusals on HTTP: a status for each code, and one body for all of them."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from gateway.rules.situation import refuse
from gateway.store.database import StorageFull
from wire.http import RefusalReply
from wire.refusals import Refusal, RefusalCode

_MAX_FIELD = 100
_STATUS = {
    RefusalCode.MALFORMED: 400,
    RefusalCode.LAYER_INVALID: 400,
    RefusalCode.TEMPLATE_UNKNOWN: 400,
    RefusalCode.OUT_OF_ORDER: 400,
    RefusalCode.PROTOCOL_UNKNOWN: 400,
    RefusalCode.NOT_SIGNED_IN: 401,
    RefusalCode.TOKEN_EXPIRED: 401,
    RefusalCode.PROOF_INVALID: 401,
    RefusalCode.VISIT_UNKNOWN: 404,
    RefusalCode.VERSION_UNKNOWN: 404,
    RefusalCode.CHANGED_MEANWHILE: 409,
    RefusalCode.TOO_LARGE: 413,
    RefusalCode.TOO_FAST: 429,
    RefusalCode.EHR_UNREACHABLE: 502,
    RefusalCode.EHR_REFUSED: 502,
    RefusalCode.STORAGE_FULL: 507,
}
"""Every other code is a plain "no": 403."""


class Denied(Exception):
    """Ends a call with a refusal; raised at the edge only, where a value cannot be returned."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code.value)
        self.refusal = refusal


def deny(code: RefusalCode, **params: str) -> Denied:
    """A refusal to raise."""
    return Denied(refuse(code, **params))


def refusal_response(refusal: Refusal) -> JSONResponse:
    """The refusal as every client expects it."""
    status = _STATUS.get(refusal.code, 403)
    headers = {"WWW-Authenticate": 'DPoP algs="ES256"'} if status == 401 else None
    return JSONResponse(RefusalReply(refusal=refusal).model_dump(mode="json"), status, headers)


async def on_denied(_request: Request, denied: Exception) -> Response:
    """Answer what a route or dependency refused."""
    if not isinstance(denied, Denied):
        raise denied
    return refusal_response(denied.refusal)


async def on_malformed(_request: Request, error: Exception) -> Response:
    """Answer a body that is not what the call takes: the place and kind of the mistake, never the value."""
    if not isinstance(error, RequestValidationError):
        raise error
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    return refusal_response(refuse(RefusalCode.MALFORMED, field=field[:_MAX_FIELD], kind=str(first["type"])))


async def on_storage_full(_request: Request, _error: Exception) -> Response:
    """The disk is full: nothing was changed."""
    return refusal_response(refuse(RefusalCode.STORAGE_FULL))


HANDLERS = {Denied: on_denied, RequestValidationError: on_malformed, StorageFull: on_storage_full}
"""Exception handlers of the application; a route that does not exist stays Starlette's plain 404."""

__all__ = ["HANDLERS", "Denied", "HTTPException", "deny", "refusal_response"]
