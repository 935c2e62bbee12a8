"""The real media process over its real pipe: a picture and a tone arrive; a killed one is replaced."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from desktop.av.handle import MediaProcessHandle
from desktop.ports import FeedState, FrameRef, LinkQuality, MediaConfig
from tests.desktop.av.sender import Sender

LOOPBACK = MediaConfig(loopback_candidates=True)


@dataclass
class Listener:
    prepared: dict[str, str] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    states: list[tuple[FeedState, str]] = field(default_factory=list)
    frames: list[FrameRef] = field(default_factory=list)
    qualities: list[LinkQuality] = field(default_factory=list)
    deaths: int = 0

    def feed_prepared(self, connection_id: str, fingerprint: str) -> None:
        self.prepared[connection_id] = fingerprint

    def feed_answered(self, connection_id: str, sdp: str) -> None:
        self.answers[connection_id] = sdp

    def feed_changed(self, connection_id: str, state: FeedState, reason: str) -> None:
        self.states.append((state, reason))

    def frame_ready(self, frame: FrameRef) -> None:
        self.frames.append(frame)

    def quality_measured(self, quality: LinkQuality) -> None:
        self.qualities.append(quality)

    def media_process_died(self) -> None:
        self.deaths += 1


class Desk:
    def __init__(self) -> None:
        self.listener = Listener()
        self.handle = MediaProcessHandle(self.listener)
        self.handle.start()

    def until(self, reached: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < end, self.listener
            ready, _, _ = select.select([self.handle.fileno()], [], [], 0.1)
            if ready:
                self.handle.on_readable()


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


def connect(desk: Desk, sender: Sender, name: str = "c1") -> None:
    desk.handle.set_pane_size(400, 300)
    desk.handle.prepare(name, LOOPBACK)
    desk.until(lambda: name in desk.listener.prepared)
    desk.handle.accept_offer(name, sender.offer())
    desk.until(lambda: name in desk.listener.answers)
    sender.answer(desk.listener.answers[name])
    desk.until(lambda: bool(desk.listener.frames))


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
