"""The ways to a vault's key: a passphrase where no keyring answers, and the organisation's; killed anywhere."""

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.ports import VaultProblem, VaultUnavailable
from desktop.secure_store import passphrase as passphrases
from desktop.secure_store.keyring_call import DEVICE_SERVICE, VAULT_SERVICE
from desktop.secure_store.passphrase import Cost, PassphraseRing, lock_of, make_lock, open_lock
from desktop.secure_store.recovery import (
    code_of,
    is_recoverable,
    keep_recovery,
    key_from_code,
    opened_by_recovery,
    recovery_publics,
)
from desktop.secure_store.sealing import new_private, public_from_text, public_of, seal, unseal
from desktop.secure_store.sidecar import NAMES, Sidecar, change_wraps, key_check, read_sidecar, write_sidecar
from desktop.secure_store.vault import change_key, open_vault
from tests.desktop.secure_store.harm import calls_of, edits, flip_bit, killed_at_call, opened, write_each
from tests.desktop.secure_store.rings import FileRing, MemoryRing

CHEAP = Cost(1, 8, 1)
WORDS = "correct horse battery staple"
KILLS = 20


def cheap_ring(folder: Path, words: str = WORDS) -> PassphraseRing:
    """The ring of a vault that is to be made, at a cost that a test can bear."""
    lock, private = make_lock(words, CHEAP)
    return PassphraseRing(folder, lock, private)


def ring_by(folder: Path, words: str) -> PassphraseRing | None:
    """The ring that a passphrase opens."""
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    lock = lock_of(sidecar.wraps)
    assert lock is not None
    private = open_lock(lock, words)
    return PassphraseRing(folder, lock, private) if private is not None else None


def described(folder: Path) -> Sidecar:
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    return sidecar


# --- sealing and locks --------------------------------------------------------------------------------------------


