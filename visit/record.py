"""A visit's state as the fold of its record: the same function on both sides, so status is never stored twice."""

from dataclasses import dataclass, field
from datetime import datetime

from visit.letter_lines import LetterLine, apply_letter
from visit.urgent_lines import Urgent as Urgent
from visit.urgent_lines import fold_urgent
from wire.capture import Curtain, Lost
from wire.orders import Order, OrderState
from wire.people import Author, Role
from wire.record import (
    AddendumWritten,
    CaptureStarted,
    CaptureStopped,
    ChatSeen,
    ChatSent,
    ConsentDecision,
    ConsentRecorded,
    ContentMovedIn,
    CurtainChanged,
    EhrRetracted,
    EhrWriteFailed,
    LateLeftOut,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    MomentMarked,
    NoteAddended,
    NoteOpened,
    NoteReady,
    NoteRecalled,
    NoteReturned,
    NoteSent,
    NoteSigned,
    NoteWritten,
    OrderDeclined,
    OrderPended,
    OrderSigned,
    OrderWithdrawn,
    OrderWritten,
    QuestionAnswered,
    QuestionAsked,
    QuestionLeftOut,
    QuestionWithdrawn,
    RecordEntry,
    ScribeAdmitted,
    ScribeRefused,
    TalkStarted,
    TalkStopped,
    TemplateChosen,
    VisitFrozen,
    VisitMoved,
    VisitOpened,
    VisitRetracted,
    VisitUnfrozen,
)
from wire.visits import Moment, NoteState, VisitPhase


@dataclass(slots=True)
class OrderLine:
    """One order with its state; `ehr_reference` only when the EHR said so."""

    order: Order
    sha256: str
    state: OrderState
    pended_at: datetime
    declined_because: str = ""
    ehr_reference: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it was given; a later one does not take it away."""

    seq: int
    at: datetime
    author: Author
    text: str

    @property
    def message_id(self) -> str:
        """How the note cites it."""
        return cited(self.seq)


@dataclass(slots=True)
class ChatLine:
    """One line of chat: a message, or a question with its answer."""

    seq: int
    at: datetime
    author: Author
    text: str
    question_id: str = ""
    quick_replies: tuple[str, ...] = ()
    section: str = ""
    answer: str = ""
    answered_by: str = ""
    answers: list[Answer] = field(default_factory=list)
    """Every answer, oldest first; `answer` is the newest."""
    withdrawn: bool = False
    left_out: bool = False
    """Whether the provider left its statement out of the note."""


@dataclass(frozen=True, slots=True)
class Frozen:
    """Who said that the visit was written for the wrong patient, or took that back, when and why."""

    reason: str
    at: datetime
    author: Author


@dataclass(slots=True)
class Addendum:
    """What the provider added to the signed note; `ehr_reference` only when the EHR said so."""

    number: int
    version: int
    sha256: str
    text: str
    at: datetime
    author: Author
    late: int = 0
    ehr_reference: str = ""


@dataclass(slots=True)
class CurtainInterval:
    """A time of capture in which the curtain hid something; `until` is None while it still does."""

    curtain: Curtain
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """What one listener missed of what the room captured."""

    gap_id: str
    author: Author
    since: datetime
    until: datetime
    lost: Lost
    reason: str


@dataclass(slots=True)
class Listened:
    """A time in which one person listened under one admission; `until` is None while they still do."""

    admission_id: str
    author: Author
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a scribe listening, and when."""

    at: datetime
    consent: ConsentRecorded


@dataclass(frozen=True, slots=True)
class Away:
    """Who listened, does not now, and why, while the room captures."""

    since: datetime
    reason: str


