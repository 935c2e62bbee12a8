"""What each role may ask the gateway to do. A verb that a role lacks here does not exist for it."""

from typing import Annotated, Literal

from pydantic import Field

from wire.base import MAX_TEXT_CHARS, AddendumText, Bytes, Count, Id, Line, Model, ReplaySeconds, Sha256, Text, Time
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.letters import LetterFields
from wire.orders import Order
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.urgent import UrgentKind
from wire.visits import Moment


class SendChat(Model):
    type: Literal["send_chat"] = "send_chat"
    message_id: Id
    text: Text


class MarkChatSeen(Model):
    type: Literal["mark_chat_seen"] = "mark_chat_seen"
    up_to_seq: Count


class AskQuestion(Model):
    type: Literal["ask_question"] = "ask_question"
    question_id: Id
    text: Text
    quick_replies: Annotated[tuple[Line, ...], Field(max_length=4)] = ()
    section: Line = ""


class WithdrawQuestion(Model):
    """Takes a question back that the provider has neither seen nor answered."""

    type: Literal["withdraw_question"] = "withdraw_question"
    question_id: Id


class TellProvider(Model):
    """Tells the provider at once, over whatever is on their screen; for these causes alone."""

    type: Literal["tell_provider"] = "tell_provider"
    urgent_id: Id
    kind: UrgentKind
    text: Line = ""


class PendOrder(Model):
    """Pends the whole frozen order. `expected_version` is the version it replaces, 0 for a new order."""

    type: Literal["pend_order"] = "pend_order"
    order: Order
    expected_version: Count


class WithdrawOrder(Model):
    type: Literal["withdraw_order"] = "withdraw_order"
    order_id: Id
    expected_version: Count


class ChooseTemplate(Model):
    """Gives the note another template, as long as it is neither sent nor signed; no text is touched."""

    type: Literal["choose_template"] = "choose_template"
    template_id: Line


class MarkReady(Model):
    type: Literal["mark_ready"] = "mark_ready"


class SendNote(Model):
    """Sends the note for signature: hash and state vector of the snapshot that the scribe saw."""

    type: Literal["send_note"] = "send_note"
    sha256: Sha256
    state_vector: Bytes


class RecallNote(Model):
    """Takes the sent note back, until the provider has opened it; `version` is the one that was sent."""

    type: Literal["recall_note"] = "recall_note"
    version: Count


class SendLetter(Model):
    """Sends a letter to the provider: what was filled in, and the hash of what the scribe saw made of it.

    `expected_version` is the version that it replaces, 0 for a new letter. The gateway makes the letter itself.
    """

    type: Literal["send_letter"] = "send_letter"
    letter_id: Id
    expected_version: Count
    fields: LetterFields
    sha256: Sha256


class WithdrawLetter(Model):
    """Takes a letter back that is not signed."""

    type: Literal["withdraw_letter"] = "withdraw_letter"
    letter_id: Id
    expected_version: Count


class MarkWrongPatient(Model):
    """Freezes the visit: it was written for another patient than the one in the room."""

    type: Literal["mark_wrong_patient"] = "mark_wrong_patient"
    reason: Text


class UnfreezeVisit(Model):
    """Takes a freeze back that was a mistake; once something is signed, with a fresh step-up."""

    type: Literal["unfreeze_visit"] = "unfreeze_visit"
    reason: Text


class RetractVisit(Model):
    """Marks what the EHR has of a frozen visit as entered in error; once something is signed, with a fresh step-up."""

    type: Literal["retract_visit"] = "retract_visit"


class MoveContent(Model):
    """Moves text and open questions of a frozen visit into the right patient's visit."""

    type: Literal["move_content"] = "move_content"
    to_visit_id: Id


class ReportListening(Model):
    """The desktop says that it hears the room, or no longer does."""

    type: Literal["report_listening"] = "report_listening"
    admission_id: Id
    hears: bool
    reason: Line = ""


class ReportGap(Model):
    """The desktop says what it missed, once that is over; times by the gateway's clock, since the command may wait."""

    type: Literal["report_gap"] = "report_gap"
    gap_id: Id
    admission_id: Id
    start: Time
    end: Time
    lost: Lost
    reason: Line


class ReportTalk(Model):
    """The desktop says that its microphone is sent to the room from now on, or no longer is."""

    type: Literal["report_talk"] = "report_talk"
    admission_id: Id
    speaking: bool
    reason: Line = ""


class ReportReplay(Model):
    """The desktop says that what was just heard is heard again, and afterwards for how long it was."""

    type: Literal["report_replay"] = "report_replay"
    replay_id: Id
    admission_id: Id
    playing: bool
    at: Time
    behind_seconds: ReplaySeconds
    """How far back it began."""
    speed_percent: Annotated[int, Field(ge=50, le=200)]
    heard_seconds: Count = 0


class AnswerQuestion(Model):
    """Answers a question; again, until the note is signed, changes the answer, and the earlier one stays on record."""

    type: Literal["answer_question"] = "answer_question"
    question_id: Id
    text: Text


