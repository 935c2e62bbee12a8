"""A second scribe on the same account meets only their own vault; the one that was there belongs to its owner."""

from pathlib import Path

from desktop.ports import owner_tag
from desktop.secure_store.keyring_call import DEVICE_SERVICE
from desktop.secure_store.shelf import Shelf
from desktop.secure_store.sidecar import read_sidecar
from desktop.secure_store.store_thread import StoreThread
from desktop.workflows.prepare import prepare
from tests.desktop.secure_store.harm import edits, write_each
from tests.desktop.secure_store.rings import MemoryRing
from wire.people import Person

PRACTICE = "https://alcove.lakeside.example"
SANTOS, OTHER = Person(person_id="p-santos", name="J. Santos"), Person(person_id="p-adeyemi", name="T. Adeyemi")


def own(person: Person) -> str:
    return owner_tag(PRACTICE, person.person_id)


def test_a_tag_names_person_and_practice_and_tells_neither() -> None:
    assert own(SANTOS) != own(OTHER)
    assert own(SANTOS) != owner_tag("https://other.example", SANTOS.person_id)
    assert owner_tag("a", "b\nc") != owner_tag("a\nb", "c")
    assert "santos" not in own(SANTOS)


def test_the_vault_that_was_there_becomes_its_owners_once(tmp_path: Path) -> None:
    """It is from before there were owners."""
    shelf, ring = Shelf(tmp_path), MemoryRing()
    assert shelf.last() == tmp_path / "vault"
    store = StoreThread(shelf.last(), lambda: ring)

    def as_it_was(vault: object) -> None:
        write_each(vault, edits(3))  # type: ignore[arg-type]
        for name, value in (("gateway_address", PRACTICE), ("person", SANTOS.model_dump_json())):
            vault.put(name, value)  # type: ignore[attr-defined]

    store.open(as_it_was).result(30)
    assert store.close()
    for _ in range(2):
        store = StoreThread(shelf.last(), lambda: ring)
        store.open(prepare).result(30)
        assert store.submit(lambda vault: (vault.owner(), len(vault.journal("v1")))).result(30) == (own(SANTOS), 3)
        assert store.close()
    sidecar = read_sidecar(tmp_path / "vault")
    assert sidecar is not None
    assert sidecar.owner == own(SANTOS)
    assert shelf.folder_of(own(SANTOS)) == tmp_path / "vault"


def test_somebody_else_gets_a_vault_of_their_own_and_the_laptop_stays_the_same_device(tmp_path: Path) -> None:
    shelf, ring = Shelf(tmp_path), MemoryRing()
    store = StoreThread(shelf.last(), lambda: ring)
    store.open(lambda vault: write_each(vault, edits(3))).result(30)  # type: ignore[arg-type]
    store.submit(lambda vault: vault.claim(own(SANTOS))).result(30)
    device = store.device_key().result(30).public_jwk
    folder = shelf.folder_of(own(OTHER))
    assert folder != tmp_path / "vault"
    store.hand_over(folder, own(OTHER), {"person": OTHER.model_dump_json(), "refresh_token": "theirs"}).result(30)
    assert store.submit(lambda vault: vault.get("refresh_token")).result(30) is None, "nothing of it is in the first"
    shelf.remember(folder)
    assert store.close()
    assert Shelf(tmp_path).last() == folder
    other = StoreThread(folder, lambda: ring)
    seen = other.open(lambda vault: (vault.owner(), vault.journal("v1"), vault.get("refresh_token"))).result(30)
    assert seen == (own(OTHER), [], "theirs")
    assert other.device_key().result(30).public_jwk == device
    assert other.close()
    assert len([name for service, name in ring.secrets if service == DEVICE_SERVICE]) == 1
    assert shelf.folder_of(own(OTHER)) == folder
    assert shelf.folder_of(own(SANTOS)) == tmp_path / "vault"
    again = StoreThread(shelf.folder_of(own(SANTOS)), lambda: ring)
    assert len(again.open(lambda vault: vault.journal("v1")).result(30)) == 3
    assert again.close()


def test_what_the_shelf_is_told_of_elsewhere_is_not_followed(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name in ("../elsewhere", "vault-/../../x", "/etc", "", "logs"):
        (tmp_path / "vault.last").write_text(name)
        assert shelf.last() == tmp_path / "vault"


def test_a_place_for_somebody_new_is_no_vault_with_words_in_it(tmp_path: Path) -> None:
    shelf, ring = Shelf(tmp_path), MemoryRing()
    first = shelf.unclaimed()
    assert not first.exists()
    store = StoreThread(first, lambda: ring)
    store.open(lambda _vault: None).result(30)
    assert store.close()
    assert shelf.unclaimed() == first, "nobody has used it"
    store = StoreThread(first, lambda: ring)
    store.open(lambda vault: write_each(vault, edits(1))).result(30)  # type: ignore[arg-type]
    assert store.close()
    assert shelf.unclaimed() != first
