from datetime import timedelta

import pytest

from tests.visit.records import GATEWAY, PROVIDER, ROOM, SCRIBE, SHA, Story, at, lab_order
from visit.record import Away, CurtainInterval, Gap, VisitRecord
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.orders import OrderState
from wire.people import Role
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ChatSeen,
    ChatSent,
    ConsentBy,
    ConsentDecision,
    ConsentHow,
    ConsentRecorded,
    CurtainChanged,
    EhrWriteFailed,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    MomentMarked,
    NoteOpened,
    NoteReady,
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
    RecordEntry,
    ScribeAdmitted,
    ScribeRefused,
    TalkStarted,
    TalkStopped,
    VisitOpened,
)
from wire.refusals import RefusalCode
from wire.visits import Moment, NoteState, VisitPhase


def entry(seq: int, visit_id: str = "v1") -> RecordEntry:
    return RecordEntry(visit_id=visit_id, seq=seq, at=at(0), author=GATEWAY, fact=NoteReady())


@pytest.mark.parametrize("wrong", [entry(1), entry(3), entry(0), entry(2, visit_id="v2")])
def test_only_the_next_entry_of_this_visit_is_taken(wrong: RecordEntry) -> None:
    record = VisitRecord("v1")
    record.apply(entry(1))
    with pytest.raises(ValueError, match="does not follow"):
        record.apply(wrong)
    assert record.last_seq == 1


def test_an_opened_visit_is_scheduled_and_its_note_a_draft() -> None:
    record = Story().add(VisitOpened(encounter="Encounter/e1")).record
    assert (record.phase, record.note_state, record.capturing) == (VisitPhase.SCHEDULED, NoteState.DRAFT, False)
    assert not record.consent_agreed


def test_capture_makes_a_visit_live_and_its_stop_ends_it() -> None:
    story = Story().add(CaptureStarted(), ROOM, 1)
    assert (story.record.phase, story.record.capturing) == (VisitPhase.LIVE, True)
    story.add(CaptureStopped(reason="stopped"), ROOM, 20)
    assert (story.record.phase, story.record.capturing) == (VisitPhase.ENDED, False)
    assert story.record.moments[Moment.ENDED] == at(20)
    story.add(CaptureStarted(), ROOM, 21).add(CaptureStopped(reason="stopped"), ROOM, 25)
    assert story.record.moments[Moment.ENDED] == at(25)


def test_the_curtain_makes_intervals_of_what_was_hidden_while_capture_ran() -> None:
    story = Story().add(CurtainChanged(curtain=Curtain.PICTURE_OFF, at=at(0.5)), ROOM, 0.5)
    assert (story.record.curtain, story.record.curtains) == (Curtain.PICTURE_OFF, [])  # nothing ran that it could hide
    story.add(CaptureStarted(), ROOM, 1)
    story.add(CurtainChanged(curtain=Curtain.ALL_OFF, at=at(3)), ROOM, 3.5)
    story.add(CurtainChanged(curtain=Curtain.OPEN, at=at(4)), ROOM, 4)
    story.add(CurtainChanged(curtain=Curtain.ALL_OFF, at=at(6)), ROOM, 6).add(CaptureStopped(reason="stopped"), ROOM, 7)
    story.add(CaptureStarted(), ROOM, 8)
    assert story.record.curtains == [
        CurtainInterval(Curtain.PICTURE_OFF, at(1), at(3)),
        CurtainInterval(Curtain.ALL_OFF, at(3), at(4)),
        CurtainInterval(Curtain.ALL_OFF, at(6), at(7)),
        CurtainInterval(Curtain.ALL_OFF, at(8)),
    ]
    assert story.record.curtain_at == at(6)


def test_the_newest_modality_counts() -> None:
    story = Story().add(ModalitySet(modality=Modality.VIDEO_VISIT), ROOM)
    phone = ModalitySet(modality=Modality.PHONE, sound_only=SoundOnly.NOTHING_TO_SEE)
    assert story.add(phone, ROOM).record.modality == phone


def test_a_marked_moment_keeps_its_first_time() -> None:
    story = Story().add(MomentMarked(moment=Moment.PROVIDER_IN, at=at(3)), PROVIDER, 3.5)
    story.add(MomentMarked(moment=Moment.PROVIDER_IN, at=at(9)), PROVIDER, 9)
    assert story.record.moments == {Moment.PROVIDER_IN: at(3)}