@dataclass(slots=True)
class VisitRecord:
    """Everything that the record of one visit says."""

    visit_id: str
    last_seq: int = 0
    template: TemplateChosen | None = None
    """None in records from before templates: then the default one (`visit.template_choice.visit_template`)."""
    template_author: Author | None = None
    phase: VisitPhase = VisitPhase.SCHEDULED
    note_state: NoteState = NoteState.DRAFT
    note_version: int = 0
    note_sha256: str = ""
    note_opened: bool = False
    """Whether the provider has had the note on the screen since it was last sent."""
    recalled_by: Author | None = None
    """Who took the note back, until it is sent again."""
    note_ehr_reference: str = ""
    returned_because: str = ""
    signed_by: Author | None = None
    addenda: list[Addendum] = field(default_factory=list)
    late_settled: int = 0
    """So many late edits the provider took into an addendum or left out."""
    consent: ConsentRecorded | None = None
    consent_at: datetime | None = None
    consent_author: Author | None = None
    decided: list[Decided] = field(default_factory=list)
    """Every decision about a scribe listening, oldest first; `consent` is the newest."""
    capturing: bool = False
    capture_started_at: datetime | None = None
    curtain: Curtain = Curtain.OPEN
    curtain_at: datetime | None = None
    curtains: list[CurtainInterval] = field(default_factory=list)
    modality: ModalitySet | None = None
    scribe: Author | None = None
    admissions: dict[str, Author] = field(default_factory=dict)
    listening: dict[str, datetime] = field(default_factory=dict)
    listened: list[Listened] = field(default_factory=list)
    away: dict[str, Away] = field(default_factory=dict)
    """By admission."""
    gaps: list[Gap] = field(default_factory=list)
    talking: dict[str, datetime] = field(default_factory=dict)
    """Admissions whose microphone is sent to the room, and since when."""
    may_replay: dict[str, int] = field(default_factory=dict)
    """By admission: how many seconds its scribe may hear again."""
    heard_seconds: float = 0.0
    moments: dict[Moment, datetime] = field(default_factory=dict)
    chat: list[ChatLine] = field(default_factory=list)
    chat_seen: dict[Role, int] = field(default_factory=dict)
    urgent: list[Urgent] = field(default_factory=list)
    orders: dict[str, OrderLine] = field(default_factory=dict)
    letters: dict[str, LetterLine] = field(default_factory=dict)
    frozen: Frozen | None = None
    unfrozen: Frozen | None = None
    """Who took the last freeze back; None again in a visit that is frozen anew."""
    retracted: bool = False
    ehr_retracted: dict[str, str] = field(default_factory=dict)
    """By subject: the reference of what the EHR has as entered in error; empty when it never had it."""
    moved_to: str = ""
    """The visit that text and questions went to."""
    moved_from: str = ""
    ehr_problems: dict[str, EhrWriteFailed] = field(default_factory=dict)

    def apply(self, entry: RecordEntry) -> None:
        """Take in the next entry; ValueError when it is not the next one of this visit."""
        if entry.visit_id != self.visit_id or entry.seq != self.last_seq + 1:
            raise ValueError(f"entry {entry.seq} does not follow {self.last_seq}")
        self.last_seq = entry.seq
        _apply_visit(self, entry)
        _apply_listening(self, entry)
        _apply_chat(self, entry)
        fold_urgent(self.urgent, entry)
        _apply_order(self, entry)
        _apply_note(self, entry)
        apply_letter(self.letters, entry)
        _apply_wrong_patient(self, entry)

    @property
    def consent_agreed(self) -> bool:
        """Whether the newest consent allows a scribe to listen."""
        return self.consent is not None and self.consent.decision is ConsentDecision.AGREED

    def open_questions(self) -> list[ChatLine]:
        """Questions without an answer that were neither withdrawn nor left out, oldest first."""
        asked = (line for line in self.chat if line.question_id and not line.answer)
        return [line for line in asked if not line.withdrawn and not line.left_out]

    def question(self, question_id: str) -> ChatLine | None:
        """The line that asks this, or None."""
        return next((line for line in self.chat if line.question_id == question_id), None)

    def told(self, urgent_id: str) -> Urgent | None:
        """What the provider was told under this id, or None."""
        return next((one for one in self.urgent if one.urgent_id == urgent_id), None)

    def is_seen(self, line: ChatLine) -> bool:
        """Whether the provider has had this line of the chat on the screen."""
        return self.chat_seen.get(Role.PROVIDER, 0) >= line.seq


