"""Every role, every command, every state: what the table does not list is refused."""

import pytest

from gateway.rules.decide import COMMANDS_OF, Command, decide
from gateway.rules.situation import Accepted
from tests.gateway.rules.scene import (
    ADMISSION,
    EVERYBODY,
    NOTE_VERSION,
    PROVIDER,
    ROOM,
    SHA256,
    WORK,
    State,
    lab_order,
    record_in,
    situation,
    work_note,
)
from tests.gateway.world import NOON, SCRIBE
from visit.letter_content import letter_sha256
from visit.orders import order_sha256
from wire import commands
from wire.capture import Curtain, Lost, Modality
from wire.people import Principal, Role
from wire.record import ConsentBy, ConsentDecision, ConsentHow
from wire.refusals import Refusal, RefusalCode
from wire.urgent import UrgentKind
from wire.visits import Moment

ALL = frozenset(State)
NEVER: frozenset[State] = frozenset()
"""Only in a frozen visit."""
UNSIGNED = ALL - {State.SIGNED}
DRAFTS = frozenset(
    {State.OPENED, State.CONSENTED, State.DECLINED, State.WITHDRAWN, State.LIVE, State.HEARD, State.ENDED}
)
RUNNING = frozenset({State.LIVE, State.HEARD})


def _consent(decision: ConsentDecision) -> commands.RecordConsent:
    return commands.RecordConsent(decision=decision, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)


GAP = commands.ReportGap(gap_id="gap-1", admission_id=ADMISSION, start=NOON, end=NOON, lost=Lost.BOTH, reason="silent")
REPLAY = commands.ReportReplay(
    replay_id="replay-1", admission_id=ADMISSION, playing=True, at=NOON, behind_seconds=10, speed_percent=100
)
LETTER = commands.SendLetter(
    letter_id="letter-2", expected_version=0, fields=WORK, sha256=letter_sha256(work_note("letter-2"))
)


# (who, command, the states in which it is accepted)
TABLE: tuple[tuple[Principal, Command, frozenset[State]], ...] = (
    (SCRIBE, commands.SendChat(message_id="m", text="Hello"), ALL),
    (SCRIBE, commands.MarkChatSeen(up_to_seq=1), ALL),
    (SCRIBE, commands.AskQuestion(question_id="question-2", text="Since when?"), UNSIGNED),
    (SCRIBE, commands.WithdrawQuestion(question_id="question-1"), ALL),
    (SCRIBE, commands.TellProvider(urgent_id="urgent-2", kind=UrgentKind.SUICIDAL_INTENT), ALL),
    (SCRIBE, commands.PendOrder(order=lab_order(version=2), expected_version=1), UNSIGNED),
    (SCRIBE, commands.WithdrawOrder(order_id="order-1", expected_version=1), ALL),
    (SCRIBE, commands.ChooseTemplate(template_id="orthopedics.knee"), ALL - {State.SENT, State.SIGNED}),
    (SCRIBE, commands.MarkReady(), DRAFTS),
    (SCRIBE, commands.SendNote(sha256=SHA256, state_vector=b"\x00"), frozenset({State.READY, State.RETURNED})),
    (SCRIBE, commands.RecallNote(version=NOTE_VERSION), frozenset({State.SENT})),
    (SCRIBE, LETTER, ALL),
    (SCRIBE, commands.WithdrawLetter(letter_id="letter-1", expected_version=1), ALL),
    (SCRIBE, commands.ReportListening(admission_id=ADMISSION, hears=True), RUNNING),
    (SCRIBE, commands.ReportListening(admission_id=ADMISSION, hears=False), ALL),
    (SCRIBE, GAP, ALL),
    (SCRIBE, commands.ReportTalk(admission_id=ADMISSION, speaking=True), frozenset({State.HEARD})),
    (SCRIBE, commands.ReportTalk(admission_id=ADMISSION, speaking=False), ALL),
    (SCRIBE, REPLAY, ALL),
    (SCRIBE, commands.MarkWrongPatient(reason="Another patient"), ALL),
    (SCRIBE, commands.RetractVisit(), NEVER),
    (SCRIBE, commands.MoveContent(to_visit_id="visit-2"), NEVER),
    (PROVIDER, commands.MarkWrongPatient(reason="Another patient"), ALL),
    (PROVIDER, commands.RetractVisit(), NEVER),
    (PROVIDER, commands.UnfreezeVisit(reason="It is her after all"), NEVER),
    (PROVIDER, commands.MoveContent(to_visit_id="visit-2"), NEVER),
    (PROVIDER, commands.SendChat(message_id="m", text="Hello"), ALL),
    (PROVIDER, commands.MarkChatSeen(up_to_seq=1), ALL),
    (PROVIDER, commands.AnswerQuestion(question_id="question-1", text="Left"), ALL),
    (PROVIDER, commands.LeaveOutQuestion(question_id="question-1", version=NOTE_VERSION), frozenset({State.SENT})),
    (PROVIDER, commands.ConfirmUrgent(urgent_id="urgent-1", seen=True), ALL),
    (PROVIDER, commands.AnswerUrgent(urgent_id="urgent-1", text="I act on it now"), ALL),
    (PROVIDER, commands.EditText(section="hpi", base_version=7, start=0, end=5, text="Four"), UNSIGNED),
    (PROVIDER, commands.SignOrder(order_id="order-1", version=1, sha256=order_sha256(lab_order())), ALL),
    (PROVIDER, commands.DeclineOrder(order_id="order-1", version=1, reason="Done last week"), ALL),
    (PROVIDER, commands.OpenNote(version=NOTE_VERSION), frozenset({State.SENT})),
    (PROVIDER, commands.ReturnNote(version=NOTE_VERSION, comment="Which leg?"), frozenset({State.SENT})),
    (PROVIDER, commands.SignNote(version=NOTE_VERSION, sha256=SHA256), frozenset({State.SENT})),
    (PROVIDER, commands.SignLetter(letter_id="letter-1", version=1, sha256=letter_sha256(work_note())), ALL),
    (PROVIDER, commands.ReturnLetter(letter_id="letter-1", version=1, comment="Until Friday?"), ALL),
    (PROVIDER, commands.AddAddendum(number=1, text="Left.", signed_sha256=SHA256), frozenset({State.SIGNED})),
    (PROVIDER, commands.LeaveOutLate(late=2), frozenset({State.SIGNED})),
    (PROVIDER, commands.MarkMoment(moment=Moment.PROVIDER_OUT), ALL),
    (ROOM, _consent(ConsentDecision.AGREED), UNSIGNED),
    (ROOM, _consent(ConsentDecision.DECLINED), UNSIGNED),
    (ROOM, _consent(ConsentDecision.WITHDRAWN), ALL - {State.OPENED, State.DECLINED, State.WITHDRAWN}),
    (ROOM, commands.StartCapture(), frozenset({State.CONSENTED, State.ENDED})),
    (ROOM, commands.StopCapture(), RUNNING),
    (ROOM, commands.SetCurtain(curtain=Curtain.PICTURE_OFF, at=NOON), ALL),
    (ROOM, commands.SetModality(modality=Modality.PHONE), DRAFTS - RUNNING),
)
CASES = [
    pytest.param(who, command, states, id=f"{who.role.value}-{command.type}-{index}")
    for index, (who, command, states) in enumerate(TABLE)
]


