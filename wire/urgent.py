"""What a scribe must tell the provider now: the few causes that allow it."""

from enum import StrEnum


class UrgentKind(StrEnum):
    """Why the provider is told at once. There is no other cause: for all else there is the chat."""

    CRITICAL_VALUE = "critical_value"
    PHQ9_ITEM_9 = "phq9_item_9"
    """Any answer above 0 to the question about thoughts of being better off dead (LOINC 44260-8)."""
    SUICIDAL_INTENT = "suicidal_intent"
    ABUSE = "abuse"
