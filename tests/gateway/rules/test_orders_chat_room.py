"""Orders, chat, consent, capture, listening and signals: the refusals by their codes."""

from datetime import timedelta

import pytest

from gateway.rules.decide import Command, decide
from gateway.rules.signals import may_signal
from gateway.rules.situation import Accepted, Decision
from tests.gateway.rules.scene import (
    ADMISSION,
    EVERYBODY,
    PROVIDER,
    ROOM,
    State,
    consent,
    lab_order,
    record_in,
    situation,
)
from tests.gateway.world import NOON, SCRIBE
from visit.orders import order_sha256
from wire import commands
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.people import Principal
from wire.record import (
    CaptureStopped,
    ConsentBy,
    ConsentDecision,
    ConsentHow,
    CurtainChanged,
    Fact,
    ListeningGap,
    ListeningStopped,
    ModalitySet,
    MomentMarked,
    OrderDeclined,
    OrderPended,
    OrderSigned,
    OrderWithdrawn,
    OrderWritten,
    QuestionAnswered,
    ReplayStarted,
    ReplayStopped,
    TalkStarted,
    TalkStopped,
)
from wire.refusals import Refusal, RefusalCode
from wire.signalling import FeedAnswer, FeedClosed, FeedOffer, ListenerReady, Signal, TalkHeard
from wire.visits import Moment

SHA256 = order_sha256(lab_order())
SIGNED: tuple[Fact, ...] = (OrderSigned(order_id="order-1", version=1, sha256=SHA256),)
ORDERED: tuple[Fact, ...] = (*SIGNED, OrderWritten(order_id="order-1", version=1, ehr_reference="r", ehr_version="1"))
DECLINED: tuple[Fact, ...] = (OrderDeclined(order_id="order-1", version=1, reason="no"),)
WITHDRAWN: tuple[Fact, ...] = (OrderWithdrawn(order_id="order-1", version=1),)


def _code(who: Principal, command: Command, *more: Fact, state: State = State.HEARD) -> RefusalCode | None:
    decision = decide(situation(who, record_in(state, *more)), command)
    return decision.code if isinstance(decision, Refusal) else None


@pytest.mark.parametrize(
    ("version", "expected", "code"),
    [
        (2, 1, None),
        (1, 0, RefusalCode.CHANGED_MEANWHILE),
        (3, 2, RefusalCode.CHANGED_MEANWHILE),
        (1, 1, RefusalCode.MALFORMED),
        (3, 1, RefusalCode.MALFORMED),
    ],
)
def test_a_pended_version_follows_the_one_seen(version: int, expected: int, code: RefusalCode | None) -> None:
    assert _code(SCRIBE, commands.PendOrder(order=lab_order(version=version), expected_version=expected)) is code


def test_pending_carries_the_orders_own_hash() -> None:
    order = lab_order("order-2")
    decision = decide(situation(SCRIBE, record_in(State.HEARD)), commands.PendOrder(order=order, expected_version=0))
    assert decision == Accepted((OrderPended(order=order, sha256=order_sha256(order)),))


def test_a_blank_code_is_an_incomplete_order() -> None:
    decision = decide(
        situation(SCRIBE, record_in(State.HEARD)),
        commands.PendOrder(order=lab_order("order-2", code=""), expected_version=0),
    )
    assert decision == Refusal(code=RefusalCode.ORDER_INCOMPLETE, params={"fields": "test"})


@pytest.mark.parametrize(
    ("facts", "code"),
    [(SIGNED, RefusalCode.WRONG_STATE), (ORDERED, RefusalCode.WRONG_STATE), (DECLINED, None), (WITHDRAWN, None)],
)
def test_what_was_signed_is_never_replaced(facts: tuple[Fact, ...], code: RefusalCode | None) -> None:
    command = commands.PendOrder(order=lab_order(version=2), expected_version=1)
    assert _code(SCRIBE, command, *facts) is code


ACTIONS: tuple[tuple[Principal, Command], ...] = (
    (SCRIBE, commands.WithdrawOrder(order_id="order-1", expected_version=1)),
    (PROVIDER, commands.SignOrder(order_id="order-1", version=1, sha256=SHA256)),
    (PROVIDER, commands.DeclineOrder(order_id="order-1", version=1, reason="no")),
)


