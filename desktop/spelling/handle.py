"""The UI process's thin handle on the spelling process: starts it at the first question, and again when it dies."""

import json
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import IO

from desktop.own_program import own_program

MOST_WAITING = 2_000
"""Questions; those that come on top are dropped, and their words stay unmarked."""
TRIES = 2
"""A question at which the process dies twice is dropped."""
HANG_SECONDS = 60.0
STOP_SECONDS = 2.0
SHORT_LIFE_SECONDS = 10.0
RESTART_SECONDS = (0.0, 1.0, 5.0, 30.0, 300.0)
"""How long to wait before the next start, by how many short lives there were in a row."""

Post = Callable[[Callable[[], None]], None]
"""Runs a call on the UI thread; from any thread."""
Later = Callable[[float, Callable[[], None]], Callable[[], None]]
"""Calls something once on the UI thread after so many seconds; the result cancels it."""


@dataclass(slots=True)
class _Question:
    kind: str
    asked: list[str] | str
    answered: Callable[[list[str]], None]
    tries: int = 0


class SpellingProcess:
    """Implements the editor's SpellCheck. UI thread only; nothing waits.

    One question is under way at a time, so that the pipe to a process that is busy never fills.
    """

    def __init__(self, post: Post, later: Later) -> None:
        self._post = post
        self._later = later
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: deque[_Question] = deque()
        self._under_way: _Question | None = None
        self._number = 0
        self._started_at = 0.0
        self._short_lives = 0
        self._resting = False
        self._stopped = False
        self._unwatch: Callable[[], None] = lambda: None

    # --- the editor's SpellCheck ---------------------------------------------------------------------------------

    def look_up(self, words: Sequence[str], answered: Callable[[frozenset[str]], None]) -> None:
        """Ask which of the words nobody knows; `answered` is called later, never when the process is not there."""
        if len(self._waiting) < MOST_WAITING and not self._stopped:
            self._waiting.append(_Question("look_up", list(words), lambda found: answered(frozenset(found))))
            self._send()

    def suggest(self, word: str, answered: Callable[[tuple[str, ...]], None]) -> None:
        """Ask what may have been meant; a person waits, so it goes before every other question."""
        if not self._stopped:
            self._waiting.appendleft(_Question("suggest", word, lambda found: answered(tuple(found))))
            self._send()

    def stop(self) -> None:
        """End the process; questions that wait are dropped."""
        self._stopped = True
        self._waiting.clear()
        self._under_way = None
        self._unwatch()
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            if process.stdin is not None:
                _close(process.stdin)

    @property
    def idle(self) -> bool:
        """Whether every question is answered."""
        return self._under_way is None and not self._waiting

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process is not None else None

    # --- inside ----------------------------------------------------------------------------------------------------

    def _send(self) -> None:
        if self._under_way is not None or not self._waiting or self._resting:
            return
        process = self._process or self._start()
        if process is None or process.stdin is None:
            return
        question = self._under_way = self._waiting.popleft()
        question.tries += 1
        self._number += 1
        self._unwatch = self._later(HANG_SECONDS, process.kill)
        line = json.dumps({"n": self._number, question.kind: question.asked}).encode() + b"\n"
        with suppress(OSError):  # it died: `_on_end` follows
            process.stdin.write(line)
            process.stdin.flush()

    def _start(self) -> subprocess.Popen[bytes] | None:
        command, folder = own_program("--spelling")
        self._started_at = time.monotonic()
        try:
            process = subprocess.Popen(  # noqa: S603  # our own program
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
            )
        except OSError:
            self._rest()
            return None
        self._process = process
        threading.Thread(target=self._read, args=(process,), name="spelling", daemon=True).start()
        return process

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        """In a thread of its own, which ends with the process."""
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self._post(partial(self._on_line, process, line))
        process.kill()  # it may have closed its end only
        process.wait()
        self._post(partial(self._on_end, process))

    def _on_line(self, process: subprocess.Popen[bytes], line: bytes) -> None:
        question = self._under_way
        if process is not self._process or question is None:
            return
        found = _answer(line, self._number)
        if found is None:
            process.kill()
            return
        self._unwatch()
        self._under_way = None
        question.answered(found)
        self._send()

    def _on_end(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is not None:
            _close(process.stdin)
        if process is not self._process:
            return
        self._process = None
        self._unwatch()
        question, self._under_way = self._under_way, None
        if question is not None and question.tries < TRIES:
            self._waiting.appendleft(question)
        self._rest()

    def _rest(self) -> None:
        """Before the next start, the longer the more short lives there were."""
        short = time.monotonic() - self._started_at < SHORT_LIFE_SECONDS
        self._short_lives = self._short_lives + 1 if short else 0
        wait = RESTART_SECONDS[max(0, min(self._short_lives, len(RESTART_SECONDS)) - 1)]
        self._resting = True
        self._later(wait, self._go_on)

    def _go_on(self) -> None:
        self._resting = False
        if not self._stopped:
            self._send()


def _answer(line: bytes, number: int) -> list[str] | None:
    """The words of an answer to that question; None when it is none."""
    try:
        said = json.loads(line)
        found = said["offered"] if "offered" in said else said["unknown"]
        return [str(word) for word in found] if said["n"] == number else None
    except (ValueError, KeyError, TypeError):
        return None


def _close(pipe: IO[bytes]) -> None:
    """Close a pipe whose other end is gone, with what was not read of it."""
    with suppress(OSError):
        pipe.close()
