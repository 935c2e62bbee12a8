"""The one thread that touches the vault: work runs in the order in which it was given.

A second thread, the keeper, makes snapshots and long checks over connections of its own, while work goes on.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from desktop.ports import TYPED_MEANWHILE, DamageCause, Given, Vault, VaultProblem, VaultUnavailable, Ways
from desktop.secure_store.database import connect, is_sound_throughout
from desktop.secure_store.device_key import DeviceKey, load_device_key
from desktop.secure_store.keys import Ring, SystemRing
from desktop.secure_store.passphrase import PassphraseRing, lock_of, open_lock
from desktop.secure_store.recovery import is_recoverable, keep_recovery
from desktop.secure_store.rescue import ASIDE
from desktop.secure_store.shred import keep_for_recovery, shred
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.snapshots import Snapshots, snapshot_due
from desktop.secure_store.spool import drop_spool, read_spool, spool_public, write_spool
from desktop.secure_store.take_away import take_away
from desktop.secure_store.vault import SqlVault, change_key, open_vault, reopen_rescued
from desktop.secure_store.ways import ring_for
from wire.ids import new_id

T = TypeVar("T")
CLOSE_SECONDS = 10.0
PAUSE_SECONDS = 1.0
PAUSE_WITHIN_SECONDS = 30.0
CHECKED_AT = "vault.checked_at"
CHECK_EVERY = timedelta(days=7)
DEVICE_KEY = "device_key"
"""The setting with the name under which the keyring has the device's key, where another vault had it made."""


