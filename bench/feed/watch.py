"""What reaches a listener, looked at from outside and the same way for every program: screen, headset, CPU time."""

import os
import subprocess
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np

from bench.feed import barcode
from bench.screen_probe import Region, ScreenProbe
from demo.stage import SINK

LOOK_SECONDS = 0.002
LOST_LOOKS = 100
"""After so many looks without a number the barcode is looked for anew: the picture may have moved."""
RATE = 48_000
SAMPLE_BYTES = 2
CHUNK_BYTES = 4096
TICKS = os.sysconf("SC_CLK_TCK")
QUIET = (1, 3, 4)
"""Of /proc/stat's times: work that gives way to ours (nice), idle, waiting for a disk."""


class ScreenWatch:
    """Reads the barcode's row every LOOK_SECONDS on a thread of its own; keeps (Unix time, number) at each change."""

    def __init__(self, display: str, strip: Region) -> None:
        self.seen: list[tuple[float, int]] = []
        self.unreadable = 0
        self._display = display
        self._strip = strip
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="screen watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        last, blind = -1, 0
        with ScreenProbe(self._display) as probe:
            while not self._over.wait(LOOK_SECONDS):
                image = probe.grab(self._strip)
                now = time.time()
                number = barcode.read(np.asarray(image)[0])
                blind = 0 if number is not None else blind + 1
                if number is None:
                    self.unreadable += 1
                elif number != last:
                    self.seen.append((now, number))
                    last = number
                if blind == LOST_LOOKS:
                    found = barcode.find(np.asarray(probe.grab(probe.whole())))
                    self._strip = self._strip if found is None else found.strip
                    blind = 0


def find_barcode(probe: ScreenProbe, timeout: float) -> tuple[float, barcode.Found]:
    """Look at the whole screen until the barcode is there; its place, and the Unix time of the look."""
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        screen = np.asarray(probe.grab(probe.whole()))
        now = time.time()
        found = barcode.find(screen)
        if found is not None:
            return now, found
    raise TimeoutError("the camera's barcode did not appear on the screen")


class HeadsetWatch:
    """Records the monitor of the null sink that stands for the headset."""

    def __init__(self, env: dict[str, str]) -> None:
        self.levels = bytearray()
        self._arrivals: list[tuple[float, int]] = []
        argv = ["parec", "--device", f"{SINK}.monitor", "--format=s16le", f"--rate={RATE}", "--channels=1"]
        self._process = subprocess.Popen([*argv, "--latency-msec=10"], env=env, stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._run, name="headset watch")
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._thread.join()

    @property
    def started_at(self) -> float:
        """Unix time of the first sample: the earliest that agrees with every chunk's arrival."""
        return min(now - size / SAMPLE_BYTES / RATE for now, size in self._arrivals)

    def _run(self) -> None:
        output = self._process.stdout
        if output is None:
            raise AssertionError("it is a pipe")
        with output:
            while data := os.read(output.fileno(), CHUNK_BYTES):
                self.levels += data
                self._arrivals.append((time.time(), len(self.levels)))


def family(pid: int) -> list[int]:
    """A process and all of its descendants."""
    found = [pid]
    for parent in found:  # it grows meanwhile
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, those that have ended left out."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


class OthersWatch:
    """How busy the machine is with what does not belong to the bench."""

    def __init__(self) -> None:
        self._busy, self._ours, self._at = _busy_seconds(), cpu_seconds(family(os.getpid())), time.monotonic()

    def share(self) -> float:
        """Since it was made, of all cores, 0 to 1; what ended meanwhile counts as others'."""
        seconds = (time.monotonic() - self._at) * (os.cpu_count() or 1)
        ours = cpu_seconds(family(os.getpid())) - self._ours
        return max(0.0, _busy_seconds() - self._busy - ours) / seconds


def _busy_seconds() -> float:
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - sum(fields[index] for index in QUIET)) / TICKS


def pin(pids: Iterable[int], core: int) -> None:
    """Keep every thread of these processes, and what they start from now on, on one core, where there are two."""
    if (os.cpu_count() or 1) < 2:
        return
    for pid in pids:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                with suppress(OSError):
                    os.sched_setaffinity(int(task.name), {core})
