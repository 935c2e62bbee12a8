"""Two laptops in one room, and its curtain: who listens is always shown, and nothing hidden looks like a fault."""

import time

import pytest
from playwright.sync_api import expect

from demo.page import RoomPage
from demo.scribe import ScribeHand
from demo.stage import stage
from tests.together.conftest import World
from tests.together.senses import eventually, read_barcode, record_headset, share_of
from wire.record import ConsentBy, ConsentDecision, ConsentHow

pytestmark = [pytest.mark.together, pytest.mark.timeout(300)]
SHOWN_MS = 2_000
LOST_AFTER_SECONDS = 4.0
"""A feed without packets counts as lost after three."""


def started_room(world: World, script: str = "") -> RoomPage:
    """A room that sends; its page runs a script of the test's first."""
    room = world.room(world.provider(), script=script)
    room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
    room.start()
    return room


def enter(hand: ScribeHand) -> None:
    hand.open_visit("Rivera")
    hand.join()
    hand.find("You hear and see")


def test_two_laptops_hear_one_room_and_everybody_sees_who_listens(world: World) -> None:
    room = started_room(world)
    listening = room.page.get_by_test_id("listening")
    with stage() as other, world.desktop() as first:
        enter(first)
        expect(listening.get_by_text("J. Santos, scribe")).to_be_visible(timeout=SHOWN_MS)
        with world.desktop("second", username="adeyemi", theatre=other) as second:
            enter(second)
            expect(listening.get_by_text("K. Adeyemi, scribe")).to_be_visible(timeout=SHOWN_MS)
            expect(listening.get_by_text("J. Santos, scribe")).to_be_visible()
            for theatre in (world.stage, other):
                eventually("no barcode on a screen", lambda on=theatre: read_barcode(on) is not None)  # type: ignore[misc]
                eventually("no tone", lambda on=theatre: share_of(record_headset(on, 0.4), 700) > 0.8)  # type: ignore[misc]
            second.press("Leave the room")
            gone = listening.get_by_role("listitem").filter(has_text="K. Adeyemi, scribe")
            expect(gone).to_contain_text("Does not hear you", timeout=SHOWN_MS)
            expect(gone).to_contain_text("Has left")
            stays = listening.get_by_role("listitem").filter(has_text="J. Santos, scribe")
            expect(stays).to_contain_text("Hears you")
            assert read_barcode(world.stage) is not None
            assert second.close() == 0
        assert first.close() == 0
    for row in listening.get_by_role("listitem").all():
        expect(row).to_contain_text("Does not hear you")


def test_a_drawn_curtain_is_shown_as_one_and_never_as_a_fault(world: World) -> None:
    room = started_room(world)
    curtain = room.page.get_by_role("group", name="Privacy curtain")
    with world.desktop() as hand:
        enter(hand)
        eventually("no barcode on the screen", lambda: read_barcode(world.stage) is not None)
        curtain.get_by_role("button", name="Picture and sound off").click()
        hand.find("Curtain: picture and sound off", timeout=2.0)
        hand.find("Room 4 has switched off picture and sound; nothing is wrong.", timeout=2.0)
        assert read_barcode(world.stage) is None
        until = time.monotonic() + LOST_AFTER_SECONDS
        while time.monotonic() < until:
            hand.find("Room 4 has switched off picture and sound; nothing is wrong.", timeout=0.5)
        assert max(abs(sample) for sample in record_headset(world.stage, 0.4)) < 200
        curtain.get_by_role("button", name="Picture off", exact=True).click()
        eventually("no tone in the headset", lambda: share_of(record_headset(world.stage, 0.4), 700) > 0.8)
        hand.find("Curtain: picture off")
        curtain.get_by_role("button", name="Open", exact=True).click()
        eventually("no barcode on the screen", lambda: read_barcode(world.stage) is not None)
        hand.find("You hear and see")
        assert hand.close() == 0
