"""Both ends of talk-back for tests: a voice that is played into a virtual microphone, and a room that takes packets."""

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection
from numpy.typing import NDArray

from desktop.av.ice import offer_loopback
from desktop.av.opus import RATE, OpusDecoder
from tests.desktop.av.sender import Colour, Sender, Tone

Mono = NDArray[np.float64]


def pactl(*words: str) -> str:
    return subprocess.run(["pactl", *words], check=True, capture_output=True, text=True).stdout


def add_microphone() -> None:
    """A microphone in whose place a test speaks, as the system's usual one."""
    pactl("load-module", "module-null-sink", "sink_name=voice", "rate=48000", "channels=1")
    pactl("load-module", "module-remap-source", "source_name=microphone", "master=voice.monitor")
    pactl("set-default-source", "microphone")


def recordings() -> int:
    """How many programs hold the microphone."""
    return len([line for line in pactl("list", "short", "source-outputs").splitlines() if "protocol-native" in line])


def marked_voice(seconds: float) -> Mono:
    """A hum whose pitch wanders as no other does: -1..1, at its full loudness from the first sample on."""
    generator = np.random.default_rng(20_26)
    times = np.arange(round(seconds * RATE)) / RATE
    steps = np.arange(0.0, seconds + 0.05, 0.05)
    pitch = np.interp(times, steps, generator.uniform(110, 260, len(steps)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice: Mono = np.sum([np.sin(number * phase + number) / number for number in range(1, 9)], axis=0)
    voice *= 0.8 / np.abs(voice).max()
    return voice


class Mouth:
    """Says a sound into the virtual microphone; silent before and after."""

    def __init__(self) -> None:
        words = ["pacat", "--playback", "-d", "voice", "--format=s16le", "--rate=48000", "--channels=1"]
        self._process = subprocess.Popen([*words, "--latency-msec=200", "--raw"], stdin=subprocess.PIPE, bufsize=0)
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), True)

    def say(self, sound: Mono) -> None:
        """Say it now; returns when the player has taken it."""
        assert self._process.stdin is not None
        self._process.stdin.write((sound * 32767).astype("<i2").tobytes())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()


class Witness:
    """Records all that the virtual microphone gives: a busy machine lets the player stutter, and both must hear it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "witness.raw"
        words = ["parec", "-d", "microphone", "--format=s16le", "--rate=48000", "--channels=1", "--raw"]
        with self._file.open("wb") as file:
            self._process = subprocess.Popen([*words, "--latency-msec=20"], stdout=file)
        end = time.monotonic() + 10
        while self._file.stat().st_size == 0:
            assert time.monotonic() < end, "the witness hears nothing"
            time.sleep(0.01)

    def heard(self) -> Mono:
        """All of it; ends the recording."""
        self._process.terminate()
        self._process.wait()
        return np.frombuffer(self._file.read_bytes(), "<i2").astype(np.float64) / 32768


def voiced(sound: Mono) -> tuple[int, int]:
    """Where the first and the last loud block of 5 ms lie, in samples; nothing is loud in silence."""
    blocks = sound[: len(sound) // 240 * 240].reshape(-1, 240)
    loud = np.flatnonzero(np.sqrt(np.mean(blocks**2, axis=1)) > 0.05)
    return (int(loud[0]) * 240, int(loud[-1] + 1) * 240) if len(loud) else (0, 0)


class ListeningRoom(Sender):
    """A room that sends, and offers to hear the scribe; keeps every packet that comes."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: list[tuple[float, int, int, bytes]] = []
        """When it came, its number, its time, its payload."""

    def offer(self) -> str:
        async def make() -> str:
            offer_loopback(True)
            pc = self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            pc.addTransceiver(Colour(), direction="sendonly")
            receiver: Any = pc.addTransceiver(Tone(), direction="sendrecv").receiver
            original = receiver._handle_rtp_packet

            async def keep(packet: Any, arrival_time_ms: int) -> None:  # noqa: ANN401
                self.packets.append((time.monotonic(), packet.sequence_number, packet.timestamp, packet.payload))
                await original(packet, arrival_time_ms=arrival_time_ms)

            receiver._handle_rtp_packet = keep
            await pc.setLocalDescription(await pc.createOffer())
            return str(pc.localDescription.sdp)

        return self._run(make())

    def heard(self) -> Mono:
        """All that came, decoded in order."""
        decoder = OpusDecoder()
        parts = [decoder.decode(payload)[:, 0] for _, _, _, payload in self.packets]
        decoder.close()
        return np.concatenate(parts).astype(np.float64) if parts else np.zeros(0)


def frames_missing(said: Mono, heard: Mono, frame: int = 960, least: float = 0.5) -> list[int]:
    """Which frames of 20 ms of what was said are not in what was heard, by their correlation at the best place."""
    length = len(said) + len(heard)
    likeness = np.fft.irfft(np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length)), length)
    place = int(np.argmax(likeness))
    place -= length if place > len(heard) else 0
    missing = []
    for number in range(len(said) // frame):
        ours = said[number * frame : (number + 1) * frame]
        best = 0.0
        for shift in range(-24, 25):
            start = place + number * frame + shift
            theirs = heard[max(0, start) : start + frame]
            if len(theirs) == frame:
                size = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
                best = max(best, float(np.dot(ours, theirs)) / size if size else 0.0)
        if best < least:
            missing.append(number)
    return missing
