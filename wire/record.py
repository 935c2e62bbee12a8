"""What people did: the facts of a visit's record, which the gateway alone writes, in order."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from wire.base import AddendumText, Count, Id, LayerJson, Line, Model, ReplaySeconds, Sha256, Text, Time
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.letters import LetterContent, LetterFields
from wire.orders import Order
from wire.people import Author
from wire.refusals import RefusalCode
from wire.urgent import UrgentAnswered as UrgentAnswered
from wire.urgent import UrgentDelivered as UrgentDelivered
from wire.urgent import UrgentSeen as UrgentSeen
from wire.urgent import UrgentTold as UrgentTold
from wire.visits import Moment


class ConsentDecision(StrEnum):
    """What was decided about a scribe listening."""

    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ConsentBy(StrEnum):
    """Who decided."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class ConsentHow(StrEnum):
    """In which form."""

    VERBAL = "verbal"
    WRITTEN = "written"


class VisitOpened(Model):
    type: Literal["visit_opened"] = "visit_opened"
    encounter: Line


class TemplateChosen(Model):
    """The template that the visit's note has from here on, with the provider's layer over it as it was then.

    The layer is in the fact, so that every replica judges the note alike whatever the provider changes later.
    """

    type: Literal["template_chosen"] = "template_chosen"
    template_id: Line
    template_version: Count
    layer: LayerJson | None = None


class MomentMarked(Model):
    """A timestamp of the visit that no other fact implies."""

    type: Literal["moment_marked"] = "moment_marked"
    moment: Moment
    at: Time


class ConsentRecorded(Model):
    type: Literal["consent_recorded"] = "consent_recorded"
    decision: ConsentDecision
    by: ConsentBy
    how: ConsentHow


class CaptureStarted(Model):
    type: Literal["capture_started"] = "capture_started"


class CaptureStopped(Model):
    type: Literal["capture_stopped"] = "capture_stopped"
    reason: Line


class CurtainChanged(Model):
    """From `at` on the room's privacy curtain hides this much, over Stop and Start too."""

    type: Literal["curtain_changed"] = "curtain_changed"
    curtain: Curtain
    at: Time


class ModalitySet(Model):
    """Where the visit is held; `sound_only` says why there is no picture from the start."""

    type: Literal["modality_set"] = "modality_set"
    modality: Modality
    sound_only: SoundOnly | None = None


class ScribeAdmitted(Model):
    type: Literal["scribe_admitted"] = "scribe_admitted"
    admission_id: Id
    device_id: Id
    report_sha256: Sha256
    policy_version: Line
    replay_seconds: ReplaySeconds = 0


class ScribeRefused(Model):
    type: Literal["scribe_refused"] = "scribe_refused"
    code: RefusalCode
    checks: tuple[Line, ...] = ()


class ListeningStarted(Model):
    """From here the scribe hears the room."""

    type: Literal["listening_started"] = "listening_started"
    admission_id: Id


class ListeningStopped(Model):
    type: Literal["listening_stopped"] = "listening_stopped"
    admission_id: Id
    reason: Line


class ListeningGap(Model):
    """From `start` to `end` the scribe missed this of what the room captured."""

    type: Literal["listening_gap"] = "listening_gap"
    gap_id: Id
    admission_id: Id
    start: Time
    end: Time
    lost: Lost
    reason: Line


class TalkStarted(Model):
    """From here the scribe's microphone is sent to the room, until `talk_stopped` or the end of the listening."""

    type: Literal["talk_started"] = "talk_started"
    admission_id: Id


class TalkStopped(Model):
    type: Literal["talk_stopped"] = "talk_stopped"
    admission_id: Id
    reason: Line


class ReplayStarted(Model):
    """The scribe hears again what was heard so long before `at`."""

    type: Literal["replay_started"] = "replay_started"
    replay_id: Id
    admission_id: Id
    at: Time
    behind_seconds: ReplaySeconds
    speed_percent: Count