@pytest.mark.parametrize(("who", "command"), ACTIONS)
@pytest.mark.parametrize("facts", [SIGNED, ORDERED, DECLINED, WITHDRAWN])
def test_an_order_leaves_pended_once(who: Principal, command: Command, facts: tuple[Fact, ...]) -> None:
    assert _code(who, command) is None
    assert _code(who, command, *facts) is RefusalCode.WRONG_STATE


def test_a_newer_version_another_hash_and_an_unknown_order_are_refused() -> None:
    newer = OrderPended(order=lab_order(version=2), sha256=order_sha256(lab_order(version=2)))
    for who, command in ACTIONS:
        assert _code(who, command, newer) is RefusalCode.CHANGED_MEANWHILE
    other = commands.SignOrder(order_id="order-1", version=1, sha256="b" * 64)
    assert _code(PROVIDER, other) is RefusalCode.HASH_MISMATCH
    unknown = commands.SignOrder(order_id="order-9", version=1, sha256=SHA256)
    assert _code(PROVIDER, unknown) is RefusalCode.UNKNOWN_ORDER


def test_a_question_is_asked_once_and_its_answer_changes_until_the_signature() -> None:
    ask = commands.AskQuestion(question_id="question-1", text="Again?")
    assert _code(SCRIBE, ask) is RefusalCode.COMMAND_REUSED
    answer = commands.AnswerQuestion(question_id="question-1", text="Left")
    assert _code(PROVIDER, answer) is None
    answered = QuestionAnswered(question_id="question-1", text="Left")
    other = commands.AnswerQuestion(question_id="question-1", text="Right")
    changed = QuestionAnswered(question_id="question-1", text="Right")
    assert decide(situation(PROVIDER, record_in(State.RETURNED, answered)), other) == Accepted((changed,))
    assert decide(situation(PROVIDER, record_in(State.SENT, answered)), answer) == Accepted()
    signed = record_in(State.SIGNED, answered)
    assert decide(situation(PROVIDER, signed), other) == Refusal(code=RefusalCode.WRONG_STATE)
    unknown = commands.AnswerQuestion(question_id="question-9", text="Left")
    assert _code(PROVIDER, unknown) is RefusalCode.UNKNOWN_QUESTION


@pytest.mark.parametrize("up_to", [0, 10_000])
def test_nothing_is_seen_that_is_not_there(up_to: int) -> None:
    assert _code(SCRIBE, commands.MarkChatSeen(up_to_seq=up_to)) is RefusalCode.OUT_OF_ORDER


@pytest.mark.parametrize("decision", [ConsentDecision.WITHDRAWN, ConsentDecision.DECLINED])
def test_ending_consent_stops_capture_and_listening(decision: ConsentDecision) -> None:
    command = commands.RecordConsent(decision=decision, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)
    reason = f"consent {decision.value}"
    assert decide(situation(ROOM, record_in(State.HEARD)), command) == Accepted(
        (consent(decision), CaptureStopped(reason=reason), ListeningStopped(admission_id=ADMISSION, reason=reason))
    )
    assert decide(situation(ROOM, record_in(State.CONSENTED)), command) == Accepted((consent(decision),))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.OPENED, RefusalCode.CONSENT_MISSING),
        (State.DECLINED, RefusalCode.CONSENT_DECLINED),
        (State.WITHDRAWN, RefusalCode.CONSENT_DECLINED),
        (State.LIVE, RefusalCode.WRONG_STATE),
        (State.READY, RefusalCode.WRONG_STATE),
        (State.CONSENTED, None),
    ],
)
def test_capture_needs_consent_first(state: State, code: RefusalCode | None) -> None:
    assert _code(ROOM, commands.StartCapture(), state=state) is code


def test_a_room_captures_one_visit_at_a_time() -> None:
    decision = decide(situation(ROOM, record_in(State.CONSENTED), other_visit_live=True), commands.StartCapture())
    assert decision == Refusal(code=RefusalCode.ANOTHER_VISIT_LIVE)


def test_stopping_ends_listening_too_and_only_what_runs_is_stopped() -> None:
    decision = decide(situation(ROOM, record_in(State.HEARD)), commands.StopCapture(reason="done"))
    assert decision == Accepted(
        (CaptureStopped(reason="done"), ListeningStopped(admission_id=ADMISSION, reason="done"))
    )
    assert _code(ROOM, commands.StopCapture(), state=State.ENDED) is RefusalCode.CAPTURE_NOT_STARTED


