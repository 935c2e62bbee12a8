"""Secrets in the operating system's keyring: bounded calls, and what went wrong by its kind."""

import sys
from typing import Protocol

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store.keyring_call import KeyringCall
from desktop.secure_store.keyring_process import BACKENDS

KEYRING_SECONDS = 5.0
"""A keyring that does not answer in this time is said to be locked; a late answer is dropped."""


class Ring(Protocol):
    """The little of keyring's backend interface that we use."""

    def get_password(self, service: str, username: str) -> str | None:
        """A secret, or None when the keyring has none under that name."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret; one that is not there is forgotten already."""


class SystemRing:
    """This system's keyring, each call in a process of its own: its libraries are slow to load and can hang.

    `begun` is a call for the vault's key that was begun before anything else was ready.
    """

    backend = BACKENDS.get(sys.platform, BACKENDS["linux"])

    def __init__(self, begun: KeyringCall | None = None, seconds: float = KEYRING_SECONDS) -> None:
        self._begun = begun
        self._seconds = seconds

    def get_password(self, service: str, username: str) -> str | None:
        """A secret, or None; VaultUnavailable when the keyring is missing, locked or slow."""
        begun, self._begun = self._begun, None
        if begun is not None and (begun.service, begun.name) == (service, username):
            return self._found(begun)
        return self._found(_begin("get", service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret; VaultUnavailable when the keyring is missing, locked or slow."""
        self._found(_begin("set", service, username, password))

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret; VaultUnavailable when the keyring is missing, locked or slow."""
        self._found(_begin("delete", service, username))

    def _found(self, call: KeyringCall) -> str | None:
        answer = call.answer(self._seconds)
        if answer is None:
            raise VaultUnavailable(VaultProblem.KEYRING_LOCKED)
        problem = answer.get("problem")
        if problem is not None:
            raise VaultUnavailable(VaultProblem(problem))
        return answer["found"]


def _begin(call: str, service: str, name: str, secret: str | None = None) -> KeyringCall:
    try:
        return KeyringCall(call, service, name, secret)
    except OSError as problem:
        raise VaultUnavailable(VaultProblem.KEYRING_MISSING) from problem
