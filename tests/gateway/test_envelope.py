"""The envelope: opens only with its key and in its place; its key file is private; nothing plain lies on the disk."""

import stat
from pathlib import Path

import pytest

from gateway.envelope import Envelope, EnvelopeBroken, KeyFileUnusable, create_key_file, read_key_file
from tests.gateway.world import SCRIBE, open_world
from wire.base import MAX_UPDATE_BYTES
from wire.commands import SendChat


def test_what_was_sealed_opens_in_its_place_only() -> None:
    envelope = Envelope(b"k" * 32)
    sealed = envelope.seal("µ text".encode(), "visits/1")
    assert envelope.open(sealed, "visits/1") == "µ text".encode()
    for other in ("visits/2", "", "visits/1 "):
        with pytest.raises(EnvelopeBroken):
            envelope.open(sealed, other)


def test_the_biggest_update_opens_again() -> None:
    envelope = Envelope(b"k" * 32)
    data = b"\xff" * MAX_UPDATE_BYTES
    assert envelope.open(envelope.seal(data, "c"), "c") == data


def test_another_key_and_every_damaged_part_is_refused() -> None:
    sealed = Envelope(b"k" * 32).seal(b"text", "c")
    with pytest.raises(EnvelopeBroken):
        Envelope(b"l" * 32).open(sealed, "c")
    parts = sealed.split(".")
    for index in range(len(parts)):
        swapped = "B" if parts[index][3] == "A" else "A"
        damaged = parts[:index] + [parts[index][:3] + swapped + parts[index][4:]] + parts[index + 1 :]
        with pytest.raises(EnvelopeBroken):
            Envelope(b"k" * 32).open(".".join(damaged), "c")
    for garbage in ("", "....", "a.b.c.d.e", "text"):
        with pytest.raises(EnvelopeBroken):
            Envelope(b"k" * 32).open(garbage, "c")


def test_fingerprints_tell_equal_from_other_and_depend_on_the_key() -> None:
    envelope = Envelope(b"k" * 32)
    assert envelope.fingerprint(b"yes") == envelope.fingerprint(b"yes") != envelope.fingerprint(b"no")
    assert envelope.fingerprint(b"yes") != Envelope(b"l" * 32).fingerprint(b"yes")


def test_the_key_file_is_private_new_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "envelope.key"
    create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealed = read_key_file(path).seal(b"text", "c")
    with pytest.raises(FileExistsError):
        create_key_file(path)
    assert read_key_file(path).open(sealed, "c") == b"text"


def test_an_unusable_key_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable):
        read_key_file(tmp_path / "none")
    short = tmp_path / "short"
    short.write_bytes(b"k" * 31)
    short.chmod(0o600)
    with pytest.raises(KeyFileUnusable):
        read_key_file(short)
    public = tmp_path / "public"
    public.write_bytes(b"k" * 32)
    public.chmod(0o640)
    with pytest.raises(KeyFileUnusable, match="640"):
        read_key_file(public)


def _contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.iterdir()]


@pytest.mark.anyio
async def test_no_typed_word_lies_plain_in_the_data_folder(tmp_path: Path) -> None:
    canary = "zanzibarcanary"
    async with open_world(f"sqlite+aiosqlite:///{tmp_path}/gateway.db") as world:
        await world.admit()
        await world.scribe(SendChat(message_id="m", text=canary))
        await world.write({"hpi": canary})
        assert (await world.texts())["hpi"] == canary
        while_open = _contents(tmp_path)
    contents = while_open + _contents(tmp_path)
    assert sum(len(content) for content in contents) > 0
    assert any(SCRIBE.id.encode() in content for content in contents)  # the search does see plain columns
    for word in (canary, "Okafor", "Shortness of breath", "1958-03-14"):
        assert all(word.encode() not in content for content in contents)
