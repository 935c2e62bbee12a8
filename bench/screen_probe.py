"""Types on and reads from an X screen, the same way for every program that is measured."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from PIL import Image, ImageChops
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

KEY_EVERY_SECONDS = 0.012
CLEARLY = 49
"""Grey levels by which a pixel must differ to count as changed."""
CARET_PIXELS = 80
"""A blinking caret changes fewer pixels than this."""
CARET_WIDTH = 2
LEARN_KEYS = 8
ALIKE = 0.2
"""A letter is read when at most this share of its ink is amiss."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the screen, pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Letter:
    """Where the first typed letter appears in a program, and what the place looks like without and with it."""

    key: str
    region: Region
    blank: Image.Image
    shape: Image.Image

    def is_in(self, seen: Image.Image) -> bool:
        """Whether this very letter is seen: neither an unpainted window nor a caret will do."""
        ink = changed_pixels(self.blank, self.shape)
        return ink > 0 and changed_pixels(self.shape, seen) <= ink * ALIKE


class ScreenProbe:
    """One X connection: keys by XTEST, pixels by GetImage."""

    def __init__(self, display: str) -> None:
        self._display = Display(display)
        self._root = self._display.screen().root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()

    def press(self, *keysyms: str) -> None:
        """Press keys together, and release them."""
        codes = [self._display.keysym_to_keycode(XK.string_to_keysym(name)) for name in keysyms]
        for code in codes:
            xtest.fake_input(self._display, X.KeyPress, code)
        for code in reversed(codes):
            xtest.fake_input(self._display, X.KeyRelease, code)
        self._display.flush()

    def grab(self, region: Region) -> Image.Image:
        """A region's pixels, as RGB."""
        data = self._root.get_image(region.x, region.y, region.width, region.height, X.ZPixmap, 0xFFFFFFFF).data
        return Image.frombytes("RGB", (region.width, region.height), data, "raw", "BGRX")

    def whole(self) -> Region:
        """The whole screen."""
        screen = self._display.screen()
        return Region(0, 0, screen.width_in_pixels, screen.height_in_pixels)

    def wait_until_still(self, seconds: float = 1.2, timeout: float = 30.0) -> Image.Image:
        """The screen once nothing but a blinking caret has changed for a while."""
        until = time.monotonic() + timeout
        last, since = self.grab(self.whole()), time.monotonic()
        while time.monotonic() < until:
            time.sleep(0.1)
            now = self.grab(self.whole())
            if changed_pixels(last, now) > CARET_PIXELS:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return now
        raise TimeoutError("the screen does not come to rest")

    def learn_letter(self, key: str) -> Letter:
        """Type a letter where the caret stands, and see where it appears and what it looks like there."""
        blank = self.wait_until_still()
        self.press(key)
        one = self.wait_until_still()
        for _ in range(LEARN_KEYS):
            self.press(key)
        return letter_between(key, blank, one, self.wait_until_still())

    def polls(self, region: Region, timeout: float) -> Iterator[tuple[float, Image.Image]]:
        """A region's pixels again and again, each with the seconds since the first look; TimeoutError at the end."""
        started = time.monotonic()
        while time.monotonic() - started < timeout:
            seen = self.grab(region)
            yield time.monotonic() - started, seen
            time.sleep(0.001)
        raise TimeoutError("it did not appear on the screen")

    def time_until_typed(self, letter: Letter, timeout: float = 30.0) -> float:
        """Seconds until the letter is read from its place; its key is pressed from the first moment on."""
        next_key = 0.0
        for seconds, seen in self.polls(letter.region, timeout):
            if letter.is_in(seen):
                return seconds
            if seconds >= next_key:
                self.press(letter.key)
                next_key = seconds + KEY_EVERY_SECONDS
        raise AssertionError("polls raises")


def changed_pixels(before: Image.Image, after: Image.Image) -> int:
    """How many pixels differ clearly."""
    return int(_changes(before, after).histogram()[255])


def letter_between(key: str, blank: Image.Image, one: Image.Image, many: Image.Image) -> Letter:
    """The first letter's place and looks, from whole screens without it, with it, and with LEARN_KEYS more behind it.

    Other things change too (the time of saving): the line of letters is the one that changed most.
    """
    changes = _changes(one, many)
    line = max(_bands(changes), key=lambda band: changes.crop(band).histogram()[255], default=None)
    if line is None:
        raise TimeoutError("nothing that was typed appeared on the screen")
    second, top, end, bottom = line
    pitch = round((end - second) / LEARN_KEYS)
    first = (second - pitch, top, second - CARET_WIDTH, bottom)
    region = Region(first[0], first[1], first[2] - first[0], first[3] - first[1])
    return Letter(key, region, blank.crop(first), many.crop(first))


def _bands(changes: Image.Image) -> list[tuple[int, int, int, int]]:
    """The boxes of what changed, one for each run of rows with a change in it."""
    boxes: list[tuple[int, int, int, int]] = []
    top = None
    for y in range(changes.height + 1):
        row = changes.crop((0, y, changes.width, y + 1)).getbbox() if y < changes.height else None
        if row is not None and top is None:
            top = y
        elif row is None and top is not None:
            left, _, right, _ = changes.crop((0, top, changes.width, y)).getbbox() or (0, 0, 0, 0)
            boxes.append((left, top, right, y))
            top = None
    return boxes


def _changes(before: Image.Image, after: Image.Image) -> Image.Image:
    """255 where the pixels differ clearly, 0 elsewhere."""
    return ImageChops.difference(before, after).convert("L").point([0] * CLEARLY + [255] * (256 - CLEARLY))
