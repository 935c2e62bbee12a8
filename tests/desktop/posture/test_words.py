"""Every reason that a check can give has its sentence, filled from its values, and, unless it passes, what to do."""

import ast
import re
from pathlib import Path

import pytest

import desktop.posture
from desktop.ui.present_gate import check_row
from desktop.ui.words import say
from tests.desktop.posture.corpus import BY_NAME, CASES, Case
from wire.posture import CheckResult, CheckState

CHECKS = Path(desktop.posture.__file__).parent / "checks"
OF_THE_RUNNER = ("check_hung", "check_failed", "no_check_here")


def reasons() -> list[tuple[str, str, bool, frozenset[str]]]:
    """Every passed/failed/unknown("reason", ...) in the code: check, reason, whether it passes, its values' names."""
    found = {(check, reason, False, frozenset[str]()) for check in BY_NAME for reason in OF_THE_RUNNER}
    for check in BY_NAME:
        (path,) = CHECKS.glob(f"*/{check}.py")
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "not_readable":
                found.add((check, "not_readable", False, frozenset()))
            elif node.func.id in ("passed", "failed", "unknown"):
                names = frozenset(str(keyword.arg) for keyword in node.keywords)
                told = [
                    n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant) and isinstance(n.value, str)
                ]
                found |= {(check, reason, node.func.id == "passed", names) for reason in told}
    return sorted(found, key=str)


@pytest.mark.parametrize(("check", "reason", "passes", "names"), reasons())
def test_every_reason_is_worded(check: str, reason: str, passes: bool, names: frozenset[str]) -> None:
    for key in [f"posture.{check}.{reason}"] + ([] if passes else [f"posture.{check}.{reason}.do"]):
        assert set(re.findall(r"\{(\w+)\}", say(key))) <= names, key
        assert say(key).endswith(".")
    assert "count" not in names  # which the catalogue takes for a plural


def test_the_reasons_of_the_corpus_are_all_there() -> None:
    known = {(check, reason) for check, reason, _, _ in reasons()}
    assert {(case.check.check.value, case.reason) for case in CASES} <= known


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_gate_can_show_every_finding(case: Case) -> None:
    finding = case.parse()
    result = CheckResult.model_validate(
        {
            "check": case.check.check,
            "state": finding.state,
            "reason": finding.reason,
            "params": finding.params,
            "source": case.check.source,
            "raw": "",
            "collected_at": "2026-11-23T14:00:00Z",
            "duration_ms": 1,
        }
    )
    row = check_row(result, None)
    shown = " ".join(str(getattr(row, name)) for name in row.__slots__)
    assert "{" not in shown
    assert (result.state is CheckState.PASS) is (row.tone == "ok")
