"""Hostile media: 1,000,000 inputs to the code that takes them, and a real desktop joined to a room that was taken over.

`make bench NAME=fuzz-media`, shorter with ARGS="--inputs 50000 --seconds 20". Inputs: RTP, RTCP, SDP and what a media
process that was taken over would say to the UI process, bent from what Chromium sent (tests/desktop/av/corpus); every
fourth run of them is chosen by coverage (libFuzzer). Each run is a process of its own: one that dies is counted, its
last inputs are left in test-output/fuzz-media, and the rest is done by another. An input counts as a hang when it takes
over 100 ms six times (this machine does other work as well), decoder's and picture's time included.
Real: gateway, desktop on a virtual screen, DTLS-SRTP; words are typed while the room attacks, and while the media
process is killed. It counts as back when the new process has sockets for a new connection.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import Goal, finish, say
from demo.play import tell_room
from demo.practice import start_practice
from demo.processes import Command, start
from demo.provider import pairing_code
from demo.scribe import DesktopPlan, ScribeHand
from demo.script import load_script
from demo.stage import stage
from tests.desktop.av.kept import kept_in
from tests.desktop.av.mutations import Kind

ROOT = Path(__file__).resolve().parent.parent
OUTPUT = ROOT / "test-output" / "fuzz-media"
RUN_INPUTS = 25_000
GUIDED_EVERY = 4
CORES = 2
MAX_DEATHS = 20
"""In one run: then the rest of it is given up, and the benchmark fails."""
LIVE = "You hear and see"
SENTENCE = "Knee pain for three weeks, worse on stairs. "
LETTER_MS = 30
RESTART_WAIT_SECONDS = 30.0


@dataclass(slots=True)
class Tally:
    """All runs together."""

    inputs: Counter[str] = field(default_factory=Counter)
    guided: int = 0
    coverage: int = 0
    pictures: int = 0
    sounds: int = 0
    slow_once: int = 0
    hangs: int = 0
    faults: int = 0
    worst_ms: dict[str, float] = field(default_factory=dict)
    deaths: list[str] = field(default_factory=list)
    """The kind of the last input of each process that died."""

    def add(self, said: dict[str, object], guided: bool) -> None:
        """What one process said of itself."""
        figures = json.loads(json.dumps(said))
        self.inputs.update(figures["by_kind"])
        self.guided += figures["inputs"] if guided else 0
        for name in ("pictures", "sounds", "slow_once", "hangs", "faults"):
            setattr(self, name, getattr(self, name) + figures[name])
        for kind, milliseconds in figures["worst_ms"].items():
            self.worst_ms[kind] = max(self.worst_ms.get(kind, 0.0), milliseconds)
        for one in figures["named"]:
            say(f"{one['kind']}: {one['what']}: {one['data'][:200]}")


@dataclass(frozen=True, slots=True)
class Run:
    """So many inputs by one process after the other."""

    inputs: int
    seed: int
    guided: bool


@dataclass(frozen=True, slots=True)
class Attacked:
    """What became of the real desktop."""

    ui_deaths: int
    media_deaths: int
    hostile_packets: int
    letters: int
    letters_kept: int
    restart_s: float


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    attacked = attack_a_desktop(given.seconds, given.seed)
    begun = time.monotonic()
    tally = play(planned(given.inputs, given.seed))
    return _report(tally, attacked, time.monotonic() - begun)


# --- inputs -----------------------------------------------------------------------------------------------------------


def planned(inputs: int, seed: int) -> list[Run]:
    """The inputs in runs of a size."""
    runs: list[Run] = []
    while inputs > 0:
        number = len(runs)
        runs.append(Run(min(RUN_INPUTS, inputs), seed * 1_000 + number, number % GUIDED_EVERY == GUIDED_EVERY - 1))
        inputs -= RUN_INPUTS
    return runs


def play(runs: list[Run]) -> Tally:
    """Every run, as many at once as there are cores."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    tally, lock = Tally(), threading.Lock()
    with ThreadPoolExecutor(CORES) as lanes:
        for _ in lanes.map(lambda run: play_one(run, tally, lock), runs):
            done = sum(tally.inputs.values())
            say(f"{done} inputs, {tally.pictures} pictures, {len(tally.deaths)} deaths, {tally.hangs} hangs")
    return tally


def play_one(run: Run, tally: Tally, lock: threading.Lock) -> None:
    """One run; the process is replaced when it dies."""
    left, seed = run.inputs, run.seed
    for _ in range(MAX_DEATHS):
        kept = OUTPUT / f"kept-{seed}"
        process = subprocess.Popen(worker(run, left, seed, kept), cwd=ROOT, stdout=-1, stderr=-1, text=True)
        said, noise = process.communicate()
        with lock:
            if process.returncode == 0:
                tally.add(json.loads(said.splitlines()[-1]), run.guided)
                tally.coverage = max(tally.coverage, coverage(noise))
                kept.unlink()
                return
            done = _death(tally, kept, process.returncode)
        left, seed = left - done, seed + 500
        if left <= 0:
            return
    raise RuntimeError(f"{MAX_DEATHS} processes died in one run")


def worker(run: Run, inputs: int, seed: int, kept: Path) -> list[str]:
    """The command of one process."""
    command = [sys.executable, "-m", "tests.desktop.av.fuzz", "--inputs", str(inputs), "--seed", str(seed)]
    return [*command, "--kept", str(kept), *(("--guided",) if run.guided else ())]


def coverage(noise: str) -> int:
    """How many edges libFuzzer saw, from its last line about it; 0 without."""
    seen = [line.partition("cov: ")[2].split(" ")[0] for line in noise.splitlines() if "cov: " in line]
    return int(seen[-1]) if seen else 0


