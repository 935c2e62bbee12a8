"""Reads untrusted frames: by role, in size, and into a refusal where they are not what that role may say."""

from pydantic import TypeAdapter, ValidationError

from gateway.rules.situation import refuse
from wire.base import MAX_FRAME_BYTES, MAX_UPDATE_BYTES
from wire.live import ProviderFrame, RoomFrame, ScribeFrame
from wire.people import Role
from wire.refusals import Refusal, RefusalCode

Frame = ScribeFrame | ProviderFrame | RoomFrame

_SCRIBE: TypeAdapter[ScribeFrame] = TypeAdapter(ScribeFrame)
_PROVIDER: TypeAdapter[ProviderFrame] = TypeAdapter(ProviderFrame)
_ROOM: TypeAdapter[RoomFrame] = TypeAdapter(RoomFrame)
_MAX_FIELD = 80


def read_frame(untrusted_text: str, role: Role) -> Frame | Refusal:
    """One frame of a role, or why it is none: `too_large`, or `malformed` with the place of the first mistake."""
    if len(untrusted_text) > MAX_FRAME_BYTES or len(untrusted_text.encode("utf-8", "replace")) > MAX_FRAME_BYTES:
        return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_FRAME_BYTES))
    try:
        match role:
            case Role.SCRIBE:
                return _SCRIBE.validate_json(untrusted_text)
            case Role.PROVIDER:
                return _PROVIDER.validate_json(untrusted_text)
            case Role.ROOM:
                return _ROOM.validate_json(untrusted_text)
    except ValidationError as error:
        # Places and kinds of mistakes only: the values may be patient text.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "bytes_too_long" and "update" in first["loc"]:
            return refuse(RefusalCode.TOO_LARGE, limit=str(MAX_UPDATE_BYTES))
        field = ".".join(str(part) for part in first["loc"] if part not in ("command", "document_update"))
        return refuse(RefusalCode.MALFORMED, field=field[:_MAX_FIELD], kind=first["type"])
