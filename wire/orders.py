"""An order as it is pended: frozen, versioned, whole."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wire.base import Id, Line, Model
from wire.visits import Coding


class Priority(StrEnum):
    """FHIR R4 request-priority."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class Collection(StrEnum):
    """When and where the specimen is taken."""

    NOW_IN_CLINIC = "now_in_clinic"
    AT_LAB = "at_lab"


class LabOrder(Model):
    """A laboratory order. Its requester is always the visit's provider; a scribe only pends it."""

    type: Literal["lab"] = "lab"
    order_id: Id
    version: Annotated[int, Field(ge=1, le=10_000)]
    test: Coding
    reason: Coding
    priority: Priority
    collection: Collection
    instructions: Line = ""
    heard_at: Line = ""
    """Time in the visit (mm:ss) at which the provider voiced it; empty when it came from chat."""


Order = LabOrder
"""Every kind of order; becomes a union discriminated by `type` as kinds are added."""


class OrderState(StrEnum):
    """Where an order stands; the way is pended to signed, declined or withdrawn, then ordered by the EHR's answer."""

    PENDED = "pended"
    WITHDRAWN = "withdrawn"
    SIGNED = "signed"
    DECLINED = "declined"
    ORDERED = "ordered"
