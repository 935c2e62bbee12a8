"""Child programs of the demo: started, waited for until they say where they listen, logged, and always ended."""

import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import IO, Self

STOP_SECONDS = 5.0


class StartFailed(Exception):
    """A child program ended or stayed silent before it was ready; the message ends with its last output."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a program: `ready` begins the output line that says that it listens, the rest is its address.

    Without a `log` its output is kept as long as it runs.
    """

    name: str
    argv: tuple[str, ...]
    log: Path | None = None
    ready: str = "ready "
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stdin_line: str = ""
    timeout_s: float = 30.0
    stop_s: float = STOP_SECONDS
    """How long it may take to end politely."""


@dataclass(slots=True)
class Running:
    """A running child program. Leaving the `with` block ends it; `log` holds everything it wrote."""

    name: str
    log: Path
    process: subprocess.Popen[bytes]
    address: str = ""
    stop_s: float = STOP_SECONDS
    _pump: threading.Thread | None = field(default=None, repr=False)
    _scratch: TemporaryDirectory[str] | None = field(default=None, repr=False)

    def stop(self) -> int:
        """End the program: first politely, after `stop_s` by force; its exit code. Safe to call twice."""
        self._close_input()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
        return self._ended()

    def kill(self) -> None:
        """End the program as a power cut does."""
        self.process.kill()
        self._close_input()
        self._ended()

    def _close_input(self) -> None:
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def _ended(self) -> int:
        code = self.process.wait()
        if self._pump is not None:
            self._pump.join(STOP_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()
        if self._scratch is not None:
            self._scratch.cleanup()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


@dataclass(slots=True)
class _Readiness:
    """What the reader of a program's output has seen so far."""

    prefix: bytes
    changed: threading.Event = field(default_factory=threading.Event)
    address: str | None = None

    def pump(self, output: IO[bytes], log: Path) -> None:
        """Copy the output to the log until it ends, and notice the line that says ready."""
        with log.open("ab", buffering=0) as file:
            for line in output:
                file.write(line)
                if self.address is None and line.startswith(self.prefix):
                    self.address = line[len(self.prefix) :].decode().strip()
                    self.changed.set()
        self.changed.set()


def start(command: Command) -> Running:
    """Start a program and wait until it is ready; StartFailed when it ends or stays silent instead."""
    scratch = TemporaryDirectory(prefix="alcove-demo-") if command.log is None else None
    log = command.log or Path(scratch.name if scratch else "") / "output.log"
    process = subprocess.Popen(  # noqa: S603
        command.argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=None if command.env is None else dict(command.env),
        cwd=command.cwd,
    )
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both are pipes")
    if command.stdin_line:
        process.stdin.write(command.stdin_line.encode() + b"\n")
        process.stdin.flush()
    readiness = _Readiness(command.ready.encode())
    pump = threading.Thread(target=readiness.pump, args=(process.stdout, log), name=f"{command.name} output")
    pump.start()
    running = Running(command.name, log, process, stop_s=command.stop_s, _pump=pump, _scratch=scratch)
    readiness.changed.wait(command.timeout_s)
    if readiness.address is None:
        running.process.kill()
        pump.join(STOP_SECONDS)
        said = _tail(log)
        running.stop()
        raise StartFailed(f"{command.name} did not start:\n{said}")
    running.address = readiness.address
    return running


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2_000:] if log.exists() else "(no output)"
