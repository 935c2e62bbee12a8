"""The journal's head outside the database: how many edits were committed, and the last link.

`vault.head` is a ring of records of fixed size, allocated when it is made: one is written behind each commit, without
waiting for the disk; a thread syncs it at most SYNC_SECONDS later. So a killed program lags by nothing, and a power cut
by what that thread had not synced: rows that are lost inside that lag leave their frames in the log (wal.py).
Nothing in it is secret: visits are tags, and each record is authenticated by the chain's key.
"""

import hmac
import os
import struct
import sys
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop.secure_store.durable import sync, write_whole

NAME = "vault.head"
SYNC_SECONDS = 0.5
MAGIC = b"ALCOVEH1"
_HEADER = struct.Struct("<8s36s16xI")
_RECORD = struct.Struct("<QQQI8s16s12s")
SLOT_BYTES = 64
SLOTS = 4096
MAC_BYTES = 16
_CHECKED = 52


@dataclass(frozen=True, slots=True)
class HeadRecord:
    """One commit: `total` edits of the whole journal so far; of the visit with this tag `number`, `edits` new ones."""

    total: int
    number: int
    edits: int
    tag: bytes
    mac: bytes


class HeadFile:
    """An open head file. `newest` is what it said when it was opened, None when it says nothing under this key."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._key = key
        self._records = _read(path)
        self.newest: HeadRecord | None = next(self._proven(), None)
        self._serial = self._records[0][0] if self._records else 0
        self._descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        self._wake, self._ended = threading.Event(), threading.Event()
        self._syncer: threading.Thread | None = None

    def _proven(self) -> Iterator[HeadRecord]:
        """Authentic records, newest first."""
        for record in self._records:
            data = _RECORD.pack(*record)
            if hmac.compare_digest(_check(self._key, data[:_CHECKED]), record[6]):
                yield HeadRecord(*record[1:6])

    def numbers(self) -> dict[bytes, int]:
        """The last number of each visit in the ring, by tag; 0 of one that was forgotten."""
        found: dict[bytes, int] = {}
        for record in self._proven():
            found.setdefault(record.tag, record.number)
        return found

    def note(self, record: HeadRecord) -> None:
        """Write a commit's record; it is on the disk SYNC_SECONDS later at the latest."""
        self._serial += 1
        _write_at(self._descriptor, _packed(self._key, self._serial, record), _place(self._serial))
        if self._syncer is None:
            self._syncer = threading.Thread(target=self._sync_for_ever, name="head", daemon=True)
            self._syncer.start()
        self._wake.set()

    def _sync_for_ever(self) -> None:
        while not self._ended.is_set():
            self._wake.wait()
            # Not at once: the next commit would wait behind it.
            if self._ended.wait(SYNC_SECONDS):
                return
            self._wake.clear()
            sync(self._descriptor)

    def close(self) -> None:
        """Sync and close."""
        self._ended.set()
        self._wake.set()
        if self._syncer is not None:
            self._syncer.join()
            sync(self._descriptor)
        os.close(self._descriptor)


def make_head(path: Path, key: bytes, vault_id: str, record: HeadRecord) -> None:
    """Begin the ring anew with one record, in the place of what lies there."""
    data = bytearray(SLOT_BYTES * SLOTS)
    header = _HEADER.pack(MAGIC, vault_id.encode()[:36].ljust(36), 0)[:60]
    data[:SLOT_BYTES] = header + zlib.crc32(header).to_bytes(4, "little")
    data[_place(1) : _place(1) + SLOT_BYTES] = _packed(key, 1, record)
    write_whole(path, bytes(data))


def vault_id_of(path: Path) -> str | None:
    """The vault's id from the header, for when both descriptions are gone."""
    try:
        with path.open("rb") as file:
            header = file.read(SLOT_BYTES)
    except OSError:
        return None
    if len(header) != SLOT_BYTES or header[:8] != MAGIC:
        return None
    if zlib.crc32(header[:60]).to_bytes(4, "little") != header[60:]:
        return None
    return header[8:44].decode("ascii", "replace").strip()


def read_head(path: Path, key: bytes) -> HeadFile | None:
    """The head file, or None when there is none that can be opened."""
    try:
        return HeadFile(path, key)
    except OSError:
        return None


def _read(path: Path) -> list[tuple[int, int, int, int, bytes, bytes, bytes]]:
    """Every record that was ever written, newest first, not checked yet."""
    data = path.read_bytes()[SLOT_BYTES : SLOT_BYTES * SLOTS]
    whole = data[: len(data) // SLOT_BYTES * SLOT_BYTES]
    return sorted((record for record in _RECORD.iter_unpack(whole) if record[0]), reverse=True)


def _packed(key: bytes, serial: int, record: HeadRecord) -> bytes:
    data = _RECORD.pack(
        serial, record.total, record.number, record.edits, record.tag, record.mac[:MAC_BYTES], bytes(12)
    )[:_CHECKED]
    return data + _check(key, data)


def _check(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, b"head" + data, "sha256")[: SLOT_BYTES - _CHECKED]


def _place(serial: int) -> int:
    return SLOT_BYTES * (1 + serial % (SLOTS - 1))


if sys.platform == "win32":

    def _write_at(descriptor: int, data: bytes, place: int) -> None:
        os.lseek(descriptor, place, os.SEEK_SET)
        os.write(descriptor, data)

else:

    def _write_at(descriptor: int, data: bytes, place: int) -> None:
        os.pwrite(descriptor, data, place)
