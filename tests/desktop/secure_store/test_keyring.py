"""The real gnome-keyring: what it keeps, what is said when it does not answer, and what cannot replace it."""

import base64
import stat
import sys
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from keyring.backends.SecretService import Keyring

from demo.stage import Stage, stage
from desktop.ports import JournalRow, VaultProblem, VaultUnavailable
from desktop.secure_store.device_key import load_device_key
from desktop.secure_store.keyring_call import DEVICE_SERVICE, VAULT_SERVICE
from desktop.secure_store.keys import Ring, SystemRing
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.vault import open_vault


def vault_id(folder: Path) -> str:
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    return sidecar.vault_id


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "vault.lock"}


def refused(folder: Path, ring: Ring) -> VaultProblem:
    """Why the vault does not open; the attempt changes no file."""
    before = files_of(folder) if folder.exists() else {}
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, ring)
    assert {name: data for name, data in files_of(folder).items() if name in before} == before
    return raised.value.problem


def test_what_was_written_is_there_after_opening_again(real_keyring: Stage, folder: Path) -> None:
    vault = open_vault(folder, SystemRing())
    vault.append([JournalRow("a", "v1", 1, b"words")])
    vault.close()
    again = open_vault(folder, SystemRing())
    assert [row.update for row in again.journal("v1")] == [b"words"]
    again.close()


def test_a_deleted_key_is_missing_and_none_is_made(real_keyring: Stage, folder: Path) -> None:
    open_vault(folder, SystemRing()).close()
    Keyring().delete_password(VAULT_SERVICE, vault_id(folder))  # type: ignore[no-untyped-call]
    assert refused(folder, SystemRing()) is VaultProblem.KEY_MISSING
    assert SystemRing().get_password(VAULT_SERVICE, vault_id(folder)) is None


def test_no_bus_is_a_missing_keyring(real_keyring: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/nothing")
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, SystemRing())
    assert raised.value.problem is VaultProblem.KEYRING_MISSING
    assert set(files_of(folder)) == set()


def test_no_bus_later_makes_no_new_key(real_keyring: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_vault(folder, SystemRing()).close()
    with monkeypatch.context() as away:
        away.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder}/nothing")
        assert refused(folder, SystemRing()) is VaultProblem.KEYRING_MISSING
    open_vault(folder, SystemRing()).close()


def test_a_locked_keyring_is_said_to_be_locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(virtual_screen=False) as own:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", own.env["DBUS_SESSION_BUS_ADDRESS"])
        open_vault(folder, SystemRing()).close()
        own.run(
            "gdbus", "call", "--session", "--dest", "org.freedesktop.secrets",
            "--object-path", "/org/freedesktop/secrets", "--method", "org.freedesktop.Secret.Service.Lock",
            "['/org/freedesktop/secrets/collection/login']",
        )  # fmt: skip
        assert refused(folder, SystemRing(seconds=3.0)) is VaultProblem.KEYRING_LOCKED


def test_the_device_key_is_the_same_over_restarts_and_signs(real_keyring: Stage, folder: Path) -> None:
    vault = open_vault(folder, SystemRing())
    first = load_device_key(SystemRing(), vault.vault_id)
    vault.close()
    again = load_device_key(SystemRing(), vault_id(folder))
    assert again.public_jwk == first.public_jwk
    assert set(first.public_jwk) >= {"kty", "crv", "x", "y"}
    assert "d" not in first.public_jwk
    token = again.jws({"a": 1}, {"typ": "x"})
    verified = jws.deserialize_compact(token, ECKey.import_key(dict(first.public_jwk)), algorithms=["ES256"])
    assert verified.payload == b'{"a":1}'
    assert verified.headers()["jwk"] == first.public_jwk
    other = load_device_key(SystemRing(), "another vault")
    assert other.public_jwk != first.public_jwk


def test_no_key_lies_in_any_file(real_keyring: Stage, folder: Path) -> None:
    vault = open_vault(folder, SystemRing())
    load_device_key(SystemRing(), vault.vault_id)
    vault.append([JournalRow("a", "v1", 1, b"words")])
    stored_device = SystemRing().get_password(DEVICE_SERVICE, vault.vault_id) or ""
    stored_vault = SystemRing().get_password(VAULT_SERVICE, vault.vault_id) or ""
    assert len(stored_vault) == 64
    assert len(stored_device) > 100
    der = base64.b64decode(stored_device)
    secrets = [stored_device.encode(), der, der[36:68], stored_vault.encode(), bytes.fromhex(stored_vault)]
    content = b"".join(files_of(folder).values())
    assert [secret for secret in secrets if secret in content] == []
    vault.close()


HOSTILE_MODULE = """
from pathlib import Path
from keyring.backend import KeyringBackend
Path(__file__).with_name("loaded").touch()
class Thief(KeyringBackend):
    priority = 99
    def get_password(self, service, username): return "00" * 32
    def set_password(self, service, username, password): pass
"""


def test_hostile_settings_of_keyring_are_not_followed(
    real_keyring: Stage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = tmp_path / "stolen"
    stolen.mkdir()
    (stolen / "thief.py").write_text(HOSTILE_MODULE)
    config = tmp_path / "config"
    for place in (config / "python_keyring", config):
        place.mkdir(exist_ok=True, parents=True)
        (place / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring=thief.Thief\nkeyring-path={stolen}\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "thief.Thief")
    monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/org/freedesktop/secrets/collection/session")
    monkeypatch.setenv("KEYRING_PROPERTY_GET_PASSWORD", "thief")
    monkeypatch.setenv("KEYRING_PROPERTY_SCHEME", "KeePassXC")
    vault = open_vault(folder, SystemRing())
    vault.close()
    assert not (stolen / "loaded").exists()
    assert "thief" not in sys.modules
    assert str(stolen) not in sys.path
    for name in ("PREFERRED_COLLECTION", "GET_PASSWORD", "SCHEME"):
        monkeypatch.delenv(f"KEYRING_PROPERTY_{name}")
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND")
    key = Keyring().get_password(VAULT_SERVICE, vault_id(folder))  # type: ignore[no-untyped-call]
    assert key is not None, "the key is in the default collection, under its usual names"
    open_vault(folder, SystemRing()).close()


def test_the_hostile_settings_would_be_followed_otherwise(real_keyring: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYRING_PROPERTY_PREFERRED_COLLECTION", "/somewhere")
    assert vars(Keyring())["preferred_collection"] == "/somewhere"  # type: ignore[no-untyped-call]


def test_files_are_private_whatever_the_umask(real_keyring: Stage, folder: Path) -> None:
    vault = open_vault(folder, SystemRing())
    vault.append([JournalRow("a", "v1", 1, b"words")])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    database = {"vault.db", "vault.db-wal", "vault.db-shm"}
    assert set(modes) == database | {"vault.json", "vault.json.copy", "vault.lock", "vault.head", "vault.ballast"}
    vault.close()
