"""A real gnome-keyring on a bus of its own, and folders with a vault in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.stage import Stage, stage


@pytest.fixture(scope="session")
def keyring_stage() -> Iterator[Stage]:
    with stage(virtual_screen=False) as opened:
        yield opened


@pytest.fixture
def real_keyring(keyring_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """This process meets the stage's keyring, not the one of the person who runs the tests."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, keyring_stage.env[name])
    return keyring_stage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"
