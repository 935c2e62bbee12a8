"""From starting the program to the first typed letter read from the screen, against Chromium with one textarea.

What is measured, the same for both, alternating: the clock starts before the program is spawned; from then on a key is
pressed every 12 ms and the place of the first letter on the screen is read every millisecond, until that very letter
stands there. Both are warm (files in memory, Chromium with a used profile) and fill the same screen; no screen
reader runs.

Alcove: `python -m desktop` from source; the vault (SQLCipher) is opened with its key from gnome-keyring, and the draft
that was open last is shown; gateway, live channel and media process start too, behind the first paint.
Chromium: Debian's, `--app=` on a local file with one focused textarea.
"""

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bench.report import Goal, finish, quantile, say
from bench.screen_probe import CARET_WIDTH, Letter, ScreenProbe, changed_pixels
from demo.practice import start_practice
from demo.scribe import DesktopPlan, ScribeHand
from demo.stage import Stage, stage

ROUNDS = 20
LETTER = "m"
PAGE = "<!doctype html><style>textarea{width:90vw;height:80vh}</style><textarea autofocus></textarea>"
CHROMIUM_FLAGS = ("--disable-gpu", "--no-first-run", "--disable-background-networking", "--window-position=0,0")
WORDS = "Knee pain on the left for three weeks, worse on stairs. No fall, no fever. "
PLAIN_SQLITE = b"SQLite format 3\0"
END_SECONDS = 15.0
STILL_SECONDS = 0.8
CLEARINGS = 5
REST_SECONDS = 1.0
"""Between two starts, so that what the last one left to do is done."""