def test_the_table_has_every_command_of_every_role() -> None:
    for role, types in COMMANDS_OF.items():
        assert {type(command) for who, command, _ in TABLE if who.role is role} == types
    assert sum(len(types) for types in COMMANDS_OF.values()) == 46


@pytest.mark.parametrize(("who", "command", "states"), CASES)
@pytest.mark.parametrize("state", State)
def test_a_command_is_accepted_in_the_listed_states_only(
    who: Principal, command: Command, states: frozenset[State], state: State
) -> None:
    decision = decide(situation(who, record_in(state)), command)
    assert isinstance(decision, Accepted) == (state in states), decision


@pytest.mark.parametrize(("who", "command", "states"), CASES)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("other", EVERYBODY)
def test_nobody_else_may(
    who: Principal, command: Command, states: frozenset[State], state: State, other: Principal
) -> None:
    """Other roles lack the verb; others of the same role do not belong to the visit."""
    decision = decide(situation(other, record_in(state)), command)
    if type(command) not in COMMANDS_OF[other.role]:
        assert decision == Refusal(code=RefusalCode.ROLE_NOT_ALLOWED)
    elif other not in (SCRIBE, PROVIDER, ROOM):
        assert decision == Refusal(code=RefusalCode.NOT_ASSIGNED)


@pytest.mark.parametrize(("who", "command", "states"), [case for case in CASES if case.values[0] == SCRIBE])
@pytest.mark.parametrize("state", [state for state in State if state not in (State.HEARD, State.ENDED)])
def test_a_scribe_who_was_never_admitted_may_nothing(
    who: Principal, command: Command, states: frozenset[State], state: State
) -> None:
    decision = decide(situation(who, record_in(state, admitted=False)), command)
    assert decision == Refusal(code=RefusalCode.NOT_ADMITTED)


def test_no_verb_of_a_scribe_or_room_signs() -> None:
    finals = {commands.SignNote, commands.SignOrder, commands.SignLetter, commands.AddAddendum}
    assert not finals & (COMMANDS_OF[Role.SCRIBE] | COMMANDS_OF[Role.ROOM])
