"""Reads a call's JSON body as one of wire's models, or refuses it by place and kind of mistake, never by value.

FastAPI's own body fields warn about our models, whose validators are built at their first use.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from pydantic import ValidationError

from gateway.routes.refusals import deny
from wire.base import Model
from wire.refusals import RefusalCode

M = TypeVar("M", bound=Model)
_MAX_FIELD = 100
_JSON = "application/json"


def json_body(model: type[M]) -> Callable[[Request], Awaitable[M]]:
    """A dependency that reads the body as this model."""

    async def read(request: Request) -> M:
        # A form on another site can send no JSON type without asking first (CORS).
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise deny(RefusalCode.MALFORMED, field="content-type")
        try:
            return model.model_validate_json(await request.body())
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise deny(RefusalCode.MALFORMED, field=field[:_MAX_FIELD], kind=first["type"]) from None

    return read
