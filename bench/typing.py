"""From a key to its letter on the screen, with the feed on and off: what the picture costs the scribe's typing.

Three arms in alternating blocks: off (the desktop has its visit open and is not in the room), on, and on at 5 % loss.
The sender's page streams in every arm; in the off arm into a page of its own browser, which decodes it on the sender's
core. A key is pressed by XTEST; the clock stops when its letter is read from its place on the screen by the same
grabber. Sender and grabber are kept on one core, desktop, X server and sound server on the other.

`make bench NAME=typing`, shorter with ARGS="--keys 400".
"""

import argparse
import os
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from bench.feed import speech
from bench.feed.watch import OthersWatch, find_barcode
from bench.feed.world import World, start_world
from bench.report import Goal, finish, quantile, say
from bench.screen_probe import CARET_PIXELS, Region, ScreenProbe, changed_pixels
from demo.scribe import ScribeHand

KEYS = 5_000
BLOCK = 250
LINE = 30
"""Letters, then they are taken out again."""
KEY = "m"
SECTION = "chief_complaint"
CARET_MARGIN = 3
"""Pixels at a letter's left edge where the caret may stand."""
SEEN_SHARE = 0.5
"""A letter is there when this share of its ink is."""
REST_SECONDS = (0.02, 0.06)
SETTLE_SECONDS = 3.0
STILL_SECONDS = 0.8
PAINT_SECONDS = 5.0
ARMS = {"off": "clean", "on": "clean", "on_loss5": "loss5"}
HERE = Path(__file__).parent
SEED = 20_260


@dataclass(frozen=True, slots=True)
class Line:
    """Where the letters of a line appear: the second one's left edge, the way to the next, and how much ink one has."""

    field: Region
    left: float
    pitch: float
    top: int
    bottom: int
    ink: int

    def place(self, number: int) -> Region:
        """The pixels of letter `number`, without the caret's."""
        begin = self.left + number * self.pitch
        return Region(
            self.field.x + round(begin) + CARET_MARGIN,
            self.field.y + self.top,
            max(1, round(self.pitch) - CARET_MARGIN),
            self.bottom - self.top,
        )


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(prog="python -m bench.typing", description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS, help="in each arm")
    chosen = parser.parse_args()
    before = os.getloadavg()
    times: dict[str, list[float]] = defaultdict(list)
    with start_world(speech.voice()) as (world, hand, _):
        browser = world.sender.context.browser
        if browser is None:
            raise AssertionError("the page belongs to a browser")
        sink = browser.new_context().new_page()
        others = OthersWatch()
        rotation = list(ARMS)
        while len(times[rotation[-1]]) < chosen.keys:
            for arm in rotation:
                count = min(BLOCK, chosen.keys - len(times[arm]))
                times[arm] += _block(world, hand, sink, arm, count)
                say(f"{arm}: {len(times[arm])} keys, p99 {1000 * quantile(times[arm], 0.99):.1f} ms")
            rotation = [*rotation[1:], rotation[0]]
        share = others.share()
        hand.close()
    figures: dict[str, object] = {f"{arm}_ms": _figures(values) for arm, values in times.items()}
    figures |= {"keys": chosen.keys, "cpus": os.cpu_count(), "others_share": round(share, 3)}
    figures |= {"load_before": round(before[0], 2), "load_after": round(os.getloadavg()[0], 2)}
    off = quantile(times["off"], 0.99)
    worst = max(quantile(times[arm], 0.99) for arm in ("on", "on_loss5"))
    return finish("typing", figures, {"key_paint_p99_ratio_feed_on_off": Goal(worst / off, 1.15)})


def _figures(values: list[float]) -> dict[str, float]:
    return {f"p{share:g}": round(1000 * quantile(values, share / 100), 2) for share in (50, 95, 99, 100)}


