"""What a picture costs the UI process: a plain widget that paints it from memory, against QRhiWidget. For ADR 007."""

import json
import statistics
import subprocess
import sys
from pathlib import Path

from bench.report import Goal, finish, say
from demo.stage import stage

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
WAYS = ("plain", "rhi")


def main() -> int:
    """Both ways in turn, the first of them rotated; print figures and one JSON line last."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with stage() as theatre:
        env = {**theatre.env, "QT_QPA_PLATFORM": "xcb"}
        for number in range(ROUNDS):
            for way in WAYS if number % 2 else reversed(WAYS):
                found[way].append(_measure(way, env))
                say(f"{way} {number + 1}: {found[way][-1]}")
    figures: dict[str, object] = {"pictures": 300, "rounds": ROUNDS}
    middle = {way: {name: statistics.median(r[name] for r in runs) for name in runs[0]} for way, runs in found.items()}
    figures |= {way: {name: round(value, 3) for name, value in values.items()} for way, values in middle.items()}
    ratio = middle["plain"]["cpu_ms"] / middle["rhi"]["cpu_ms"]
    return finish("paint", figures, {"plain_cpu_ratio_vs_rhi": Goal(ratio, 1.0)})


def _measure(way: str, env: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.desktop.ui.paint_ways", way]
    said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=True).stdout
    figures: dict[str, float] = json.loads(said.splitlines()[-1])
    return figures


if __name__ == "__main__":
    sys.exit(main())