class LeaveOutQuestion(Model):
    """Takes the statement around an open question out of the sent note; `version` is the one on the screen."""

    type: Literal["leave_out_question"] = "leave_out_question"
    question_id: Id
    version: Count


class ConfirmUrgent(Model):
    """The page has what the provider must know now, or, with `seen`, has it on the screen."""

    type: Literal["confirm_urgent"] = "confirm_urgent"
    urgent_id: Id
    seen: bool


class AnswerUrgent(Model):
    """The provider took note of it, by one tap."""

    type: Literal["answer_urgent"] = "answer_urgent"
    urgent_id: Id
    text: Line


class EditText(Model):
    """Replaces a range of one section, as that provider; positions count UTF-16 units, as a browser does."""

    type: Literal["edit_text"] = "edit_text"
    section: Line
    base_version: Count
    start: Count
    end: Count
    text: Annotated[str, Field(max_length=MAX_TEXT_CHARS)]


class SignOrder(Model):
    type: Literal["sign_order"] = "sign_order"
    order_id: Id
    version: Count
    sha256: Sha256


class DeclineOrder(Model):
    type: Literal["decline_order"] = "decline_order"
    order_id: Id
    version: Count
    reason: Text


class OpenNote(Model):
    """The provider has the sent note on the screen."""

    type: Literal["open_note"] = "open_note"
    version: Count


class ReturnNote(Model):
    type: Literal["return_note"] = "return_note"
    version: Count
    comment: Text
    section: Line = ""


class SignNote(Model):
    """Signs the note whose hash was on the screen; needs a fresh step-up at the identity provider."""

    type: Literal["sign_note"] = "sign_note"
    version: Count
    sha256: Sha256


class SignLetter(Model):
    """Signs the letter whose hash was on the screen; needs a fresh step-up at the identity provider."""

    type: Literal["sign_letter"] = "sign_letter"
    letter_id: Id
    version: Count
    sha256: Sha256


class ReturnLetter(Model):
    type: Literal["return_letter"] = "return_letter"
    letter_id: Id
    version: Count
    comment: Text


class AddAddendum(Model):
    """Signs an addendum to the signed note; needs a fresh step-up. `number` is its own, counted from 1.

    `late` is the `late_count` of the `note_text` whose late edits the text takes in, 0 when it takes none.
    """

    type: Literal["add_addendum"] = "add_addendum"
    number: Count
    text: AddendumText
    signed_sha256: Sha256
    late: Count = 0


class LeaveOutLate(Model):
    """Leaves the late edits on the screen out of the note; `late` is the `late_count` of the `note_text`."""

    type: Literal["leave_out_late"] = "leave_out_late"
    late: Count


class MarkMoment(Model):
    """The provider came in or went out."""

    type: Literal["mark_moment"] = "mark_moment"
    moment: Literal[Moment.PROVIDER_IN, Moment.PROVIDER_OUT]


class RecordConsent(Model):
    type: Literal["record_consent"] = "record_consent"
    decision: ConsentDecision
    by: ConsentBy
    how: ConsentHow


class StartCapture(Model):
    type: Literal["start_capture"] = "start_capture"


class StopCapture(Model):
    type: Literal["stop_capture"] = "stop_capture"
    reason: Line = "stopped"


class SetCurtain(Model):
    """The room drew or opened its curtain; `at` by the gateway's clock, since the command may have waited."""

    type: Literal["set_curtain"] = "set_curtain"
    curtain: Curtain
    at: Time


class SetModality(Model):
    """Before Start: where the visit is held; with a reason, no camera is used from the start."""

    type: Literal["set_modality"] = "set_modality"
    modality: Modality
    sound_only: SoundOnly | None = None


ScribeCommand = Annotated[
    SendChat
    | MarkChatSeen
    | AskQuestion
    | WithdrawQuestion
    | TellProvider
    | PendOrder
    | WithdrawOrder
    | ChooseTemplate
    | MarkReady
    | SendNote
    | RecallNote
    | SendLetter
    | WithdrawLetter
    | MarkWrongPatient
    | RetractVisit
    | MoveContent
    | ReportListening
    | ReportGap
    | ReportTalk
    | ReportReplay,
    Field(discriminator="type"),
]
ProviderCommand = Annotated[
    SendChat
    | MarkChatSeen
    | AnswerQuestion
    | LeaveOutQuestion
    | ConfirmUrgent
    | AnswerUrgent
    | EditText
    | SignOrder
    | DeclineOrder
    | OpenNote
    | ReturnNote
    | SignNote
    | SignLetter
    | ReturnLetter
    | AddAddendum
    | LeaveOutLate
    | MarkWrongPatient
    | UnfreezeVisit
    | RetractVisit
    | MoveContent
    | MarkMoment,
    Field(discriminator="type"),
]
RoomCommand = Annotated[
    RecordConsent | StartCapture | StopCapture | SetCurtain | SetModality, Field(discriminator="type")
]
