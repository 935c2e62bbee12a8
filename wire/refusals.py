"""Every expected refusal as a code with parameters; the clients hold the words."""

from enum import StrEnum

from wire.base import Line, Model


class RefusalCode(StrEnum):
    """Why a request was refused. A client has a sentence for each; none is an error of the program."""

    # the message
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_FAST = "too_fast"
    PROTOCOL_UNKNOWN = "protocol_unknown"
    OUT_OF_ORDER = "out_of_order"
    # the sender
    NOT_SIGNED_IN = "not_signed_in"
    TOKEN_EXPIRED = "token_expired"
    PROOF_INVALID = "proof_invalid"
    IDENTITY_REFUSED = "identity_refused"
    ROLE_NOT_ALLOWED = "role_not_allowed"
    DEVICE_NOT_ENROLLED = "device_not_enrolled"
    CODE_INVALID = "code_invalid"
    ROOM_NOT_PAIRED = "room_not_paired"
    STEP_UP_NEEDED = "step_up_needed"
    # the visit
    VISIT_UNKNOWN = "visit_unknown"
    NOT_ASSIGNED = "not_assigned"
    NOT_ADMITTED = "not_admitted"
    POSTURE_FAILED = "posture_failed"
    REPORT_INVALID = "report_invalid"
    NONCE_SPENT = "nonce_spent"
    CONSENT_MISSING = "consent_missing"
    CONSENT_DECLINED = "consent_declined"
    CAPTURE_NOT_STARTED = "capture_not_started"
    ANOTHER_VISIT_LIVE = "another_visit_live"
    # the record and the document
    CHANGED_MEANWHILE = "changed_meanwhile"
    WRONG_STATE = "wrong_state"
    ALREADY_OPENED = "already_opened"
    ALREADY_ANSWERED = "already_answered"
    VERSION_UNKNOWN = "version_unknown"
    VISIT_FROZEN = "visit_frozen"
    UNKNOWN_QUESTION = "unknown_question"
    QUESTIONS_OPEN = "questions_open"
    UNKNOWN_URGENT = "unknown_urgent"
    UNKNOWN_ORDER = "unknown_order"
    ORDER_INCOMPLETE = "order_incomplete"
    NOTE_INCOMPLETE = "note_incomplete"
    UNKNOWN_LETTER = "unknown_letter"
    LETTER_INCOMPLETE = "letter_incomplete"
    TEMPLATE_UNKNOWN = "template_unknown"
    LAYER_INVALID = "layer_invalid"
    SERVER_LACKS_EDITS = "server_lacks_edits"
    HASH_MISMATCH = "hash_mismatch"
    UPDATE_HOSTILE = "update_hostile"
    UPDATE_GAP = "update_gap"
    DOCUMENT_CLOSED = "document_closed"
    RANGE_INVALID = "range_invalid"
    COMMAND_REUSED = "command_reused"
    # the world behind the gateway
    EHR_UNREACHABLE = "ehr_unreachable"
    EHR_REFUSED = "ehr_refused"
    STORAGE_FULL = "storage_full"


class Refusal(Model):
    """One refusal: its code and the few short values that its sentence needs (never patient text)."""

    code: RefusalCode
    params: dict[str, Line] = {}
