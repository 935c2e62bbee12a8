"""The scribe holds a key and speaks: the room plays it and says so on both sides, nothing is sent before or after."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import expect

from demo.page import RoomPage
from demo.scribe import ScribeHand
from demo.stage import Stage
from tests.together.conftest import World
from tests.together.senses import eventually, record_headset
from tests.together.test_listeners import enter, started_room

pytestmark = [pytest.mark.together, pytest.mark.timeout(300)]
HERTZ, RATE = 440, 48_000
SHOWN_MS = 2_000
KEEP_CONNECTIONS = """const Made = window.RTCPeerConnection;
window.made = [];
window.RTCPeerConnection = class extends Made { constructor(...given) { super(...given); window.made.push(this); } };"""
SOUND_TAKEN = """async () => {
  let packets = 0, energy = 0;
  for (const pc of window.made)
    for (const one of (await pc.getStats()).values())
      if (one.type === "inbound-rtp" && one.kind === "audio") {
        packets += one.packetsReceived;
        energy += one.totalAudioEnergy;
      }
  return [packets, energy];
}"""


@contextmanager
def speaking_into_the_microphone(theatre: Stage) -> Iterator[None]:
    """A tone in the laptop's default source, all the time."""
    theatre.run("pactl", "load-module", "module-null-sink", "sink_name=mouth", f"rate={RATE}", "channels=1")
    theatre.run("pactl", "load-module", "module-remap-source", "source_name=microphone", "master=mouth.monitor")
    theatre.run("pactl", "set-default-source", "microphone")
    second = (12_000 * np.sin(2 * np.pi * HERTZ * np.arange(RATE) / RATE)).astype("<i2").tobytes()
    path = theatre.folder / "tone.raw"
    path.write_bytes(second * 120)
    command = ["paplay", "--device=mouth", "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", str(path)]
    player = subprocess.Popen(command, env=theatre.env)
    try:
        yield
    finally:
        player.kill()
        player.wait()


@contextmanager
def held(hand: ScribeHand, world: World) -> Iterator[None]:
    """The talk key is down."""
    hand.go_to("chief_complaint")
    world.stage.run("xdotool", "keydown", "F9")
    try:
        yield
    finally:
        world.stage.run("xdotool", "keyup", "F9")


def taken(room: RoomPage) -> tuple[int, float]:
    """Packets of the scribe's voice that the room took, and their energy."""
    packets, energy = room.page.evaluate(SOUND_TAKEN)
    return int(packets), float(energy)


def loudness(world: World) -> float:
    return float(np.abs(np.asarray(record_headset(world.stage, 0.4))).max())


def test_the_room_hears_the_scribe_while_the_key_is_held_and_both_sides_see_it(world: World) -> None:
    room = started_room(world, KEEP_CONNECTIONS)
    banner = room.page.get_by_test_id("talk")
    with speaking_into_the_microphone(world.stage), world.desktop() as hand:
        enter(hand)
        eventually("no sound of the room", lambda: loudness(world) > 1_000)
        before = loudness(world)
        assert taken(room) == (0, 0.0)
        with held(hand, world):
            expect(banner).to_have_text("● J. Santos is speaking to the room", timeout=SHOWN_MS)
            hand.find("● Speak now. Room 4 hears you.", timeout=5.0)
            time.sleep(0.5)
            assert loudness(world) < before / 2  # ducked
        expect(banner).to_be_hidden(timeout=SHOWN_MS)
        packets, energy = taken(room)
        assert packets > 25
        assert energy > 0.01
        eventually("the room stays soft", lambda: loudness(world) > 0.9 * before)
        assert taken(room)[0] == packets
        assert "Speak now" not in hand.find("You hear and see").name
        with held(hand, world):
            hand.find("● Speak now. Room 4 hears you.", timeout=5.0)
            hand.keys("ctrl+shift+1")  # to Today, the key still held
            expect(banner).to_be_hidden(timeout=SHOWN_MS)
            packets = taken(room)[0]
            time.sleep(1.0)
            assert taken(room)[0] == packets
        assert hand.close() == 0
