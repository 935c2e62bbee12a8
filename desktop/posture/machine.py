"""How a check reaches the machine: bounded reads of files and hard-bounded commands, never through a shell."""

import contextlib
import json
import os
import select
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from typing import Protocol

from desktop.posture.reading import Problem, Reading

MAX_BYTES = 1024 * 1024
COMMAND_SECONDS = 5.0
_SESSION_NAMES = ("HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
"""What a command of the user's session needs; nothing else of our environment reaches it."""


class Machine(Protocol):
    """What a check may ask. Every answer is a Reading; none of these raises."""

    def read(self, path: str) -> Reading:
        """A file's text (UTF-8)."""

    def modified(self, path: str) -> Reading:
        """When a path was last modified, as whole seconds since the epoch."""

    def listing(self, path: str) -> Reading:
        """A directory as a JSON object: name to modification time."""

    def run(self, *command: str) -> Reading:
        """A command's standard output; the first word is an absolute path."""

    def setting(self, *names: str) -> Reading:
        """Variables of our environment as a JSON object; an unset one is empty."""

    def now(self) -> Reading:
        """The wall clock, as whole seconds since the epoch."""


class LocalMachine:
    """This machine. Blocks; only the runner's threads call it."""

    def read(self, path: str) -> Reading:
        """A file's text (UTF-8)."""
        try:
            with open(path, "rb") as file:
                status = os.fstat(file.fileno())
                data = file.read(MAX_BYTES + 1)
        except OSError as problem:
            return _unreadable(problem)
        # files below /proc and /sys say that they are empty
        length = status.st_size if stat.S_ISREG(status.st_mode) and status.st_size else None
        return _decoded(data, length=length)

    def modified(self, path: str) -> Reading:
        """When a path was last modified, as whole seconds since the epoch."""
        try:
            return Reading(str(int(os.stat(path).st_mtime)))
        except OSError as problem:
            return _unreadable(problem)

    def listing(self, path: str) -> Reading:
        """A directory as a JSON object: name to modification time."""
        try:
            with os.scandir(path) as entries:
                found = {entry.name: int(entry.stat().st_mtime) for entry in entries}
        except OSError as problem:
            return _unreadable(problem)
        return Reading(json.dumps(found))

    def run(self, *command: str) -> Reading:
        """A command's standard output, at most 1 MiB; after 5 s its whole process group is killed."""
        if not os.path.isabs(command[0]):
            raise ValueError(command[0])
        try:
            process = subprocess.Popen(  # noqa: S603  # fixed words of our own checks, absolute, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(os.environ),
                cwd="/",
                start_new_session=True,
            )
        except OSError as problem:
            return _unreadable(problem)
        with process:
            try:
                data, problem_met = _read_bounded(process, time.monotonic() + COMMAND_SECONDS)
            finally:
                _kill_group(process)
        if problem_met is not None:
            return Reading(problem=problem_met)
        return _decoded(data, status=process.returncode)

    def setting(self, *names: str) -> Reading:
        """Variables of our environment as a JSON object; an unset one is empty."""
        return Reading(json.dumps({name: os.environ.get(name, "") for name in names}))

    def now(self) -> Reading:
        """The wall clock, as whole seconds since the epoch."""
        return Reading(str(int(time.time())))


def _read_bounded(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, Problem | None]:
    """Standard output to its end and the exit, or what was in the way."""
    if process.stdout is None:
        raise RuntimeError("no pipe")  # it was asked for
    pipe = process.stdout.fileno()
    data = b""
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return b"", Problem.TIMED_OUT
        chunk = os.read(pipe, 65536)
        if not chunk:
            break
        data += chunk
        if len(data) > MAX_BYTES:
            return b"", Problem.TOO_LARGE
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return b"", Problem.TIMED_OUT
    return data, None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever the command left behind: its children share its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """A fixed environment: no language, no search path and no loader variables of ours."""
    fixed = {"LC_ALL": "C", "LANG": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return fixed | {name: own[name] for name in _SESSION_NAMES if name in own}


def _decoded(data: bytes, *, status: int = 0, length: int | None = None) -> Reading:
    if len(data) > MAX_BYTES:
        return Reading(problem=Problem.TOO_LARGE)
    try:
        return Reading(data.decode(), status=status, length=length)
    except UnicodeDecodeError:
        return Reading(problem=Problem.NOT_TEXT)


def _unreadable(problem: OSError) -> Reading:
    match problem:
        case FileNotFoundError() | NotADirectoryError():
            return Reading(problem=Problem.MISSING)
        case PermissionError():
            return Reading(problem=Problem.DENIED)
        case _:
            return Reading(problem=Problem.FAILED)
