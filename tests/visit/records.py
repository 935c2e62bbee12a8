"""Makes record entries for the tests of what is folded from them."""

from datetime import UTC, datetime, timedelta

from visit.record import VisitRecord
from wire.orders import Collection, LabOrder, Priority
from wire.people import Author, Role
from wire.record import Fact, RecordEntry
from wire.visits import Coding

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SCRIBE = Author(role=Role.SCRIBE, id="p-lee", name="J. Lee")
PROVIDER = Author(role=Role.PROVIDER, id="p-okafor", name="Dr. A. Okafor")
ROOM = Author(role=Role.ROOM, id="room-2", name="Room 2")
GATEWAY = Author(role=None, id="gateway", name="Gateway")
SHA = "ab" * 32


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def lab_order(order_id: str = "order-1", version: int = 1) -> LabOrder:
    return LabOrder(
        order_id=order_id,
        version=version,
        test=Coding(system="http://loinc.org", code="4548-4", display="Hemoglobin A1c"),
        reason=Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="E11.9", display="Type 2 diabetes"),
        priority=Priority.ROUTINE,
        collection=Collection.NOW_IN_CLINIC,
    )


class Story:
    """A visit's record to which one fact after the other is added."""

    def __init__(self) -> None:
        self.record = VisitRecord("v1")

    def add(self, fact: Fact, author: Author = GATEWAY, minutes: float = 0.0) -> "Story":
        seq = self.record.last_seq + 1
        self.record.apply(RecordEntry(visit_id="v1", seq=seq, at=at(minutes), author=author, fact=fact))
        return self
