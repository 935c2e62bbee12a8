"""Replay over a sound line, by clocks of our own: what is heard, what goes on meanwhile, when it is wiped."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from desktop.av.messages import (
    ReplayBack,
    ReplayFrom,
    ReplayKeep,
    ReplayLive,
    ReplaySpeed,
    ReplayWipe,
)
from desktop.av.opus import RATE, OpusDecoder, Samples
from desktop.av.opus_encoder import FRAME_BYTES, OpusEncoder
from desktop.av.playout import AudioPacket
from desktop.av.replay import FADE, Clocks, Replay
from desktop.av.sound import SAMPLE_BYTES, SoundLine
from desktop.replay_ports import REPLAY_PEAKS, ReplayMode, ReplayNews, ReplayProblem
from tests.desktop.av.talk_room import marked_voice

BLOCK = 480
REFUSED = """
import os, resource
from desktop.av.messages import ReplayKeep
from desktop.av.replay import Replay
resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
if os.getuid() == 0:
    os.setuid(65534)  # root may lock as much as it likes
told = []
replay = Replay(told.append)
replay.do(ReplayKeep(visit="v1", seconds=60))
replay.tick()
print(told[-1].mode, told[-1].problem, told[-1].seconds)
"""


@cache
def voice() -> tuple[bytes, ...]:
    """Half a minute in which no second is like another."""
    sound, encoder = (marked_voice(30.0) * 20_000).astype("<i2").tobytes(), OpusEncoder()
    return tuple(encoder.encode(sound[at : at + FRAME_BYTES]) for at in range(0, len(sound), FRAME_BYTES))


@cache
def decoded() -> Samples:
    decoder = OpusDecoder()
    return np.concatenate([decoder.decode(data) for data in voice()])


class Listening:
    """A voice that comes without loss, and an ear at the sound card: 10 ms at a time."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept = 0.0
        self.news: list[ReplayNews] = []
        self.replay = Replay(self.news.append, Clocks(lambda: self.now + self.slept, lambda: self.now))
        self.line = SoundLine()
        self.replay.attach(self.line)
        self.replay.do(ReplayKeep(visit="v1", seconds=60))
        self.come = 0
        self.begun = self.now

    def hear(self, seconds: float) -> Samples:
        blocks = []
        for tick in range(round(seconds * RATE / BLOCK)):
            self.now += BLOCK / RATE
            while self.come * 0.02 <= self.now - self.begun:
                packet = AudioPacket(self.come, self.come * 960, voice()[self.come])
                self.line.put(packet, self.now)
                self.come += 1
            blocks.append(self.line.take(BLOCK * SAMPLE_BYTES, self.now))
            if tick % 10 == 0:
                self.replay.tick()
        return np.asarray(np.frombuffer(b"".join(blocks), "<i2").reshape(-1, 2) / 32_767, np.float32)

    def last(self) -> ReplayNews:
        return self.news[-1]


@pytest.fixture
def listening() -> Iterator[Listening]:
    made = Listening()
    yield made
    made.replay.end()


def place_of(part: Samples, whole: Samples) -> tuple[float, float]:
    """Where in the voice a part was said, in seconds, and how like it is there."""
    size = 1 << (len(part) + len(whole)).bit_length()
    product = np.fft.rfft(whole[:, 0], size) * np.conj(np.fft.rfft(part[:, 0], size))
    best = int(np.argmax(np.fft.irfft(product, size)[: len(whole)]))
    there = whole[best : best + len(part), 0]
    return best / RATE, float(np.corrcoef(there, part[: len(there), 0])[0, 1])


def test_back_is_heard_what_was_said_and_the_live_sound_is_kept_meanwhile(listening: Listening) -> None:
    listening.hear(12.0)
    before = replace(listening.line.counts)
    live_at, _ = place_of(listening.hear(1.0), decoded())
    listening.replay.do(ReplayBack(seconds=10))
    assert listening.last().mode is ReplayMode.REPLAY
    assert listening.last().behind == pytest.approx(10.0, abs=0.05)
    listening.hear(0.1)
    heard = listening.hear(3.0)
    at, likeness = place_of(heard, decoded())
    assert at == pytest.approx(live_at + 1.1 - 10, abs=0.1)
    assert likeness > 0.9
    assert listening.last().behind == pytest.approx(10.0, abs=0.06)
    listening.replay.do(ReplayBack(seconds=1.0))  # what was live while the replay was on
    listening.replay.do(ReplayFrom(age=2.0, speed=1.0))
    listening.hear(0.1)
    at, likeness = place_of(listening.hear(1.0), decoded())
    assert at == pytest.approx(live_at + 4.2 - 2.0, abs=0.1)
    assert likeness > 0.9
    assert replace(listening.line.counts, received=0) == replace(before, received=0), "nothing was lost or left out"