class ReplayStopped(Model):
    """Back to the live sound, after so many seconds of listening."""

    type: Literal["replay_stopped"] = "replay_stopped"
    replay_id: Id
    admission_id: Id
    at: Time
    heard_seconds: Count


class ChatSent(Model):
    type: Literal["chat_sent"] = "chat_sent"
    message_id: Id
    text: Text


class ChatSeen(Model):
    """The author has seen the chat up to this sequence number."""

    type: Literal["chat_seen"] = "chat_seen"
    up_to_seq: Count


class QuestionAsked(Model):
    type: Literal["question_asked"] = "question_asked"
    question_id: Id
    text: Text
    quick_replies: tuple[Line, ...] = ()
    section: Line = ""


class QuestionAnswered(Model):
    type: Literal["question_answered"] = "question_answered"
    question_id: Id
    text: Text


class QuestionWithdrawn(Model):
    type: Literal["question_withdrawn"] = "question_withdrawn"
    question_id: Id


class QuestionLeftOut(Model):
    """The provider left the statement around the question out of the sent note."""

    type: Literal["question_left_out"] = "question_left_out"
    question_id: Id


class OrderPended(Model):
    type: Literal["order_pended"] = "order_pended"
    order: Order
    sha256: Sha256


class OrderWithdrawn(Model):
    type: Literal["order_withdrawn"] = "order_withdrawn"
    order_id: Id
    version: Count


class OrderSigned(Model):
    type: Literal["order_signed"] = "order_signed"
    order_id: Id
    version: Count
    sha256: Sha256


class OrderDeclined(Model):
    type: Literal["order_declined"] = "order_declined"
    order_id: Id
    version: Count
    reason: Text


class OrderWritten(Model):
    """The EHR's own answer: the order is active there under this reference."""

    type: Literal["order_written"] = "order_written"
    order_id: Id
    version: Count
    ehr_reference: Line
    ehr_version: Line


class NoteReady(Model):
    """The scribe finished: the visit's note waits to be sent."""

    type: Literal["note_ready"] = "note_ready"


class NoteSent(Model):
    type: Literal["note_sent"] = "note_sent"
    version: Count
    sha256: Sha256


class NoteRecalled(Model):
    """The scribe took the sent note back before it was opened: it waits to be sent again."""

    type: Literal["note_recalled"] = "note_recalled"
    version: Count


class NoteOpened(Model):
    type: Literal["note_opened"] = "note_opened"
    version: Count


class NoteReturned(Model):
    type: Literal["note_returned"] = "note_returned"
    version: Count
    comment: Text
    section: Line = ""
    sha256: Sha256 | None = None
    """Of the text that went back, which is kept; None in records from before it was."""


class NoteSigned(Model):
    """The provider's signature over `(visit, version, sha256)` of the canonical snapshot shown to them."""

    type: Literal["note_signed"] = "note_signed"
    version: Count
    sha256: Sha256
    auth_time: Time


class NoteWritten(Model):
    """The EHR's own answer: the note is kept there as final under this reference."""

    type: Literal["note_written"] = "note_written"
    version: Count
    ehr_reference: Line
    ehr_version: Line


class NoteAddended(Model):
    """The provider's signature over an addendum to the signed note; `late` edits, when not 0, were taken into it."""

    type: Literal["note_addended"] = "note_addended"
    number: Count
    version: Count
    text: AddendumText
    sha256: Sha256
    signed_sha256: Sha256
    auth_time: Time
    late: Count = 0


class LateLeftOut(Model):
    """The provider left so many late edits out of the note; they stay beside it."""

    type: Literal["late_left_out"] = "late_left_out"
    late: Count


class AddendumWritten(Model):
    """The EHR's own answer: the addendum is kept there, appended to the note, under this reference."""

    type: Literal["addendum_written"] = "addendum_written"
    number: Count
    ehr_reference: Line
    ehr_version: Line


