"""Plays schedules: `python -m tests.visit.converge.play --schedules 100 --seed 1`. The last line is JSON."""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import structlog

import visit.document
from desktop.ports import Vault
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.rings import MemoryRing
from tests.visit.converge.practice import practice
from tests.visit.converge.schedule import Found, Schedule

PRACTICE_VISITS = 50
"""After so many visits the gateway's process is another."""
MAX_NAMED = 20
MEMORY = Path("/dev/shm")  # noqa: S108  # what survives a power cut is not measured here
PLACE = MEMORY if MEMORY.is_dir() else None


async def play(seeds: Iterable[int]) -> Found:
    """One schedule for each seed."""
    # One step of undo for each edit: here they come faster than anybody types.
    visit.document.UNDO_STEP_MS = 0
    total = Found()
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="alcove-converge-", dir=PLACE)))
        vaults: list[Vault] = []
        for name in ("sam", "uma"):
            vaults.append(open_vault(folder / name, MemoryRing()))
            ending.callback(vaults[-1].close)
        async with practice(folder) as gateway:
            for number, seed in enumerate(seeds):
                if number % PRACTICE_VISITS == PRACTICE_VISITS - 1:
                    await gateway.restart()
                visit_id = await gateway.new_visit()
                add(total, await Schedule(gateway, visit_id, (vaults[0], vaults[1]), seed).play())
                for vault in vaults:
                    vault.purge_visit(visit_id)
    return total


def add(total: Found, one: Found) -> None:
    """Put one schedule's figures to the others'."""
    for name in ("schedules", "steps", "understated", "overstated", "unanswered"):
        setattr(total, name, getattr(total, name) + getattr(one, name))
    for name in ("divergences", "lost", "doubled"):
        getattr(total, name).extend(getattr(one, name))
    total.happened.update(one.happened)


def figures(found: Found) -> dict[str, object]:
    """For the last line."""
    return {
        "schedules": found.schedules,
        "steps": found.steps,
        "divergences": len(found.divergences),
        "lost": len(found.lost),
        "doubled": len(found.doubled),
        "understated": found.understated,
        "overstated": found.overstated,
        "unanswered": found.unanswered,
        "happened": dict(sorted(found.happened.items())),
        "named": [*found.divergences[:MAX_NAMED], *found.lost[:MAX_NAMED], *found.doubled[:MAX_NAMED]],
    }


def main() -> int:
    """Play, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    begun = time.monotonic()
    found = asyncio.run(play(range(given.seed, given.seed + given.schedules)))
    print(json.dumps({**figures(found), "seconds": round(time.monotonic() - begun, 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