def cited(seq: int) -> str:
    """How the note names a message: by the entry of the record that it is."""
    return f"entry:{seq}"


def _apply_visit(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case MomentMarked(moment=moment, at=at):
            record.moments.setdefault(moment, at)
        case ConsentRecorded() as consent:
            record.consent, record.consent_at, record.consent_author = consent, entry.at, entry.author
            record.decided.append(Decided(entry.at, consent))
        case CaptureStarted():
            record.capturing, record.phase = True, VisitPhase.LIVE
            record.capture_started_at = record.capture_started_at or entry.at
            _hide(record, entry.at)
        case CaptureStopped():
            record.capturing, record.phase = False, VisitPhase.ENDED
            record.moments[Moment.ENDED] = entry.at
            record.away.clear()
            _hide(record, entry.at)
        case CurtainChanged(curtain=curtain, at=at):
            record.curtain, record.curtain_at = curtain, at
            _hide(record, at)
        case ModalitySet() as modality:
            record.modality = modality
        case TemplateChosen() as template:
            record.template, record.template_author = template, entry.author
        case ScribeAdmitted(admission_id=admission_id, replay_seconds=replay_seconds):
            record.scribe = entry.author
            record.admissions[admission_id] = entry.author
            record.may_replay[admission_id] = replay_seconds
        case EhrWriteFailed(subject=subject) as problem:
            record.ehr_problems[subject] = problem
        case VisitOpened() | ScribeRefused() | _:
            pass


def _apply_listening(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case ListeningStarted(admission_id=admission_id):
            if admission_id not in record.listening:
                record.listening[admission_id] = entry.at
                record.listened.append(Listened(admission_id, entry.author, entry.at))
            for known in [one for one in record.away if _is_of(record, one, entry.author)]:
                del record.away[known]
        case ListeningStopped(admission_id=admission_id, reason=reason):
            record.talking.pop(admission_id, None)
            started = record.listening.pop(admission_id, None)
            if started is not None:
                record.heard_seconds += max(0.0, (entry.at - started).total_seconds())
                for span in record.listened:
                    if span.admission_id == admission_id and span.until is None:
                        span.until = entry.at
            if record.capturing:
                record.away[admission_id] = Away(entry.at, reason)
        case ListeningGap() as gap:
            record.gaps.append(Gap(gap.gap_id, entry.author, gap.start, gap.end, gap.lost, gap.reason))
        case TalkStarted(admission_id=admission_id):
            record.talking.setdefault(admission_id, entry.at)
        case TalkStopped(admission_id=admission_id):
            record.talking.pop(admission_id, None)
        case _:
            pass


def _is_of(record: VisitRecord, admission_id: str, person: Author) -> bool:
    """Who comes back under another admission is away no more."""
    owner = record.admissions.get(admission_id)
    return owner is not None and owner.id == person.id


def _hide(record: VisitRecord, at: datetime) -> None:
    """Capture or curtain changed: the interval before ends, another begins when something is hidden now."""
    if record.curtains and record.curtains[-1].until is None:
        record.curtains[-1].until = at
    if record.capturing and record.curtain is not Curtain.OPEN:
        record.curtains.append(CurtainInterval(record.curtain, at))


def _apply_chat(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case ChatSent(text=text):
            record.chat.append(ChatLine(entry.seq, entry.at, entry.author, text))
        case QuestionAsked() as asked:
            record.chat.append(
                ChatLine(
                    entry.seq,
                    entry.at,
                    entry.author,
                    asked.text,
                    asked.question_id,
                    asked.quick_replies,
                    asked.section,
                )
            )
        case QuestionAnswered(question_id=question_id, text=text):
            for line in record.chat:
                if line.question_id == question_id:
                    line.answer, line.answered_by = text, entry.author.name
                    line.answers.append(Answer(entry.seq, entry.at, entry.author, text))
        case QuestionWithdrawn(question_id=question_id):
            for line in record.chat:
                line.withdrawn = line.withdrawn or line.question_id == question_id
        case QuestionLeftOut(question_id=question_id):
            for line in record.chat:
                line.left_out = line.left_out or line.question_id == question_id
        case ChatSeen(up_to_seq=up_to):
            if entry.author.role is not None:
                record.chat_seen[entry.author.role] = max(up_to, record.chat_seen.get(entry.author.role, 0))
        case _:
            pass


def _apply_order(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case OrderPended(order=order, sha256=sha256):
            record.orders[order.order_id] = OrderLine(order, sha256, OrderState.PENDED, entry.at)
        case OrderWithdrawn(order_id=order_id):
            record.orders[order_id].state = OrderState.WITHDRAWN
        case OrderSigned(order_id=order_id):
            record.orders[order_id].state = OrderState.SIGNED
        case OrderDeclined(order_id=order_id, reason=reason):
            line = record.orders[order_id]
            line.state, line.declined_because = OrderState.DECLINED, reason
        case OrderWritten(order_id=order_id, ehr_reference=reference):
            line = record.orders[order_id]
            line.state, line.ehr_reference = OrderState.ORDERED, reference
            record.ehr_problems.pop(order_id, None)
        case _:
            pass


def _apply_note(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case NoteReady():
            record.note_state = NoteState.READY
            record.moments[Moment.READY] = entry.at
        case NoteSent(version=version, sha256=sha256):
            record.note_state, record.note_version, record.note_sha256 = NoteState.SENT, version, sha256
            record.returned_because, record.note_opened, record.recalled_by = "", False, None
            record.moments[Moment.SENT] = entry.at
        case NoteRecalled():
            record.note_state, record.recalled_by = NoteState.READY, entry.author
        case NoteOpened():
            record.note_opened = True
            record.moments.setdefault(Moment.OPENED, entry.at)
        case NoteReturned(comment=comment):
            record.note_state, record.returned_because = NoteState.RETURNED, comment
        case NoteSigned(version=version, sha256=sha256):
            record.note_state, record.note_version, record.note_sha256 = NoteState.SIGNED, version, sha256
            record.signed_by = entry.author
            record.moments[Moment.SIGNED] = entry.at
        case NoteWritten(ehr_reference=reference):
            record.note_ehr_reference = reference
            record.ehr_problems.pop("note", None)
        case NoteAddended() as added:
            record.addenda.append(
                Addendum(added.number, added.version, added.sha256, added.text, entry.at, entry.author, added.late)
            )
            record.late_settled = max(record.late_settled, added.late)
        case LateLeftOut(late=late):
            record.late_settled = max(record.late_settled, late)
        case AddendumWritten(number=number, ehr_reference=reference):
            for addendum in record.addenda:
                if addendum.number == number:
                    addendum.ehr_reference = reference
            record.ehr_problems.pop(f"addendum-{number}", None)
        case _:
            pass


def _apply_wrong_patient(record: VisitRecord, entry: RecordEntry) -> None:
    match entry.fact:
        case VisitFrozen(reason=reason):
            record.frozen = record.frozen or Frozen(reason, entry.at, entry.author)
            record.unfrozen = None
        case VisitUnfrozen(reason=reason):
            record.frozen, record.unfrozen = None, Frozen(reason, entry.at, entry.author)
        case VisitRetracted():
            record.retracted = True
        case EhrRetracted(subject=subject, ehr_reference=reference):
            record.ehr_retracted[subject] = reference
            record.ehr_problems.pop(subject, None)
        case VisitMoved(to_visit_id=visit_id):
            record.moved_to = visit_id
        case ContentMovedIn(from_visit_id=visit_id):
            record.moved_from = visit_id
        case _:
            pass
