from zoneinfo import ZoneInfo

import pytest

from tests.visit.records import PROVIDER, SCRIBE, SHA, Story, at
from visit.attestation import attestation
from wire.record import ListeningStarted, ListeningStopped, NoteSigned, ScribeAdmitted

CHICAGO = ZoneInfo("America/Chicago")
ADMITTED = ScribeAdmitted(admission_id="a1", device_id="d1", report_sha256=SHA, policy_version="1")


def scribed(minutes: float) -> Story:
    story = Story().add(ADMITTED, SCRIBE, 0)
    if minutes:
        story.add(ListeningStarted(admission_id="a1"), SCRIBE, 0)
        story.add(ListeningStopped(admission_id="a1", reason="left"), SCRIBE, minutes)
    return story


def test_nobody_scribed_and_nobody_signed() -> None:
    assert attestation(Story().record, PROVIDER.name, CHICAGO) == ""


def test_a_heard_and_signed_visit_names_both_people_and_the_practices_time() -> None:
    story = scribed(14.4).add(NoteSigned(version=1, sha256=SHA, auth_time=at(20)), PROVIDER, 20)
    assert attestation(story.record, PROVIDER.name, CHICAGO) == (
        "Scribed for Dr. A. Okafor by J. Lee, scribe, connected live by secure audio and video, listening 14 min."
        " Written from the visit's record. I, Dr. A. Okafor, have reviewed this note, edited it where needed, and"
        " confirm that it is accurate and complete. Signed 2026-11-23 08:20 CST."
    )


@pytest.mark.parametrize(("minutes", "words"), [(0.5, "listening less than 1 min"), (1, "listening 1 min")])
def test_a_short_listening_is_said_to_be_short(minutes: float, words: str) -> None:
    assert words in attestation(scribed(minutes).record, PROVIDER.name, CHICAGO)


def test_a_scribe_who_never_heard_the_room_is_not_said_to_have_been_connected() -> None:
    statement = attestation(scribed(0).record, PROVIDER.name, CHICAGO)
    assert statement == "Scribed for Dr. A. Okafor by J. Lee, scribe. Written from the visit's record."


def test_without_a_scribe_only_the_provider_speaks() -> None:
    story = Story().add(NoteSigned(version=1, sha256=SHA, auth_time=at(20)), PROVIDER, 20)
    assert attestation(story.record, PROVIDER.name, CHICAGO).startswith("I, Dr. A. Okafor, have reviewed this note")
