"""The program's log: JSON lines by allow-list, bounded, readable by this user alone, written on a thread of its own.

Only names from our source, ids, counts and codes leave the process. Of what libraries log, the constant template is
kept; of an error, its type and the places it passed.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from wire.log_lines import keep_allowed, places, places_of

FILE_NAME = "alcove.log"
MAX_BYTES = 1_000_000
KEPT_FILES = 3
_OURS = "alcove"
_log = logging.getLogger(_OURS)


def note(event: str, level: int = logging.INFO, **details: object) -> None:
    """Log an event of ours: a name in snake_case, with ids, counts, states and codes. From any thread; never waits."""
    _log.log(level, event, extra={"details": details})


def note_error(event: str, error: BaseException) -> None:
    """Log a failure: its type and the places it passed, never its message."""
    note(event, logging.ERROR, error=type(error).__name__, where=places(error))


def start_logs(folder: Path) -> Callable[[], None]:
    """Write to `folder` from now on; the result ends it. Where it cannot be written, the program goes on without."""
    lines: SimpleQueue[logging.LogRecord] = SimpleQueue()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = _PrivateFile(folder / FILE_NAME)
    except OSError:
        return lambda: None
    handler = _LineHandler(lines)
    listener = QueueListener(lines, target)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    _log.setLevel(logging.INFO)
    listener.start()
    undo = _watch_uncaught()

    def stop() -> None:
        undo()
        root.removeHandler(handler)
        root.setLevel(level)
        listener.stop()
        target.close()

    return stop


class _LineHandler(QueueHandler):
    """Makes the line where it is logged, so that nothing but allowed words waits in the queue."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """A record whose message is the finished line."""
        return logging.makeLogRecord({"name": record.name, "levelno": record.levelno, "msg": _line(record)})


class _PrivateFile(RotatingFileHandler):
    """A bounded set of files with mode 0600; a disk that is full loses lines of the log, nothing else."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return open(os.open(self.baseFilename, flags, 0o600), "a", encoding="utf-8")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's own name
        """Nobody can be told in a log that the log cannot be written."""


def _line(record: logging.LogRecord) -> str:
    event: dict[str, object] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
    }
    if record.name == _OURS:
        event |= {"event": record.msg, **getattr(record, "details", {})}
    else:
        template = record.msg[:80] if isinstance(record.msg, str) and record.args else ""
        event |= {"event": "library_log", "logger": record.name, "code": template}
        if record.exc_info and record.exc_info[1] is not None:
            event |= {"error": type(record.exc_info[1]).__name__, "where": places(record.exc_info[1])}
    return json.dumps(keep_allowed(event), separators=(",", ":"))


def _watch_uncaught() -> Callable[[], None]:
    """Log what nobody caught, on whichever thread; the result takes that back."""
    before, before_thread = sys.excepthook, threading.excepthook

    def uncaught(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
        note("uncaught", logging.CRITICAL, error=kind.__name__, where=places_of(trace))

    def uncaught_on_thread(arguments: threading.ExceptHookArgs) -> None:
        uncaught(arguments.exc_type, arguments.exc_value or arguments.exc_type(), arguments.exc_traceback)

    sys.excepthook, threading.excepthook = uncaught, uncaught_on_thread

    def undo() -> None:
        sys.excepthook, threading.excepthook = before, before_thread

    return undo
