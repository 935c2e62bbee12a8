"""How a benchmark speaks: progress on standard error, figures for people, one JSON line last."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal of the issue: the measured value must not exceed the limit."""

    value: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether the value is within the limit."""
        return self.value <= self.limit


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile: `share` 0.5 is the median of an odd count, 0.95 the p95."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * share // 1))
    return ordered[int(rank) - 1]


def say(line: str) -> None:
    """Progress, for whoever waits."""
    print(line, file=sys.stderr, flush=True)


def finish(bench: str, figures: Mapping[str, object], goals: Mapping[str, Goal]) -> int:
    """Print the last line; the exit code is 0 when it was measured, whether or not the goals are met."""
    for name, goal in goals.items():
        say(f"{name}: {goal.value:.3f} (limit {goal.limit}) {'met' if goal.met else 'NOT met'}")
    line = {
        "bench": bench,
        "figures": dict(figures),
        "goals": {
            name: {"value": round(goal.value, 4), "limit": goal.limit, "met": goal.met} for name, goal in goals.items()
        },
    }
    print(json.dumps(line))
    return 0
