"""What keeps the vault safe while the program runs: the lock after a while of silence, everybody's own vault,
retention, an order to erase, and what was typed while it was closed. Knows the store, the workflows and the screens.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from desktop.early import Early
from desktop.ports import TYPED_MEANWHILE, Vault, VaultProblem, VaultUnavailable, Ways
from desktop.ui.bridge import Bridge
from desktop.ui.controller import Controller
from desktop.ui.device_view import DeviceView
from desktop.ui.half_written import half_written
from desktop.ui.idle_watch import IdleWatch
from desktop.ui.main_window import MainWindow
from desktop.ui.words import say
from desktop.workflows.begin import Begun
from desktop.workflows.join import JoinPhase
from desktop.workflows.prepare import Prepared
from desktop.workflows.retention import Retention
from desktop.workflows.stored_visit import CHAT_DRAFT
from desktop.workflows.wiping import WipePhase, WipeState, Wiping

if TYPE_CHECKING:
    from desktop.secure_store.shelf import Shelf
    from desktop.secure_store.store_thread import StoreThread

T = TypeVar("T")
SETTLE_SECONDS = 10.0
"""So long a lock waits for what was typed to be committed; after that the screen stays open and says so."""
LOOK_MS = 50


class StoreEraser:
    """Implements ports.Eraser over the store thread; outcomes come back to the UI thread."""

    def __init__(self, store: "StoreThread", bridge: Bridge, shelf: "Shelf") -> None:
        self._store, self._bridge, self._shelf = store, bridge, shelf

    def is_recoverable(self, done: Callable[[bool], None]) -> None:
        """Whether IT has a way to the vault's key."""
        _then(self._bridge, self._store.ways(), lambda ways: done(ways.recovery), lambda _: done(False))

    def erase(self, done: Callable[[bool], None], failed: Callable[[VaultUnavailable], None]) -> None:
        """Destroy every way to the key, and the files."""
        _then(self._bridge, self._store.erase(self._shelf.folders()), done, failed)

    def keep_for_it(self, done: Callable[[str], None], failed: Callable[[VaultUnavailable], None]) -> None:
        """Destroy every way but IT's."""
        kept = self._store.keep_for_it(self._shelf.folders())
        _then(self._bridge, kept, lambda folder: done(str(folder)), failed)


