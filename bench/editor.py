"""The note's editor with 20,000 words: a key to its paint against a bare QPlainTextEdit, opening, and phrases.

Both editors stand in one process on a private screen, with the same text, size and font, and take turns of 100 keys;
a key counts from its event until its picture is painted. The note's arm is the whole of it: widget, marks, document,
journal; store and link are doubles, as they are other threads' work. An opening counts from a journal row to the paint
of the visit's whole page. A phrase, one of 5,000, counts from the key that expands its name until it is painted.

`make bench NAME=editor`, shorter with ARGS="--keys 400".
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from bench.report import Goal, finish, quantile, say
from demo.stage import stage

ROOT = Path(__file__).resolve().parent.parent
KEYS = 4_000
OPENINGS = 15
PHRASES = 600


def main() -> int:
    """Measure, print figures, and one JSON line last."""
    parser = argparse.ArgumentParser(prog="python -m bench.editor", description=__doc__)
    parser.add_argument("--keys", type=int, default=KEYS, help="in each arm")
    parser.add_argument("--phrases", type=int, default=PHRASES, help="expansions")
    chosen = parser.parse_args()
    before = os.getloadavg()
    with stage() as theatre:
        counts = [str(count) for count in (chosen.keys, OPENINGS, chosen.phrases)]
        command = [sys.executable, "-m", "tests.desktop.ui.editor_ways", *counts]
        env = {**theatre.env, "QT_QPA_PLATFORM": "xcb"}
        say(f"typing {chosen.keys} keys in each editor, then {chosen.phrases} phrases")
        said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=3_600, check=True)
    found = json.loads(said.stdout.splitlines()[-1])
    clock = {arm: [seconds for seconds, _ in found[arm]] for arm in ("note", "plain")}
    figures: dict[str, object] = {f"{arm}_ms": _figures(values) for arm, values in clock.items()}
    figures |= {f"{arm}_cpu_ms": _figures([used for _, used in found[arm]]) for arm in clock}
    figures |= {"keys": chosen.keys, "words": found["words"], "openings": OPENINGS, "cpus": os.cpu_count()}
    figures |= {"open_range_s": [round(edge(found["open_s"]), 3) for edge in (min, max)]}
    figures |= {"phrase_ms": _figures(found["phrase_s"]), "expansions": chosen.phrases, "phrases": found["phrases"]}
    figures |= {"load_before": round(before[0], 2), "load_after": round(os.getloadavg()[0], 2)}
    ratio = quantile(clock["note"], 0.99) / quantile(clock["plain"], 0.99)
    goals = {
        "key_paint_p99_ratio_vs_plain": Goal(ratio, 1.5),
        "open_20k_words_s": Goal(statistics.median(found["open_s"]), 0.3),
        "phrase_p99_ms": Goal(1000 * quantile(found["phrase_s"], 0.99), 5.0),
    }
    return finish("editor", figures, goals)


def _figures(values: list[float]) -> dict[str, float]:
    return {f"p{share:g}": round(1000 * quantile(values, share / 100), 2) for share in (50, 95, 99, 100)}


if __name__ == "__main__":
    sys.exit(main())
