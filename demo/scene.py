"""What the headless exam room sends: a drawn room with the voiced line, and speech by espeak-ng. All synthetic."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from aiortc.mediastreams import MediaStreamTrack
from av import AudioFrame, VideoFrame
from av import open as av_open
from av.audio.resampler import AudioResampler
from PIL import Image, ImageDraw, ImageFont

from demo.script import Script, SpokenLine

WIDTH, HEIGHT, FPS = 640, 360, 15
RATE, SAMPLES = 48_000, 960
VOICES = {"provider": "en-us+m3", "patient": "en-us+f2"}
BARCODE_BITS, BARCODE_BLOCK = 16, 20
"""The frame's number as black and white blocks along the lower edge, most significant first."""


class Stopwatch:
    """Seconds since the visit was started; 0 before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started: float | None = None

    def start(self) -> None:
        """From now on it runs."""
        self._started = self._clock()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return 0.0 if self._started is None else self._clock() - self._started


def speak(script: Script) -> bytes:
    """The whole visit's speech: 16-bit mono at 48 kHz, each line at its second."""
    sound = bytearray(int(script.seconds + 8) * RATE * 2)
    with tempfile.TemporaryDirectory(prefix="alcove-speech-") as folder:
        for number, line in enumerate(script.lines):
            samples = _speak_line(line, Path(folder) / f"{number}.wav")
            begin = int(line.at * RATE) * 2
            sound[begin : begin + len(samples)] = samples[: len(sound) - begin]
    return bytes(sound)


def _speak_line(line: SpokenLine, file: Path) -> bytes:
    subprocess.run(["espeak-ng", "-v", VOICES[line.speaker], "-s", "165", "-w", str(file), line.text], check=True)
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    samples = bytearray()
    with av_open(str(file)) as container:
        for frame in container.decode(audio=0):
            for part in resampler.resample(frame):
                samples += bytes(part.planes[0])[: part.samples * 2]
        for part in resampler.resample(None):
            samples += bytes(part.planes[0])[: part.samples * 2]
    return bytes(samples)


class SceneTrack(MediaStreamTrack):
    """The picture: WIDTH x HEIGHT at FPS."""

    kind = "video"

    def __init__(self, script: Script, watch: Stopwatch, room: str) -> None:
        super().__init__()
        self._script = script
        self._watch = watch
        self._room = room
        self._number = 0
        self._next = 0.0
        self._base = _draw_room(room)
        self._font = ImageFont.load_default(16)

    async def recv(self) -> VideoFrame:
        """The next frame, at its time."""
        now = time.monotonic()
        if self._next == 0.0:
            self._next = now
        await asyncio.sleep(max(0.0, self._next - now))
        self._next += 1 / FPS
        drawn: VideoFrame = VideoFrame.from_image(self._draw())  # type: ignore[no-untyped-call]
        frame = drawn.reformat(format="yuv420p")
        frame.pts = self._number * (90_000 // FPS)
        frame.time_base = Fraction(1, 90_000)
        self._number += 1
        return frame

    def _draw(self) -> Image.Image:
        picture = self._base.copy()
        draw = ImageDraw.Draw(picture)
        seconds = self._watch.seconds
        line = next((entry for entry in reversed(self._script.lines) if entry.at <= seconds), None)
        if line is not None:
            who = "Provider" if line.speaker == "provider" else "Patient"
            draw.text((24, 282), f"{who}: {line.text[:62]}", font=self._font, fill="#ffffff")
        draw.text(
            (24, 20), f"{self._room}  {int(seconds) // 60:02}:{int(seconds) % 60:02}", font=self._font, fill="#ffffff"
        )
        for bit in range(BARCODE_BITS):
            on = self._number >> (BARCODE_BITS - 1 - bit) & 1
            left = 24 + bit * BARCODE_BLOCK
            box = (left, HEIGHT - BARCODE_BLOCK - 8, left + BARCODE_BLOCK - 1, HEIGHT - 9)
            draw.rectangle(box, fill="#ffffff" if on else "#000000")
        return picture


def _draw_room(room: str) -> Image.Image:
    """A plain exam room: wall, window, couch, two people as shapes."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "#3b5666")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 240, WIDTH, HEIGHT), fill="#24363f")
    draw.rectangle((440, 40, 600, 150), fill="#9fc3d6", outline="#d8e6ee", width=4)
    draw.rectangle((60, 210, 320, 250), fill="#557a8c")
    for x, shirt in ((150, "#d9a441"), (420, "#e6edf3")):
        draw.ellipse((x, 90, x + 60, 150), fill="#c99b7a")
        draw.rounded_rectangle((x - 20, 150, x + 80, 250), 18, fill=shirt)
    draw.text((452, 160), f"{room} (synthetic)", fill="#d8e6ee")
    return picture


class SpeechTrack(MediaStreamTrack):
    """The sound: 20 ms frames, silence before the start and after the end."""

    kind = "audio"

    def __init__(self, speech: bytes, watch: Stopwatch) -> None:
        super().__init__()
        self._speech = speech
        self._watch = watch
        self._count = 0
        self._started = 0.0

    async def recv(self) -> AudioFrame:
        """The next 20 ms, at their time."""
        now = time.monotonic()
        if self._started == 0.0:
            self._started = now
        await asyncio.sleep(max(0.0, self._started + self._count * SAMPLES / RATE - now))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        begin = int(self._watch.seconds * RATE / SAMPLES) * SAMPLES * 2
        data = self._speech[begin : begin + SAMPLES * 2] if self._watch.seconds > 0 else b""
        frame.planes[0].update(data.ljust(SAMPLES * 2, b"\0"))
        frame.sample_rate = RATE
        frame.pts = self._count * SAMPLES
        frame.time_base = Fraction(1, RATE)
        self._count += 1
        return frame
