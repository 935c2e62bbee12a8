"""A vault is made on this machine's own disks alone."""

from pathlib import Path, PurePosixPath

import pytest

from desktop.ports import DiskState, VaultProblem, VaultUnavailable
from desktop.secure_store import mounts
from desktop.secure_store.mounts import NETWORK, file_system, is_copied, on_network
from desktop.secure_store.vault import open_vault
from tests.desktop.secure_store.rings import MemoryRing

LINES = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
40 27 0:50 / /home rw,nosuid,nodev shared:12 - nfs4 files.example:/home rw,vers=4.2
41 40 0:51 / /home/santos/local\040disk rw - xfs /dev/vdb rw
42 27 0:52 / /media/share rw master:3 propagate_from:2 - cifs //files.example/share rw
43 27 0:53 / /over rw - ext4 /dev/vdc rw
44 43 0:54 / /over rw - 9p share rw,trans=virtio
nonsense
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/alcove", "ext4"),
        ("/home/santos/.local/share/alcove", "nfs4"),
        ("/home", "nfs4"),
        ("/homes", "ext4"),
        ("/home/santos/local disk/alcove", "xfs"),
        ("/media/share/alcove", "cifs"),
        ("/over/alcove", "9p"),
    ],
)
def test_the_nearest_and_last_mount_counts(path: str, kind: str) -> None:
    assert file_system(LINES, path) == kind
    assert file_system("", path) == ""


def test_folders_that_are_copied_to_a_server_are_known_by_name() -> None:
    assert is_copied(PurePosixPath("/home/a/OneDrive - Lakeside Clinic/alcove"))
    assert is_copied(PurePosixPath("/home/a/Dropbox/alcove"))
    assert not is_copied(PurePosixPath("/home/a/one drive/alcove"))


def test_this_tests_folder_is_local(tmp_path: Path) -> None:
    assert not on_network(tmp_path)


def test_no_vault_is_made_there_and_one_that_is_there_opens_and_says_so(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = MemoryRing()
    table = tmp_path / "mountinfo"
    table.write_text(f"27 1 254:0 / {tmp_path} rw - {sorted(NETWORK)[0]} server rw\n")
    with monkeypatch.context() as away:
        away.setattr(mounts, "MOUNTS", table)
        with pytest.raises(VaultUnavailable) as raised:
            open_vault(folder, ring)
        assert raised.value.problem is VaultProblem.NETWORK_FOLDER
        assert ring.written == 0
    open_vault(folder, ring).close()
    monkeypatch.setattr(mounts, "MOUNTS", table)
    vault = open_vault(folder, ring)
    assert vault.disk() in (DiskState.NETWORK, DiskState.LOW, DiskState.NO_NEW_VISIT)
    assert vault.on_network
    vault.close()
