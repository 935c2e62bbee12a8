"""What the provider was told at once, as the fold of a visit's record."""

from dataclasses import dataclass
from datetime import datetime

from wire.people import Author
from wire.record import RecordEntry, UrgentAnswered, UrgentDelivered, UrgentSeen, UrgentTold
from wire.urgent import UrgentKind


@dataclass(slots=True)
class Urgent:
    """What the provider was told at once, and how far that got; a time is None until it is so."""

    urgent_id: str
    kind: UrgentKind
    text: str
    seq: int
    at: datetime
    author: Author
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    answered_at: datetime | None = None
    answer: str = ""
    answered_by: str = ""


def fold_urgent(urgent: list[Urgent], entry: RecordEntry) -> None:
    """Take in what an entry says of them."""
    by_id = {one.urgent_id: one for one in urgent}
    match entry.fact:
        case UrgentTold(urgent_id=urgent_id, kind=kind, text=text):
            urgent.append(Urgent(urgent_id, kind, text, entry.seq, entry.at, entry.author))
        case UrgentDelivered(urgent_id=urgent_id) if (told := by_id.get(urgent_id)) is not None:
            told.delivered_at = told.delivered_at or entry.at
        case UrgentSeen(urgent_id=urgent_id) if (told := by_id.get(urgent_id)) is not None:
            told.seen_at = told.seen_at or entry.at
        case UrgentAnswered(urgent_id=urgent_id, text=text) if (told := by_id.get(urgent_id)) is not None:
            told.answered_at, told.answer, told.answered_by = entry.at, text, entry.author.name
        case _:
            pass