def test_listening_is_recorded_on_change_only() -> None:
    hears = commands.ReportListening(admission_id=ADMISSION, hears=True)
    silent = commands.ReportListening(admission_id=ADMISSION, hears=False)
    assert decide(situation(SCRIBE, record_in(State.HEARD)), hears) == Accepted()
    assert decide(situation(SCRIBE, record_in(State.LIVE)), silent) == Accepted()
    assert _code(SCRIBE, commands.ReportListening(admission_id="other", hears=True)) is RefusalCode.NOT_ADMITTED
    expired = situation(SCRIBE, record_in(State.LIVE), live_admissions=frozenset())
    assert decide(expired, hears) == Refusal(code=RefusalCode.NOT_ADMITTED)
    assert isinstance(decide(expired, silent), Accepted)


def test_a_gap_is_recorded_once_of_ones_own_admission_and_of_captured_time() -> None:
    def gap(seconds: float, end: float, gap_id: str = "g1", admission_id: str = ADMISSION) -> commands.ReportGap:
        times = {"start": NOON + timedelta(seconds=seconds), "end": NOON + timedelta(seconds=end)}
        return commands.ReportGap(
            gap_id=gap_id, admission_id=admission_id, **times, lost=Lost.SOUND, reason="no_sound_output"
        )

    def recorded(seconds: float, end: float) -> ListeningGap:
        return ListeningGap(**gap(seconds, end).model_dump(exclude={"type"}))

    later = NOON + timedelta(seconds=60)
    assert decide(situation(SCRIBE, record_in(State.HEARD), now=later), gap(5, 9)) == Accepted((recorded(5, 9),))
    assert decide(situation(SCRIBE, record_in(State.HEARD), now=later), gap(-5, 90)) == Accepted((recorded(0, 60),))
    assert decide(situation(SCRIBE, record_in(State.CONSENTED), now=later), gap(5, 9)) == Accepted()
    assert decide(situation(SCRIBE, record_in(State.HEARD, recorded(5, 9)), now=later), gap(5, 9)) == Accepted()
    assert decide(situation(SCRIBE, record_in(State.ENDED), now=later), gap(5, 9)) == Accepted()
    assert _code(SCRIBE, gap(5, 9, admission_id="other")) is RefusalCode.NOT_ADMITTED


def test_each_replay_is_recorded_with_its_beginning_and_end_however_late_it_is_said() -> None:
    now = NOON + timedelta(minutes=9)

    def report(playing: bool, at: float, admission_id: str = ADMISSION) -> commands.ReportReplay:
        return commands.ReportReplay(
            replay_id="r1",
            admission_id=admission_id,
            playing=playing,
            at=NOON + timedelta(seconds=at),
            behind_seconds=10,
            speed_percent=75,
            heard_seconds=0 if playing else 14,
        )

    ended = situation(SCRIBE, record_in(State.ENDED), now=now, live_admissions=frozenset())
    ids = {"replay_id": "r1", "admission_id": ADMISSION}
    started = ReplayStarted(**ids, at=NOON + timedelta(seconds=5), behind_seconds=10, speed_percent=75)
    assert decide(ended, report(True, 5)) == Accepted((started,))
    stopped = ReplayStopped(**ids, at=now, heard_seconds=14)
    assert decide(ended, report(False, 9_000)) == Accepted((stopped,)), "never later than now"
    assert _code(SCRIBE, report(True, 5, "other")) is RefusalCode.NOT_ADMITTED


def test_talk_is_recorded_on_change_only_and_needs_listening_under_a_live_admission() -> None:
    speaks = commands.ReportTalk(admission_id=ADMISSION, speaking=True)
    silent = commands.ReportTalk(admission_id=ADMISSION, speaking=False, reason="released")
    started, stopped = TalkStarted(admission_id=ADMISSION), TalkStopped(admission_id=ADMISSION, reason="released")
    assert decide(situation(SCRIBE, record_in(State.HEARD)), speaks) == Accepted((started,))
    assert decide(situation(SCRIBE, record_in(State.HEARD)), silent) == Accepted()
    talking = record_in(State.HEARD, started)
    assert decide(situation(SCRIBE, talking), speaks) == Accepted()
    assert decide(situation(SCRIBE, talking), silent) == Accepted((stopped,))
    assert _code(SCRIBE, speaks, state=State.LIVE) is RefusalCode.NOT_ADMITTED
    assert _code(SCRIBE, commands.ReportTalk(admission_id="other", speaking=True)) is RefusalCode.NOT_ADMITTED
    expired = situation(SCRIBE, talking, live_admissions=frozenset())
    assert decide(expired, speaks) == Refusal(code=RefusalCode.NOT_ADMITTED)
    assert decide(expired, silent) == Accepted((stopped,))


