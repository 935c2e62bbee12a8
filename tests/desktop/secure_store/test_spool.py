"""What is typed while the vault is closed comes back when it is open, and is nowhere readable before."""

from pathlib import Path

from desktop.ports import TYPED_MEANWHILE
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.spool import FOLDER, drop_spool, read_spool, spool_public, write_spool
from desktop.secure_store.store_thread import StoreThread
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.rings import MemoryRing

TYPED = "Her knee gave way twice. \U0001f9b5"


def made(folder: Path, ring: MemoryRing) -> None:
    """A vault whose description has a way to keep such words."""
    store = StoreThread(folder, lambda: ring)
    store.open(lambda _vault: None).result(30)
    store.submit(lambda _vault: None).result(30)
    assert store.close()


def test_words_typed_before_the_keyring_answered_are_in_the_vault_afterwards(folder: Path) -> None:
    ring = MemoryRing()
    made(folder, ring)
    for text in (TYPED, "And more."):
        closed = StoreThread(folder, lambda: ring)
        assert closed.spool("half").result(30)
        assert closed.spool(text).result(30)
        assert closed.close()
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert TYPED.encode() not in content
    assert TYPED.encode("utf-16-le") not in content
    store = StoreThread(folder, lambda: ring)
    assert store.open(lambda vault: vault.get(TYPED_MEANWHILE)).result(30) == f"{TYPED}\n\nAnd more."
    assert list((folder / FOLDER).iterdir()) == []
    assert store.close()
    store = StoreThread(folder, lambda: ring)
    assert store.open(lambda vault: vault.get(TYPED_MEANWHILE)).result(30) == f"{TYPED}\n\nAnd more.", "once"
    assert store.close()


def test_without_a_vault_or_on_a_folder_that_is_gone_it_says_that_nothing_is_kept(folder: Path) -> None:
    store = StoreThread(folder, MemoryRing)
    assert not store.spool(TYPED).result(30)
    assert not folder.exists()
    assert store.close()


def test_words_for_another_key_stay_where_they_are(folder: Path) -> None:
    ring = MemoryRing()
    made(folder, ring)
    write_spool(folder, spool_public(bytes(32)), "a", "for another key")
    sidecar = read_sidecar(folder)
    assert sidecar is not None
    write_spool(folder, sidecar.spool_public, "b", TYPED)
    vault = open_vault(folder, ring)
    assert read_spool(folder, vault.place.key) == {"b": TYPED}
    drop_spool(folder, ["b"])
    vault.close()
    assert [path.name for path in (folder / FOLDER).iterdir()] == ["a"]
    write_spool(folder, sidecar.spool_public, "c", TYPED)
    write_spool(folder, sidecar.spool_public, "c", "")
    assert [path.name for path in (folder / FOLDER).iterdir()] == ["a"]