@pytest.mark.parametrize("decision", ConsentDecision)
def test_only_the_newest_consent_counts(decision: ConsentDecision) -> None:
    agreed = ConsentRecorded(decision=ConsentDecision.AGREED, by=ConsentBy.PATIENT, how=ConsentHow.VERBAL)
    newest = ConsentRecorded(decision=decision, by=ConsentBy.GUARDIAN, how=ConsentHow.WRITTEN)
    record = Story().add(agreed, ROOM, 1).add(newest, ROOM, 2).record
    assert record.consent_agreed is (decision is ConsentDecision.AGREED)
    assert (record.consent, record.consent_at, record.consent_author) == (newest, at(2), ROOM)


def test_heard_time_adds_up_over_admissions() -> None:
    story = Story()
    for admission, begin, end in (("a1", 1, 4), ("a2", 10, 10.5)):
        admitted = ScribeAdmitted(admission_id=admission, device_id="d1", report_sha256=SHA, policy_version="1")
        story.add(admitted, SCRIBE, begin).add(ListeningStarted(admission_id=admission), SCRIBE, begin)
        story.add(ListeningStarted(admission_id=admission), SCRIBE, begin + 0.2)  # said twice: the first counts
        story.add(ListeningStopped(admission_id=admission, reason="left"), SCRIBE, end)
    story.add(ListeningStopped(admission_id="a2", reason="left"), SCRIBE, 30)
    assert story.record.heard_seconds == timedelta(minutes=3.5).total_seconds()
    assert story.record.listening == {}
    assert story.record.scribe == SCRIBE
    assert set(story.record.admissions) == {"a1", "a2"}


def test_how_much_a_scribe_may_hear_again_is_known_by_admission() -> None:
    admitted = ScribeAdmitted(
        admission_id="a1", device_id="d1", report_sha256=SHA, policy_version="1", replay_seconds=60
    )
    story = Story().add(admitted, SCRIBE, 1)
    assert story.record.may_replay == {"a1": 60}


def test_talk_lasts_until_it_stops_or_listening_does() -> None:
    story = Story().add(ListeningStarted(admission_id="a1"), SCRIBE, 1)
    story.add(TalkStarted(admission_id="a1"), SCRIBE, 2).add(TalkStarted(admission_id="a1"), SCRIBE, 3)
    assert story.record.talking == {"a1": at(2)}
    story.add(TalkStopped(admission_id="a1", reason="released"), SCRIBE, 4)
    assert story.record.talking == {}
    story.add(TalkStarted(admission_id="a1"), SCRIBE, 5)
    story.add(ListeningStopped(admission_id="a1", reason="left"), SCRIBE, 6)
    assert story.record.talking == {}


def test_who_listened_and_does_not_is_away_until_she_hears_again_or_capture_stops() -> None:
    story = Story().add(CaptureStarted(), ROOM)
    for admission in ("a1", "a2"):
        admitted = ScribeAdmitted(admission_id=admission, device_id="d1", report_sha256=SHA, policy_version="1")
        story.add(admitted, SCRIBE)
    story.add(ListeningStarted(admission_id="a1"), SCRIBE, 1)
    assert story.record.away == {}
    story.add(ListeningStopped(admission_id="a1", reason="silent"), SCRIBE, 2)
    assert story.record.away == {"a1": Away(at(2), "silent")}
    assert story.add(ListeningStarted(admission_id="a2"), SCRIBE, 3).record.away == {}
    story.add(ListeningStopped(admission_id="a2", reason="left"), SCRIBE, 4)
    assert story.add(CaptureStopped(reason="done"), ROOM, 5).record.away == {}


def test_what_was_missed_is_listed_with_who_missed_it() -> None:
    fact = ListeningGap(gap_id="g1", admission_id="a1", start=at(1), end=at(2), lost=Lost.BOTH, reason="silent")
    assert Story().add(fact, SCRIBE, 3).record.gaps == [Gap("g1", SCRIBE, at(1), at(2), Lost.BOTH, "silent")]


def test_a_refused_scribe_leaves_no_scribe() -> None:
    record = Story().add(ScribeRefused(code=RefusalCode.POSTURE_FAILED, checks=("firewall",)), SCRIBE).record
    assert record.scribe is None


