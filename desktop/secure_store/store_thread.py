"""The one thread that touches the vault: work runs in the order in which it was given.

A second thread, the keeper, makes snapshots and long checks over connections of its own, while work goes on.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from desktop.ports import DamageCause, Vault, VaultProblem, VaultUnavailable
from desktop.secure_store.database import connect, is_sound_throughout
from desktop.secure_store.device_key import DeviceKey, load_device_key
from desktop.secure_store.keys import Ring, SystemRing
from desktop.secure_store.snapshots import Snapshots, snapshot_due
from desktop.secure_store.vault import SqlVault, change_key, open_vault, reopen_rescued

T = TypeVar("T")
CLOSE_SECONDS = 10.0
PAUSE_SECONDS = 1.0
PAUSE_WITHIN_SECONDS = 30.0
CHECKED_AT = "vault.checked_at"
CHECK_EVERY = timedelta(days=7)


class StoreThread:
    """Owns the vault's only writing connection. Nothing given to it is dropped; `close` waits with a bound."""

    def __init__(self, folder: Path, make_ring: Callable[[], Ring] = SystemRing) -> None:
        self._folder = folder
        self._make_ring = make_ring
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")
        self._keeping: Future[None] | None = None
        self._vault: SqlVault | None = None
        self._ring: Ring | None = None
        self._snapshot_at, self._snapshot_edits = time.monotonic(), 0
        self._worked_at = 0.0
        self._ended = threading.Event()

    def open(self, then: Callable[[Vault], T]) -> "Future[T]":
        """Open the vault and run `then` on it; the future fails with VaultUnavailable."""

        def work() -> T:
            if self._vault is None:
                self._ring = self._ring or self._make_ring()
                self._use(open_vault(self._folder, self._ring))
                self._plan_check(datetime.now(UTC))
            return self._run(then)

        return self._executor.submit(work)

    def submit(self, work: Callable[[Vault], T]) -> "Future[T]":
        """Run work on the open vault."""
        return self._executor.submit(lambda: self._run(work))

    def device_key(self) -> "Future[DeviceKey]":
        """The device key of the open vault, made on first use."""

        def run() -> DeviceKey:
            if self._vault is None or self._ring is None:
                raise VaultUnavailable(VaultProblem.KEYRING_MISSING)
            return load_device_key(self._ring, self._vault.vault_id)

        return self._executor.submit(run)

    def snapshot(self) -> "Future[bool]":
        """Make a snapshot now; whether it could be kept."""
        return self._keeper.submit(lambda: self._vault is not None and self._vault.snapshots.take())

    def rekey(self) -> "Future[None]":
        """Give the vault a new random key; VaultUnavailable, and the old one in force, when it cannot be done."""

        def run() -> None:
            vault, self._vault = self._opened(), None
            if self._ring is None:
                raise AssertionError("a vault is opened with a keyring")
            try:
                change_key(vault, self._ring)
            finally:
                self._opened()

        return self._executor.submit(run)

    def close(self) -> bool:
        """Finish what was given, then close the vault; False when that takes longer than the bound."""

        def run() -> None:
            if self._vault is not None:
                self._vault.close()
                self._vault = None

        self._ended.set()
        self._keeper.shutdown(wait=False, cancel_futures=True)
        future = self._executor.submit(run)
        self._executor.shutdown(wait=False)
        try:
            future.result(CLOSE_SECONDS)
        except TimeoutError:
            return False
        return True

    # --- on the store thread ---------------------------------------------------------------------------------------

    def _run(self, work: Callable[[Vault], T]) -> T:
        """Run work; when the file turns out to be damaged, rescue it and run the work on what is there now."""
        vault = self._opened()
        try:
            result = work(vault)
        except VaultUnavailable as problem:
            if problem.problem is not VaultProblem.DAMAGED:
                raise
            result = work(self._rescue())
        self._keep()
        return result

    def _opened(self) -> SqlVault:
        """The vault; opened again when a rescue or a change of key could not do so."""
        if self._vault is None:
            if self._ring is None:
                raise VaultUnavailable(VaultProblem.NOT_WRITABLE)
            return self._use(open_vault(self._folder, self._ring))
        return self._vault

    def _use(self, vault: SqlVault) -> SqlVault:
        """From now on it is this vault."""
        self._vault = vault
        self._snapshot_at, self._snapshot_edits = time.monotonic(), 0
        return vault

    def _rescue(self) -> SqlVault:
        vault, self._vault = self._opened(), None
        if self._ring is None:
            raise VaultUnavailable(VaultProblem.DAMAGED)
        return self._use(reopen_rescued(vault, self._ring, DamageCause.FILE_DAMAGED, datetime.now(UTC)))

    # --- the keeper ------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """When a snapshot is due and none is being made: have it made, and mark how far the journal has come."""
        self._worked_at = time.monotonic()
        vault = self._vault
        if vault is None or (self._keeping is not None and not self._keeping.done()):
            return
        if snapshot_due(vault.edits - self._snapshot_edits, time.monotonic() - self._snapshot_at):
            self._snapshot_at, self._snapshot_edits = time.monotonic(), vault.edits
            with suppress(VaultUnavailable, OSError):
                vault.mark()
            snapshots = vault.snapshots
            self._give_keeper(lambda: self._take_in_a_pause(snapshots))

    def _take_in_a_pause(self, snapshots: Snapshots) -> None:
        """Wait a while for the writer to rest: both wait for the same disk. One that fails is made later."""
        until = time.monotonic() + PAUSE_WITHIN_SECONDS
        while time.monotonic() < until and time.monotonic() - self._worked_at < PAUSE_SECONDS:
            if self._ended.wait(PAUSE_SECONDS / 4):
                return
        with suppress(VaultUnavailable, OSError):
            snapshots.take()

    def _plan_check(self, now: datetime) -> None:
        """The long check: once a week, and when opening could not wait for the quick one."""
        vault = self._opened()
        last = vault.get(CHECKED_AT)
        if last is None:
            vault.put(CHECKED_AT, now.isoformat())
        if vault.checked and (last is None or now - datetime.fromisoformat(last) < CHECK_EVERY):
            return
        self._give_keeper(lambda: self._check(vault, now))

    def _give_keeper(self, work: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the program is ending
            self._keeping = self._keeper.submit(work)

    def _check(self, vault: SqlVault, now: datetime) -> None:
        place = vault.place
        try:
            with closing(connect(place.file, place.key)) as connection:
                sound = is_sound_throughout(connection)
        except VaultUnavailable as problem:
            sound = problem.problem is not VaultProblem.DAMAGED

        def settle() -> None:
            if vault is not self._vault:
                return
            if sound:
                vault.put(CHECKED_AT, now.isoformat())
            else:
                self._rescue()

        with suppress(RuntimeError):
            self._executor.submit(settle)
