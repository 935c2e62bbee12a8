"""The scribe hears again what was just said, in the whole program: the room is told, and the record says so."""

import json
import sqlite3

import pytest
from playwright.sync_api import expect

from tests.together.conftest import World
from tests.together.senses import eventually, record_headset, share_of
from tests.together.test_listeners import SHOWN_MS, enter, started_room

pytestmark = [pytest.mark.together, pytest.mark.timeout(300)]
FIRST, LATER = 700, 1_200
KEEP_TONE = """const make = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { return (window.tone = make.call(this)); };"""


def hears(world: World, hertz: float) -> bool:
    return share_of(record_headset(world.stage, 0.4), hertz) > 0.8


def audited(world: World) -> list[tuple[str, dict[str, int]]]:
    """What the gateway's audit says of replay, in order."""
    with sqlite3.connect(world.practice.folder / "gateway" / "gateway.db") as database:
        rows = database.execute("select action, details from audit where action like 'replay%' order by seq").fetchall()
    return [(action, json.loads(details)) for action, details in rows]


def test_what_was_just_said_is_heard_again_and_the_room_and_the_audit_know(world: World) -> None:
    room = started_room(world, KEEP_TONE)
    with world.desktop() as hand:
        enter(hand)
        expect(room.page.get_by_text("Can hear the last 60 seconds again.")).to_be_visible(timeout=SHOWN_MS)
        eventually("no sound of the room", lambda: hears(world, FIRST))
        room.page.evaluate("(hertz) => { window.tone.frequency.value = hertz; }", LATER)
        eventually("the other sound does not come", lambda: hears(world, LATER))
        hand.go_to("chief_complaint")
        hand.keys("F7")
        hand.find("You hear what was said before.")
        eventually("the earlier sound is not heard again", lambda: hears(world, FIRST), seconds=3.0)
        hand.keys("F8")
        hand.find("You hear and see")
        eventually("the live sound does not come back", lambda: hears(world, LATER), seconds=3.0)
        eventually("the audit misses it", lambda: len(audited(world)) == 2)
        (begun, how), (ended, so_long) = audited(world)
        assert (begun, ended) == ("replay_started", "replay_stopped")
        assert how["replay_id"] == so_long["replay_id"]
        assert 1 <= how["behind_seconds"] <= 10
        assert how["speed_percent"] == 100
        assert 0 <= so_long["heard_seconds"] <= 20
        assert hand.close() == 0
