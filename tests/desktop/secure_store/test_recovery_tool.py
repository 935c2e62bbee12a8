"""IT's command: a key pair for the policy, and the code that opens a vault whose keyring lost its key."""

import io
import re
import stat
from pathlib import Path

import pytest

from desktop.ports import Given, GivenKind, VaultProblem, VaultUnavailable
from desktop.secure_store.passphrase import lock_of
from desktop.secure_store.recovery_tool import main
from desktop.secure_store.sealing import public_from_text
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.store_thread import StoreThread
from tests.desktop.secure_store.harm import edits, write_each
from tests.desktop.secure_store.rings import MemoryRing

PASSWORD = "of the organisation"
WORDS = "a new passphrase for this laptop"


class NoRing(MemoryRing):
    """A system without a keyring."""

    def get_password(self, service: str, username: str) -> str | None:
        raise VaultUnavailable(VaultProblem.KEYRING_MISSING)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise VaultUnavailable(VaultProblem.KEYRING_MISSING)


def run(monkeypatch: pytest.MonkeyPatch, *words: str, password: str = PASSWORD) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return main(list(words))


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The private key; beside it the line that was printed for the policy."""
    path = tmp_path / "recovery.pem"
    assert run(monkeypatch, "new-key", str(path)) == 0
    path.with_name("policy.line").write_text(capsys.readouterr().out)
    return path


def public_said(pem: Path) -> bytes:
    found = re.fullmatch(r'recovery_key = "(.+)"\n', pem.with_name("policy.line").read_text())
    assert found is not None
    public = public_from_text(found[1])
    assert public is not None
    return public


def made(folder: Path, ring: MemoryRing, public: bytes) -> None:
    store = StoreThread(folder, lambda: ring, public)
    store.open(lambda vault: write_each(vault, edits(6))).result(30)  # type: ignore[arg-type]
    assert store.ways().result(30).recovery
    assert store.close()


def rows(store: StoreThread, given: Given | None = None) -> int:
    return store.open(lambda vault: len(vault.journal("v1")), given).result(60)


def problem_of(store: StoreThread, given: Given | None = None) -> VaultProblem:
    with pytest.raises(VaultUnavailable) as raised:
        rows(store, given)
    return raised.value.problem


def test_the_private_key_is_private_and_locked_and_never_overwritten(
    pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_IMODE(pem.stat().st_mode) == 0o600
    assert "ENCRYPTED PRIVATE KEY" in pem.read_text()
    before = pem.read_bytes()
    assert run(monkeypatch, "new-key", str(pem)) == 1
    assert pem.read_bytes() == before
    assert run(monkeypatch, "new-key", str(pem.with_name("other")), password="") == 1
    assert not pem.with_name("other").exists()


def test_its_code_restores_all_drafts_after_the_keyring_lost_the_key(
    folder: Path, pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = MemoryRing()
    made(folder, ring, public_said(pem))
    ring.secrets.clear()
    assert problem_of(StoreThread(folder, lambda: ring)) is VaultProblem.KEY_MISSING
    for place in (str(folder), str(folder / "vault.json")):
        assert run(monkeypatch, "code", place, str(pem)) == 0
    code = capsys.readouterr().out.split()[-1]
    store = StoreThread(folder, lambda: ring)
    assert problem_of(store, Given(GivenKind.CODE, code[:-4] + "aaaa")) is VaultProblem.CODE_WRONG
    assert ring.secrets == {}
    assert rows(store, Given(GivenKind.CODE, code)) == 6
    assert store.close()
    assert rows(again := StoreThread(folder, lambda: ring)) == 6, "the keyring has it again"
    assert again.close()
    assert run(monkeypatch, "code", str(folder), str(pem), password="wrong") == 1
    assert run(monkeypatch, "code", str(tmp_path / "nothing"), str(pem)) == 1
    assert run(monkeypatch, "code", str(folder)) == 1
    other = tmp_path / "other.pem"
    assert run(monkeypatch, "new-key", str(other)) == 0
    capsys.readouterr()
    assert run(monkeypatch, "code", str(folder), str(other)) == 1
    assert code not in capsys.readouterr().out


def test_where_no_keyring_answers_the_code_goes_with_a_new_passphrase(
    folder: Path, pem: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made(folder, MemoryRing(), public_said(pem))
    assert run(monkeypatch, "code", str(folder), str(pem)) == 0
    code = capsys.readouterr().out.strip()
    store = StoreThread(folder, NoRing)
    assert problem_of(store, Given(GivenKind.CODE, code)) is VaultProblem.KEYRING_MISSING
    assert rows(store, Given(GivenKind.CODE, code, WORDS)) == 6
    assert store.close()
    store = StoreThread(folder, NoRing)
    assert problem_of(store) is VaultProblem.PASSPHRASE_NEEDED
    assert problem_of(store, Given(GivenKind.PASSPHRASE, "something else")) is VaultProblem.PASSPHRASE_WRONG
    assert rows(store, Given(GivenKind.PASSPHRASE, WORDS)) == 6
    assert store.close()


def test_a_passphrase_from_the_first_day_on_a_change_of_it_and_a_key_for_the_device(folder: Path) -> None:
    store = StoreThread(folder, NoRing)
    assert problem_of(store) is VaultProblem.KEYRING_MISSING
    assert read_sidecar(folder) is None, "no key was kept anywhere else"
    assert rows(store, Given(GivenKind.NEW_PASSPHRASE, WORDS)) == 0
    device = store.device_key().result(60).public_jwk
    store.submit(lambda vault: write_each(vault, edits(2))).result(30)  # type: ignore[arg-type]
    with pytest.raises(VaultUnavailable) as raised:
        store.change_passphrase("not it", "another passphrase altogether").result(60)
    assert raised.value.problem is VaultProblem.PASSPHRASE_WRONG
    before = read_sidecar(folder)
    store.change_passphrase(WORDS, "another passphrase altogether").result(60)
    after = read_sidecar(folder)
    assert before is not None
    assert after is not None
    assert before.key_check != after.key_check, "a new key too: an old description opens nothing"
    assert lock_of(after.wraps) is not None
    assert store.close()
    store = StoreThread(folder, NoRing)
    assert problem_of(store, Given(GivenKind.PASSPHRASE, WORDS)) is VaultProblem.PASSPHRASE_WRONG
    assert rows(store, Given(GivenKind.PASSPHRASE, "another passphrase altogether")) == 2
    assert store.device_key().result(60).public_jwk == device
    assert store.close()
