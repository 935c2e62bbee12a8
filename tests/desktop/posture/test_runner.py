import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from desktop.ports import Posture, PostureFacts
from desktop.posture.checks import Check
from desktop.posture.machine import Machine
from desktop.posture.reading import Finding, Raw, Reading, passed
from desktop.posture.runner import PostureRunner
from tests.desktop.posture.fakes import ListedMachine
from wire.posture import CheckId, CheckResult, CheckState

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
FACTS = PostureFacts({"clock_max_seconds": "60"})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def check(check_id: CheckId, collect: Callable[[], Raw] = dict, raw: str = "") -> Check:
    def parse(seen: Raw, facts: PostureFacts) -> Finding:
        return passed("fine", raw, count=len(seen))

    def collected(machine: Machine, facts: PostureFacts) -> Raw:
        return collect()

    return Check(check_id, "a test", collected, parse)


def runner(*checks: Check, seconds: float = 5.0) -> PostureRunner:
    return PostureRunner(checks, ListedMachine({}), seconds=seconds, now=lambda: NOW)


def states(results: tuple[CheckResult, ...]) -> dict[CheckId, tuple[CheckState, str]]:
    return {result.check: (result.state, result.reason) for result in results}


@pytest.mark.anyio
async def test_there_is_one_result_for_every_check_in_order() -> None:
    posture: Posture = runner(check(CheckId.CLOCK), check(CheckId.FIREWALL))
    results = await posture.run(FACTS)
    assert [result.check for result in results] == list(CheckId)
    found = states(results)
    assert found[CheckId.CLOCK] == found[CheckId.FIREWALL] == (CheckState.PASS, "fine")
    assert found[CheckId.UPDATES] == (CheckState.UNKNOWN, "no_check_here")
    assert {result.collected_at for result in results} == {NOW}


@pytest.mark.anyio
async def test_checks_run_side_by_side_and_off_this_thread() -> None:
    meeting = threading.Barrier(2, timeout=10)
    threads: list[str] = []

    def meet() -> Raw:
        threads.append(threading.current_thread().name)
        meeting.wait()  # broken, and so an error, unless the other check runs at the same time
        return {"x": Reading()}

    results = await runner(check(CheckId.CLOCK, meet), check(CheckId.UPDATES, meet)).run(FACTS)
    assert states(results)[CheckId.CLOCK] == states(results)[CheckId.UPDATES] == (CheckState.PASS, "fine")
    assert threading.current_thread().name not in threads
    assert len(set(threads)) == 2


@pytest.mark.anyio
async def test_a_hung_check_is_unknown_the_rest_report_and_no_thread_piles_up() -> None:
    release = threading.Event()
    started: list[None] = []

    def hang() -> Raw:
        started.append(None)
        release.wait(60)
        return {}

    posture = runner(check(CheckId.FIREWALL, hang), check(CheckId.CLOCK), seconds=0.2)
    for _ in range(2):
        found = states(await posture.run(FACTS))
        assert found[CheckId.FIREWALL] == (CheckState.UNKNOWN, "check_hung")
        assert found[CheckId.CLOCK] == (CheckState.PASS, "fine")
    assert len(started) == 1
    hanging = posture._hanging[CheckId.FIREWALL]
    assert hanging.daemon
    release.set()
    hanging.join(10)
    assert states(await posture.run(FACTS))[CheckId.FIREWALL] == (CheckState.PASS, "fine")


@pytest.mark.anyio
async def test_an_error_of_ours_is_an_error_and_never_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr("threading.excepthook", told.append)

    def fail() -> Raw:
        raise RuntimeError("ours")

    posture = runner(check(CheckId.FIREWALL, fail), check(CheckId.CLOCK))
    found = states(await posture.run(FACTS))
    assert found[CheckId.FIREWALL] == (CheckState.ERROR, "check_failed")
    assert found[CheckId.CLOCK] == (CheckState.PASS, "fine")
    posture._hanging[CheckId.FIREWALL].join(10)
    assert [str(each.exc_value) for each in told] == ["ours"]


@pytest.mark.anyio
async def test_evidence_is_scrubbed_before_it_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "jlee")
    monkeypatch.setattr("socket.gethostname", lambda: "lee-laptop.practice.example")
    told = "JLEE at lee-laptop, /home/jlee/x " + "long " * 100
    (result,) = [
        each for each in await runner(check(CheckId.CLOCK, raw=told)).run(FACTS) if each.check is CheckId.CLOCK
    ]
    assert result.raw.startswith("~ at ~, /home/~/x long")
    assert len(result.raw) <= 200
    assert "lee" not in result.raw


def test_the_command_prints_this_machines_verdicts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop.posture", "updates_max_days=7"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    results = [CheckResult.model_validate(each) for each in json.loads(done.stdout)]
    assert [result.check for result in results] == list(CheckId)
    assert all(result.state is not CheckState.ERROR for result in results)
    assert states(tuple(results))[CheckId.CLOCK] == (CheckState.UNKNOWN, "not_measured")