def test_the_curtain_is_recorded_on_change_at_the_rooms_time_but_never_in_the_future_or_out_of_order() -> None:
    def at(seconds: float, *before: Fact) -> Decision:
        command = commands.SetCurtain(curtain=Curtain.ALL_OFF, at=NOON + timedelta(seconds=seconds))
        return decide(situation(ROOM, record_in(State.HEARD, *before)), command)

    def changed(seconds: float) -> CurtainChanged:
        return CurtainChanged(curtain=Curtain.ALL_OFF, at=NOON + timedelta(seconds=seconds))

    assert at(-40) == Accepted((changed(-40),))
    assert at(5) == Accepted((changed(0),))
    before = CurtainChanged(curtain=Curtain.PICTURE_OFF, at=NOON - timedelta(seconds=9))
    assert at(-40, before) == Accepted((changed(-9),))
    assert at(-1, changed(-2)) == Accepted()


def test_the_modality_is_recorded_on_change() -> None:
    phone = commands.SetModality(modality=Modality.PHONE, sound_only=SoundOnly.NOTHING_TO_SEE)
    fact = ModalitySet(modality=Modality.PHONE, sound_only=SoundOnly.NOTHING_TO_SEE)
    assert decide(situation(ROOM, record_in(State.CONSENTED)), phone) == Accepted((fact,))
    assert decide(situation(ROOM, record_in(State.CONSENTED, fact)), phone) == Accepted()


def test_the_providers_coming_and_going_counts_once_and_in_order() -> None:
    goes = commands.MarkMoment(moment=Moment.PROVIDER_OUT)
    assert decide(situation(PROVIDER, record_in(State.LIVE)), goes) == Accepted(
        (MomentMarked(moment=Moment.PROVIDER_OUT, at=NOON),)
    )
    comes = commands.MarkMoment(moment=Moment.PROVIDER_IN)
    assert decide(situation(PROVIDER, record_in(State.LIVE)), comes) == Accepted()
    nobody_came = record_in(State.LIVE)
    del nobody_came.moments[Moment.PROVIDER_IN]
    assert decide(situation(PROVIDER, nobody_came), goes) == Refusal(code=RefusalCode.WRONG_STATE)


READY = ListenerReady(admission_id=ADMISSION, connection_id="c", grant="a.b.c", fingerprint=":".join(["AB"] * 32))
OFFER = FeedOffer(admission_id=ADMISSION, connection_id="c", sdp="v=0", binding="a.b.c")
ANSWER = FeedAnswer(admission_id=ADMISSION, connection_id="c", sdp="v=0", binding="a.b.c")
CLOSED = FeedClosed(admission_id=ADMISSION, reason="left")
HEARD = TalkHeard(admission_id=ADMISSION, connection_id="c", heard=True)
SENDERS: dict[str, Principal] = {
    "listener_ready": SCRIBE,
    "feed_answer": SCRIBE,
    "feed_offer": ROOM,
    "talk_heard": ROOM,
}


@pytest.mark.parametrize("signal", [READY, OFFER, ANSWER, CLOSED, HEARD])
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("who", EVERYBODY)
def test_signals_pass_between_the_admitted_scribe_and_the_room_while_it_captures(
    signal: Signal, state: State, who: Principal
) -> None:
    refusal = may_signal(situation(who, record_in(state)), signal, frozenset({ADMISSION}))
    if isinstance(signal, FeedClosed):
        allowed = who in (SCRIBE, ROOM)
    else:
        allowed = who == SENDERS[signal.type] and state in (State.LIVE, State.HEARD)
    assert (refusal is None) == allowed


def test_signals_need_a_live_admission() -> None:
    for who, signal in ((SCRIBE, READY), (SCRIBE, ANSWER), (ROOM, OFFER), (ROOM, HEARD)):
        ended = situation(who, record_in(State.HEARD), live_admissions=frozenset())
        assert may_signal(ended, signal, frozenset()) == Refusal(code=RefusalCode.NOT_ADMITTED)
    unknown = FeedClosed(admission_id="other", reason="left")
    for who in (SCRIBE, ROOM):
        heard = situation(who, record_in(State.HEARD))
        assert may_signal(heard, unknown, frozenset()) == Refusal(code=RefusalCode.NOT_ADMITTED)
