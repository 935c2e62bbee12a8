"""Replay in the real media process, heard through a real PulseAudio: older sound, locked, nowhere else, and wiped."""

import math
import re
import time
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack
from av import AudioFrame

from desktop.av.ice import offer_loopback
from desktop.av.replay_ring import bytes_for
from desktop.replay_ports import ReplayMode, ReplayNews
from tests.desktop.av.desk import Desk, connect
from tests.desktop.av.sender import Colour, Sender
from tests.desktop.av.test_sound_output import SoundSystem

RATE = 8_000
FIRST, STEP = 400, 150
"""Hertz in the first second, and how much higher in each one that follows."""


class Stairs(AudioStreamTrack):
    """A tone that is higher every second: its pitch tells when it was sent."""

    async def recv(self) -> AudioFrame:
        paced = await super().recv()
        start = paced.pts or 0
        frame = AudioFrame(format="s16", layout="mono", samples=160)
        hertz = FIRST + STEP * (start // RATE)
        tone = array("h", (round(16_000 * math.sin(2 * math.pi * hertz * (start + n) / RATE)) for n in range(160)))
        frame.planes[0].update(tone.tobytes())
        frame.pts, frame.sample_rate, frame.time_base = start, RATE, Fraction(1, RATE)
        return frame


class StairsRoom(Sender):
    """A room in which the time can be heard."""

    def offer(self) -> str:
        async def make() -> str:
            offer_loopback(True)
            pc = self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            pc.addTransceiver(Colour(), direction="sendonly")
            pc.addTransceiver(Stairs(), direction="sendonly")
            await pc.setLocalDescription(await pc.createOffer())
            return str(pc.localDescription.sdp)

        return self._run(make())


class ReplayDesk(Desk):
    """A desk that keeps where replay stands."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[ReplayNews] = []
        self.handle.on_replay = self.news.append

    @property
    def pid(self) -> int:
        assert self.handle._process is not None
        return self.handle._process.pid

    def kept(self, seconds: float) -> None:
        self.until(lambda: bool(self.news) and self.news[-1].kept >= seconds, 30)

    def mode(self, mode: ReplayMode) -> None:
        self.until(lambda: bool(self.news) and self.news[-1].mode is mode)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundSystem]:
    made = SoundSystem(tmp_path)
    made.begin()
    monkeypatch.setenv("PULSE_SERVER", f"unix:{made.socket}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield made
    made.end()


@pytest.fixture
def desk(system: SoundSystem) -> Iterator[ReplayDesk]:
    made = ReplayDesk()
    made.handle.keep_replay("v1", 60)
    yield made
    made.handle.stop()


@pytest.fixture
def room() -> Iterator[StairsRoom]:
    made = StairsRoom()
    yield made
    made.close()


def step_heard(system: SoundSystem) -> float:
    """Which second of the tone is at the headset now."""
    sound = np.frombuffer(system.record(0.2), "<i2").reshape(-1, 2)[:, 0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 16))
    return float((np.argmax(spectrum) * 48_000 / (1 << 16) - FIRST) / STEP)


def locked_mapping(pid: int) -> tuple[int, int, set[str]] | None:
    """Begin, end and flags of the process's locked memory (proc(5), smaps); None when there is none."""
    bounds = (0, 0)
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        found = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if found is not None:
            bounds = (int(found[1], 16), int(found[2], 16))
        elif line.startswith("VmFlags:") and "lo" in line.split():
            return *bounds, set(line.split()[1:])
    return None


def content(pid: int, begin: int, end: int) -> bytes:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(begin)
        found = b""
        while len(found) < end - begin:
            found += memory.read(end - begin - len(found))
        return found


def files_of(pid: int) -> set[str]:
    """The files on a disk that the process has open for writing."""
    found = set()
    for link in Path(f"/proc/{pid}/fdinfo").iterdir():
        flags = int(re.search(r"flags:\s+(\d+)", link.read_text())[1], 8)  # type: ignore[index]
        target = str(Path(f"/proc/{pid}/fd/{link.name}").readlink())
        if flags & 3 and target.startswith("/") and not target.startswith(("/dev/", "/memfd:")):
            found.add(target)
    return found


def test_older_sound_is_heard_while_the_picture_and_the_ring_go_on(
    system: SoundSystem, desk: ReplayDesk, room: StairsRoom
) -> None:
    connect(desk, room)
    desk.until(lambda: any(devices.playing for devices in desk.listener.devices))
    desk.kept(5.0)
    live, heard_at = step_heard(system), time.monotonic()
    desk.handle.replay_from(4.0, 1.0)
    desk.mode(ReplayMode.REPLAY)
    old = step_heard(system)
    since = time.monotonic() - heard_at
    assert live - old == pytest.approx(4.0 - since, abs=1.5)  # the tone goes up once a second, for both
    kept, seen = desk.news[-1].kept, len(desk.listener.frames)
    for frame in desk.listener.frames:
        desk.handle.release(frame)
    desk.kept(kept + 1.0)
    assert len(desk.listener.frames) > seen
    assert desk.news[-1].behind == pytest.approx(4.0, abs=0.3)
    assert desk.news[-1].live_level > 0.2
    desk.handle.return_to_live(catch_up=False)
    desk.mode(ReplayMode.LIVE)
    assert step_heard(system) > live


def test_what_is_kept_lies_in_locked_memory_alone_and_is_zero_once_the_feed_is_closed(
    desk: ReplayDesk, room: StairsRoom
) -> None:
    files = files_of(desk.pid)
    connect(desk, room)
    desk.kept(2.0)
    mapping = locked_mapping(desk.pid)
    assert mapping is not None
    begin, end, flags = mapping
    assert end - begin >= bytes_for(60)
    assert {"lo", "dd", "dc"} <= flags, "locked, not dumped, not copied by a fork"
    status = Path(f"/proc/{desk.pid}/status").read_text()
    assert re.search(r"VmLck:\s+(\d+) kB", status)[1] == str((end - begin) // 1024)  # type: ignore[index]
    assert any(content(desk.pid, begin, end))
    assert files_of(desk.pid) <= files
    desk.handle.close_feed("c1")
    desk.until(lambda: desk.news[-1].kept == 0.0)
    assert not any(content(desk.pid, begin, end))
    desk.handle.keep_replay("v1", 0)
    desk.handle.replay_back(1.0)
    desk.mode(ReplayMode.OFF)
    assert locked_mapping(desk.pid) is None


def test_a_new_process_keeps_again_what_the_policy_allows(desk: ReplayDesk, room: StairsRoom) -> None:
    desk.until(lambda: bool(desk.news) and desk.news[-1].seconds == 60)
    desk.handle._process.kill()  # type: ignore[union-attr]
    desk.until(lambda: desk.listener.deaths == 1)
    assert desk.news[-1] == ReplayNews()
    desk.until(lambda: desk.news[-1].seconds == 60)
    connect(desk, room)
    desk.kept(1.0)
