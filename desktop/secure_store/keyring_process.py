"""The keyring process: one call to the system's keyring, asked and answered as one JSON line each on stdin and stdout.

It imports nothing of ours: it has to have its answer before the window is built.
"""

import json
import sys
from typing import Any

BACKENDS = {
    "darwin": "keyring.backends.macOS.Keyring",
    "win32": "keyring.backends.Windows.WinVaultKeyring",
    "linux": "keyring.backends.SecretService.Keyring",
}
"""Each system's exact backend class."""


def main() -> int:
    """Answer the call on stdin."""
    try:
        ring = _system_backend()
        call = json.loads(sys.stdin.readline())
        if call["call"] == "get":
            answer = {"found": ring.get_password(call["service"], call["name"])}
        elif call["call"] == "delete":
            if ring.get_password(call["service"], call["name"]) is not None:
                ring.delete_password(call["service"], call["name"])
            answer = {"found": None}
        else:
            ring.set_password(call["service"], call["name"], call["secret"])
            answer = {"found": None}
    except Exception as failure:  # noqa: BLE001  # carried to the process that asked, by its kind
        answer = {"problem": _problem_of(failure)}
    print(json.dumps(answer), flush=True)
    return 0


def _system_backend() -> Any:  # noqa: ANN401  # the backends have no types
    """This system's keyring: never a plugin, never a file.

    By name: `keyring.get_keyring()` would load whatever PYTHON_KEYRING_BACKEND or a user's keyringrc.cfg names, with
    this program's rights. And not by its __init__, which takes attributes from KEYRING_PROPERTY_* variables: a
    collection, even a method.
    """
    if sys.platform == "darwin":
        from keyring.backends.macOS import Keyring
    elif sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as Keyring
    else:
        from keyring.backends.SecretService import Keyring
    return object.__new__(Keyring)


def _problem_of(failure: BaseException) -> str:
    """Which of ports.VaultProblem a keyring's failure is. Texts are not compared: kinds are."""
    names = {kind.__name__ for kind in type(failure).__mro__}
    causes = {kind.__name__ for cause in _causes(failure) for kind in type(cause).__mro__}
    if names & {"KeyringLocked"} or causes & {"LockedException", "PromptDismissedException"}:
        return "keyring_locked"
    if names & {"PasswordSetError", "PasswordDeleteError"}:
        return "keyring_denied"
    return "keyring_missing"


def _causes(failure: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while failure is not None and len(found) < 10:
        found.append(failure)
        failure = failure.__cause__ or failure.__context__
    return found
