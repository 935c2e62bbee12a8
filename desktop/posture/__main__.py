"""Prints this machine's verdicts as JSON: `python -m desktop.posture [name=value ...]`, values being policy limits."""

import asyncio
import sys
from pathlib import Path

from desktop.ports import PostureFacts
from desktop.posture.runner import PostureRunner
from wire.posture import CheckResult

LIMITS = {"screen_lock_max_seconds": "600", "updates_max_days": "30", "clock_max_seconds": "60"}


def main(arguments: list[str]) -> int:
    """Run every check once; the clock is unknown here, since no gateway measures it."""
    given = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    facts = PostureFacts(params=LIMITS | given, data_dir=str(Path.home()))
    results: tuple[CheckResult, ...] = asyncio.run(PostureRunner().run(facts))
    print("[" + ",\n".join(result.model_dump_json(indent=2) for result in results) + "]")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
