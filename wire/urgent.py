"""What a scribe must tell the provider now: the few causes that allow it, and the facts of how far it got."""

from enum import StrEnum
from typing import Literal

from wire.base import Id, Line, Model


class UrgentKind(StrEnum):
    """Why the provider is told at once. There is no other cause: for all else there is the chat."""

    CRITICAL_VALUE = "critical_value"
    PHQ9_ITEM_9 = "phq9_item_9"
    """Any answer above 0 to the question about thoughts of being better off dead (LOINC 44260-8)."""
    SUICIDAL_INTENT = "suicidal_intent"
    ABUSE = "abuse"


class UrgentTold(Model):
    """The scribe told the provider at once; `text` says what, for a critical value always."""

    type: Literal["urgent_told"] = "urgent_told"
    urgent_id: Id
    kind: UrgentKind
    text: Line = ""


class UrgentDelivered(Model):
    """The provider's page has it."""

    type: Literal["urgent_delivered"] = "urgent_delivered"
    urgent_id: Id


class UrgentSeen(Model):
    """It is on the provider's screen, over everything else."""

    type: Literal["urgent_seen"] = "urgent_seen"
    urgent_id: Id


class UrgentAnswered(Model):
    """The provider took note of it, in these words."""

    type: Literal["urgent_answered"] = "urgent_answered"
    urgent_id: Id
    text: Line
