"""Types on and reads from an X screen, the same way for every program that is measured."""

import time
from dataclasses import dataclass
from typing import Self

from PIL import Image, ImageChops
from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xtest

KEY_EVERY_SECONDS = 0.012


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of the screen, pixels."""

    x: int
    y: int
    width: int
    height: int


class ScreenProbe:
    """One X connection: keys by XTEST, pixels by GetImage."""

    def __init__(self, display: str) -> None:
        self._display = Display(display)
        self._root = self._display.screen().root

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._display.close()

    def press(self, letter: str) -> None:
        """Press and release one key."""
        code = self._display.keysym_to_keycode(XK.string_to_keysym(letter))
        xtest.fake_input(self._display, X.KeyPress, code)
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
            if changed_pixels(last, now) > 80:
                last, since = now, time.monotonic()
            elif time.monotonic() - since >= seconds:
                return now
        raise TimeoutError("the screen does not come to rest")

    def locate_typing(self, letter: str) -> Region:
        """Where a typed letter appears: type three on a still screen and look at what changed."""
        before = self.wait_until_still()
        for _ in range(3):
            self.press(letter)
            time.sleep(0.05)
        after = self.wait_until_still()
        box = _ink_box(before, after)
        if box is None:
            raise TimeoutError("nothing that was typed appeared on the screen")
        left, top, _, bottom = box
        return Region(max(0, left), max(0, top - 2), 120, max(12, bottom - top + 4))

    def time_until_typed(self, region: Region, blank: Image.Image, letter: str, timeout: float = 30.0) -> float:
        """Seconds until a typed letter is read from the region; keys are pressed from the first moment on."""
        started = time.monotonic()
        next_key = started
        while time.monotonic() - started < timeout:
            now = time.monotonic()
            if now >= next_key:
                self.press(letter)
                next_key = now + KEY_EVERY_SECONDS
            if _has_ink(blank, self.grab(region)):
                return time.monotonic() - started
            time.sleep(0.001)
        raise TimeoutError("no typed letter appeared")


def changed_pixels(before: Image.Image, after: Image.Image) -> int:
    """How many pixels differ clearly."""
    difference = ImageChops.difference(before, after).convert("L").point([0] * 49 + [255] * 207)
    return int(difference.histogram()[255])


def _ink_box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(before, after).convert("L").point([0] * 49 + [255] * 207).getbbox()


def _has_ink(blank: Image.Image, now: Image.Image) -> bool:
    """Some letters on an otherwise unchanged ground; a caret alone is too little, an unpainted window too much."""
    changed = changed_pixels(blank, now)
    return 45 <= changed <= blank.width * blank.height // 2
