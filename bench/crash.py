"""What the vault loses when it is killed, torn, filled up or has bits flipped: `make bench NAME=crash`.

Full by default (about an hour on two busy cores), shorter with ARGS="--kills 50 --torn 40 --full 10 --log-bits 20
--file-bits 20". What is done to the vault, and what counts as lost, stands in tests/desktop/secure_store/crash.py.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from bench.report import Goal, finish, say

ROOT = Path(__file__).resolve().parent.parent
WORKER = [sys.executable, "-m", "tests.desktop.secure_store.crash"]


def main(argv: list[str] | None = None) -> int:
    """Crash, count, and print one JSON line last; the arguments go to the worker."""
    begun = time.monotonic()
    command = [*WORKER, *(sys.argv[1:] if argv is None else argv)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    for problem in said["problems"]:
        say(problem)
    figures: dict[str, object] = {
        "rounds": said["rounds"],
        "edits_shown_as_saved": said["shown"],
        "edits_not_there": said["absent"],
        "edits_reported_missing": said["reported"],
        "rescues": said["rescues"],
        "journals_not_proven": said["unproven"],
        "disks_filled": said["disks_filled"],
        "disk": said["disk"],
        "slowest_editable_s": round(said["slowest_s"], 2),
        "seconds": round(time.monotonic() - begun, 1),
        "load": [round(value, 2) for value in os.getloadavg()],
    }
    goals = {"edits_lost": Goal(said["lost"], 0), "vaults_unreachable": Goal(said["unreachable"], 0)}
    return finish("crash", figures, goals)


if __name__ == "__main__":
    sys.exit(main())
