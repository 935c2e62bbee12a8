"""The curtain, the modality and who listens, as the feed pane says them."""

from datetime import UTC

import pytest

from desktop.ui.present import Now
from desktop.ui.present_room import RoomView, room_view
from tests.visit.records import ROOM, SCRIBE, SHA, Story, at
from wire.capture import Curtain, Modality, SoundOnly
from wire.people import Author, Role
from wire.record import CaptureStarted, CurtainChanged, ListeningStarted, ModalitySet, ScribeAdmitted

NOW = Now(at(30), UTC)
OTHER = Author(role=Role.SCRIBE, id="p-mori", name="K. Mori")


def view(story: Story) -> RoomView:
    return room_view(story.record, "Room 2", SCRIBE.id, NOW)


def test_an_open_room_says_where_it_is_and_who_listens() -> None:
    story = Story().add(CaptureStarted(), ROOM, 1)
    assert view(story) == RoomView(place="Room 2", listeners="You listen")
    for admission, author in (("a1", SCRIBE), ("a2", OTHER)):
        admitted = ScribeAdmitted(admission_id=admission, device_id="d", report_sha256=SHA, policy_version="1")
        story.add(admitted, author, 1).add(ListeningStarted(admission_id=admission), author, 2)
    assert view(story).listeners == "You and K. Mori listen"


def test_a_drawn_curtain_stands_in_the_place_of_the_picture_with_its_time() -> None:
    story = Story().add(CaptureStarted(), ROOM, 1).add(CurtainChanged(curtain=Curtain.PICTURE_OFF, at=at(3)), ROOM, 3)
    shown = view(story)
    assert (shown.cover, shown.is_curtain) == ("Curtain: picture off\nsince 14:03", True)
    assert shown.sentence.startswith("You hear Room 2.")
    story.add(CurtainChanged(curtain=Curtain.ALL_OFF, at=at(5)), ROOM, 5)
    assert view(story).cover == "Curtain: picture and sound off\nsince 14:05"
    story.add(CurtainChanged(curtain=Curtain.OPEN, at=at(6)), ROOM, 6)
    assert (view(story).cover, view(story).is_curtain, view(story).sentence) == ("", False, "")


@pytest.mark.parametrize("reason", SoundOnly)
@pytest.mark.parametrize("modality", Modality)
def test_a_visit_without_a_picture_says_why(modality: Modality, reason: SoundOnly) -> None:
    story = Story().add(ModalitySet(modality=modality, sound_only=reason), ROOM).add(CaptureStarted(), ROOM, 1)
    shown = view(story)
    assert shown.cover.startswith("Sound only from the start\n")
    assert not shown.is_curtain
    assert (shown.place == "Room 2") is (modality is Modality.IN_PERSON)
    story.add(CurtainChanged(curtain=Curtain.ALL_OFF, at=at(5)), ROOM, 5)
    assert view(story).is_curtain
