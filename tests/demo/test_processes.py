"""Child programs are waited for, logged and always ended, also those that never get ready or will not end."""

import sys
from pathlib import Path

import pytest

from demo.processes import Command, StartFailed, start


def python(source: str, log: Path, timeout_s: float = 30.0) -> Command:
    return Command("child", (sys.executable, "-uc", source), log, timeout_s=timeout_s)


def test_address_is_what_follows_ready(tmp_path: Path) -> None:
    ends_with_its_input = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    source = ends_with_its_input + "print('before'); print('ready http://there'); print('after'); sys.stdin.read()"
    with start(python(source, tmp_path / "log")) as running:
        assert running.address == "http://there"
        assert running.process.poll() is None
    assert running.process.poll() == 0
    assert (tmp_path / "log").read_text().splitlines() == ["before", "ready http://there", "after"]


def test_program_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="no such port"):
        start(python("raise SystemExit('no such port')", tmp_path / "log"))


def test_program_that_stays_silent_is_ended(tmp_path: Path) -> None:
    with pytest.raises(StartFailed):
        start(python("import sys; sys.stdin.read()", tmp_path / "log", timeout_s=0.2))


def test_program_that_will_not_end_is_ended_by_force(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
    running = start(Command("child", (sys.executable, "-uc", stubborn), tmp_path / "log", ready="ready", stop_s=0.2))
    assert running.stop() == -9
    assert running.stop() == -9


def test_power_cut_is_at_once(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
    running = start(Command("child", (sys.executable, "-uc", stubborn), tmp_path / "log", ready="ready"))
    running.kill()
    assert running.process.poll() == -9


def test_line_for_the_standard_input_reaches_the_program(tmp_path: Path) -> None:
    argv = (sys.executable, "-uc", "print('ready', input())")
    with start(Command("child", argv, tmp_path / "log", stdin_line="a secret")) as running:
        assert running.address == "a secret"
