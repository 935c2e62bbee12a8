"""How long the guard takes to check a 20 kB update of a note that was written in many small pieces."""

import statistics
import sys
import time

from bench.report import finish
from visit.document import VisitDocument
from visit.guard import CheckedUpdate, check_update

BYTES = 20_000
ROUNDS = 100


def fragmented_update() -> bytes:
    """A document's whole state of at least BYTES: words put in all over a section."""
    document = VisitDocument()
    position = 0
    update = b""
    while len(update) < BYTES:
        for piece in ("pain ", "µg ", "knee ", "😀 ") * 10:
            # behind a space is always a boundary
            text = document.text("hpi")
            spaces = [index + 1 for index, char in enumerate(text) if char == " "] or [0]
            position = (position * 31 + 7) % len(spaces)
            at = len(text[: spaces[position]].encode("utf-16-le")) // 2
            document.replace("hpi", at, at, piece)
        update = document.update_since()
    return update


def main() -> int:
    """Print the update's size and the check's times as one JSON line; a figure to watch, no goal."""
    update = fragmented_update()
    times = []
    for _ in range(ROUNDS):
        known = VisitDocument().clocks()
        begin = time.perf_counter()
        checked = check_update(update, known, None)
        times.append((time.perf_counter() - begin) * 1000)
        if not isinstance(checked, CheckedUpdate):
            raise SystemExit(f"refused: {checked}")
    figures = {"update_bytes": len(update), "n": ROUNDS, "median_ms": statistics.median(times), "worst_ms": max(times)}
    return finish("guard", {name: round(value, 2) for name, value in figures.items()}, {})


if __name__ == "__main__":
    sys.exit(main())
