"""Where the room is heard, on a real PulseAudio: a choice, a device that is not there, and a sound system that dies."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.av.sound_output import SoundOutput
from desktop.ports import FeedState, SoundDevices
from tests.desktop.av.desk import Desk, connect
from tests.desktop.av.sender import Sender


class SoundSystem:
    """PulseAudio with one null sink, on a socket of its own."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "pulse.sock"
        self._env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "LC_ALL": "C"}
        self._env["PULSE_SERVER"] = f"unix:{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        options = ("-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error")
        sink = "module-null-sink sink_name=headset rate=48000"
        loads = (sink, f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}")
        argv = ["pulseaudio", *options, *(part for load in loads for part in ("-L", load))]
        self._process = subprocess.Popen(argv, env=self._env, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=self._env, capture_output=True, check=False).returncode:
            assert time.monotonic() < end, "PulseAudio did not start"
            time.sleep(0.05)

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def loudest(self, seconds: float = 0.5) -> int:
        """The loudest sample that the headset's monitor gives, 0..32767."""
        return max(abs(value) for value in memoryview(self.record(seconds)).cast("h"))

    def record(self, seconds: float) -> bytes:
        """What the headset's monitor gives: 16-bit stereo at 48 kHz."""
        length = round(seconds * 48_000) * 4
        command = [
            "parec",
            "-d",
            "headset.monitor",
            "--format=s16le",
            "--rate=48000",
            "--channels=2",
            "--latency-msec=20",
        ]
        with subprocess.Popen(command, env=self._env, stdout=subprocess.PIPE) as recorder:
            assert recorder.stdout is not None
            data = recorder.stdout.read(length)
            recorder.kill()
        return data


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundSystem]:
    made = SoundSystem(tmp_path)
    made.begin()
    monkeypatch.setenv("PULSE_SERVER", f"unix:{made.socket}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    yield made
    made.end()


@pytest.fixture
def desk(system: SoundSystem) -> Iterator[Desk]:
    made = Desk()
    yield made
    made.handle.stop()


@pytest.fixture
def sender() -> Iterator[Sender]:
    made = Sender()
    yield made
    made.close()


def newest(desk: Desk) -> SoundDevices:
    return desk.listener.devices[-1] if desk.listener.devices else SoundDevices()


def test_the_room_is_heard_on_the_device_that_was_chosen(desk: Desk, sender: Sender, system: SoundSystem) -> None:
    connect(desk, sender)
    desk.until(lambda: newest(desk).playing)
    assert newest(desk).device == ""
    assert "pulse" in newest(desk).devices
    assert system.loudest() > 8_000
    desk.handle.set_output("pulse", boost=False)
    desk.until(lambda: newest(desk).device == "pulse")
    assert system.loudest() > 8_000


def test_a_device_that_is_not_there_is_replaced_by_the_usual_one(
    desk: Desk, sender: Sender, system: SoundSystem
) -> None:
    desk.handle.set_output("A headset that was left at home", boost=True)
    connect(desk, sender)
    desk.until(lambda: newest(desk).playing)
    assert newest(desk).device == ""
    assert system.loudest() > 8_000


def test_when_the_sound_system_dies_the_picture_goes_on_and_the_sound_comes_back_with_it(
    desk: Desk, sender: Sender, system: SoundSystem
) -> None:
    connect(desk, sender)
    desk.until(lambda: newest(desk).playing)
    system.end()
    desk.until(lambda: not newest(desk).playing)
    desk.until(lambda: desk.listener.states[-1] == (FeedState.LIVE, "no_sound_output"))
    seen = len(desk.listener.frames)
    for frame in desk.listener.frames:
        desk.handle.release(frame)
    desk.until(lambda: len(desk.listener.frames) > seen)
    assert desk.listener.deaths == 0
    system.begin()
    desk.until(lambda: newest(desk).playing)
    desk.until(lambda: desk.listener.states[-1] == (FeedState.LIVE, ""))
    assert system.loudest() > 8_000


class FlakyCard:
    """As much of PortAudio as the output touches; it runs out of sound while it is given too little ahead."""

    class PortAudioError(Exception):
        pass

    def __init__(self, needed: float) -> None:
        self.needed = needed
        self.opened: list[float] = []

    def _terminate(self) -> None:
        pass

    def _initialize(self) -> None:
        pass

    def query_devices(self) -> list[dict[str, object]]:
        return []

    def RawOutputStream(self, *, latency: float, callback: Callable[..., None], **_given: object) -> "FlakyCard":  # noqa: N802
        self.opened.append(latency)
        self.latency, self.active, self._callback = latency, True, callback
        return self

    def start(self) -> None:
        pass

    def close(self) -> None:
        self.active = False

    def play(self, blocks: int) -> None:
        status = SimpleNamespace(output_underflow=self.latency < self.needed)
        for _ in range(blocks):
            self._callback(bytearray(960), 240, None, status)


def test_a_card_that_runs_out_of_sound_is_given_more_ahead_and_no_more_than_it_needs() -> None:
    card = FlakyCard(needed=0.06)
    output = SoundOutput(lambda _state: None)
    output._library = card  # type: ignore[assignment]
    for _ in range(10):
        output._state = output._ensure("")
        card.play(200)
    assert card.opened == [0.03, 0.04, 0.06]
    assert output.latency == 0.06
    output.end()
