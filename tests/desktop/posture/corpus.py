"""The corpus of posture fixtures: what each source says, in the form in which it says it, and what follows from it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.ports import PostureFacts
from desktop.posture.checks import Check
from desktop.posture.checks.linux import CHECKS
from desktop.posture.reading import Finding, Problem, Reading
from wire.posture import CheckState

FOLDER = Path(__file__).parent / "fixtures"
BY_NAME: dict[str, Check] = {check.check.value: check for check in CHECKS}


@dataclass(frozen=True, slots=True)
class Case:
    """One fixture: its check, readings, facts, and what must be found."""

    name: str
    check: Check
    raw: dict[str, Reading]
    facts: PostureFacts
    state: CheckState
    reason: str
    params: dict[str, str]

    def parse(self) -> Finding:
        return self.check.parse(self.raw, self.facts)


def load(path: Path) -> Case:
    data = json.loads(path.read_text())
    expected = data["expect"]
    return Case(
        f"{path.parent.name}/{path.stem}",
        BY_NAME[path.parent.name],
        {source: _reading(each) for source, each in data["readings"].items()},
        PostureFacts(**data["facts"]),
        CheckState(expected["state"]),
        expected["reason"],
        expected["params"],
    )


def _reading(data: dict[str, Any]) -> Reading:
    """`text`, `lines` or `json`; a `file` knows its length, as a regular file on a disk does."""
    text = data.get("text", "")
    if "lines" in data:
        text = "\n".join(data["lines"])
    elif "json" in data:
        text = json.dumps(data["json"])
    problem = Problem(data["problem"]) if "problem" in data else None
    length = len(text.encode()) if data.get("file") else None
    return Reading(text, problem, data.get("status", 0), length)


CASES = [load(path) for path in sorted(FOLDER.glob("*/*.json"))]
