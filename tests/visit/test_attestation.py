"""The attestation is made from the record's facts: people, times, modality, consent and gaps, and nothing else."""

from zoneinfo import ZoneInfo

import pytest

from tests.visit.records import PROVIDER, ROOM, SCRIBE, SHA, Story, at
from visit.attestation import MOST_GAPS, attestation, provider_statement, scribe_statement
from wire.capture import Curtain, Lost, Modality, SoundOnly
from wire.people import Author, Role
from wire.record import (
    CaptureStarted,
    CaptureStopped,
    ConsentBy,
    ConsentDecision,
    ConsentHow,
    ConsentRecorded,
    CurtainChanged,
    ListeningGap,
    ListeningStarted,
    ListeningStopped,
    ModalitySet,
    NoteSigned,
    ScribeAdmitted,
)

CHICAGO = ZoneInfo("America/Chicago")
OTHER = Author(role=Role.SCRIBE, id="p-ray", name="U. Ray")
SIGNED = NoteSigned(version=1, sha256=SHA, auth_time=at(20))


def admitted(admission_id: str) -> ScribeAdmitted:
    return ScribeAdmitted(admission_id=admission_id, device_id="d1", report_sha256=SHA, policy_version="1")


def consent(decision: ConsentDecision, by: ConsentBy = ConsentBy.PATIENT) -> ConsentRecorded:
    return ConsentRecorded(decision=decision, by=by, how=ConsentHow.VERBAL)


def gap(number: int, minutes: float, seconds: float, lost: Lost = Lost.BOTH) -> ListeningGap:
    start, end = at(minutes), at(minutes + seconds / 60)
    return ListeningGap(gap_id=f"g{number}", admission_id="a1", start=start, end=end, lost=lost, reason="silent")


def begun() -> Story:
    """Consent, capture, and the first scribe listening from minute 1 on."""
    story = Story().add(admitted("a1"), SCRIBE).add(consent(ConsentDecision.AGREED), ROOM)
    story.add(CaptureStarted(), ROOM, 0.5)
    return story.add(ListeningStarted(admission_id="a1"), SCRIBE, 1)


def ended(story: Story, admission_id: str = "a1", minutes: float = 15) -> Story:
    return story.add(ListeningStopped(admission_id=admission_id, reason="left"), SCRIBE, minutes)


def said(story: Story) -> str:
    return scribe_statement(story.record, PROVIDER.name, CHICAGO)


def test_nobody_scribed_and_nobody_signed() -> None:
    assert attestation(Story().record, PROVIDER.name, CHICAGO) == ""


def test_a_heard_and_signed_visit_says_who_when_how_and_with_whose_consent() -> None:
    story = ended(begun()).add(CaptureStopped(reason="stopped"), ROOM, 16).add(SIGNED, PROVIDER, 20)
    assert attestation(story.record, PROVIDER.name, CHICAGO) == (
        "Scribed for Dr. A. Okafor on 2026-11-23 by J. Lee, scribe, who listened remotely by secure sound and picture"
        " from 08:01 to 08:15. The visit was held in person. The patient agreed to a scribe listening, verbally, at"
        " 08:00. No gap in the listening is recorded. Written from the visit's record; times are CST."
        " I, Dr. A. Okafor, have reviewed this note, edited it where needed, and confirm that it is accurate and"
        " complete. Signed 2026-11-23 08:20 CST."
    )


def test_both_scribes_are_named_with_their_times_after_a_hand_over() -> None:
    story = ended(begun(), minutes=9).add(admitted("a2"), OTHER, 8)
    story.add(ListeningStarted(admission_id="a2"), OTHER, 9)
    assert (
        "by J. Lee, scribe, who listened remotely by secure sound and picture from 08:01 to 08:09; then by U. Ray,"
        " scribe, who listened remotely by secure sound and picture from 08:09 on."
    ) in said(story)
    story.add(ListeningStopped(admission_id="a2", reason="left"), OTHER, 12)
    assert "U. Ray, scribe, who listened remotely by secure sound and picture from 08:09 to 08:12." in said(story)


