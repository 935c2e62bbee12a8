"""What happens on a laptop that IT took out of the practice: it erases what the gateway has, nothing else by itself.

What had not been sent is left to IT alone where policy names a recovery key. Where it does not, it stays until somebody
here erases it in two deliberate steps, and the screen says how much is lost by that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from desktop.ports import WIPE_ORDERED, Eraser, Jobs, LinkFailed, Refused, Vault, VaultUnavailable
from desktop.workflows.session import REFRESH, SessionFlow
from wire.http import WipedReport, WipeOutcome

AGAIN_SECONDS = 5.0


class WipePhase(StrEnum):
    """Where the wipe stands; each has a screen."""

    NONE = "none"
    WORKING = "working"
    NOTHING_UNSENT = "nothing_unsent"
    KEPT_FOR_IT = "kept_for_it"
    ASKS = "asks"
    """Something is only here, and IT has no way to it."""
    SURE = "sure"
    """The first of the two steps was done."""
    ERASED = "erased"
    FAILED = "failed"
    """The disk or another program is in the way; nothing more was removed."""


@dataclass(frozen=True, slots=True)
class WipeState:
    """What the screen says. `changes`: edits and commands in `visits` that only this laptop has or had."""

    phase: WipePhase = WipePhase.NONE
    changes: int = 0
    visits: int = 0
    folder: str = ""


class Wiping:
    """Asks whether the refusal means that this device was taken out, and carries the order out. UI thread."""

    def __init__(self, jobs: Jobs, session: SessionFlow, changed: Callable[[WipeState], None]) -> None:
        self._jobs = jobs
        self._session = session
        self._changed = changed
        self._eraser: Eraser | None = None
        self.state = WipeState()
        self.before: Callable[[Callable[[], None]], None] = lambda then: then()
        """Called once before anything is removed: feed and link end, what was typed is committed, then it goes on."""

    def use(self, eraser: Eraser) -> None:
        """From now on orders can be carried out."""
        self._eraser = eraser

    def device_refused(self) -> None:
        """The gateway lets this device in no more: ask for its signed order. Without one nothing is removed."""
        gateway, key = self._session.gateway, self._session.gateway_key
        if gateway is None or key is None or self._eraser is None or self.state.phase is not WipePhase.NONE:
            return
        device_id = self._session.device_id

        async def work() -> bool:
            return await gateway.wipe_order(device_id, key)

        self._jobs.on_link(work, lambda ordered: self._begin() if ordered else None, lambda _: None)

    def resume(self) -> None:
        """An earlier run carried out an order and something is still here."""
        self._show(WipeState(WipePhase.WORKING))
        self._jobs.on_store(lambda vault: vault.unsent(), self._counted, self._failed)

    def erase(self) -> None:
        """One of the two steps by which a person erases what only this laptop has."""
        if self.state.phase is WipePhase.ASKS:
            self._show(WipeState(WipePhase.SURE, self.state.changes, self.state.visits))
        elif self.state.phase is WipePhase.SURE:
            self._erase(WipePhase.ERASED, WipeOutcome.ERASED)

    def keep(self) -> None:
        """Not erased after all."""
        if self.state.phase is WipePhase.SURE:
            self._show(WipeState(WipePhase.ASKS, self.state.changes, self.state.visits))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        if self.state.phase is WipePhase.NONE:
            self._show(WipeState(WipePhase.WORKING))
            self.before(self._take_away)

    def _take_away(self) -> None:
        def work(vault: Vault) -> dict[str, int]:
            vault.put(WIPE_ORDERED, "1")
            vault.delete(REFRESH)
            return vault.unsent()

        self._jobs.on_store(work, self._counted, self._failed)

    def _counted(self, unsent: Mapping[str, int]) -> None:
        eraser = self._eraser
        if eraser is None:
            return
        self._show(WipeState(WipePhase.WORKING, sum(unsent.values()), len(unsent)))
        if not unsent:
            self._erase(WipePhase.NOTHING_UNSENT, WipeOutcome.NOTHING_UNSENT)
            return
        keep = list(unsent)
        self._jobs.on_store(
            lambda vault: vault.reduce_to(keep), lambda _: eraser.is_recoverable(self._reduced), self._failed
        )

    def _reduced(self, recoverable: bool) -> None:
        if self._eraser is None:
            return
        if recoverable:
            self._eraser.keep_for_it(self._kept, self._failed)
        else:
            self._show(WipeState(WipePhase.ASKS, self.state.changes, self.state.visits))
            self._report(WipeOutcome.WAITS)

    def _kept(self, folder: str) -> None:
        self._show(WipeState(WipePhase.KEPT_FOR_IT, self.state.changes, self.state.visits, folder))
        self._report(WipeOutcome.KEPT_FOR_IT)

    def _erase(self, phase: WipePhase, outcome: WipeOutcome) -> None:
        changes, visits = self.state.changes, self.state.visits
        if self._eraser is None:
            return

        def done(_keyring_forgot: bool) -> None:
            self._show(WipeState(phase, changes, visits))
            self._report(outcome)

        self._show(WipeState(WipePhase.WORKING, changes, visits))
        self._eraser.erase(done, self._failed)

    def _failed(self, _problem: VaultUnavailable) -> None:
        self._show(WipeState(WipePhase.FAILED, self.state.changes, self.state.visits))

    def _report(self, outcome: WipeOutcome) -> None:
        """Tell the practice; tried again while this program runs."""
        gateway, device_id = self._session.gateway, self._session.device_id
        if gateway is None or not device_id:
            return
        report = WipedReport(device_id=device_id, outcome=outcome, unsent=self.state.changes)

        async def work() -> None:
            await gateway.report_wiped(report)

        def again(_problem: LinkFailed | Refused) -> None:
            self._jobs.later(AGAIN_SECONDS, lambda: self._report(outcome))

        self._jobs.on_link(work, lambda _: None, again)

    def _show(self, state: WipeState) -> None:
        self.state = state
        self._changed(state)
