"""One vault for each person and practice on this account: `vault` is the first one's, the others' lie beside it.

Whose a vault is stands in its description as a tag, so that no name is needed to find it; `vault.last` names the one
that the program opens at its start. Nothing here opens a vault.
"""

from pathlib import Path

from desktop.secure_store.durable import write_whole
from desktop.secure_store.sidecar import read_sidecar

FIRST = "vault"
LAST = "vault.last"


class Shelf:
    """The vaults of this account."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def last(self) -> Path:
        """The folder that was used last; the first one when that is not known."""
        try:
            name = (self._data_dir / LAST).read_text().strip()
        except (OSError, ValueError):
            name = ""
        folder = self._data_dir / name
        return folder if _is_ours(name) else self._data_dir / FIRST

    def remember(self, folder: Path) -> None:
        """The program's next start opens this one."""
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._data_dir / LAST, folder.name.encode())

    def folder_of(self, owner: str) -> Path:
        """Where this owner's vault lies, or is to be made."""
        for folder in self.folders():
            sidecar = read_sidecar(folder)
            if sidecar is not None and sidecar.owner == owner:
                return folder
        return self._data_dir / f"{FIRST}-{owner[:16]}"

    def unclaimed(self) -> Path:
        """A folder for somebody who has not signed in yet: one without an owner, or a new one."""
        for folder in self.folders():
            sidecar = read_sidecar(folder)
            if sidecar is not None and not sidecar.owner and not sidecar.head_count:
                return folder
        taken = {folder.name for folder in self.folders()}
        return next(
            self._data_dir / name for number in range(1, 10_000) if (name := f"{FIRST}-new-{number}") not in taken
        )

    def folders(self) -> list[Path]:
        """Every folder with a vault."""
        found = [path for path in self._data_dir.glob(f"{FIRST}*") if path.is_dir() and _is_ours(path.name)]
        return sorted(found)


def _is_ours(name: str) -> bool:
    return name == FIRST or (name.startswith(f"{FIRST}-") and "/" not in name and "\\" not in name)