def _block(world: World, hand: ScribeHand, sink: Page, arm: str, count: int) -> list[float]:
    world.network("clean", SEED)
    if arm == "off":
        _stream_into(world, sink)
    else:
        hand.press("Check device and join")
        hand.press("Join visit")
        find_barcode(world.probe, 30.0)
    world.network(ARMS[arm], SEED)
    time.sleep(SETTLE_SECONDS)
    try:
        return _type(world.probe, hand, count)
    finally:
        if arm == "off":
            world.sender.evaluate("() => bench.close()")
            sink.goto("about:blank")
        else:
            hand.keys("ctrl+shift+j")
            hand.find("Check device and join", "push button", enabled=True)


def _stream_into(world: World, sink: Page) -> None:
    sink.evaluate((HERE / "feed" / "receiver.js").read_text())
    offer = world.sender.evaluate("() => bench.offer()")
    place = {"x": 0, "y": 0, "width": 16, "height": 9}
    answer = sink.evaluate("([sdp, place]) => answer_to(sdp, place)", [offer, place])
    world.sender.evaluate("(sdp) => bench.answer(sdp)", answer)


def _type(probe: ScreenProbe, hand: ScribeHand, count: int) -> list[float]:
    """Seconds from key to paint, of so many keys."""
    node = hand.go_to(SECTION)
    probe.press(KEY)
    field = Region(*node.extents)
    _still(probe, field)
    line = _learn(probe, field)
    pause = random.Random(SEED)  # noqa: S311  # not a secret
    times: list[float] = []
    while len(times) < count:
        _clear(probe, field)
        blanks = [probe.grab(line.place(number)) for number in range(LINE)]
        for number, blank in enumerate(blanks[: count - len(times)]):
            time.sleep(pause.uniform(*REST_SECONDS))
            times.append(_time_key(probe, line, number, blank))
    _clear(probe, field)
    return times


def _time_key(probe: ScreenProbe, line: Line, number: int, blank: Image.Image) -> float:
    began = time.monotonic()
    probe.press(KEY)
    pressed = time.monotonic() - began
    for seconds, seen in probe.polls(line.place(number), PAINT_SECONDS):
        if changed_pixels(blank, seen) >= line.ink * SEEN_SHARE:
            return pressed + seconds
    raise AssertionError("polls raises")


def _learn(probe: ScreenProbe, field: Region) -> Line:
    """Type a line, and see where its letters are."""
    _clear(probe, field)
    blank = probe.grab(field)
    for _ in range(LINE):
        probe.press(KEY)
    full = _still(probe, field)
    _clear(probe, field)
    changed = np.abs(np.asarray(full, np.int16) - np.asarray(blank, np.int16)).max(axis=2) > CARET_PIXELS
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if len(columns) < LINE:
        raise TimeoutError("what was typed did not appear in the section")
    left, pitch = float(columns[0]), (columns[-1] + 1 - columns[0]) / LINE
    line = Line(field, left, pitch, int(rows[0]), int(rows[-1]) + 1, 0)
    inks = []
    for place in (line.place(number) for number in range(LINE - 1)):
        box = (place.x - field.x, place.y - field.y, place.x - field.x + place.width, place.y - field.y + place.height)
        inks.append(changed_pixels(blank.crop(box), full.crop(box)))
    return Line(field, left, pitch, line.top, line.bottom, min(inks))


def _clear(probe: ScreenProbe, field: Region) -> None:
    """One letter alone in the line."""
    probe.press("Shift_L", "Home")
    probe.press(KEY)
    _still(probe, field)


def _still(probe: ScreenProbe, field: Region) -> Image.Image:
    """The field once nothing but a caret has changed for a while."""
    until = time.monotonic() + PAINT_SECONDS
    last, since = probe.grab(field), time.monotonic()
    while time.monotonic() < until:
        time.sleep(0.02)
        now = probe.grab(field)
        if changed_pixels(last, now) > CARET_PIXELS // 2:
            last, since = now, time.monotonic()
        elif time.monotonic() - since >= STILL_SECONDS:
            return now
    raise TimeoutError("the section does not come to rest")


if __name__ == "__main__":
    sys.exit(main())