def test_an_answer_closes_its_question() -> None:
    story = Story().add(ChatSent(message_id="m1", text="Ready"), SCRIBE)
    story.add(
        QuestionAsked(question_id="q1", text="Which knee?", quick_replies=("Left", "Right"), section="hpi"), SCRIBE
    )
    story.add(QuestionAsked(question_id="q2", text="Since when?"), SCRIBE)
    assert [line.question_id for line in story.record.open_questions()] == ["q1", "q2"]
    story.add(QuestionAnswered(question_id="q1", text="Left"), PROVIDER)
    first, question, other = story.record.chat
    assert (first.text, first.question_id) == ("Ready", "")
    assert (question.answer, question.answered_by, question.section) == ("Left", PROVIDER.name, "hpi")
    assert question.quick_replies == ("Left", "Right")
    assert story.record.open_questions() == [other]


def test_what_was_seen_only_grows() -> None:
    story = Story().add(ChatSeen(up_to_seq=5), PROVIDER).add(ChatSeen(up_to_seq=3), PROVIDER)
    story.add(ChatSeen(up_to_seq=4), SCRIBE).add(ChatSeen(up_to_seq=9), GATEWAY)
    assert story.record.chat_seen == {Role.PROVIDER: 5, Role.SCRIBE: 4}


def test_an_order_is_ordered_by_the_ehrs_answer_alone() -> None:
    story = Story().add(OrderPended(order=lab_order(), sha256=SHA), SCRIBE, 2)
    line = story.record.orders["order-1"]
    assert (line.state, line.pended_at, line.ehr_reference) == (OrderState.PENDED, at(2), "")
    story.add(OrderSigned(order_id="order-1", version=1, sha256=SHA), PROVIDER)
    story.add(EhrWriteFailed(subject="order-1", code=RefusalCode.EHR_UNREACHABLE))
    assert (line.state, line.ehr_reference) == (OrderState.SIGNED, "")
    assert set(story.record.ehr_problems) == {"order-1"}
    story.add(OrderWritten(order_id="order-1", version=1, ehr_reference="ServiceRequest/1", ehr_version="1"))
    assert (line.state, line.ehr_reference) == (OrderState.ORDERED, "ServiceRequest/1")
    assert story.record.ehr_problems == {}


def test_a_declined_order_may_come_again_as_a_new_version() -> None:
    story = Story().add(OrderPended(order=lab_order(), sha256=SHA), SCRIBE)
    story.add(OrderDeclined(order_id="order-1", version=1, reason="Done last week"), PROVIDER)
    line = story.record.orders["order-1"]
    assert (line.state, line.declined_because) == (OrderState.DECLINED, "Done last week")
    story.add(OrderPended(order=lab_order(version=2), sha256=SHA), SCRIBE)
    again = story.record.orders["order-1"]
    assert (again.state, again.order.version, again.declined_because) == (OrderState.PENDED, 2, "")
    story.add(OrderWithdrawn(order_id="order-1", version=2), SCRIBE)
    assert (again.state, again.order.version) == (OrderState.WITHDRAWN, 2)


def test_a_note_goes_from_draft_to_signed_and_back_once() -> None:
    story = Story().add(NoteReady(), SCRIBE, 21)
    assert story.record.note_state is NoteState.READY
    story.add(NoteSent(version=4, sha256=SHA), SCRIBE, 22).add(NoteOpened(version=4), PROVIDER, 23)
    assert (story.record.note_state, story.record.note_version) == (NoteState.SENT, 4)
    story.add(NoteReturned(version=4, comment="Which side?", section="hpi"), PROVIDER, 24)
    assert (story.record.note_state, story.record.returned_because) == (NoteState.RETURNED, "Which side?")
    story.add(NoteSent(version=6, sha256="cd" * 32), SCRIBE, 25).add(NoteOpened(version=6), PROVIDER, 26)
    assert story.record.returned_because == ""
    assert story.record.moments[Moment.OPENED] == at(23)
    story.add(NoteSigned(version=7, sha256="ef" * 32, auth_time=at(26)), PROVIDER, 27)
    assert (story.record.note_state, story.record.note_version) == (NoteState.SIGNED, 7)
    assert (story.record.signed_by, story.record.note_sha256) == (PROVIDER, "ef" * 32)
    assert story.record.moments[Moment.SIGNED] == at(27)
    story.add(EhrWriteFailed(subject="note", code=RefusalCode.EHR_REFUSED))
    assert story.record.note_ehr_reference == ""
    story.add(NoteWritten(version=7, ehr_reference="DocumentReference/9", ehr_version="1"))
    assert story.record.note_ehr_reference == "DocumentReference/9"
    assert story.record.ehr_problems == {}