@given(data=st.binary(max_size=200), bit=st.integers(min_value=0))
@settings(max_examples=30, deadline=None)
def test_a_seal_opens_with_its_key_in_its_place_and_unchanged_alone(data: bytes, bit: int) -> None:
    private = new_private()
    sealed = seal(public_of(private), "here", data)
    assert unseal(private, "here", sealed) == data
    assert unseal(private, "there", sealed) is None
    assert unseal(new_private(), "here", sealed) is None
    changed = bytearray(sealed)
    changed[bit // 8 % len(sealed)] ^= 1 << bit % 8
    assert unseal(private, "here", bytes(changed)) is None
    assert unseal(private, "here", sealed[:7]) is None


def test_a_public_key_in_a_policy_is_32_bytes_in_base64() -> None:
    assert public_from_text("A" * 43 + "=") is None, "no key"
    assert public_from_text("AQ==") is None
    assert public_from_text("not base64") is None
    assert public_from_text("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=") == b"\1" * 32


def test_the_cost_is_what_rfc_9106_recommends_second() -> None:
    """Section 4: 3 passes, 4 lanes, 2^16 KiB, a salt of 128 bits."""
    assert Cost() == Cost(passes=3, kib=2**16, lanes=4)
    assert passphrases.SALT_BYTES * 8 == 128


def test_a_lock_opens_with_its_passphrase_however_it_is_composed() -> None:
    lock, private = make_lock("cafe\u0301 und ein Wort mehr", CHEAP)
    assert open_lock(lock, "caf\u00e9 und ein Wort mehr") == private
    assert open_lock(lock, "cafe und ein Wort mehr") is None
    for name in ("passes", "kib", "lanes"):
        assert open_lock({**lock, name: str(int(lock[name]) + (8 if name == "kib" else 1))}, WORDS) is None
    assert open_lock({**lock, "kib": str(1 << 30)}, WORDS) is None, "a hostile description takes no memory"
    assert open_lock({**lock, "locked": "00"}, WORDS) is None
    assert open_lock({name: text for name, text in lock.items() if name != "salt"}, WORDS) is None


# --- a vault behind a passphrase -----------------------------------------------------------------------------------


def test_a_passphrase_keeps_a_vault_and_no_secret_lies_in_its_folder(folder: Path) -> None:
    ring = cheap_ring(folder)
    vault = open_vault(folder, ring)
    write_each(vault, edits(3))
    ring.set_password(DEVICE_SERVICE, vault.vault_id, "the device's key")
    key = vault.place.key
    vault.close()
    again = ring_by(folder, WORDS)
    assert again is not None
    rows, said = opened(folder, again)  # type: ignore[arg-type]
    assert (len(rows), said) == (3, [])
    assert again.get_password(DEVICE_SERVICE, vault.vault_id) == "the device's key"
    assert ring_by(folder, "another passphrase") is None
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert [text for text in (key, key.hex().encode(), b"the device's key", WORDS.encode()) if text in content] == []
    assert described(folder).backend == "passphrase"


def test_an_old_passphrase_and_an_old_description_open_nothing_after_a_change(folder: Path, tmp_path: Path) -> None:
    ring = cheap_ring(folder)
    vault = open_vault(folder, ring)
    write_each(vault, edits(5))
    old = tmp_path / "old"
    old.mkdir()
    for name in NAMES:
        shutil.copy(folder / name, old / name)
    ring.change("another passphrase entirely", CHEAP)
    change_key(vault, ring)
    stolen = ring_by(old, WORDS)
    assert stolen is not None, "the old description still opens"
    old_key = stolen.get_password(VAULT_SERVICE, vault.vault_id)
    assert old_key is not None
    assert key_check(bytes.fromhex(old_key)) != described(folder).key_check, "and gives a key that opens nothing"
    assert ring_by(folder, WORDS) is None
    again = ring_by(folder, "another passphrase entirely")
    assert again is not None
    rows, said = opened(folder, again)  # type: ignore[arg-type]
    assert (len(rows), said) == (5, [])


def copies(folder: Path, target: Path, work: Callable[[Path], None]) -> Iterator[tuple[Path, int]]:
    """Copies of a vault in each of which the work was killed somewhere, evenly over all of it; and how each ended."""

    def copy(name: str) -> Path:
        shutil.copytree(folder, target / name, ignore=shutil.ignore_patterns("vault.ballast"))
        return target / name

    whole = copy("whole")
    calls = calls_of(lambda: work(whole))
    for number in range(KILLS):
        made = copy(f"copy{number}")
        yield made, killed_at_call(1 + number * (calls + 10) // (KILLS - 1), lambda made=made: work(made))  # type: ignore[misc]
        shutil.rmtree(made)


def test_a_kill_while_the_passphrase_changes_leaves_the_old_or_the_new(folder: Path, tmp_path: Path) -> None:
    vault = open_vault(folder, cheap_ring(folder))
    write_each(vault, edits(4))
    vault.close()
    ends = set()

    def change(copy: Path) -> None:
        ring = ring_by(copy, WORDS)
        assert ring is not None
        ring.change("another passphrase entirely", CHEAP)

    for copy, code in copies(folder, tmp_path, change):
        works = [ring for words in (WORDS, "another passphrase entirely") if (ring := ring_by(copy, words)) is not None]
        assert len(works) == 1
        rows, said = opened(copy, works[0])  # type: ignore[arg-type]
        assert (len(rows), said) == (4, [])
        ends.add((code, ring_by(copy, WORDS) is not None))
    assert (-signal.SIGKILL, True) in ends
    assert {new for _, new in ends} == {True, False}


# --- the organisation's way ----------------------------------------------------------------------------------------


def test_a_key_that_the_keyring_lost_comes_back_by_the_organisations(folder: Path) -> None:
    ring, private = MemoryRing(), new_private()
    vault = open_vault(folder, ring)
    write_each(vault, edits(7))
    keep_recovery(folder, vault.vault_id, vault.place.key, public_of(private), old=False)
    vault.close()
    ring.secrets.clear()
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, ring)
    assert raised.value.problem is VaultProblem.KEY_MISSING
    key = opened_by_recovery(described(folder), private)
    assert key is not None
    assert opened_by_recovery(described(folder), new_private()) is None
    ring.set_password(VAULT_SERVICE, described(folder).vault_id, key.hex())
    rows, said = opened(folder, ring)
    assert (len(rows), said) == (7, [])


def test_a_code_is_the_key_however_it_is_typed() -> None:
    key = bytes(range(32))
    code = code_of(key)
    assert key_from_code(code) == key
    assert key_from_code(code.upper().replace("-", " ") + " ") == key
    assert key_from_code(code[:-1]) != key
    for wrong in ("", "0", "ä", "a" * 51, "a" * 104):
        assert key_from_code(wrong) is None


def test_another_key_of_the_organisations_takes_the_place_of_the_first(folder: Path) -> None:
    first, second = new_private(), new_private()
    vault = open_vault(folder, MemoryRing())
    for private in (first, second, second):
        keep_recovery(folder, vault.vault_id, vault.place.key, public_of(private), old=False)
    vault.close()
    assert recovery_publics(described(folder).wraps) == [public_of(second)]
    assert opened_by_recovery(described(folder), first) is None
    assert opened_by_recovery(described(folder), second) == vault.place.key


def test_what_is_written_of_the_journal_leaves_the_wraps_alone(folder: Path) -> None:
    """The open vault read its description before the wrap was made."""
    vault = open_vault(folder, MemoryRing())
    keep_recovery(folder, vault.vault_id, vault.place.key, public_of(new_private()), old=False)
    write_each(vault, edits(2))
    vault.mark()
    assert is_recoverable(described(folder))
    assert described(folder).head_count == 2
    vault.close()
    for name in NAMES:
        copy = folder.parent / "damaged"
        shutil.copytree(folder, copy)
        flip_bit(copy / name, 200 * 8)
        assert is_recoverable(described(copy)), "one copy is enough"
        shutil.rmtree(copy)


def test_a_kill_while_a_way_is_added_or_removed_leaves_the_others(folder: Path, tmp_path: Path) -> None:
    ring = FileRing(tmp_path / "secrets")
    private, other = new_private(), new_private()
    vault = open_vault(folder, ring)
    write_each(vault, edits(4))
    key, vault_id = vault.place.key, vault.vault_id
    keep_recovery(folder, vault_id, key, public_of(private), old=False)
    vault.close()
    ends = set()
    work = lambda copy: keep_recovery(copy, vault_id, key, public_of(other), old=False)  # noqa: E731
    for copy, _ in copies(folder, tmp_path, work):
        ways = [opened_by_recovery(described(copy), one) for one in (private, other)]
        assert key in ways, "IT always has one"
        rows, _ = opened(copy, ring)
        assert len(rows) == 4
        ends.add(tuple(way is not None for way in ways))
    assert ends == {(True, False), (True, True), (False, True)}


def change_own_key(folder: Path, ring: FileRing) -> None:
    change_key(open_vault(folder, ring), ring)


def test_a_change_of_key_killed_anywhere_leaves_it_the_key_that_opens(folder: Path, tmp_path: Path) -> None:
    secrets, private = tmp_path / "secrets", new_private()
    vault = open_vault(folder, FileRing(secrets))
    write_each(vault, edits(10))
    old = vault.place.key
    keep_recovery(folder, vault.vault_id, old, public_of(private), old=False)
    vault.close()
    ends = set()

    def change(copy: Path) -> None:
        own = copy.with_name(f"{copy.name}.secrets")
        shutil.copy(secrets, own)
        change_own_key(copy, FileRing(own))

    for copy, code in copies(folder, tmp_path, change):
        lost = MemoryRing()
        sidecar = described(copy)
        found = opened_by_recovery(sidecar, private)
        assert found is not None
        # While it is unfinished either key may open the file: IT's are tried as the keyring's would be.
        for wrap in sidecar.wraps:
            one = opened_by_recovery(Sidecar(sidecar.vault_id, wrap["of"], "", "", wraps=(wrap,)), private)
            assert one is not None
            name = sidecar.vault_id if wrap["of"] == sidecar.key_check else f"{sidecar.vault_id} next"
            lost.secrets[VAULT_SERVICE, name] = one.hex()
        rows, said = opened(copy, lost)
        assert (len(rows), said) == (10, [])
        ends.add((code, found == old))
    assert {(-signal.SIGKILL, True), (0, False)} <= ends


def test_a_finished_change_of_key_leaves_it_no_way_to_the_old_one(folder: Path) -> None:
    ring, private = MemoryRing(), new_private()
    vault = open_vault(folder, ring)
    write_each(vault, edits(3))
    keep_recovery(folder, vault.vault_id, vault.place.key, public_of(private), old=False)
    change_key(vault, ring)
    sidecar = described(folder)
    assert [wrap["of"] for wrap in sidecar.wraps] == [sidecar.key_check]
    assert opened_by_recovery(sidecar, private) is not None


def test_a_description_of_a_first_program_is_read_and_gets_wraps(folder: Path) -> None:
    """It knew neither wraps nor owner."""
    ring = MemoryRing()
    open_vault(folder, ring).close()
    for name in NAMES:
        stored = json.loads((folder / name).read_text())
        for added in ("wraps", "owner", "spool_public", "sum"):
            stored.pop(added)
        (folder / name).write_text(json.dumps({**stored, "format": 1}))
    change_wraps(folder, lambda wraps: (*wraps, {"kind": "recovery"}))
    write_sidecar(folder, described(folder))
    assert described(folder).wraps == ({"kind": "recovery"},)
    rows, said = opened(folder, ring)
    assert (rows, said) == ([], [])


def test_another_keyring_than_the_one_that_kept_the_key_is_named(folder: Path) -> None:
    class OtherRing(MemoryRing):
        backend = "other"

    open_vault(folder, MemoryRing()).close()
    with pytest.raises(VaultUnavailable) as raised:
        open_vault(folder, OtherRing())
    assert raised.value.problem is VaultProblem.KEYRING_CHANGED
