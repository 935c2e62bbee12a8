"""What is begun before Qt is loaded: options, settings and policy, and the vault, which opens on a thread of its own.

Nothing here may import Qt: its import hook reads the source of every module that is imported after it.
"""

import argparse
import os
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.secure_store.keyring_call import VAULT_SERVICE, KeyringCall
from desktop.secure_store.shelf import Shelf
from desktop.secure_store.sidecar import read_sidecar
from desktop.settings import LoadedSettings, load_settings

if TYPE_CHECKING:
    from desktop.ports import Given
    from desktop.secure_store.store_thread import StoreThread
    from desktop.workflows.prepare import Prepared

NO_SETTINGS = ("version", "locked", "other")
"""Options that say how this one run begins."""


def parse(words: list[str]) -> argparse.Namespace:
    """The command line; ends the program when it cannot be used."""
    parser = argparse.ArgumentParser(prog="alcove", description="The scribe's room beside the exam room.")
    parser.add_argument("--version", action="store_true", help="print the version and end")
    parser.add_argument("--data-dir", help="where drafts are kept (encrypted)")
    parser.add_argument("--gateway", help="address of the practice's gateway, for the first run")
    parser.add_argument("--appearance", choices=("system", "light", "dark"))
    parser.add_argument("--locked", action="store_true", help=argparse.SUPPRESS)  # began anew after a while of silence
    parser.add_argument("--other", action="store_true", help=argparse.SUPPRESS)  # somebody else wants to sign in
    parser.add_argument("--loopback-candidates", action="store_true", default=None, help=argparse.SUPPRESS)
    return parser.parse_args(words)


class Early:
    """Settings in force, and the vault that is being opened under them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.store: StoreThread | None = None
        self.opening: Future[Prepared] = Future()
        self.locked: bool = options.locked
        """Nothing is opened before somebody unlocks."""
        self.other: bool = options.other
        self.load()

    def load(self) -> bool:
        """Read settings and policy, and open the vault unless the policy cannot be used; whether it is being opened."""
        from desktop.places import config_dir, data_dir

        self.user_file = config_dir() / "settings.toml"
        given = {name: value for name, value in vars(self._options).items() if name not in NO_SETTINGS}
        self.loaded: LoadedSettings = load_settings(given, os.environ, self.user_file)
        self.data_dir = Path(self.loaded.settings.data_dir) if self.loaded.settings.data_dir else data_dir()
        self.shelf = Shelf(self.data_dir)
        self.folder = self.shelf.last()
        if self.loaded.policy_problem is None and not self.locked:
            self.open_vault()
        return self.loaded.policy_problem is None

    def is_new(self) -> bool:
        """Whether there is no vault yet where one would be opened."""
        return read_sidecar(self.folder) is None

    def turn_to_another(self) -> None:
        """Somebody else wants to sign in, and the vault that was used last opens for its owner alone: take another."""
        if self.store is not None:
            self.store.close()
        self.store, self.other = None, False
        self.folder = self.shelf.unclaimed()
        self.shelf.remember(self.folder)

    def open_vault(self, given: "Given | None" = None) -> None:
        """Open the vault (again) and read what the window needs first; `opening` has the outcome.

        `given` is what a person gave for it.
        """
        folder = self.folder
        begun = None
        sidecar = read_sidecar(folder) if self.store is None else None
        if sidecar is not None and not sidecar.wraps_hold_the_key:
            with suppress(OSError):
                begun = KeyringCall("get", VAULT_SERVICE, sidecar.vault_id)  # it works while the rest is imported
        from desktop.secure_store.keys import SystemRing
        from desktop.secure_store.sealing import public_from_text
        from desktop.secure_store.store_thread import StoreThread
        from desktop.workflows.prepare import prepare

        if self.store is None:
            recovery = public_from_text(self.loaded.settings.recovery_key)
            self.store = StoreThread(folder, lambda: SystemRing(begun), recovery)
        self.opening = self.store.open(prepare, given)
