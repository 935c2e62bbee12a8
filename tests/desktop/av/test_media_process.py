"""The real media process over its real pipe: a picture and a tone arrive; a killed one is replaced."""

import os
import signal
from collections.abc import Iterator

import pytest

from desktop.ports import FeedState
from tests.desktop.av.desk import LOOPBACK, Desk, connect
from tests.desktop.av.sender import Sender


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.handle.stop()


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    yield made
    made.close()


def test_a_picture_arrives_scaled_to_the_pane_and_a_tone_is_metered(desk: Desk, sender: Sender) -> None:
    connect(desk, sender)
    frame = desk.listener.frames[-1]
    assert (frame.width, frame.height) == (400, 224)
    pixels = desk.handle.image_bytes(frame)
    middle = frame.stride * 100 + 4 * 200
    blue, green, red = pixels[middle], pixels[middle + 1], pixels[middle + 2]
    assert red > 240
    assert 120 < green < 190
    assert 90 < blue < 160
    pixels.release()
    assert desk.listener.states[0][0] is FeedState.LIVE
    desk.until(lambda: any((q.audio_level or 0) > 0.2 for q in desk.listener.qualities))
    assert desk.listener.qualities[-1].loss == 0.0


def test_the_fingerprint_is_the_answers(desk: Desk, sender: Sender) -> None:
    connect(desk, sender)
    assert f"a=fingerprint:sha-256 {desk.listener.prepared['c1']}" in desk.listener.answers["c1"]
    assert "x-google-start-bitrate" in desk.listener.answers["c1"]
    assert "a=sendonly" not in desk.listener.answers["c1"]
    assert "a=sendrecv" not in desk.listener.answers["c1"]


def test_a_picture_that_is_not_released_is_not_overwritten(desk: Desk, sender: Sender) -> None:
    connect(desk, sender)
    pinned = desk.listener.frames[0]
    desk.until(lambda: len(desk.listener.frames) >= 3)
    assert all(frame.slot != pinned.slot for frame in desk.listener.frames[1:])


def test_a_killed_process_is_replaced_and_a_feed_can_be_made_again(desk: Desk, sender: Sender) -> None:
    connect(desk, sender)
    process = desk.handle._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    desk.until(lambda: desk.listener.deaths == 1)
    desk.listener.frames.clear()
    again = Sender()
    try:
        connect(desk, again, "c2")
    finally:
        again.close()


def test_a_sender_that_falls_silent_is_noticed_within_seconds(desk: Desk, sender: Sender) -> None:
    connect(desk, sender)
    sender.close()
    desk.until(lambda: desk.listener.states[-1][0] is FeedState.LOST, 8.0)
    sender.__init__()  # type: ignore[misc]  # the fixture closes it once more


@pytest.mark.parametrize(
    "sdp", ["", "v=0", "v=0\r\nm=audio x y z\r\n", "v=0\r\na=fingerprint:sha-256\r\nm=video 9 UDP 96\r\n"]
)
def test_a_hostile_offer_is_refused_and_the_process_lives(desk: Desk, sender: Sender, sdp: str) -> None:
    desk.handle.prepare("bad", LOOPBACK)
    desk.until(lambda: "bad" in desk.listener.prepared)
    desk.handle.accept_offer("bad", sdp)
    desk.until(lambda: bool(desk.listener.states) or "bad" in desk.listener.answers)
    connect(desk, sender)
    assert desk.listener.deaths == 0
