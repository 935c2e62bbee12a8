"""The handle against media processes that die, lie or do not read. Real processes, real sockets."""

import gc
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import desktop.av.handle as handle_module
from desktop.av.messages import Picture, Prepared
from desktop.av.pipe import encode
from desktop.av.slots import SLOTS
from desktop.ports import FrameRef, MediaConfig
from tests.desktop.av.desk import Desk

PICTURE = Picture(slot=0, width=64, height=36, stride=256, sequence=1, received_at=1.0)


class Actor:
    """A program in the media process's place: it writes given bytes, then reads until its end or sleeps."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.starts = 0
        self.parts: list[bytes] = []
        self.reads = True
        monkeypatch.setattr(handle_module, "_spawn", self.spawn)

    def spawn(self, control: int, memory: int) -> subprocess.Popen[bytes]:
        self.starts += 1
        said = self.folder / f"{self.starts}.said"
        said.write_bytes(self.parts.pop(0) if self.parts else b"")
        program = f"""
            import socket, time
            line = socket.socket(fileno={control})
            if said := open({str(said)!r}, "rb").read():
                line.sendall(said)
            heard = open({str(self.folder / f"{self.starts}.heard")!r}, "wb", buffering=0)
            while {self.reads} and (data := line.recv(65536)):
                heard.write(data)
            if not {self.reads}:
                time.sleep(60)
        """
        return subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], pass_fds=(control, memory))  # noqa: S603

    def heard(self, number: int) -> bytes:
        file = self.folder / f"{number}.heard"
        return file.read_bytes() if file.exists() else b""


@pytest.fixture
def actor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actor:
    return Actor(tmp_path, monkeypatch)


@pytest.fixture
def desk(actor: Actor) -> Iterator[Desk]:
    made = Desk(start=False)
    yield made
    made.handle.stop()


@pytest.mark.parametrize(
    "said",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}",
        b"GET / HTTP/1.1\r\n\r\n",
        encode(PICTURE)[:-3] + b'9"}',
        encode(PICTURE) + encode(PICTURE),
    ],
)
def test_a_process_that_talks_nonsense_is_ended_and_replaced(desk: Desk, actor: Actor, said: bytes) -> None:
    actor.parts = [said, encode(Prepared(connection_id="c", fingerprint=":".join(["AA"] * 32)))]
    desk.handle.start()
    desk.until(lambda: "c" in desk.listener.prepared)
    assert desk.listener.deaths == 1
    assert actor.starts == 2


def test_one_that_dies_again_and_again_is_started_ever_more_slowly(
    desk: Desk, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle_module, "RESTART_SECONDS", (0.0, 0.01, 0.02))
    actor.parts = [b"\xff" * 4] * 6
    desk.handle.start()
    desk.until(lambda: desk.listener.deaths == 6)
    assert desk.waits == [0.01, 0.02, 0.02, 0.02, 0.02]
    desk.until(lambda: actor.starts == 7)


def test_a_feed_that_is_prepared_while_none_runs_is_prepared_by_the_next(
    desk: Desk, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle_module, "RESTART_SECONDS", (0.05,))
    actor.parts = [b"\xff" * 4]
    desk.handle.set_pane_size(320, 200)
    desk.handle.set_volume(1.5)
    desk.handle.start()
    desk.until(lambda: desk.listener.deaths == 1)
    desk.handle.prepare("gone", MediaConfig())
    desk.handle.prepare("kept", MediaConfig())
    desk.handle.close_feed("gone")
    desk.until(lambda: actor.starts == 2)
    desk.until(lambda: b"kept" in actor.heard(2))
    heard = actor.heard(2)
    assert b"gone" not in heard
    assert b'"width":320' in heard
    assert b'"gain":1.5' in heard


def test_one_that_does_not_read_is_ended_and_the_ui_never_waits(desk: Desk, actor: Actor) -> None:
    actor.reads = False
    desk.handle.start()
    for _ in range(200):
        desk.handle.accept_offer("c", "x" * 60_000)
    desk.until(lambda: desk.listener.deaths == 1)


def test_pictures_are_released_once_and_by_their_own_number_only(desk: Desk, actor: Actor) -> None:
    later = PICTURE.model_copy(update={"slot": 1, "sequence": 2})
    actor.parts = [encode(PICTURE) + encode(later)]
    desk.handle.start()
    desk.until(lambda: bool(desk.listener.frames))
    (frame,) = desk.listener.frames
    assert frame == FrameRef(1, 64, 36, 256, 2, 1.0), "of two that wait the newest is shown"
    desk.handle.release(FrameRef(1, 64, 36, 256, 99, 1.0))
    desk.handle.release(frame)
    desk.handle.release(frame)
    desk.handle.set_pane_size(9, 9)
    desk.until(lambda: b'"width":9' in actor.heard(1))
    assert actor.heard(1).count(b'"release"') == 2


def test_a_picture_on_the_screen_outlives_its_process_and_stays_pinned(
    desk: Desk, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle_module, "RESTART_SECONDS", (0.0,))
    actor.parts = [encode(PICTURE) + b"\xff" * 4]
    desk.handle.start()
    desk.until(lambda: desk.listener.deaths == 1 and bool(desk.listener.frames))
    pixels = desk.handle.image_bytes(desk.listener.frames[0])
    gc.collect()
    assert len(bytes(pixels)) == 256 * 36
    desk.until(lambda: b'"slots":[0]' in actor.heard(2))


def test_stopping_leaves_no_process_and_no_descriptor(actor: Actor) -> None:
    before = set(os.listdir("/proc/self/fd"))
    desk = Desk(start=False)
    desk.handle.start()
    process = desk.handle._process
    assert process is not None
    desk.handle.stop()
    assert process.returncode == 0
    assert set(os.listdir("/proc/self/fd")) == before
    desk.handle.set_pane_size(1, 1)
    desk.handle.release(FrameRef(0, 1, 1, 4, 0, 0.0))
    assert SLOTS == 3


def test_the_handle_brings_neither_qt_nor_media_libraries_into_the_ui_process() -> None:
    program = (
        "import sys, desktop.av.handle;"
        "print([n for n in ('av','aiortc','aioice','sounddevice','PySide6','asyncio','numpy') if n in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert out.stdout.strip() == "[]"
