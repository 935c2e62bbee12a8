"""Secrets in the operating system's keyring: bounded calls, and what went wrong by its kind."""

import threading
from collections.abc import Callable
from typing import Any, Protocol

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.backend import load_backend

VAULT_SERVICE = "Alcove vault"
DEVICE_SERVICE = "Alcove device"
KEYRING_SECONDS = 5.0
"""A keyring that does not answer in this time is said to be locked; a late answer is dropped."""


class Ring(Protocol):
    """The little of keyring's backend interface that we use."""

    def get_password(self, service: str, username: str) -> str | None:
        """A secret, or None when the keyring has none under that name."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""


def system_ring() -> Ring:
    """This system's keyring; VaultUnavailable when none answers."""
    backend = load_backend()
    # Not by its __init__, which takes attributes from KEYRING_PROPERTY_* variables: a collection, even a method.
    ring: Ring = object.__new__(backend)
    return BoundedRing(ring)


class BoundedRing:
    """Calls another ring on a thread of its own, with a bound, and names what went wrong."""

    def __init__(self, ring: Ring, seconds: float = KEYRING_SECONDS) -> None:
        self._ring = ring
        self._seconds = seconds
        self.backend = f"{type(ring).__module__}.{type(ring).__name__}"

    def get_password(self, service: str, username: str) -> str | None:
        """A secret, or None; VaultUnavailable when the keyring is missing, locked or slow."""
        found = self._call(lambda: self._ring.get_password(service, username))
        return None if found is None else str(found)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret; VaultUnavailable when the keyring is missing, locked or slow."""
        self._call(lambda: self._ring.set_password(service, username, password))

    def _call(self, work: Callable[[], Any]) -> object:
        outcome: list[object] = []
        failure: list[BaseException] = []

        def run() -> None:
            try:
                outcome.append(work())
            except Exception as problem:  # noqa: BLE001  # handed to the caller below, by its kind
                failure.append(problem)

        worker = threading.Thread(target=run, name="keyring", daemon=True)
        worker.start()
        worker.join(self._seconds)
        if failure:
            raise VaultUnavailable(_problem_of(failure[0])) from failure[0]
        if not outcome:
            raise VaultUnavailable(VaultProblem.KEYRING_LOCKED)
        return outcome[0]


def _problem_of(failure: BaseException) -> VaultProblem:
    """Which screen a keyring's failure gets. Texts are not compared: kinds are."""
    names = {kind.__name__ for kind in type(failure).__mro__}
    causes = {kind.__name__ for cause in _causes(failure) for kind in type(cause).__mro__}
    if names & {"KeyringLocked"} or causes & {"LockedException", "PromptDismissedException"}:
        return VaultProblem.KEYRING_LOCKED
    if names & {"PasswordSetError", "PasswordDeleteError"}:
        return VaultProblem.KEYRING_DENIED
    return VaultProblem.KEYRING_MISSING


def _causes(failure: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while failure is not None and len(found) < 10:
        found.append(failure)
        failure = failure.__cause__ or failure.__context__
    return found