@dataclass(slots=True)
class Contender:
    """A program that is started again and again; `letter` is where its first typed letter appears."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    clears: bool
    """What was typed is kept over a start and has to be taken out again."""
    letter: Letter | None = None


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    with start_practice() as practice, stage() as theatre:
        plan = DesktopPlan(theatre.folder / "desktop-data")
        say("preparing: enrol, sign in, open a visit, write")
        _write_draft(theatre, plan, practice.gateway.address, practice.enrolment_code(plan.username))
        _no_screen_reader(theatre)
        _require_real_vault(theatre, plan)
        env = {name: value for name, value in theatre.env.items() if not name.startswith("QT_")}
        contenders = [_alcove(plan, env), _chromium(theatre, env)]
        with ScreenProbe(env["DISPLAY"]) as probe:
            for contender in contenders * 2:  # a start each that is not counted, then one to learn the letter's place
                _learn(probe, contender)
            before = os.getloadavg()
            times: dict[str, list[float]] = {contender.name: [] for contender in contenders}
            for number in range(ROUNDS):
                for contender in contenders:
                    times[contender.name].append(_measure(probe, contender))
                say(f"{number + 1}: " + ", ".join(f"{name} {values[-1]:.3f} s" for name, values in times.items()))
    return _report(times, before)


def _write_draft(theatre: Stage, plan: DesktopPlan, address: str, code: str) -> None:
    """A first run, with a draft that ends in an empty line, where the caret stands at the next start."""
    with ScribeHand(theatre, plan) as hand:
        hand.enroll(address, code)
        hand.sign_in()
        hand.open_visit("Rivera")
        hand.write("hpi", WORDS * 3)
        hand.write("chief_complaint", "Knee pain.")
        hand.keys("Return")
        hand.wait_for_text("chief_complaint", "pain.\n")
        hand.close()


def _no_screen_reader(theatre: Stage) -> None:
    """The hand that prepared the draft had switched accessibility on for the session."""
    theatre.run(
        "gdbus", "call", "--session", "--dest", "org.a11y.Bus", "--object-path", "/org/a11y/bus",
        "--method", "org.freedesktop.DBus.Properties.Set", "org.a11y.Status", "IsEnabled", "<false>",
    )  # fmt: skip


def _require_real_vault(theatre: Stage, plan: DesktopPlan) -> None:
    """The draft must lie in an encrypted file, and its key in the keyring: else nothing is measured."""
    head = (plan.data_dir / "vault" / "vault.db").read_bytes()[: len(PLAIN_SQLITE)]
    if len(head) < len(PLAIN_SQLITE) or head == PLAIN_SQLITE:
        raise RuntimeError("the vault is not an encrypted file")
    found = theatre.run(
        "gdbus", "call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets",
        "--method", "org.freedesktop.Secret.Service.SearchItems", "{'service': 'Alcove vault'}",
    )  # fmt: skip
    if "/org/freedesktop/secrets/collection/" not in found:
        raise RuntimeError("the vault's key is not in the keyring")


def _alcove(plan: DesktopPlan, env: Mapping[str, str]) -> Contender:
    argv = (*plan.program, "--data-dir", str(plan.data_dir), *plan.arguments)
    return Contender("alcove", argv, env, clears=True)


def _chromium(theatre: Stage, env: Mapping[str, str]) -> Contender:
    page = theatre.folder / "note.html"
    page.write_text(PAGE)
    flags = [*CHROMIUM_FLAGS, f"--window-size={theatre.width},{theatre.height}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # its sandbox does not start as root
    profile = theatre.folder / "profile"
    argv = ("chromium", *flags, f"--user-data-dir={profile}", f"--app=file://{page}")
    return Contender("chromium", argv, env, clears=False)


def _learn(probe: ScreenProbe, contender: Contender) -> None:
    process = _spawn(contender)
    try:
        probe.wait_until_still(3.0)
        contender.letter = probe.learn_letter(LETTER)
        _clear(probe, contender)
    finally:
        _close(probe, process)


def _measure(probe: ScreenProbe, contender: Contender) -> float:
    if contender.letter is None:
        raise AssertionError("learn first")
    time.sleep(REST_SECONDS)
    started = time.monotonic()
    process = _spawn(contender)
    spawned = time.monotonic() - started
    try:
        seconds = spawned + probe.time_until_typed(contender.letter)
        probe.wait_until_still(STILL_SECONDS)
        _clear(probe, contender)
    finally:
        _close(probe, process)
    return seconds


def _spawn(contender: Contender) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        contender.argv, env=contender.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def _clear(probe: ScreenProbe, contender: Contender) -> None:
    """Take the typed letters out again, so that the next start finds the same draft."""
    if not contender.clears or contender.letter is None:
        return
    region = contender.letter.region
    for _ in range(CLEARINGS):
        probe.press("Shift_L", "Home")
        probe.press("BackSpace")
        screen = probe.wait_until_still(STILL_SECONDS)
        seen = screen.crop((region.x, region.y, region.x + region.width, region.y + region.height))
        if changed_pixels(contender.letter.blank, seen) <= region.height * CARET_WIDTH:
            return
    raise RuntimeError("the draft is not as it was")


def _close(probe: ScreenProbe, process: "subprocess.Popen[bytes]") -> None:
    """Close the window as a person does, and wait until the program has ended; RuntimeError when it had crashed."""
    if process.poll() is not None:
        raise RuntimeError(f"it had ended by itself, with {process.returncode}")
    probe.press("Alt_L", "F4")
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        raise RuntimeError(f"it ended with {process.returncode}")


def _report(times: Mapping[str, list[float]], before: tuple[float, float, float]) -> int:
    figures: dict[str, object] = {"n": ROUNDS, "cpus": os.cpu_count()}
    for name, values in times.items():
        figures[f"{name}_median_s"] = round(statistics.median(values), 4)
        figures[f"{name}_quartiles_s"] = [round(quantile(values, share), 4) for share in (0.25, 0.75)]
        figures[f"{name}_range_s"] = [round(min(values), 4), round(max(values), 4)]
    figures["load_before"], figures["load_after"] = round(before[0], 2), round(os.getloadavg()[0], 2)
    ratio = statistics.median(times["alcove"]) / statistics.median(times["chromium"])
    return finish("start", figures, {"start_ratio_vs_chromium": Goal(ratio, 1.0)})


if __name__ == "__main__":
    sys.exit(main())
