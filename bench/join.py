"""From Join to the first painted frame, and from a chat line sent on the page to the same line on the desktop's screen.

Everything is real: gateway, identity provider, EHR, Chromium as room and provider, the desktop on a virtual screen.
First frame: the gate has passed and Join has the keyboard; the clock starts when its key is pressed and ends when the
magenta bars that the room's camera draws are read from the screen. Then the scribe leaves, and the next round begins.
Chat: the clock starts at the Enter key's event in the provider's page and ends when the screen's chat lines change;
that it was this line is then read from the accessibility tree.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Sequence

from PIL import Image, ImageChops

from bench.report import Goal, finish, quantile, say
from bench.screen_probe import CARET_PIXELS, Region, ScreenProbe, changed_pixels
from demo.page import CAMERA, ProviderPage, RoomPage, chromium
from demo.practice import start_practice
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import stage
from wire.record import ConsentBy, ConsentDecision, ConsentHow

JOINS = 30
LINES = 200
MARK_PIXELS = 4
BRIGHT = [0] * 186 + [255] * 70
DARK = [255] * 70 + [0] * 186
STRIP_WIDTH = 4
CHAT_STRIP = (16, 60)
"""Left and right edge, within the chat lines, of the strip that is watched: the provider's lines begin there."""
CHAT_REST_SECONDS = 0.25
SENT_AT = "() => window.sentAt"
NOTE_SENDING = """() => addEventListener("keydown", (event) => {
  if (event.key === "Enter") window.sentAt = (performance.timeOrigin + performance.now()) / 1000;
}, true)"""


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    before = os.getloadavg()
    with start_practice() as practice, stage() as theatre, chromium() as browser:
        address = practice.gateway.address
        provider = ProviderPage(browser, address, "okafor")
        provider.sign_in()
        room = RoomPage(browser, address, CAMERA)
        room.pair(provider.pairing_code())
        room.choose("Rivera")
        room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
        room.start()
        with (
            ScribeHand(theatre, DesktopPlan(theatre.folder / "desktop-data")) as hand,
            ScreenProbe(theatre.env["DISPLAY"]) as probe,
        ):
            hand.enroll(address, practice.enrolment_code("santos"))
            hand.sign_in()
            hand.open_visit("Rivera")
            frames = measure_joins(hand, probe)
            provider.open_visit("Rivera")
            lines = measure_lines(hand, provider, probe)
            hand.close()
    return _report(frames, lines, before)


def measure_joins(hand: ScribeHand, probe: ScreenProbe) -> list[float]:
    """Seconds from the Join key to the first painted frame, again and again."""
    picture = _picture(hand, probe)
    times = []
    for number in range(JOINS):
        _pass_the_gate(hand)
        if _marks(probe.grab(picture)):
            raise RuntimeError("a picture is on the screen before joining")
        times.append(_join(probe, picture))
        say(f"join {number + 1}: {times[-1]:.3f} s")
        _leave(hand)
    return times


def _picture(hand: ScribeHand, probe: ScreenProbe) -> Region:
    """Where the feed's picture is: a narrow strip down its middle. One join that is not counted finds it."""
    _pass_the_gate(hand)
    probe.press("space")
    hand.find("You hear and see")
    x, y, width, height = hand.find("Picture of the exam room").extents
    _leave(hand)
    return Region(x + width // 2, y, STRIP_WIDTH, height)


def _pass_the_gate(hand: ScribeHand) -> None:
    hand.press("Check device and join")
    hand.find("Join visit", "push button", enabled=True).focus()


def _leave(hand: ScribeHand) -> None:
    hand.keys("ctrl+shift+j")
    hand.find("Check device and join", "push button", enabled=True)


def _join(probe: ScreenProbe, picture: Region) -> float:
    started = time.monotonic()
    probe.press("space")
    pressed = time.monotonic() - started
    for seconds, seen in probe.polls(picture, timeout=30.0):
        if _marks(seen):
            return pressed + seconds
    raise AssertionError("polls raises")


def _marks(seen: Image.Image) -> bool:
    """Whether the camera's magenta bars are there."""
    red, green, blue = seen.split()
    magenta = ImageChops.multiply(red.point(BRIGHT), blue.point(BRIGHT))
    return ImageChops.multiply(magenta, green.point(DARK)).histogram()[255] >= MARK_PIXELS


def measure_lines(hand: ScribeHand, provider: ProviderPage, probe: ScreenProbe) -> list[float]:
    """Seconds from Enter in the page to the line on the screen, again and again."""
    x, y, _, height = hand.find("Chat lines").extents
    strip = Region(x + CHAT_STRIP[0], y, CHAT_STRIP[1] - CHAT_STRIP[0], height)
    provider.page.evaluate(NOTE_SENDING)
    times = []
    for number in range(LINES):
        text = f"{number + 1} of {LINES} lines"
        provider.compose(text)
        time.sleep(CHAT_REST_SECONDS)
        watch = _Watch(probe, strip)
        provider.send()
        seen_at = watch.seen_at()
        hand.find(text)
        times.append(seen_at - float(provider.page.evaluate(SENT_AT)))
        if (number + 1) % 20 == 0:
            say(f"line {number + 1}: {times[-1]:.3f} s")
    return times


class _Watch(threading.Thread):
    """Looks at a region until it changes; a thread, since sending waits for the browser."""

    def __init__(self, probe: ScreenProbe, region: Region) -> None:
        super().__init__()
        self._probe = probe
        self._region = region
        self._before = probe.grab(region)
        self._seen_at: float | None = None
        self.start()

    def run(self) -> None:
        """Note the moment of the change."""
        for _, seen in self._probe.polls(self._region, timeout=20.0):
            if changed_pixels(self._before, seen) > CARET_PIXELS:
                self._seen_at = time.time()
                return

    def seen_at(self) -> float:
        """Unix time of the change."""
        self.join()
        if self._seen_at is None:
            raise TimeoutError("the line did not appear on the screen")
        return self._seen_at


def _report(frames: Sequence[float], lines: Sequence[float], before: tuple[float, float, float]) -> int:
    if min(lines) < 0:
        raise RuntimeError("a line was seen before it was sent: the clocks do not agree")
    figures: dict[str, object] = {"joins": len(frames), "lines": len(lines), "cpus": os.cpu_count()}
    for name, values in (("first_frame", frames), ("chat", lines)):
        figures[f"{name}_median_s"] = round(statistics.median(values), 4)
        figures[f"{name}_p95_s"] = round(quantile(values, 0.95), 4)
        figures[f"{name}_range_s"] = [round(min(values), 4), round(max(values), 4)]
    figures["load_before"], figures["load_after"] = round(before[0], 2), round(os.getloadavg()[0], 2)
    goals = {
        "first_frame_s": Goal(quantile(frames, 0.95), 1.5),
        "chat_p99_s": Goal(quantile(lines, 0.99), 0.2),
    }
    return finish("join", figures, goals)


if __name__ == "__main__":
    sys.exit(main())
