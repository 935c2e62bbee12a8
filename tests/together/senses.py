"""What a test sees on the screen and hears from the headset."""

import subprocess
import time
from array import array
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageGrab

from demo.stage import SINK, Stage

MARK = (255, 0, 255)
BITS = 16
TOLERANCE = 70
OFF = 0.03


def read_barcode(stage: Stage) -> int | None:
    """The number that the room's camera drew, read from the screen's pixels; None while there is none."""
    screen = ImageGrab.grab(xdisplay=stage.env["DISPLAY"]).convert("RGB")
    band = _mark_rows(screen)
    if band is None:
        return None
    left, right, top, bottom = band
    middle = (top + bottom) // 2
    width = (right - left) / BITS
    number = 0
    for bit in range(BITS):
        value = sum(_pixel(screen, round(left + (bit + 0.5) * width), middle))
        if 200 < value < 560:
            return None  # between two pictures
        number = number << 1 | (value >= 560)
    return number


def _pixel(screen: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    red, green, blue = screen.getpixel((x, y))  # type: ignore[misc]
    return int(red), int(green), int(blue)


def _mark_rows(screen: Image.Image) -> tuple[int, int, int, int] | None:
    """The magenta band: left and right edge, and the first and last of its rows."""
    width, height = screen.size
    rows = []
    edges: tuple[int, int] | None = None
    for y in range(0, height // 2, 1):
        run = [x for x in range(0, width // 3, 2) if _is_mark(_pixel(screen, x, y))]
        if len(run) > 60:
            rows.append(y)
            edges = (run[0], run[-1] + 1)
    if edges is None or len(rows) < 2:
        return None
    return edges[0], edges[1], rows[0], rows[-1]


def _is_mark(pixel: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < TOLERANCE for a, b in zip(pixel, MARK, strict=True))


def record_headset(stage: Stage, seconds: float) -> "array[int]":
    """16-bit mono samples at 48 kHz of what the headset plays."""
    command = ["parec", "--device", f"{SINK}.monitor", "--format=s16le", "--rate=48000", "--channels=1"]
    process = subprocess.Popen(command, env=stage.env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    data = process.stdout.read(int(48_000 * 2 * seconds))
    process.kill()
    process.wait()
    process.stdout.close()
    return array("h", data)


def share_of(samples: "array[int]", hertz: float) -> float:
    """How much of the sound's power is at a frequency, 0..1; as wide as the playing that follows a clock may be off."""
    sound = np.asarray(samples, np.float64) * np.hanning(len(samples))
    power = np.abs(np.fft.rfft(sound)) ** 2
    at = np.fft.rfftfreq(len(sound), 1 / 48_000)
    whole = float(power.sum())
    return 0.0 if whole == 0 else float(power[np.abs(at - hertz) < OFF * hertz].sum()) / whole


def files_with(canary: str, *folders: Path) -> list[Path]:
    """Files below the folders that hold a text, in UTF-8 or UTF-16."""
    needles = (canary.encode(), canary.encode("utf-16-le"))
    found = []
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                data = file.read_bytes()
                if any(needle in data for needle in needles):
                    found.append(file)
    return found


def eventually(what: str, check: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until a check holds; AssertionError with `what` when it does not in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return
        time.sleep(0.1)
    raise AssertionError(what)
