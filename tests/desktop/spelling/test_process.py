"""The spelling process as it is started: questions in order, a death, a hang, nonsense, its end, nothing on disk."""

import io
import json
import os
import queue
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.own_program import own_program
from desktop.spelling import handle
from desktop.spelling.handle import SpellingProcess
from desktop.spelling.process import serve

SECONDS = 100.0


class Screen:
    """The UI thread of these tests: calls that other threads hand over, and timers."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        timer = (time.monotonic() + seconds, call)
        self.timers.append(timer)
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end, "it did not happen"
            for timer in [it for it in self.timers if it[0] <= time.monotonic()]:
                self.timers.remove(timer)
                timer[1]()
            try:
                self.calls.get(timeout=0.01)()
            except queue.Empty:
                continue


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def process(screen: Screen) -> Iterator[SpellingProcess]:
    made = SpellingProcess(screen.calls.put, screen.later)
    yield made
    made.stop()


def alive(pid: int | None) -> bool:
    return pid is not None and Path(f"/proc/{pid}").exists()


def test_it_starts_at_the_first_question_and_answers_each(screen: Screen, process: SpellingProcess) -> None:
    assert process.pid is None
    found: list[object] = []
    process.look_up(["fever", "fevr"], found.append)
    process.look_up(["hepatomegaly", "hepatomegly"], found.append)
    process.suggest("fevr", found.append)
    screen.until(lambda: len(found) == 3)
    offered = next(it for it in found if isinstance(it, tuple))
    assert "fever" in offered
    assert [it for it in found if it is not offered] == [frozenset({"fevr"}), frozenset({"hepatomegly"})]
    assert found.index(offered) < 2, "a person waits for suggestions: they go first"


def test_it_is_started_again_when_it_dies_and_the_question_is_asked_again(
    screen: Screen, process: SpellingProcess
) -> None:
    found: list[frozenset[str]] = []
    process.look_up(["fevr"], found.append)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    screen.until(lambda: bool(found))
    assert found == [frozenset({"fevr"})]
    assert process.pid not in (None, first)
    assert not alive(first)


def test_a_question_that_kills_it_twice_is_dropped_and_the_next_one_answered(
    screen: Screen, process: SpellingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "RESTART_SECONDS", (0.0,))
    found: list[str] = []
    process.look_up(["first"], lambda _unknown: found.append("first"))
    process.look_up(["second"], lambda _unknown: found.append("second"))
    for _ in range(handle.TRIES):
        screen.until(lambda: process.pid is not None)
        dying = process.pid
        assert dying is not None
        os.kill(dying, signal.SIGKILL)
        screen.until(lambda dying=dying: process.pid != dying)  # type: ignore[misc]
    screen.until(lambda: bool(found))
    assert found == ["second"]


def test_one_that_hangs_is_ended_and_started_again(
    screen: Screen, process: SpellingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "HANG_SECONDS", 0.05)
    found: list[frozenset[str]] = []
    process.look_up(["fevr"], found.append)
    hanging = process.pid
    assert hanging is not None
    os.kill(hanging, signal.SIGSTOP)
    monkeypatch.setattr(handle, "HANG_SECONDS", SECONDS)
    screen.until(lambda: bool(found))
    assert process.pid != hanging
    assert not alive(hanging)


def test_where_it_cannot_start_nothing_is_answered_and_nothing_fails(
    screen: Screen, process: SpellingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "own_program", lambda *_words: (["/no/such/program"], None))
    found: list[object] = []
    process.look_up(["fevr"], found.append)
    process.suggest("fevr", found.append)
    assert found == []
    assert process.pid is None


def test_stopping_ends_it_at_once_and_drops_what_waits(screen: Screen, process: SpellingProcess) -> None:
    found: list[object] = []
    process.look_up(["fevr"], found.append)
    pid = process.pid
    process.stop()
    assert not alive(pid)
    process.look_up(["fevr"], found.append)
    assert process.pid is None
    while not screen.calls.empty():
        screen.calls.get()()
    assert found == []


def test_it_ends_with_the_program_that_asks() -> None:
    """Its standard input ends when that program dies, however it dies."""
    command, folder = own_program("--spelling")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
    ) as child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(SECONDS) == 0


def test_it_writes_nothing_down_and_says_nothing_but_answers(tmp_path: Path) -> None:
    """A canary is asked about, in a folder and home of its own; then a bad line ends it."""
    canary = "zanzibarquinx"
    command, folder = own_program("--spelling")
    env = os.environ | {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    asked = json.dumps({"n": 1, "look_up": [canary]}).encode() + b"\nnot json " + canary.encode() + b"\n"
    done = subprocess.run(command, input=asked, capture_output=True, cwd=folder, env=env, timeout=SECONDS, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"n": 1, "unknown": [canary]}
    assert canary.encode() not in done.stderr
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("line", [b"[]\n", b"{}\n", b'{"n": 1}\n', b'{"n": 1, "look_up": 5}\n', b"\xff\n"])
def test_nonsense_ends_it(line: bytes) -> None:
    answers = io.BytesIO()
    assert serve(io.BytesIO(line), answers) == 1
    assert answers.getvalue() == b""