class Safekeeping:
    """One for the running program, from the moment that its vault is open. UI thread."""

    def __init__(self, early: Early, bridge: Bridge, controller: Controller, window: MainWindow) -> None:
        self._early, self._bridge = early, bridge
        self._controller, self._window = controller, window
        self._flows: Begun | None = None
        self._idle: IdleWatch | None = None
        self._typed = ""
        self._ways = Ways(passphrase=False, recovery=False)
        self.leave: Callable[[], None] = lambda: None
        """Ends feed, link and store: nothing is worked on any more."""
        self.start_again: Callable[[list[str]], None] = lambda _words: None
        """A fresh program takes this one's place."""

    def use(self, flows: Begun, prepared: Prepared) -> None:
        """The vault is open and there are workflows."""
        store = self._early.store
        if store is None:
            raise RuntimeError("no store")
        self._flows = flows
        self.wiping = Wiping(flows.jobs, flows.session, self._show_wipe)
        self.wiping.use(StoreEraser(store, self._bridge, self._early.shelf))
        self.wiping.before = self._end_work
        flows.session.on_device_refused = self.wiping.device_refused
        flows.session.on_elsewhere = self._elsewhere
        start = self._controller.start
        start.on_erase, start.on_keep, start.on_end = self.wiping.erase, self.wiping.keep, self._after_wipe
        self._controller.on_device_made = self._use_device_page
        self._take_typed(prepared.typed)
        self._look_at_ways()
        if prepared.wiped:
            self.wiping.resume()

    def watch(self) -> None:
        """After the first paint: the lock, and what need not stay here."""
        flows, settings = self._flows, self._early.loaded.settings
        if flows is None or self._idle is not None:
            return
        join = flows.join
        self._idle = IdleWatch(self._window, settings.lock_minutes, lambda: join.phase is JoinPhase.JOINED, self.lock)
        if self.wiping.state.phase is WipePhase.NONE:
            is_open = flows.sync.open.__contains__
            Retention(flows.jobs, settings.keep_signed_days, is_open, lambda: datetime.now(UTC)).start()

    def facts(self) -> dict[str, str]:
        """What the device page says of the vault."""
        key = "device.vault_passphrase" if self._ways.passphrase else "device.vault_text"
        return {
            "vault": say(key, folder=str(self._early.folder)),
            "recovery": say("device.recovery_set" if self._ways.recovery else "device.recovery_none"),
        }

    def _look_at_ways(self) -> None:
        def took(ways: Ways) -> None:
            self._ways = ways

        if self._early.store is not None:
            _then(self._bridge, self._early.store.ways(), took, lambda _: None)

    def _use_device_page(self, view: DeviceView) -> None:
        view.lock_requested.connect(self.lock)
        view.passphrase.setVisible(self._ways.passphrase)
        view.passphrase_changed.connect(partial(self._change_passphrase, view.passphrase.show_result))

    # --- the lock ----------------------------------------------------------------------------------------------------

    def lock(self) -> None:
        """Hide everything, commit what was typed, and begin anew with the vault closed."""
        if self._flows is None or self._controller.start.held:
            return
        self._controller.start.locked(locking=True)
        self._settle(lambda: self._begin_again(["--locked"]), self._not_locked)

    def _not_locked(self) -> None:
        """Words that could not be committed exist only in this window: it stays open and says so."""
        self._controller.uncover()
        self._window.notice.show_text(say("locked.not_saved"))
        if self._idle is not None:
            self._idle.again()

    def _settle(self, done: Callable[[], None], failed: Callable[[], None]) -> None:
        """Have everything that was typed committed, half-written messages too."""
        flows = self._flows
        if flows is None:
            return
        for visit in flows.sync.open.values():
            visit.keep()
        self.keep_half_written()
        self._keep_carets(flows)
        self._wait(time.monotonic() + SETTLE_SECONDS, done, failed)

    def keep_half_written(self) -> None:
        """Keep messages and questions that were begun; they are put back when the visit is opened again."""
        flows = self._flows
        if flows is None:
            return
        for visit_id, text in half_written(self._controller.open_views()).items():
            put = partial(_put_or_delete, CHAT_DRAFT + visit_id, text)
            flows.jobs.on_store(put, lambda _: None, lambda _: None)

    def _keep_carets(self, flows: Begun) -> None:
        """Where the scribe writes, now: the second after which a caret rests may not have passed."""
        for visit_id, view in self._controller.open_views().items():
            caret = view.note.caret()
            flows.sync.open[visit_id].keep_caret(caret.section, caret.position)

    def _wait(self, until: float, done: Callable[[], None], failed: Callable[[], None]) -> None:
        flows = self._flows
        if flows is None or all(visit.journal.idle for visit in flows.sync.open.values()):
            # Behind everything that was given to the store before.
            self._bridge.on_store(lambda _vault: None, lambda _: done(), lambda _: done())
        elif time.monotonic() > until:
            failed()
        else:
            self._bridge.later(LOOK_MS / 1000, lambda: self._wait(until, done, failed))

    def _begin_again(self, words: list[str]) -> None:
        if self._flows is not None:
            self._flows.join.leave("program_closed")
        self.leave()
        self.start_again(words)

    # --- everybody's own vault ---------------------------------------------------------------------------------------

    def _elsewhere(self, owner: str, settings: dict[str, str]) -> None:
        """What was signed in belongs into another vault: put it there, and begin anew with that one."""
        early, store = self._early, self._early.store
        if store is None:
            return
        folder = early.shelf.folder_of(owner) if owner else early.shelf.unclaimed()

        def go_on(_: object) -> None:
            with suppress(OSError):
                early.shelf.remember(folder)
            self._begin_again([])

        self._controller.start.locked(locking=True)
        handed = partial(store.hand_over, folder, owner, settings)
        self._settle(lambda: _then(self._bridge, handed(), go_on, go_on), self._not_locked)

    # --- an order to erase -------------------------------------------------------------------------------------------

    def _end_work(self, then: Callable[[], None]) -> None:
        flows = self._flows
        if flows is not None:
            flows.join.leave("device_revoked")
            flows.line.stop()
        self._settle(then, then)

    def _show_wipe(self, state: WipeState) -> None:
        self._controller.start.wipe(state)

    def _after_wipe(self) -> None:
        if self.wiping.state.phase in (WipePhase.FAILED, WipePhase.ASKS):
            self._window.close()
        else:
            self._begin_again([])

    # --- passphrase, and what was typed meanwhile --------------------------------------------------------------------

    def _change_passphrase(self, said: Callable[[str], None], old: str, new: str) -> None:
        store = self._early.store
        if store is not None:
            failed = lambda problem: said(say(f"vault.{problem.problem}"))  # noqa: E731
            _then(self._bridge, store.change_passphrase(old, new), lambda _: said(say("way.changed")), failed)

    def _take_typed(self, typed: str) -> None:
        self._typed = typed
        strip = self._window.vault_strip
        strip.show_typed(typed)
        strip.typed_wanted.connect(self._put_typed)

    def _put_typed(self) -> None:
        """Into the note in front, where its caret is; forgotten here once the note's journal has it."""
        current = self._controller.current
        if current is None or not self._typed:
            self._window.notice.show_text(say("meanwhile.no_note"))
            return
        current.view.note.editor.insertPlainText(self._typed)
        self._typed = ""
        self._window.vault_strip.show_typed("")
        forget = lambda: self._bridge.on_store(  # noqa: E731
            lambda vault: vault.delete(TYPED_MEANWHILE), lambda _: None, lambda _: None
        )
        self._settle(forget, lambda: None)


class Meanwhile:
    """Keeps what is typed while the vault is closed."""

    def __init__(self, early: Early, bridge: Bridge, controller: Controller) -> None:
        self._early, self._bridge, self._controller = early, bridge, controller
        controller.start.on_typed = self._typed

    def _typed(self, text: str) -> None:
        store, kept = self._early.store, self._controller.start.typed_is_kept
        if store is None:
            kept(False)
            return
        _then(self._bridge, store.spool(text), kept, lambda _: kept(False))


def _put_or_delete(key: str, text: str, vault: Vault) -> None:
    if text:
        vault.put(key, text)
    else:
        vault.delete(key)


def _then(
    bridge: Bridge, future: "Future[T]", done: Callable[[T], None], failed: Callable[[VaultUnavailable], None]
) -> None:
    """Bring a future's outcome to the UI thread; a disk's refusal is one of the vault's problems."""

    def deliver(ended: "Future[T]") -> None:
        problem = ended.exception()
        if problem is None:
            done(ended.result())
        elif isinstance(problem, VaultUnavailable):
            failed(problem)
        elif isinstance(problem, OSError):
            failed(VaultUnavailable(VaultProblem.NOT_WRITABLE))
        else:
            raise problem

    future.add_done_callback(lambda ended: bridge.call_soon(lambda: deliver(ended)))
