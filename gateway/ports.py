"""The plain values and Protocols that pass between the gateway's packages: a leaf."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from visit.snapshot import NoteSnapshot
from wire.base import Line, Model
from wire.orders import Order
from wire.people import Author, Person, Principal, Room
from wire.refusals import RefusalCode
from wire.visits import Coding, Moment, Patient

Clock = Callable[[], datetime]
"""Reads the time, aware and in UTC."""


@dataclass(slots=True)
class Policy:
    """The practice's values that the visit's rules and the live channel need; a changed policy file changes them."""

    zone: tzinfo
    practice: str = ""
    """Its name, and below its phone, as they stand in letters."""
    phone: str = ""
    step_up_seconds: int = 300
    """How old an authentication may be when a note is signed."""
    days_kept_open: int = 7
    """How many days back an unsigned visit still stands in the lists."""
    frames_per_second: int = 60
    frames_burst: int = 200


class Banner(Model):
    """What the database keeps of the patient and the reason, sealed."""

    patient: Patient
    reason: Line
    specialty: Line
    problems: tuple[Coding, ...] = ()


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What a visit is, apart from its record."""

    visit_id: str
    encounter: str
    provider: Person
    provider_ehr: str
    """The EHR's reference of the provider, `Practitioner/...`; empty when unknown."""
    room: Room
    scheduled_at: datetime
    banner: Banner
    assigned: frozenset[str] = frozenset()
    """Person ids of the scribes who may work on it."""


@dataclass(frozen=True, slots=True)
class EhrVisit:
    """One encounter as the EHR's schedule has it. People and rooms are matched by their EHR references."""

    encounter: str
    practitioner: str
    practitioner_name: str
    location: str
    location_name: str
    scheduled_at: datetime
    banner: Banner
    scribes: tuple[str, ...] = ()
    """Person ids that the practice assigned; empty: every scribe that the gateway knows."""
    moments: tuple[tuple[Moment, datetime], ...] = ()
    """What the EHR's encounter says about checking in and rooming."""


@dataclass(frozen=True, slots=True)
class NewAdmission:
    """A scribe whose report satisfied the policy, for one visit and device."""

    admission_id: str
    visit_id: str
    person: Person
    device_id: str
    counter: int
    report_sha256: str
    policy_version: str
    expires_at: datetime
    replay_seconds: int = 0


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What the channel's opener knows beside the principal."""

    auth_time: datetime | None = None
    """When the person last proved who they are; None for rooms."""
    expires_at: datetime | None = None
    """When the channel must be opened anew with a fresh token; None: not bounded by one."""
    ice_servers: tuple[dict[str, str], ...] = ()
    """For a room: the TURN servers of its peer connections."""
    relay_only: bool = False
    """For a room: media goes by those alone."""


@dataclass(frozen=True, slots=True)
class OrderWrite:
    """A signed order on its way to the EHR."""

    task_id: str
    """The same at every attempt: the conditional create's identifier."""
    visit: VisitFacts
    order: Order
    sha256: str
    signed_by: Author
    signed_at: datetime
    pended_by: Author | None = None
    """Who typed it: the Provenance's enterer."""


@dataclass(frozen=True, slots=True)
class NoteWrite:
    """A signed note on its way to the EHR."""

    task_id: str
    visit: VisitFacts
    snapshot: NoteSnapshot
    sha256: str
    version: int
    text: str
    """The note as plain text with its attestation."""
    scribe: Author | None
    signed_by: Author
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class AddendumWrite:
    """A signed addendum on its way to the EHR, which keeps the note already."""

    task_id: str
    visit: VisitFacts
    number: int
    sha256: str
    text: str
    """As plain text with who answers for it."""
    amends: str
    """The EHR's reference of the note."""
    signed_by: Author
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Retraction:
    """A signed thing of the wrong patient, on its way to be an error in the EHR."""

    task_id: str
    visit: VisitFacts
    what: str
    """`note`, `addendum` or `order`."""
    identifier: str
    """The value of our own identifier on it."""
    retracted_by: Author
    retracted_at: datetime


@dataclass(frozen=True, slots=True)
class EhrWritten:
    """The EHR's own answer: kept there under this reference (`ServiceRequest/12`) in this version."""

    reference: str
    version: str


@dataclass(frozen=True, slots=True)
class EhrProblem:
    """The EHR did not take it: unreachable or refused; the gateway tries again later either way."""

    code: RefusalCode


class EhrWriter(Protocol):
    """Writes what was signed to the practice's record; repeating a call writes nothing twice."""

    async def write_order(self, job: OrderWrite) -> EhrWritten | EhrProblem:
        """Make the order active (or what the practice's policy says for its type)."""

    async def write_note(self, job: NoteWrite) -> EhrWritten | EhrProblem:
        """Keep the note as final."""

    async def write_addendum(self, job: AddendumWrite) -> EhrWritten | EhrProblem:
        """Keep the addendum as final, appended to its note."""

    async def retract(self, job: Retraction) -> EhrWritten | EhrProblem:
        """Mark it as entered in error; the answer has an empty reference when the EHR never had it."""


def author_of(principal: Principal) -> Author:
    """The principal as the author of a recorded thing."""
    return Author(role=principal.role, id=principal.id, name=principal.name)


def key_of(principal: Principal) -> str:
    """`role:id`: the principal's name in keys and in the audit chain."""
    return f"{principal.role.value}:{principal.id}"


GATEWAY = Author(role=None, id="gateway", name="gateway")
"""The author of what the gateway records by itself."""


@dataclass(frozen=True, slots=True)
class LiveAdmission:
    """An admission that has neither expired nor been revoked."""

    admission_id: str
    visit_id: str
    person_id: str
    device_id: str
    expires_at: datetime