def _death(tally: Tally, kept: Path, code: int) -> int:
    """Count it, and keep what killed; how many inputs were done."""
    done, last = kept_in(kept) if kept.exists() else (0, [])
    kind = last[-1].kind if last else Kind.RTP
    tally.deaths.append(kind.name.lower())
    tally.inputs["before_a_death"] += done
    say(f"a process ended with {code} after {done} inputs; the last ones are in {kept}")
    return max(1, done)


# --- a real desktop ---------------------------------------------------------------------------------------------------


def attack_a_desktop(seconds: float, seed: int) -> Attacked:
    """Join a hostile room, type while it attacks, kill the media process once."""
    with start_practice() as practice, stage() as theatre:
        address = practice.gateway.address
        code = pairing_code(address, load_script().provider.username).code
        argv = (sys.executable, "-m", "bench.hostile_room", "--gateway", address, "--code", code, "--seed", str(seed))
        log = theatre.folder / "room.log"
        with (
            start(Command("room", argv, log)) as room,
            ScribeHand(theatre, DesktopPlan(theatre.folder / "desktop-data")) as hand,
        ):
            tell_room(room, "consent")
            tell_room(room, "start")
            hand.enroll(address, practice.enrolment_code("santos"))
            hand.sign_in()
            hand.open_visit("Rivera")
            hand.join()
            hand.find(LIVE)
            say("joined to a hostile room")
            typed, media_deaths = _type_under_attack(hand, seconds)
            letters, restart = _type_over_a_kill(hand)
            wanted = SENTENCE * typed + letters
            kept = _letters_kept(hand, wanted)
            ui_deaths = int(hand.process.poll() is not None)
            if not ui_deaths:
                hand.close()
        packets = _packets(log)
    return Attacked(ui_deaths, media_deaths, packets, len(wanted), kept, restart)


def _type_under_attack(hand: ScribeHand, seconds: float) -> tuple[int, int]:
    """Sentences typed, and how often the media process died meanwhile."""
    sentences = deaths = 0
    media, end = media_process(hand.process.pid), time.monotonic() + seconds
    while time.monotonic() < end and hand.process.poll() is None:
        hand.write("hpi", SENTENCE)
        sentences += 1
        now = media_process(hand.process.pid)
        deaths += now != media
        media = now
    say(f"{sentences} sentences typed, {deaths} deaths of the media process")
    return sentences, deaths


def _type_over_a_kill(hand: ScribeHand) -> tuple[str, float]:
    """What is typed while the media process is killed, and the seconds until another has sockets."""
    before = media_process(hand.process.pid)
    if before is None:
        raise RuntimeError("there is no media process to kill")
    words = SENTENCE * 4
    typing = threading.Thread(target=hand.type, args=(words,), kwargs={"delay_ms": LETTER_MS})
    typing.start()
    time.sleep(0.5)
    killed = time.monotonic()
    os.kill(before, signal.SIGKILL)
    while (now := media_process(hand.process.pid)) in (None, before) or not has_udp(now or 0):
        if time.monotonic() - killed > RESTART_WAIT_SECONDS:
            raise TimeoutError("the media process did not come back")
        time.sleep(0.002)
    seconds = time.monotonic() - killed
    say(f"the media process is back after {seconds:.3f} s")
    typing.join()
    return words, seconds


def media_process(ui: int) -> int | None:
    """The child of the UI process that takes media."""
    for task in (Path("/proc") / str(ui) / "task").iterdir():
        with suppress(OSError):
            for child in (task / "children").read_text().split():
                if b"--media" in (Path("/proc") / child / "cmdline").read_bytes().split(b"\0"):
                    return int(child)
    return None


def has_udp(pid: int) -> bool:
    """Whether the process has a UDP socket."""
    lines = [line for name in ("udp", "udp6") for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]]
    sockets = {f"socket:[{line.split()[9]}]" for line in lines}
    with suppress(OSError):
        return any(os.readlink(entry) in sockets for entry in (Path("/proc") / str(pid) / "fd").iterdir())
    return False


def _letters_kept(hand: ScribeHand, wanted: str) -> int:
    """How many of the letters are in the note, in order: all, when it ends with them."""
    with suppress(TimeoutError, RuntimeError):
        hand.wait_for_text("hpi", wanted.strip())
    text = hand.section_text("hpi")
    return len(wanted) if wanted.strip() in text else len(os.path.commonprefix((wanted, text)))


def _packets(log: Path) -> int:
    sent = [int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("sent ")]
    return max(sent, default=0)


def _report(tally: Tally, attacked: Attacked, seconds: float) -> int:
    figures: dict[str, object] = {
        "inputs": sum(tally.inputs.values()),
        "by_kind": dict(tally.inputs),
        "chosen_by_coverage": tally.guided,
        "edges": tally.coverage,
        "seconds": round(seconds, 1),
        "pictures_decoded": tally.pictures,
        "sounds_decoded": tally.sounds,
        "worker_deaths": len(tally.deaths),
        "feeds_ended": tally.faults,
        "over_100_ms_once": tally.slow_once,
        "worst_ms": tally.worst_ms,
        "hostile_packets_to_the_desktop": attacked.hostile_packets,
        "media_process_deaths": attacked.media_deaths,
        "letters_typed": attacked.letters,
        "letters_kept": attacked.letters_kept,
        "load": [round(load, 2) for load in os.getloadavg()],
    }
    goals = {
        "ui_process_deaths": Goal(attacked.ui_deaths + tally.deaths.count("pipe"), 0),
        "hangs_over_100_ms": Goal(tally.hangs, 0),
        "media_restart_s": Goal(attacked.restart_s, 1.0),
    }
    return finish("fuzz-media", figures, goals)


if __name__ == "__main__":
    sys.exit(main())
