"""The note's way: draft, ready, sent, returned or signed; a scribe moves it no further than sent."""

from datetime import timedelta

from gateway.rules.room import stop_listening
from gateway.rules.situation import Accepted, Decision, Situation, refuse
from gateway.rules.unfinished import unfinished
from visit.guard import GuardProblem, read_state_vector
from visit.indexes import NotABoundary, utf16_to_utf8
from visit.sections import SECTION_BY_KEY
from wire.commands import EditText, OpenNote, RecallNote, ReturnNote, SendNote, SignNote
from wire.record import NoteOpened, NoteReady, NoteRecalled, NoteReturned, NoteSent, NoteSigned
from wire.refusals import Refusal, RefusalCode
from wire.visits import NoteState

# Clocks of the identity provider and the gateway may differ by this much.
_CLOCK_LEEWAY = timedelta(seconds=60)


def mark_ready(situation: Situation) -> Decision:
    """The scribe finished a draft: listening ends with it."""
    if situation.record.note_state is not NoteState.DRAFT:
        return refuse(RefusalCode.WRONG_STATE)
    return Accepted((*stop_listening(situation.record, "note ready"), NoteReady()))


def send_note(situation: Situation, command: SendNote) -> Decision:
    """A ready or returned note goes out when nothing is left to do in it and we have all that the scribe saw."""
    note = situation.note
    if situation.record.note_state not in (NoteState.READY, NoteState.RETURNED):
        return refuse(RefusalCode.WRONG_STATE)
    clocks = read_state_vector(command.state_vector)
    if isinstance(clocks, GuardProblem):
        return refuse(RefusalCode.MALFORMED, field="state_vector")
    if any(clock > note.clocks.get(client, 0) for client, clock in clocks.items()):
        return refuse(RefusalCode.SERVER_LACKS_EDITS)
    if command.sha256 != note.sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    return unfinished(situation) or Accepted((NoteSent(version=note.version, sha256=note.sha256),))


def open_note(situation: Situation, command: OpenNote) -> Decision:
    """The first opening after the note was sent counts."""
    refusal = _not_sent(situation, command.version)
    if refusal is not None:
        return refusal
    return Accepted(() if situation.record.note_opened else (NoteOpened(version=command.version),))


def recall_note(situation: Situation, command: RecallNote) -> Decision:
    """The scribe takes a sent note back, as long as the provider has not had it on the screen."""
    record = situation.record
    if record.note_state in (NoteState.RETURNED, NoteState.SIGNED) or record.note_opened:
        return refuse(RefusalCode.ALREADY_OPENED)
    if record.note_state is not NoteState.SENT:
        return refuse(RefusalCode.WRONG_STATE)
    if command.version != record.note_version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(record.note_version))
    return Accepted((NoteRecalled(version=command.version),))


def return_note(situation: Situation, command: ReturnNote) -> Decision:
    """A sent note goes back with a comment, in the text of now; the version that was on the screen is no older."""
    if command.section and command.section not in SECTION_BY_KEY:
        return refuse(RefusalCode.MALFORMED, field="section")
    refusal = _not_sent(situation, command.version)
    note = situation.note
    fact = NoteReturned(version=note.version, comment=command.comment, section=command.section, sha256=note.sha256)
    return refusal or Accepted((fact,))


def sign_note(situation: Situation, command: SignNote) -> Decision:
    """The signature names the text on the screen, which is the gateway's own now, and needs a fresh step-up."""
    note, auth_time = situation.note, situation.auth_time
    refusal = _not_sent(situation, command.version)
    if refusal is not None:
        return refusal
    if command.version != note.version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(note.version))
    if command.sha256 != note.sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    if note.questions:
        return refuse(RefusalCode.QUESTIONS_OPEN, count=str(len(note.questions)))
    refusal = unfinished(situation)
    if refusal is not None:
        return refusal
    refusal = step_up_problem(situation)
    if refusal is not None or auth_time is None:
        return refusal or refuse(RefusalCode.STEP_UP_NEEDED)
    return Accepted((NoteSigned(version=note.version, sha256=note.sha256, auth_time=auth_time),))


def edit_text(situation: Situation, command: EditText) -> Decision:
    """A provider changes a range of what was on the screen; nobody else changed that section since."""
    note = situation.note
    if situation.record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.DOCUMENT_CLOSED)
    if command.section not in SECTION_BY_KEY or command.base_version > note.version:
        return refuse(
            RefusalCode.MALFORMED, field="section" if command.base_version <= note.version else "base_version"
        )
    if command.base_version < note.foreign_changes.get(command.section, 0):
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(note.version))
    text = note.texts.get(command.section, "")
    try:
        utf16_to_utf8(text, command.start)
        utf16_to_utf8(text, command.end)
    except NotABoundary:
        return refuse(RefusalCode.RANGE_INVALID)
    if command.start > command.end:
        return refuse(RefusalCode.RANGE_INVALID)
    return Accepted(edit=command) if command.text or command.end > command.start else Accepted()


def may_update_document(situation: Situation) -> Refusal | None:
    """Whether an update may still be merged: not after the signature, and not in a frozen visit."""
    if situation.record.frozen is not None:
        return refuse(RefusalCode.VISIT_FROZEN)
    if situation.record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.DOCUMENT_CLOSED)
    return None


def _not_sent(situation: Situation, version: int) -> Refusal | None:
    if situation.record.note_state is not NoteState.SENT:
        return refuse(RefusalCode.WRONG_STATE)
    if not situation.record.note_version <= version <= situation.note.version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(situation.note.version))
    return None


def step_up_problem(situation: Situation) -> Refusal | None:
    """Why a signature cannot be taken: the person proved too long ago, or never, who they are."""
    if situation.auth_time is not None:
        age = situation.now - situation.auth_time
        if -_CLOCK_LEEWAY <= age <= timedelta(seconds=situation.step_up_seconds):
            return None
    return refuse(RefusalCode.STEP_UP_NEEDED, seconds=str(situation.step_up_seconds))
