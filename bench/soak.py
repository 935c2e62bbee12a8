"""A long visit: memory, threads and descriptors of the running desktop, and eight virtual hours of sound.

`make bench NAME=soak`, shorter with ARGS="--minutes 5 --hours 1". Real: gateway, Chromium as the room, the desktop
joined and being typed into on a virtual screen; the UI process and the media process are looked at every few seconds.
Virtual: the real sound line against a sender whose clock is 300 ppm fast, and one 300 ppm slow.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.report import Goal, finish, quantile, say
from demo.page import CAMERA, ProviderPage, RoomPage, chromium
from demo.practice import start_practice
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import stage
from wire.record import ConsentBy, ConsentDecision, ConsentHow

ROOT = Path(__file__).resolve().parent.parent
LOOK_SECONDS = 5.0
WORDS_SECONDS = 20.0
WARM_UP_SHARE, MAX_WARM_UP_SECONDS = 0.4, 600.0
PPM = 300
LIVE = "You hear and see"


@dataclass(frozen=True, slots=True)
class Look:
    """UI process and media process at one moment, summed; `seconds` since joining."""

    seconds: float
    processes: int
    memory_mb: float
    """Anonymous memory: what they allocated, not the files of libraries that other programs may share or not."""
    threads: int
    descriptors: int


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--hours", type=float, default=8.0)
    given = parser.parse_args()
    plays = [_start_long_play(given.hours, ppm) for ppm in (PPM, -PPM)]
    drifts = [_end_long_play(play) for play in plays]
    looks = watch_a_visit(given.minutes * 60)
    return _report(given, drifts, looks)


def _start_long_play(hours: float, ppm: int) -> "subprocess.Popen[str]":
    say(f"{hours:g} virtual hours at {ppm:+d} ppm")
    command = [sys.executable, "-m", "tests.desktop.av.long_play", "--hours", str(hours), "--ppm", str(ppm)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _end_long_play(play: "subprocess.Popen[str]") -> dict[str, float]:
    said, _ = play.communicate()
    if play.returncode != 0:
        raise RuntimeError(f"the long play ended with {play.returncode}")
    figures: dict[str, float] = json.loads(said.splitlines()[-1])
    say(f"{figures['ppm']:+.0f} ppm: {figures['first_ms']:.1f} ms waited at first, {figures['last_ms']:.1f} at the end")
    return figures


def watch_a_visit(seconds: float) -> list[Look]:
    """Join a room, stay, write now and then; what the processes held meanwhile."""
    with start_practice() as practice, stage() as theatre, chromium() as browser:
        address = practice.gateway.address
        provider = ProviderPage(browser, address, "okafor")
        provider.sign_in()
        room = RoomPage(browser, address, CAMERA)
        room.pair(provider.pairing_code())
        room.choose("Rivera")
        room.record_consent(ConsentDecision.AGREED, ConsentBy.PATIENT, ConsentHow.VERBAL)
        room.start()
        with ScribeHand(theatre, DesktopPlan(theatre.folder / "desktop-data")) as hand:
            hand.enroll(address, practice.enrolment_code("santos"))
            hand.sign_in()
            hand.open_visit("Rivera")
            hand.join()
            hand.find(LIVE)
            looks = _stay(hand, seconds)
            hand.find(LIVE)
            hand.close()
    return looks


def _stay(hand: ScribeHand, seconds: float) -> list[Look]:
    begun, looks, written = time.monotonic(), [], 0
    while (since := time.monotonic() - begun) < seconds:
        looks.append(look_at(hand.process.pid, since))
        if since > (written + 1) * WORDS_SECONDS:
            written += 1
            hand.write("hpi", f"Sentence {written} of a long visit. ")
        if len(looks) % 12 == 0:
            now = looks[-1]
            say(f"{since / 60:.1f} min: {now.memory_mb:.1f} MB, {now.threads} threads, {now.descriptors} descriptors")
        time.sleep(LOOK_SECONDS)
    return looks


def look_at(pid: int, seconds: float) -> Look:
    """The process and its media process now; short-lived children, such as those of a device check, do not count."""
    memory = threads = descriptors = 0
    family = [pid, *(child for child in _children(pid) if b"--media" in _command(child))]
    for member in family:
        folder = Path("/proc") / str(member)
        memory += _kilobytes((folder / "smaps_rollup").read_text(), "Anonymous:")
        threads += len(list((folder / "task").iterdir()))
        descriptors += len(list((folder / "fd").iterdir()))
    return Look(seconds, len(family), memory / 1024, threads, descriptors)


def _children(pid: int) -> list[int]:
    found = []
    for task in (Path("/proc") / str(pid) / "task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _command(pid: int) -> bytes:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""  # it ended meanwhile


def _kilobytes(rollup: str, name: str) -> int:
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith(name))


def slope_per_hour(looks: list[Look]) -> float:
    """Megabytes an hour: the median of the slopes of all pairs (Theil-Sen), which a single peak does not move."""
    step = max(1, len(looks) // 300)
    some = looks[::step]
    slopes = [
        (later.memory_mb - sooner.memory_mb) / (later.seconds - sooner.seconds) * 3600
        for number, sooner in enumerate(some)
        for later in some[number + 1 :]
    ]
    return quantile(slopes, 0.5)


def grown(values: list[int]) -> float:
    """The median of the last third less that of the first."""
    third = max(1, len(values) // 3)
    return quantile(values[-third:], 0.5) - quantile(values[:third], 0.5)


def _report(given: argparse.Namespace, drifts: list[dict[str, float]], looks: list[Look]) -> int:
    warm_up = min(MAX_WARM_UP_SECONDS, WARM_UP_SHARE * given.minutes * 60)
    warm = [look for look in looks if look.seconds >= warm_up]
    figures = {
        "minutes": given.minutes,
        "virtual_hours": given.hours,
        "drifts": drifts,
        "looks": len(warm),
        "memory_mb_first": round(warm[0].memory_mb, 1),
        "memory_mb_last": round(warm[-1].memory_mb, 1),
        "threads": warm[-1].threads,
        "descriptors": warm[-1].descriptors,
    }
    goals = {
        "delay_growth_ms": Goal(max(abs(drift["growth_ms"]) for drift in drifts), 5.0),
        "memory_slope_mb_per_h": Goal(slope_per_hour(warm), 1.0),
        "threads_growth": Goal(grown([look.threads for look in warm]), 0.0),
        "descriptors_growth": Goal(grown([look.descriptors for look in warm]), 0.0),
    }
    return finish("soak", figures, goals)


if __name__ == "__main__":
    sys.exit(main())
