"""After the signature: the note grows by the provider's addenda alone, and late edits wait for their word."""

from gateway.rules.note import step_up_problem
from gateway.rules.situation import Accepted, Decision, Situation, refuse
from visit.addendum import addendum_sha256
from visit.readiness import unfilled
from wire.commands import AddAddendum, LeaveOutLate
from wire.record import LateLeftOut, NoteAddended
from wire.refusals import RefusalCode
from wire.visits import NoteState


def add_addendum(situation: Situation, command: AddAddendum) -> Decision:
    """The next addendum to exactly this signed note, whole and with a fresh step-up; late edits may be in it."""
    record = situation.record
    if record.note_state is not NoteState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    if command.signed_sha256 != record.note_sha256:
        return refuse(RefusalCode.HASH_MISMATCH)
    number = len(record.addenda) + 1
    if command.number != number:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(number))
    if command.late not in (0, situation.note.late):
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(situation.note.late))
    text = command.text.strip()
    left = ["missing_section"] if not text else [kind.value for kind, _, _ in unfilled(text)]
    if left:
        return refuse(RefusalCode.NOTE_INCOMPLETE, sections="addendum", kinds=",".join(dict.fromkeys(left)))
    problem = step_up_problem(situation)
    if problem is not None or situation.auth_time is None:
        return problem or refuse(RefusalCode.STEP_UP_NEEDED)
    fact = NoteAddended(
        number=number,
        version=record.note_version + number,
        text=text,
        sha256=addendum_sha256(record.visit_id, number, record.note_sha256, text),
        signed_sha256=record.note_sha256,
        auth_time=situation.auth_time,
        late=command.late,
    )
    return Accepted((fact,))


def leave_out_late(situation: Situation, command: LeaveOutLate) -> Decision:
    """Late edits that were on the screen stay out of the note; they are kept beside it all the same."""
    record, late = situation.record, situation.note.late
    if record.note_state is not NoteState.SIGNED or late == 0:
        return refuse(RefusalCode.WRONG_STATE)
    if command.late != late:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(late))
    return Accepted(() if record.late_settled >= late else (LateLeftOut(late=late),))
