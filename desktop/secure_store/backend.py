"""The keyring's exact backend class: never a plugin, never a file. It imports nothing of ours, so it can load first."""

import sys
from typing import Any


def load_backend() -> type[Any]:
    """This system's class; the import takes as long as opening the vault.

    By name: `keyring.get_keyring()` would load whatever PYTHON_KEYRING_BACKEND or a user's keyringrc.cfg names, with
    this program's rights.
    """
    if sys.platform == "darwin":
        from keyring.backends.macOS import Keyring
    elif sys.platform == "win32":
        from keyring.backends.Windows import WinVaultKeyring as Keyring
    else:
        from keyring.backends.SecretService import Keyring
    backend: type[Any] = Keyring
    return backend
