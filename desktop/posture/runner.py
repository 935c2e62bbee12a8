"""Runs the device's checks side by side on threads of their own; what hangs is unknown and holds nobody up."""

import asyncio
import contextlib
import getpass
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from desktop.ports import PostureFacts
from desktop.posture.checks import Check, checks_here
from desktop.posture.machine import LocalMachine, Machine
from desktop.posture.reading import Finding, scrub, unknown
from wire.posture import CheckId, CheckResult, CheckState

CHECK_SECONDS = 5.5
"""A check's whole time; each of its commands is killed after 5 s."""


class PostureRunner:
    """The Posture of this machine. Threads are daemons: a read that the kernel never ends does not keep us alive."""

    def __init__(
        self,
        checks: Sequence[Check] | None = None,
        machine: Machine | None = None,
        *,
        seconds: float = CHECK_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._checks = {check.check: check for check in (checks_here() if checks is None else checks)}
        self._machine = LocalMachine() if machine is None else machine
        self._seconds = seconds
        self._now = now
        self._hanging: dict[CheckId, threading.Thread] = {}

    async def run(self, facts: PostureFacts) -> tuple[CheckResult, ...]:
        """One result for every check, in CheckId order; a hung check is `unknown`."""
        return tuple(await asyncio.gather(*(self._result(check_id, facts) for check_id in CheckId)))

    async def _result(self, check_id: CheckId, facts: PostureFacts) -> CheckResult:
        check = self._checks.get(check_id)
        collected_at = self._now()
        started = time.monotonic()
        finding = unknown("no_check_here") if check is None else await self._finding(check, facts)
        return CheckResult(
            check=check_id,
            state=finding.state,
            reason=finding.reason,
            params=finding.params,
            source=check.source if check else "",
            raw=scrub(finding.raw, _names_of_this_machine()),
            collected_at=collected_at,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    async def _finding(self, check: Check, facts: PostureFacts) -> Finding:
        earlier = self._hanging.get(check.check)
        if earlier is not None and earlier.is_alive():  # at most one thread of each check
            return unknown("check_hung")
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        found: list[Finding] = []

        def work() -> None:
            try:
                found.append(check.parse(check.collect(self._machine, facts), facts))
            finally:  # an error of ours goes on to threading.excepthook; the others still report
                with contextlib.suppress(RuntimeError):  # the loop may be gone by now
                    loop.call_soon_threadsafe(done.set)

        thread = threading.Thread(target=work, name=f"check {check.check}", daemon=True)
        self._hanging[check.check] = thread
        thread.start()
        try:
            await asyncio.wait_for(done.wait(), self._seconds)
        except TimeoutError:
            return unknown("check_hung")
        return found[0] if found else Finding(CheckState.ERROR, "check_failed")


def _names_of_this_machine() -> Iterable[str]:
    """What evidence must not name: the account and the machine."""
    with contextlib.suppress(OSError, KeyError):
        yield getpass.getuser()
    host = socket.gethostname()
    yield from {host, host.partition(".")[0]}