class StoreThread:
    """Owns the vault's only writing connection. Nothing given to it is dropped; `close` waits with a bound."""

    def __init__(self, folder: Path, make_ring: Callable[[], Ring] = SystemRing, recovery: bytes | None = None) -> None:
        self._folder = folder
        self._make_ring = make_ring
        self._recovery = recovery
        self._spool_name = new_id()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._keeper = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeper")
        self._keeping: Future[None] | None = None
        self._vault: SqlVault | None = None
        self._ring: Ring | None = None
        self._snapshot_at, self._snapshot_edits = time.monotonic(), 0
        self._worked_at = 0.0
        self._ended = threading.Event()

    def open(self, then: Callable[[Vault], T], given: Given | None = None) -> "Future[T]":
        """Open the vault and run `then` on it; the future fails with VaultUnavailable.

        `given` is what a person gave for it. `recovery`, of the constructor, is the organisation's public key.
        """

        def work() -> T:
            if self._vault is None:
                self._ring = ring_for(self._folder, self._ring, self._make_ring, given)
                self._use(open_vault(self._folder, self._ring))
                self._take_spool()
                self._plan_check(datetime.now(UTC))
            result = self._run(then)
            with suppress(RuntimeError):  # the program is ending
                self._executor.submit(self._keep_ways)
            return result

        return self._executor.submit(work)

    def spool(self, text: str) -> "Future[bool]":
        """Keep what is typed while the vault is closed; False when that is not possible: it is in the window alone."""

        def run() -> bool:
            sidecar = read_sidecar(self._folder)
            if sidecar is None or not sidecar.spool_public:
                return False
            try:
                write_spool(self._folder, sidecar.spool_public, self._spool_name, text)
            except OSError:
                return False
            return True

        return self._executor.submit(run)

    def change_passphrase(self, old: str, new: str) -> "Future[None]":
        """Another passphrase, and a new key for the vault; VaultUnavailable(PASSPHRASE_WRONG) when `old` is not it."""

        def run() -> None:
            ring, sidecar = self._ring, read_sidecar(self._folder)
            lock = lock_of(sidecar.wraps) if sidecar is not None else None
            if not isinstance(ring, PassphraseRing) or lock is None or open_lock(lock, old) is None:
                raise VaultUnavailable(VaultProblem.PASSPHRASE_WRONG)
            ring.change(new)
            self._rekey()
            self._keep_ways()

        return self._executor.submit(run)

    def hand_over(self, folder: Path, owner: str, settings: Mapping[str, str]) -> "Future[None]":
        """Put settings into another person's vault, which is made when it is not there, and close it again."""

        def run() -> None:
            vault, ring = self._opened(), self._ring
            if ring is None or isinstance(ring, PassphraseRing):
                raise VaultUnavailable(VaultProblem.PASSPHRASE_NEEDED)  # everybody has a passphrase of their own
            key_name = vault.get(DEVICE_KEY) or vault.vault_id
            with closing(open_vault(folder, ring)) as other:
                other.claim(owner)
                for name, value in {**settings, DEVICE_KEY: key_name}.items():
                    other.put(name, value)

        return self._executor.submit(run)

    def erase(self, others: Sequence[Path] = ()) -> "Future[bool]":
        """Destroy every way to the vault's key, and its files; whether the keyring forgot its part.

        `others` are the other vaults of this account: of each what the gateway has goes too, as far as it opens.
        """

        def run() -> bool:
            left = self._take_away(others)
            return shred(self._folder, self._closed(), device=not left)

        return self._executor.submit(run)

    def keep_for_it(self, others: Sequence[Path] = ()) -> "Future[Path]":
        """Leave the vault to IT alone; the folder where it lies then. VaultUnavailable where IT has no way to it."""

        def run() -> Path:
            sidecar = read_sidecar(self._folder)
            if sidecar is None or not is_recoverable(sidecar):
                raise VaultUnavailable(VaultProblem.KEY_MISSING)
            left = self._take_away(others)
            return keep_for_recovery(self._folder, self._closed(), device=not left)

        return self._executor.submit(run)

    def ways(self) -> "Future[Ways]":
        """How the vault's key is reached now."""

        def run() -> Ways:
            sidecar = read_sidecar(self._folder)
            if sidecar is None:
                return Ways(passphrase=False, recovery=False)
            return Ways(sidecar.wraps_hold_the_key, is_recoverable(sidecar))

        return self._executor.submit(run)

    def submit(self, work: Callable[[Vault], T]) -> "Future[T]":
        """Run work on the open vault."""
        return self._executor.submit(lambda: self._run(work))

    def device_key(self) -> "Future[DeviceKey]":
        """The device key of the open vault, made on first use."""

        def run() -> DeviceKey:
            if self._vault is None or self._ring is None:
                raise VaultUnavailable(VaultProblem.KEYRING_MISSING)
            return load_device_key(self._ring, self._vault.get(DEVICE_KEY) or self._vault.vault_id)

        return self._executor.submit(run)

    def snapshot(self) -> "Future[bool]":
        """Make a snapshot now; whether it could be kept."""
        return self._keeper.submit(lambda: self._vault is not None and self._vault.snapshots.take())

    def rekey(self) -> "Future[None]":
        """Give the vault a new random key; VaultUnavailable, and the old one in force, when it cannot be done."""

        return self._executor.submit(self._rekey)

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

    # --- ways to the key, on the store thread ------------------------------------------------------------------------

    def _rekey(self) -> None:
        vault, self._vault = self._opened(), None
        if self._ring is None:
            raise AssertionError("a vault is opened with a keyring")
        try:
            change_key(vault, self._ring)
        finally:
            self._opened()

    def _take_away(self, others: Sequence[Path]) -> list[Path]:
        """Take other people's vaults away; those of which something stays that only this laptop has, or that do not
        open. They need the device's key: each asks for the order itself when it is opened."""
        ring, folders = self._ring, [folder for folder in others if folder != self._folder]
        if ring is None or isinstance(ring, PassphraseRing):
            return folders
        return [folder for folder in folders if not take_away(folder, ring)]

    def _closed(self) -> Ring:
        """Close the vault for good; the ring it was opened with."""
        vault, self._vault = self._opened(), None
        ring, self._ring = self._ring, None
        vault.close()
        if ring is None:
            raise AssertionError("a vault is opened with a keyring")
        return ring

    def _keep_ways(self) -> None:
        """Have the key sealed for IT, where policy says so, and a way to keep what is typed while the vault is closed.

        What the disk refuses now is done at the next opening.
        """
        vault = self._vault
        if vault is None:
            return
        place = vault.place
        with suppress(VaultUnavailable, OSError):
            if self._recovery is not None:
                old = (place.folder / ASIDE).exists()
                keep_recovery(place.folder, vault.vault_id, place.key, self._recovery, old=old)
            if not place.sidecar.spool_public:
                vault.describe(spool_public=spool_public(place.key))

    def _take_spool(self) -> None:
        """What was typed while the vault was closed is in it now."""
        vault = self._opened()
        with suppress(OSError, VaultUnavailable):  # a full disk: at the next opening
            texts = read_spool(self._folder, vault.place.key)
            if texts:
                known = vault.get(TYPED_MEANWHILE)
                vault.put(TYPED_MEANWHILE, "\n\n".join([*([known] if known else []), *texts.values()]))
                drop_spool(self._folder, list(texts))

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