def test_it_returns_to_live_at_once_and_without_a_click(listening: Listening) -> None:
    listening.hear(10.0)
    usual = np.abs(np.diff(listening.hear(2.0)[:, 0])).max()
    for _ in range(5):
        listening.replay.do(ReplayBack(seconds=3.7))
        begun = listening.hear(0.53)
        listening.replay.do(ReplayLive(catch_up=False))
        assert listening.last().mode is ReplayMode.LIVE
        back = listening.hear(0.53)
        for part in (begun, back):
            assert np.abs(np.diff(part[:, 0])).max() < 1.5 * usual
    at, likeness = place_of(listening.hear(1.0), decoded())
    assert at == pytest.approx(listening.now - listening.begun - 1.0, abs=0.1)
    assert likeness > 0.9


def test_catching_up_ends_at_the_live_sound_by_itself_and_nothing_is_left_out(listening: Listening) -> None:
    listening.hear(12.0)
    listening.replay.do(ReplayBack(seconds=5))
    listening.hear(1.0)
    listening.replay.do(ReplayLive(catch_up=True))
    assert listening.last().mode is ReplayMode.CATCH_UP
    assert listening.last().speed == 1.5
    listening.hear(9.5)
    assert listening.last().mode is ReplayMode.CATCH_UP
    listening.hear(1.0)  # 5 s behind at 1.5 times: ten seconds
    assert listening.last().mode is ReplayMode.LIVE
    at, likeness = place_of(listening.hear(1.0), decoded())
    assert at == pytest.approx(listening.now - listening.begun - 1.0, abs=0.1)
    assert likeness > 0.9


def test_slow_replay_falls_behind_and_forward_reaches_live(listening: Listening) -> None:
    listening.hear(12.0)
    listening.replay.do(ReplayFrom(age=4.0, speed=0.5))
    listening.hear(2.0)
    assert listening.last().behind == pytest.approx(5.0, abs=0.1)
    assert listening.last().speed == 0.5
    listening.replay.do(ReplaySpeed(speed=2.0))
    listening.hear(1.0)
    assert listening.last().behind == pytest.approx(4.0, abs=0.15)
    listening.replay.do(ReplayBack(seconds=-10))
    assert listening.last().mode is ReplayMode.LIVE


def test_the_meter_and_the_waveform_show_the_live_sound_during_replay(listening: Listening) -> None:
    listening.hear(8.0)
    listening.news.clear()
    listening.replay.do(ReplayBack(seconds=5))
    listening.hear(3.0)
    assert max(news.live_level for news in listening.news) > 0.1
    peaks = listening.last().peaks
    assert len(peaks) == REPLAY_PEAKS
    per_second = REPLAY_PEAKS // 60
    assert max(peaks[-2 * per_second :]) > 100, "what was said during the replay"
    assert not any(peaks[: 48 * per_second]), "before the beginning"
    assert listening.last().kept == pytest.approx(11, abs=0.3)


@pytest.mark.parametrize("why", ["sleep", "asked", "other visit", "off"])
def test_everything_is_wiped(listening: Listening, why: str) -> None:
    listening.hear(5.0)
    memory = listening.replay._memory
    assert memory is not None
    assert any(memory.view)
    listening.replay.do(ReplayBack(seconds=3))
    match why:
        case "sleep":
            listening.slept = 60.0
            listening.replay.tick()
            assert not any(memory.view)
        case "asked":
            listening.replay.do(ReplayWipe())
            assert not any(memory.view)
        case "other visit":
            listening.replay.do(ReplayKeep(visit="v2", seconds=60))
        case _:
            listening.replay.do(ReplayKeep(visit="v1", seconds=0))
    listening.replay.tick()
    assert listening.last().mode is (ReplayMode.OFF if why == "off" else ReplayMode.LIVE)
    assert listening.last().kept == 0.0
    listening.replay.do(ReplayBack(seconds=3))
    assert listening.last().mode is not ReplayMode.REPLAY
    listening.hear(0.04)  # a packet's sound was ready
    _, likeness = place_of(listening.hear(0.5), decoded())
    assert likeness > 0.95, "the live sound goes on"


def test_a_fade_over_a_large_block_and_over_small_ones_is_the_same_length(listening: Listening) -> None:
    listening.hear(5.0)
    listening.replay.do(ReplayBack(seconds=3))
    listening.line.take(4 * FADE * SAMPLE_BYTES, listening.now)
    assert listening.replay._faded == FADE


def test_without_locked_memory_there_is_no_replay_and_it_says_so() -> None:
    made = subprocess.run(
        [sys.executable, "-c", REFUSED], check=True, capture_output=True, text=True, timeout=30, env=dict(os.environ)
    )
    assert made.stdout.split() == ["off", ReplayProblem.NOT_LOCKED.value, "0"]