def test_every_time_of_somebody_who_left_and_came_back_is_said_once_under_one_name() -> None:
    story = ended(begun(), minutes=5).add(admitted("a2"), SCRIBE, 6)
    ended(story.add(ListeningStarted(admission_id="a2"), SCRIBE, 7), "a2", 11)
    assert said(story).count("J. Lee") == 1
    assert "from 08:01 to 08:05 and from 08:07 to 08:11." in said(story)


def test_listening_that_is_reported_twice_is_one_time() -> None:
    story = ended(begun().add(ListeningStarted(admission_id="a1"), SCRIBE, 3))
    assert "from 08:01 to 08:15." in said(story)
    assert len(story.record.listened) == 1


def test_a_scribe_who_never_heard_the_room_is_not_said_to_have_listened() -> None:
    assert said(Story().add(admitted("a1"), SCRIBE)) == (
        "Scribed for Dr. A. Okafor by J. Lee, scribe, who did not listen to the room. No decision about a scribe"
        " listening is recorded. Written from the visit's record."
    )


@pytest.mark.parametrize(
    ("modality", "sound_only", "words"),
    [
        (Modality.VIDEO_VISIT, None, "The visit was held by video."),
        (Modality.PHONE, None, "The visit was held by phone."),
        (
            Modality.IN_PERSON,
            SoundOnly.PATIENT_DECLINED,
            "The visit was held in person, with sound alone: the patient wanted no picture.",
        ),
        (
            Modality.VIDEO_VISIT,
            SoundOnly.NO_CAMERA,
            "The visit was held by video, with sound alone: the room has no camera.",
        ),
    ],
)
def test_the_modality_is_the_rooms(modality: Modality, sound_only: SoundOnly | None, words: str) -> None:
    story = begun().add(ModalitySet(modality=modality, sound_only=sound_only), ROOM)
    assert words in said(story)
    assert ("secure sound from" in said(story)) == (sound_only is not None)


def test_every_decision_of_the_patient_stays() -> None:
    story = begun().add(consent(ConsentDecision.WITHDRAWN, ConsentBy.GUARDIAN), ROOM, 6)
    assert "The patient agreed to a scribe listening, verbally, at 08:00." in said(story)
    assert "The patient's guardian withdrew the consent to a scribe listening, verbally, at 08:06." in said(story)


def test_what_was_missed_and_what_was_hidden_is_said() -> None:
    story = begun().add(gap(2, 8, 30, Lost.PICTURE), SCRIBE, 9).add(gap(1, 4, 12), SCRIBE, 9)
    story.add(CurtainChanged(curtain=Curtain.ALL_OFF, at=at(5)), ROOM, 5)
    story.add(CurtainChanged(curtain=Curtain.OPEN, at=at(7)), ROOM, 7)
    story.add(CurtainChanged(curtain=Curtain.PICTURE_OFF, at=at(10)), ROOM, 10)
    assert (
        "The room hid picture and sound from 08:05 to 08:07. The room hid the picture from 08:10 on. J. Lee missed"
        " sound and picture from 08:04:00 to 08:04:12 and J. Lee missed the picture from 08:08:00 to 08:08:30."
    ) in said(story)
    assert "No gap" not in said(story)


def test_many_gaps_are_counted() -> None:
    story = begun()
    for number in range(MOST_GAPS + 3):
        story.add(gap(number, 2 + number, 10), SCRIBE, 14)
    assert said(story).count("J. Lee missed") == MOST_GAPS
    assert " and 3 more gaps lasted 30 s together." in said(story)


def test_without_a_scribe_only_the_provider_speaks() -> None:
    story = Story().add(SIGNED, PROVIDER, 20)
    assert attestation(story.record, PROVIDER.name, CHICAGO).startswith(provider_statement("Dr. A. Okafor"))


def test_a_time_of_another_day_has_its_date() -> None:
    story = ended(begun(), minutes=60 * 17)
    assert "from 08:01 to 2026-11-24 01:00." in said(story)
