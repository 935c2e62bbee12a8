"""An order to erase: what the gateway has goes by itself; what only the laptop has is said, kept for IT, or asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from desktop.ports import WIPE_ORDERED, JournalRow, LinkFailed, LinkProblem, OutboxRow, VaultProblem, VaultUnavailable
from desktop.workflows.session import REFRESH, SessionFlow
from desktop.workflows.wiping import WipePhase, WipeState, Wiping
from tests.desktop.workflows.doubles import MemoryVault, RecordingLine, RememberingScreen, SteppedJobs
from wire.http import WipedReport, WipeOutcome
from wire.refusals import RefusalCode

KEY = {"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}


@dataclass
class ProgrammedGateway:
    """A gateway whose order the test sets."""

    ordered: bool = True
    away: bool = False
    reports: list[WipedReport] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def wipe_order(self, device_id: str, gateway_jwk: dict[str, str]) -> bool:
        if self.away:
            raise LinkFailed(LinkProblem.UNREACHABLE)
        assert gateway_jwk == KEY
        self.asked.append(device_id)
        return self.ordered

    async def report_wiped(self, report: WipedReport) -> None:
        if self.away:
            raise LinkFailed(LinkProblem.UNREACHABLE)
        self.reports.append(report)


@dataclass
class RecordingEraser:
    """An eraser that remembers."""

    recoverable: bool = False
    refuses: bool = False
    done: list[str] = field(default_factory=list)

    def is_recoverable(self, done: Callable[[bool], None]) -> None:
        done(self.recoverable)

    def erase(self, done: Callable[[bool], None], failed: Callable[[VaultUnavailable], None]) -> None:
        if self.refuses:
            failed(VaultUnavailable(VaultProblem.IN_USE))
            return
        self.done.append("erased")
        done(True)

    def keep_for_it(self, done: Callable[[str], None], failed: Callable[[VaultUnavailable], None]) -> None:
        self.done.append("kept")
        done("/data/kept-for-it-1")


class Laptop:
    """A signed-in laptop with three visits: one whole at the gateway, two with something that only it has."""

    def __init__(self, *, unsent: bool = True) -> None:
        self.vault = MemoryVault()
        self.vault.values[REFRESH] = "token"
        self.vault.rows = [JournalRow("a", "whole", 1, b"a", acknowledged=True)]
        self.vault.kept["whole"] = ("{}", "[]")
        if unsent:
            self.vault.rows += [JournalRow(name, "edited", 1, b"x") for name in ("b", "c")]
            self.vault.outbox.append(OutboxRow("d", "asked", "{}"))
        self.jobs, self.screen = SteppedJobs(self.vault), RememberingScreen()
        self.gateway, self.eraser = ProgrammedGateway(), RecordingEraser()
        self.session = SessionFlow(self.jobs, self.screen, lambda _a: self.gateway, lambda _u: None)  # type: ignore[arg-type, return-value]
        self.session.gateway, self.session.device_id, self.session.gateway_key = self.gateway, "d1", KEY  # type: ignore[assignment]
        self.session.line = RecordingLine()
        self.shown: list[WipeState] = []
        self.wiping = Wiping(self.jobs, self.session, self.shown.append)
        self.wiping.use(self.eraser)
        self.session.on_device_refused = self.wiping.device_refused

    def refuse(self, code: RefusalCode = RefusalCode.DEVICE_NOT_ENROLLED) -> None:
        self.session.session_ended(code)
        self.jobs.run()

    @property
    def phases(self) -> list[WipePhase]:
        return list(dict.fromkeys(state.phase for state in self.shown))


def test_without_a_signed_order_nothing_is_removed() -> None:
    for code in (RefusalCode.TOKEN_EXPIRED, RefusalCode.NOT_SIGNED_IN):
        laptop = Laptop()
        laptop.refuse(code)
        assert laptop.gateway.asked == []
    for how in ("ordered", "away", "no key"):
        laptop = Laptop()
        laptop.gateway.ordered, laptop.gateway.away = how != "ordered", how == "away"
        if how == "no key":
            laptop.session.gateway_key = None
        laptop.refuse()
        assert (laptop.shown, laptop.eraser.done) == ([], [])
        assert WIPE_ORDERED not in laptop.vault.values
        assert len(laptop.vault.rows) == 3


def test_a_laptop_that_had_sent_everything_is_empty_afterwards_and_says_so() -> None:
    laptop = Laptop(unsent=False)
    laptop.refuse()
    assert laptop.gateway.asked == ["d1"]
    assert laptop.eraser.done == ["erased"]
    assert laptop.phases == [WipePhase.WORKING, WipePhase.NOTHING_UNSENT]
    assert laptop.gateway.reports == [WipedReport(device_id="d1", outcome=WipeOutcome.NOTHING_UNSENT, unsent=0)]


def test_what_only_the_laptop_has_is_left_to_it_where_policy_has_a_key() -> None:
    laptop = Laptop()
    laptop.eraser.recoverable = True
    laptop.refuse()
    assert laptop.eraser.done == ["kept"]
    assert laptop.vault.visit_ids() == ["asked", "edited"], "what the gateway has is gone"
    assert laptop.shown[-1] == WipeState(WipePhase.KEPT_FOR_IT, 3, 2, "/data/kept-for-it-1")
    assert laptop.gateway.reports[-1].outcome is WipeOutcome.KEPT_FOR_IT
    assert REFRESH not in laptop.vault.values


def test_without_one_it_stays_until_somebody_erases_it_in_two_steps() -> None:
    laptop = Laptop()
    laptop.refuse()
    assert laptop.shown[-1] == WipeState(WipePhase.ASKS, 3, 2)
    assert laptop.vault.visit_ids() == ["asked", "edited"]
    laptop.wiping.erase()
    assert (laptop.shown[-1].phase, laptop.eraser.done) == (WipePhase.SURE, [])
    laptop.wiping.keep()
    assert laptop.shown[-1].phase is WipePhase.ASKS
    laptop.wiping.erase()
    laptop.wiping.erase()
    laptop.jobs.run()
    assert laptop.eraser.done == ["erased"]
    assert laptop.shown[-1] == WipeState(WipePhase.ERASED, 3, 2)
    assert [report.outcome for report in laptop.gateway.reports] == [WipeOutcome.WAITS, WipeOutcome.ERASED]
    laptop.wiping.erase()
    assert laptop.eraser.done == ["erased"], "once"


def test_after_a_restart_it_goes_on_and_a_report_waits_for_the_gateway() -> None:
    laptop = Laptop()
    laptop.vault.values[WIPE_ORDERED] = "1"
    laptop.gateway.away = True
    laptop.wiping.resume()
    laptop.jobs.run()
    assert laptop.shown[-1] == WipeState(WipePhase.ASKS, 3, 2)
    assert laptop.gateway.reports == []
    laptop.gateway.away = False
    laptop.jobs.advance(6.0)
    assert [report.outcome for report in laptop.gateway.reports] == [WipeOutcome.WAITS]


def test_a_refusal_that_comes_twice_begins_it_once() -> None:
    laptop = Laptop()
    laptop.refuse()
    laptop.refuse()
    assert laptop.gateway.asked == ["d1"]


@pytest.mark.parametrize("where", ["vault", "eraser"])
def test_what_cannot_be_erased_now_is_said_and_nothing_is_claimed(where: str) -> None:
    laptop = Laptop(unsent=False)
    laptop.vault.broken, laptop.eraser.refuses = where == "vault", where == "eraser"
    laptop.refuse()
    assert laptop.shown[-1].phase is WipePhase.FAILED
    assert laptop.gateway.reports == []


def test_what_was_typed_is_committed_before_anything_is_counted() -> None:
    laptop = Laptop(unsent=False)
    waiting: list[Callable[[], None]] = []
    laptop.wiping.before = waiting.append
    laptop.refuse()
    assert (laptop.phases, laptop.eraser.done) == ([WipePhase.WORKING], [])
    laptop.vault.append([JournalRow("typed", "whole", 1, b"typed")])
    waiting[0]()
    laptop.jobs.run()
    assert laptop.shown[-1] == WipeState(WipePhase.ASKS, 1, 1)
