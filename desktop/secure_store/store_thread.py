"""The one thread that touches the vault: work runs in the order in which it was given."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from desktop.ports import Vault, VaultProblem, VaultUnavailable
from desktop.secure_store.device_key import DeviceKey, load_device_key
from desktop.secure_store.keys import Ring, SystemRing
from desktop.secure_store.vault import SqlVault, open_vault

T = TypeVar("T")
CLOSE_SECONDS = 10.0


class StoreThread:
    """Owns the vault's only connection. Nothing given to it is dropped; `close` waits with a bound."""

    def __init__(self, folder: Path, make_ring: Callable[[], Ring] = SystemRing) -> None:
        self._folder = folder
        self._make_ring = make_ring
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._vault: SqlVault | None = None
        self._ring: Ring | None = None

    def open(self, then: Callable[[Vault], T]) -> "Future[T]":
        """Open the vault and run `then` on it; the future fails with VaultUnavailable."""

        def work() -> T:
            if self._vault is None:
                self._ring = self._ring or self._make_ring()
                self._vault = open_vault(self._folder, self._ring)
            return then(self._vault)

        return self._executor.submit(work)

    def submit(self, work: Callable[[Vault], T]) -> "Future[T]":
        """Run work on the open vault."""

        def run() -> T:
            if self._vault is None:
                raise VaultUnavailable(VaultProblem.NOT_WRITABLE)
            return work(self._vault)

        return self._executor.submit(run)

    def device_key(self) -> "Future[DeviceKey]":
        """The device key of the open vault, made on first use."""

        def run() -> DeviceKey:
            if self._vault is None or self._ring is None:
                raise VaultUnavailable(VaultProblem.KEYRING_MISSING)
            return load_device_key(self._ring, self._vault.vault_id)

        return self._executor.submit(run)

    def close(self) -> bool:
        """Finish what was given, then close the vault; False when that takes longer than the bound."""

        def run() -> None:
            if self._vault is not None:
                self._vault.close()
                self._vault = None

        future = self._executor.submit(run)
        self._executor.shutdown(wait=False)
        try:
            future.result(CLOSE_SECONDS)
        except TimeoutError:
            return False
        return True
