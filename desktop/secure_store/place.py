"""Where a vault's files lie, and the key to them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from desktop.secure_store.chain import chain_key
from desktop.secure_store.head import NAME as HEAD
from desktop.secure_store.sidecar import Sidecar

FILE = "vault.db"


@dataclass(frozen=True)
class Place:
    """A vault's folder with its key; `sidecar` as it was read or last written."""

    folder: Path
    key: bytes
    sidecar: Sidecar

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / FILE

    @property
    def wal(self) -> Path:
        """Its write-ahead log."""
        return self.folder / f"{FILE}-wal"

    @property
    def head(self) -> Path:
        """The journal's head."""
        return self.folder / HEAD

    @cached_property
    def chain_key(self) -> bytes:
        """The key of the journal's chain."""
        return chain_key(self.key)