class LetterSent(Model):
    """A letter waits for the provider; a later version of it replaces this one, which stays in the record."""

    type: Literal["letter_sent"] = "letter_sent"
    content: LetterContent
    fields: LetterFields
    sha256: Sha256


class LetterWithdrawn(Model):
    type: Literal["letter_withdrawn"] = "letter_withdrawn"
    letter_id: Id
    version: Count


class LetterReturned(Model):
    type: Literal["letter_returned"] = "letter_returned"
    letter_id: Id
    version: Count
    comment: Text


class LetterSigned(Model):
    """The provider's signature over the content of that version, as it was on the screen."""

    type: Literal["letter_signed"] = "letter_signed"
    letter_id: Id
    version: Count
    sha256: Sha256
    auth_time: Time


class VisitFrozen(Model):
    """Wrong patient: from here on nothing is written, sent or signed in this visit."""

    type: Literal["visit_frozen"] = "visit_frozen"
    reason: Text


class VisitUnfrozen(Model):
    """The provider says that it was the right patient after all: the visit goes on where it stood."""

    type: Literal["visit_unfrozen"] = "visit_unfrozen"
    reason: Text


class VisitRetracted(Model):
    """What the EHR has of this frozen visit is to be marked as entered in error."""

    type: Literal["visit_retracted"] = "visit_retracted"


class EhrRetracted(Model):
    """The EHR's own answer: it has this as entered in error, or, without a reference, never had it."""

    type: Literal["ehr_retracted"] = "ehr_retracted"
    what: Literal["note", "addendum", "order"]
    subject: Id
    ehr_reference: Line = ""
    ehr_version: Line = ""


class VisitMoved(Model):
    """Text and open questions of this frozen visit are in that visit now."""

    type: Literal["visit_moved"] = "visit_moved"
    to_visit_id: Id


class ContentMovedIn(Model):
    """Text and questions came from a visit that was written for the wrong patient."""

    type: Literal["content_moved_in"] = "content_moved_in"
    from_visit_id: Id


class EhrWriteFailed(Model):
    """A signed thing has not reached the EHR yet; the gateway keeps trying."""

    type: Literal["ehr_write_failed"] = "ehr_write_failed"
    subject: Line
    code: RefusalCode


Fact = Annotated[
    VisitOpened
    | TemplateChosen
    | MomentMarked
    | ConsentRecorded
    | CaptureStarted
    | CaptureStopped
    | CurtainChanged
    | ModalitySet
    | ScribeAdmitted
    | ScribeRefused
    | ListeningStarted
    | ListeningStopped
    | ListeningGap
    | TalkStarted
    | TalkStopped
    | ReplayStarted
    | ReplayStopped
    | ChatSent
    | ChatSeen
    | QuestionAsked
    | QuestionAnswered
    | QuestionWithdrawn
    | QuestionLeftOut
    | UrgentTold
    | UrgentDelivered
    | UrgentSeen
    | UrgentAnswered
    | OrderPended
    | OrderWithdrawn
    | OrderSigned
    | OrderDeclined
    | OrderWritten
    | NoteReady
    | NoteSent
    | NoteRecalled
    | NoteOpened
    | NoteReturned
    | NoteSigned
    | NoteWritten
    | NoteAddended
    | LateLeftOut
    | AddendumWritten
    | LetterSent
    | LetterWithdrawn
    | LetterReturned
    | LetterSigned
    | VisitFrozen
    | VisitUnfrozen
    | VisitRetracted
    | EhrRetracted
    | VisitMoved
    | ContentMovedIn
    | EhrWriteFailed,
    Field(discriminator="type"),
]


class RecordEntry(Model):
    """One fact of a visit with its place in the record: `seq` counts from 1 without gaps."""

    visit_id: Id
    seq: Count
    at: Time
    author: Author
    fact: Fact
