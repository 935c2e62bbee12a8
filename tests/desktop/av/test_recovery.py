"""A network that is cut off and comes back, with the real media process: what is said, which connection goes on."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from demo.private_network import private_network
from desktop.ports import SILENT_SECONDS, FeedState
from tests.desktop.av.desk import LOOPBACK, Desk, connect
from tests.desktop.av.sender import Sender

NOTICED_WITHIN = 3.0
BACK_WITHIN = 2.0
RESTARTED_WITHIN = 1.0


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """What is cut off is ours alone."""
    with private_network():
        yield


@pytest.fixture
def desk(alone: None) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.handle.stop()


@pytest.fixture
def senders(alone: None) -> Iterator[list[Sender]]:
    made = [Sender(), Sender()]
    yield made
    for sender in made:
        sender.close()


def cut_off() -> None:
    """From now on every packet is lost: none fits a queue of one byte."""
    subprocess.run(["tc", "qdisc", "add", "dev", "lo", "root", "bfifo", "limit", "1"], check=True)


def mend() -> None:
    subprocess.run(["tc", "qdisc", "del", "dev", "lo", "root"], check=True)


def painted(desk: Desk) -> bool:
    """Let every picture go that came; whether there was one."""
    frames, desk.listener.frames = desk.listener.frames, []
    for frame in frames:
        desk.handle.release(frame)
    return bool(frames)


def changes(desk: Desk) -> list[FeedState]:
    """Each state once: it is said again when the sound card opens, or cannot, after the first packet came."""
    return [state for state, _ in itertools.groupby(state for state, _ in desk.listener.states)]


def test_a_silence_is_noticed_and_the_same_connection_goes_on_when_the_network_is_back(
    desk: Desk, senders: list[Sender]
) -> None:
    connect(desk, senders[0])
    cut_off()
    began = time.monotonic()
    desk.until(lambda: desk.listener.states[-1] == (FeedState.LOST, "silent"))
    assert SILENT_SECONDS <= time.monotonic() - began <= NOTICED_WITHIN
    desk.until(lambda: time.monotonic() - began > 5.0)
    painted(desk)
    mend()
    began = time.monotonic()
    desk.until(lambda: desk.listener.states[-1][0] is FeedState.LIVE and bool(desk.listener.frames))
    assert time.monotonic() - began <= BACK_WITHIN
    assert changes(desk) == [FeedState.LIVE, FeedState.LOST, FeedState.LIVE]


def test_another_connection_is_seen_and_heard_in_the_place_of_a_silent_one(desk: Desk, senders: list[Sender]) -> None:
    connect(desk, senders[0])
    senders[0].pause()
    desk.until(lambda: desk.listener.states[-1] == (FeedState.LOST, "silent"))
    painted(desk)
    desk.listener.qualities.clear()
    connect(desk, senders[1], "c2")
    desk.until(lambda: any((quality.audio_level or 0) > 0.2 for quality in desk.listener.qualities))
    desk.handle.close_feed("c1")
    shown = itertools.count()
    desk.until(lambda: painted(desk) and next(shown) >= 5)


def test_a_killed_process_takes_a_connection_again_within_a_second(desk: Desk, senders: list[Sender]) -> None:
    connect(desk, senders[0])
    process = desk.handle._process
    assert process is not None
    desk.until(lambda: time.monotonic() - desk.handle._started_at > 2.0)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGKILL)
    desk.until(lambda: desk.listener.deaths == 1)
    desk.handle.prepare("c2", LOOPBACK)
    desk.until(lambda: "c2" in desk.listener.prepared)
    taken = time.monotonic() - began
    print(f"\ntakes a connection {taken:.2f} s after it was killed")
    assert taken < RESTARTED_WITHIN
