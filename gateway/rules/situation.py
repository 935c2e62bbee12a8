"""What a rule looks at, and what it may answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from visit.letters import LetterHead
from visit.marks import PlacedMark
from visit.provider_layer import ProviderLayer
from visit.questions import OpenQuestion
from visit.record import VisitRecord
from wire.commands import EditText
from wire.people import Principal, Role
from wire.record import Fact
from wire.refusals import Refusal, RefusalCode


@dataclass(frozen=True, slots=True)
class NoteNow:
    """The gateway's own document at this moment."""

    texts: Mapping[str, str]
    version: int
    sha256: str
    """Hash of the snapshot that the gateway renders from it."""
    clocks: Mapping[int, int]
    """Its state vector."""
    foreign_changes: Mapping[str, int]
    """By section: the note's version at the last change by somebody other than this principal."""
    marks: Callable[[str], Sequence[PlacedMark]]
    """The marks on a section's text, looked for when a rule asks."""
    late: int = 0
    """How many edits came after the signature."""
    questions: tuple[OpenQuestion, ...] = ()
    """The gaps that were asked about and are still open, in the note's order."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, about which visit, as things stand."""

    principal: Principal
    now: datetime
    record: VisitRecord
    provider_id: str
    room_id: str
    assigned: frozenset[str]
    note: NoteNow
    letter_head: LetterHead
    """Who would sign a letter of this visit, and about whom."""
    live_admissions: frozenset[str] = frozenset()
    """This principal's own admissions to this visit that neither expired nor were revoked."""
    specialty: str = ""
    """As the EHR words it, as is the reason."""
    reason: str = ""
    layers: tuple[ProviderLayer, ...] = ()
    """Those of the visit's provider; read for the commands that give the note a template."""
    other_visit_live: bool = False
    """Whether another visit is being captured in this visit's room."""
    auth_time: datetime | None = None
    step_up_seconds: int = 0
    target: "Situation | None" = None
    """The same principal in the second visit that a command names; None when there is no such visit."""


@dataclass(frozen=True, slots=True)
class Settling:
    """An open question of the sent note is filled with a text, or its statement left out, as this principal."""

    question_id: str
    text: str | None
    message_id: str = ""
    """What the note cites; empty: the answer that is recorded just now."""
    again: bool = False
    """Whether the answer was given before, and its gap is open all the same."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Yes: these facts are appended; `edit` and `settling` are applied to the document as this principal."""

    facts: tuple[Fact, ...] = ()
    edit: EditText | None = None
    settling: Settling | None = None
    elsewhere: tuple[Fact, ...] = ()
    """Facts of the second visit that the command names."""


Decision = Accepted | Refusal


def refuse(code: RefusalCode, **params: str) -> Refusal:
    """A refusal with the few short values its sentence needs."""
    return Refusal(code=code, params=params)


def may_follow(situation: Situation) -> Refusal | None:
    """Whether this principal may see the visit at all: its provider, an assigned scribe, its own room."""
    principal = situation.principal
    match principal.role:
        case Role.SCRIBE:
            belongs = principal.id in situation.assigned
        case Role.PROVIDER:
            belongs = principal.id == situation.provider_id
        case Role.ROOM:
            belongs = principal.id == situation.room_id
    return None if belongs else refuse(RefusalCode.NOT_ASSIGNED)


def may_write(situation: Situation) -> Refusal | None:
    """Whether this principal may act on the visit: a scribe must also have been admitted to it once."""
    refusal = may_follow(situation)
    if refusal is not None:
        return refusal
    principal = situation.principal
    if principal.role is Role.SCRIBE and all(a.id != principal.id for a in situation.record.admissions.values()):
        return refuse(RefusalCode.NOT_ADMITTED)
    return None
