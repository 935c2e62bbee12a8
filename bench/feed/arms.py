"""The two receivers, joined and left again and again: the real desktop, and a page in Chromium of the same size."""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.sync_api import BrowserContext, Page

from bench.feed.watch import family, pin
from bench.screen_probe import ScreenProbe
from demo.page import CHROMIUM
from demo.scribe import ScribeHand
from demo.stage import Stage

RECEIVER_CORE = 1
RECEIVER_SCRIPT = "receiver.js"
CHROMIUM_FLAGS = (
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-position=0,0",
    "--app=about:blank",
)
VARIANTS: dict[str, tuple[str, ...]] = {
    "plain": (),
    "no_gpu": ("--disable-gpu",),
    "no_vsync": ("--disable-gpu-vsync", "--disable-frame-rate-limit"),
}
"""Ways to start Chromium as a receiver on a screen without a GPU."""
FASTER = "no_gpu"


@dataclass(frozen=True, slots=True)
class Place:
    """The picture's rectangle on the screen, the same for both."""

    x: int
    y: int
    width: int
    height: int


class Arm(Protocol):
    """A receiver."""

    name: str

    def join(self) -> float:
        """Join the room; the Unix time at which the scribe asked for it."""

    def leave(self) -> None:
        """Leave the room."""

    def pids(self) -> Sequence[int]:
        """Every process of the receiver."""


class AlcoveArm:
    """The real desktop; it stays open, behind Chromium's window and without a feed, while that is measured."""

    name = "alcove"

    def __init__(self, hand: ScribeHand, probe: ScreenProbe) -> None:
        self._hand = hand
        self._probe = probe
        self.place = self._learn_place()

    def _learn_place(self) -> Place:
        self.join()
        self._hand.find("You hear and see", timeout=60)
        x, y, width, height = self._hand.find("Picture of the exam room").extents
        self.leave()
        return Place(x, y, width, height)

    def join(self) -> float:
        """Through the gate; the clock starts at the key that joins."""
        self._hand.press("Check device and join")
        button = self._hand.find("Join visit", "push button", enabled=True)
        button.focus()
        button.wait_for_focus()
        asked_at = time.time()
        self._probe.press("space")
        return asked_at

    def leave(self) -> None:
        """By the key."""
        self._hand.keys("ctrl+shift+j")
        self._hand.find("Check device and join", "push button", enabled=True)

    def pids(self) -> Sequence[int]:
        """The UI process, the media process and whatever they start."""
        return family(self._hand.process.pid)


class ChromiumArm:
    """Chromium with a window on the same screen and the same sound server; started anew for each round."""

    name = "chromium"

    def __init__(self, sender: Page, theatre: Stage, place: Place, way: Mapping[str, Any], variant: str) -> None:
        """`way` is what a receiver must know of it: world.World.receiver."""
        self._sender = sender
        self._relay = way.get("relay")
        self._flags = [way["flag"]] if "flag" in way else []
        self._theatre = theatre
        self._place = place
        self._variant = variant
        self._context: BrowserContext | None = None
        self._known: set[int] = set()

    def join(self) -> float:
        """Start the browser; the clock starts at the answer to the page's offer."""
        browser_type = self._sender.context.browser
        if browser_type is None:
            raise AssertionError("the page belongs to a browser")
        before = set(family(os.getpid()))
        flags = [*CHROMIUM_FLAGS, *VARIANTS[self._variant], *self._flags]
        flags.append(f"--window-size={self._theatre.width},{self._theatre.height}")
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # its sandbox does not start as root
        env: dict[str, str | float | bool] = {
            name: value for name, value in self._theatre.env.items() if not name.startswith("QT_")
        }
        self._context = browser_type.browser_type.launch_persistent_context(
            tempfile.mkdtemp(dir=self._theatre.folder), executable_path=CHROMIUM, args=flags, headless=False, env=env,
            no_viewport=True, ignore_default_args=["--mute-audio"],
        )  # fmt: skip
        page = self._context.pages[0]  # a window without tabs and bars
        self._known = before
        pin(self.pids(), RECEIVER_CORE)
        with open(os.path.join(os.path.dirname(__file__), RECEIVER_SCRIPT)) as script:
            page.evaluate(script.read())
        place = {"x": self._place.x, "y": self._place.y, "width": self._place.width, "height": self._place.height}
        asked_at = time.time()
        offer = self._sender.evaluate("() => bench.offer()")
        answer = page.evaluate("([sdp, place, relay]) => answer_to(sdp, place, relay)", [offer, place, self._relay])
        self._sender.evaluate("(sdp) => bench.answer(sdp)", answer)
        pin(self.pids(), RECEIVER_CORE)
        return asked_at

    def leave(self) -> None:
        """Close the browser."""
        self._sender.evaluate("() => bench.close()")
        if self._context is not None:
            self._context.close()
            self._context = None

    def pids(self) -> Sequence[int]:
        """Every process that came with the browser."""
        return [pid for pid in family(os.getpid()) if pid not in self._known]
