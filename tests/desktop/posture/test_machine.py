"""The real machine within its bounds: commands die with their children, answers are capped."""

import json
import os
import time
from pathlib import Path

import pytest

from desktop.posture import machine as machine_module
from desktop.posture.machine import MAX_BYTES, LocalMachine
from desktop.posture.reading import Problem, Reading

MACHINE = LocalMachine()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_command_answers_with_its_output_and_status() -> None:
    assert MACHINE.run("/bin/echo", "a", "b") == Reading("a b\n")
    assert MACHINE.run("/bin/sh", "-c", "echo x; exit 3") == Reading("x\n", status=3)
    assert not MACHINE.run("/bin/sh", "-c", "echo x; exit 3").is_whole
    assert MACHINE.run("/bin/sh", "-c", "kill -9 $$").status == -9


def test_a_command_that_is_not_there_is_missing() -> None:
    assert MACHINE.run("/usr/bin/no-such-command").problem is Problem.MISSING
    assert MACHINE.run("/etc/passwd").problem is Problem.DENIED
    with pytest.raises(ValueError, match="sh"):
        MACHINE.run("sh", "-c", "true")


def test_a_hung_command_dies_with_all_its_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine_module, "COMMAND_SECONDS", 0.5)
    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! $$ > {pids}; trap '' TERM; wait"
    assert MACHINE.run("/bin/sh", "-c", script) == Reading(problem=Problem.TIMED_OUT)
    child, shell = map(int, pids.read_text().split())
    while is_running(child):  # its new parent may take a moment to bury it; the test's own time limit ends this
        time.sleep(0.01)
    assert not is_running(shell)


def test_a_child_that_keeps_the_pipe_does_not_keep_us(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine_module, "COMMAND_SECONDS", 0.5)
    assert MACHINE.run("/bin/sh", "-c", "sleep 600 & echo left").problem is Problem.TIMED_OUT
    # one that gives the pipe up is ended all the same
    pid = tmp_path / "pid"
    assert MACHINE.run("/bin/sh", "-c", f"sleep 600 >/dev/null 2>&1 & echo $! > {pid}; echo done").text == "done\n"
    while is_running(int(pid.read_text())):
        time.sleep(0.01)


def test_output_is_capped() -> None:
    assert MACHINE.run("/usr/bin/head", "-c", str(MAX_BYTES), "/dev/zero").text == "\0" * MAX_BYTES
    assert MACHINE.run("/usr/bin/head", "-c", str(10 * MAX_BYTES), "/dev/zero").problem is Problem.TOO_LARGE
    assert MACHINE.run("/bin/cat", "/dev/zero").problem is Problem.TOO_LARGE


def test_output_that_is_no_utf8_is_no_text() -> None:
    assert MACHINE.run("/usr/bin/printf", "\\377\\376a").problem is Problem.NOT_TEXT


def test_a_command_sees_a_fixed_environment_and_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/hostile")
    monkeypatch.setenv("LANG", "sl_SI.UTF-8")
    monkeypatch.setenv("PATH", "/hostile")
    monkeypatch.setenv("GSETTINGS_BACKEND", "memory")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/x")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    seen = dict(line.split("=", 1) for line in MACHINE.run("/usr/bin/env").text.splitlines())
    assert seen == {
        "LC_ALL": "C",
        "LANG": "C",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": os.environ["HOME"],
        "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x",
    }
    assert MACHINE.run("/bin/cat") == Reading("")


def test_files_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("é\n")
    assert MACHINE.read(str(path)) == Reading("é\n", length=3)
    assert MACHINE.read("/proc/self/mountinfo").length is None
    path.write_bytes(b"x" * (MAX_BYTES + 1))
    assert MACHINE.read(str(path)).problem is Problem.TOO_LARGE
    path.write_bytes("ENABLED=yes\n".encode("utf-16"))
    assert MACHINE.read(str(path)).problem is Problem.NOT_TEXT
    assert MACHINE.read(str(tmp_path / "none")).problem is Problem.MISSING
    assert MACHINE.read(str(path / "below")).problem is Problem.MISSING
    assert MACHINE.read(str(tmp_path)).problem is Problem.FAILED


def test_times_and_listings(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    os.utime(path, (5, 1_700_000_000.9))
    assert MACHINE.modified(str(path)) == Reading("1700000000")
    assert json.loads(MACHINE.listing(str(tmp_path)).text) == {"a": 1_700_000_000}
    assert MACHINE.modified(str(tmp_path / "b")).problem is Problem.MISSING
    assert MACHINE.listing(str(tmp_path / "b")).problem is Problem.MISSING
    assert abs(int(MACHINE.now().text) - time.time()) < 60


def test_settings_of_our_own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    monkeypatch.delenv("XDG_SESSION_TYPE", raising=False)
    reading = MACHINE.setting("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE")
    assert json.loads(reading.text) == {"XDG_CURRENT_DESKTOP": "GNOME", "XDG_SESSION_TYPE": ""}
