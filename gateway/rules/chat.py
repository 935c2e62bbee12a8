"""Chat, questions and answers; while the note is with the provider, an answer goes into it here and now."""

from gateway.rules.situation import Accepted, Decision, Settling, Situation, refuse
from visit.questions import OpenQuestion
from wire.commands import AnswerQuestion, AskQuestion, LeaveOutQuestion, MarkChatSeen, SendChat, WithdrawQuestion
from wire.record import ChatSeen, ChatSent, QuestionAnswered, QuestionAsked, QuestionLeftOut, QuestionWithdrawn
from wire.refusals import RefusalCode
from wire.visits import NoteState


def send_chat(command: SendChat) -> Decision:
    """Who may write to the visit may say something at any time, also about a signed note."""
    return Accepted((ChatSent(message_id=command.message_id, text=command.text),))


def mark_chat_seen(situation: Situation, command: MarkChatSeen) -> Decision:
    """Seen only goes forward, and never past what there is."""
    if not 0 < command.up_to_seq <= situation.record.last_seq:
        return refuse(RefusalCode.OUT_OF_ORDER)
    if command.up_to_seq <= situation.record.chat_seen.get(situation.principal.role, 0):
        return Accepted()
    return Accepted((ChatSeen(up_to_seq=command.up_to_seq),))


def ask_question(situation: Situation, command: AskQuestion) -> Decision:
    """A question's id is new, and the note is not signed yet."""
    if situation.record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    if any(line.question_id == command.question_id for line in situation.record.chat):
        return refuse(RefusalCode.COMMAND_REUSED)
    fact = QuestionAsked(
        question_id=command.question_id,
        text=command.text,
        quick_replies=command.quick_replies,
        section=command.section,
    )
    return Accepted((fact,))


def withdraw_question(situation: Situation, command: WithdrawQuestion) -> Decision:
    """A question goes back until the provider has seen or answered it; withdrawn already is as good."""
    record = situation.record
    asked = record.question(command.question_id)
    if asked is None:
        return refuse(RefusalCode.UNKNOWN_QUESTION)
    if asked.answer:
        return refuse(RefusalCode.ALREADY_ANSWERED)
    if asked.withdrawn:
        return Accepted()
    if record.is_seen(asked):
        return refuse(RefusalCode.ALREADY_OPENED)
    return Accepted((QuestionWithdrawn(question_id=command.question_id),))


def answer_question(situation: Situation, command: AnswerQuestion) -> Decision:
    """The first answer is taken whenever it comes, another one until the signature; a withdrawn question has none."""
    record = situation.record
    asked = record.question(command.question_id)
    if asked is None:
        return refuse(RefusalCode.UNKNOWN_QUESTION)
    if asked.withdrawn:
        return refuse(RefusalCode.WRONG_STATE)
    if asked.answer and record.note_state is NoteState.SIGNED:
        return refuse(RefusalCode.WRONG_STATE)
    with_provider = record.note_state is NoteState.SENT
    if asked.answer == command.text:
        if not with_provider or _open_in_note(situation, command.question_id) is None:
            return Accepted()
        again = Settling(command.question_id, command.text, asked.answers[-1].message_id, again=True)
        return Accepted(settling=again)
    fact = QuestionAnswered(question_id=command.question_id, text=command.text)
    return Accepted((fact,), settling=Settling(command.question_id, command.text) if with_provider else None)


def leave_out_question(situation: Situation, command: LeaveOutQuestion) -> Decision:
    """The statement around an open question goes out of the sent note; it is the one that was on the screen."""
    record, note = situation.record, situation.note
    if record.note_state is not NoteState.SENT:
        return refuse(RefusalCode.WRONG_STATE)
    stands = _open_in_note(situation, command.question_id)
    if stands is None:
        known = record.question(command.question_id) is not None
        return Accepted() if known else refuse(RefusalCode.UNKNOWN_QUESTION)
    if not note.foreign_changes.get(stands.section, 0) <= command.version <= note.version:
        return refuse(RefusalCode.CHANGED_MEANWHILE, version=str(note.version))
    fact = QuestionLeftOut(question_id=command.question_id)
    return Accepted((fact,), settling=Settling(command.question_id, None))


def _open_in_note(situation: Situation, question_id: str) -> OpenQuestion | None:
    return next((one for one in situation.note.questions if one.question_id == question_id), None)
