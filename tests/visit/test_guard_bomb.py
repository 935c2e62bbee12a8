"""The nesting bomb: a small update that ends a process that holds an unguarded document."""

import signal
import subprocess
import sys

import pytest

from tests.visit.encoder import DRAFTS, LAYOUT, MARKS, RESTORED, nesting_bomb
from visit.guard import GuardProblem, check_update

SIZES = (30_000, 60_000)

UNGUARDED = """
import sys
from pycrdt import Doc, Map
doc = Doc()
drafts = doc.get("draft_orders", type=Map)
doc.apply_update(sys.stdin.buffer.read())
repr(drafts["order-1"])
"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("root", [DRAFTS, MARKS, LAYOUT, RESTORED])
def test_the_guard_refuses_the_nesting_bomb(size: int, root: str) -> None:
    assert check_update(nesting_bomb(size, root), {}, None) is GuardProblem.TOO_DEEP


@pytest.mark.parametrize("size", SIZES)
def test_unguarded_pycrdt_dies_of_the_nesting_bomb(size: int) -> None:
    assert -_unguarded(nesting_bomb(size)) in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT)


def test_unguarded_pycrdt_reads_a_shallow_value() -> None:
    assert _unguarded(nesting_bomb(100)) == 0


def _unguarded(update: bytes) -> int:
    # faulthandler, which pytest sets, is left out: the death itself is the finding
    command = [sys.executable, "-c", UNGUARDED]
    return subprocess.run(command, input=update, capture_output=True, timeout=60, check=False).returncode
