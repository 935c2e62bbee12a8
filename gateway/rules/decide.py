"""One place where every command meets its rule: denied by default, matched exhaustively."""

from typing import assert_never, get_args

from gateway.rules import addenda, chat, letters, note, orders, replay, room, talk, template, urgent, wrong_patient
from gateway.rules.situation import Decision, Situation, may_write, refuse
from wire import commands
from wire.people import Role
from wire.refusals import RefusalCode

Command = commands.ScribeCommand | commands.ProviderCommand | commands.RoomCommand

COMMANDS_OF: dict[Role, frozenset[type]] = {
    role: frozenset(get_args(get_args(union)[0]))
    for role, union in (
        (Role.SCRIBE, commands.ScribeCommand),
        (Role.PROVIDER, commands.ProviderCommand),
        (Role.ROOM, commands.RoomCommand),
    )
}
"""The verbs of each role, as `wire.commands` has them."""


def decide(situation: Situation, command: Command) -> Decision:
    """Whether this principal may do this now: the facts to append, or the refusal."""
    if type(command) not in COMMANDS_OF[situation.principal.role]:
        return refuse(RefusalCode.ROLE_NOT_ALLOWED)
    refusal = may_write(situation) or wrong_patient.frozen_problem(situation, command)
    if refusal is not None:
        return refusal
    match command:
        case commands.SendChat():
            return chat.send_chat(command)
        case commands.MarkChatSeen():
            return chat.mark_chat_seen(situation, command)
        case commands.AskQuestion():
            return chat.ask_question(situation, command)
        case commands.WithdrawQuestion():
            return chat.withdraw_question(situation, command)
        case commands.AnswerQuestion():
            return chat.answer_question(situation, command)
        case commands.LeaveOutQuestion():
            return chat.leave_out_question(situation, command)
        case commands.TellProvider():
            return urgent.tell_provider(situation, command)
        case commands.ConfirmUrgent():
            return urgent.confirm_urgent(situation, command)
        case commands.AnswerUrgent():
            return urgent.answer_urgent(situation, command)
        case commands.MarkWrongPatient():
            return wrong_patient.mark_wrong_patient(situation, command)
        case commands.UnfreezeVisit():
            return wrong_patient.unfreeze_visit(situation, command)
        case commands.RetractVisit():
            return wrong_patient.retract_visit(situation)
        case commands.MoveContent():
            return wrong_patient.move_content(situation, command)
        case commands.PendOrder():
            return orders.pend_order(situation, command)
        case commands.WithdrawOrder():
            return orders.withdraw_order(situation, command)
        case commands.SignOrder():
            return orders.sign_order(situation, command)
        case commands.DeclineOrder():
            return orders.decline_order(situation, command)
        case _:
            return _decide_letter(situation, command)


_RoomCommand = (
    commands.ReportListening
    | commands.ReportGap
    | commands.ReportTalk
    | commands.ReportReplay
    | commands.MarkMoment
    | commands.RecordConsent
    | commands.StartCapture
    | commands.StopCapture
    | commands.SetCurtain
    | commands.SetModality
)
_NoteCommand = (
    commands.ChooseTemplate
    | commands.MarkReady
    | commands.SendNote
    | commands.RecallNote
    | commands.EditText
    | commands.OpenNote
    | commands.ReturnNote
    | commands.SignNote
    | commands.AddAddendum
    | commands.LeaveOutLate
)


_LetterCommand = commands.SendLetter | commands.WithdrawLetter | commands.ReturnLetter | commands.SignLetter


def _decide_letter(situation: Situation, command: _LetterCommand | _NoteCommand | _RoomCommand) -> Decision:
    match command:
        case commands.SendLetter():
            return letters.send_letter(situation, command)
        case commands.WithdrawLetter():
            return letters.withdraw_letter(situation, command)
        case commands.ReturnLetter():
            return letters.return_letter(situation, command)
        case commands.SignLetter():
            return letters.sign_letter(situation, command)
        case _:
            return _decide_note(situation, command)


def _decide_note(situation: Situation, command: _NoteCommand | _RoomCommand) -> Decision:
    match command:
        case commands.ChooseTemplate():
            return template.choose(situation, command)
        case commands.MarkReady():
            return note.mark_ready(situation)
        case commands.SendNote():
            return note.send_note(situation, command)
        case commands.RecallNote():
            return note.recall_note(situation, command)
        case commands.EditText():
            return note.edit_text(situation, command)
        case commands.OpenNote():
            return note.open_note(situation, command)
        case commands.ReturnNote():
            return note.return_note(situation, command)
        case commands.SignNote():
            return note.sign_note(situation, command)
        case commands.AddAddendum():
            return addenda.add_addendum(situation, command)
        case commands.LeaveOutLate():
            return addenda.leave_out_late(situation, command)
        case _:
            return _decide_room(situation, command)


def _decide_room(situation: Situation, command: _RoomCommand) -> Decision:
    match command:
        case commands.ReportListening():
            return room.report_listening(situation, command)
        case commands.ReportGap():
            return room.report_gap(situation, command)
        case commands.ReportTalk():
            return talk.report_talk(situation, command)
        case commands.ReportReplay():
            return replay.report_replay(situation, command)
        case commands.MarkMoment():
            return room.mark_moment(situation, command)
        case commands.RecordConsent():
            return room.record_consent(situation, command)
        case commands.StartCapture():
            return room.start_capture(situation)
        case commands.StopCapture():
            return room.stop_capture(situation, command)
        case commands.SetCurtain():
            return room.set_curtain(situation, command)
        case commands.SetModality():
            return room.set_modality(situation, command)
        case _:
            assert_never(command)
