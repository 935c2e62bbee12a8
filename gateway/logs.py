"""Logs as JSON lines by allow-list: a key that is not named here never leaves the process, whoever logs it."""

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "count", "code", "status", "reason", "problem", "error", "error_id", "where", "job", "role", "method", "route",
        "duration_ms", "attempt", "attempts", "seq", "version", "policy_version", "kid", "port",
        "visit_id", "person_id", "device_id", "room_id", "admission_id", "task_id",
    }
)  # fmt: skip
"""Ids, codes, counts and states."""
_EVENT = re.compile(r"[a-z0-9_]{1,60}")
_MAX_VALUE = 300
_MAX_PLACES = 8
_ROOT = Path(__file__).resolve().parents[1]


def keep_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop every key that is not allowed and every value that is not plain; say how many were dropped."""
    event.pop("exc_info", None)
    kept = {key: _plain(value) for key, value in event.items() if key in ALLOWED and _is_plain(value)}
    if not _EVENT.fullmatch(str(kept.get("event", ""))):
        # An event is a name in our source. Anything else may have been put together from what somebody typed.
        kept["event"] = "unnamed"
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    return kept


def places(error: BaseException) -> str:
    """Where an error passed, innermost last: file, line and function; never its message or a variable."""
    return _places(error.__traceback__)


class ForeignLogs(logging.Handler):
    """Takes what libraries log: their constant template without its values, and the type and places of an error."""

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a library's record on."""
        details: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            details |= {"error": type(record.exc_info[1]).__name__, "where": places(record.exc_info[1])}
        details["code"] = str(record.msg)[:80] if isinstance(record.msg, str) and record.args else ""
        structlog.get_logger().log(record.levelno, "library_log", **details)


def configure_logs(stream: TextIO | None = None) -> None:
    """Write every log as one JSON line to `stream` (standard error by default)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [ForeignLogs(logging.WARNING)]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "httpx2", "sqlalchemy", "alembic"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(logging.WARNING)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _plain(value: Any) -> Any:  # noqa: ANN401  # a JSON scalar
    return value[:_MAX_VALUE] if isinstance(value, str) else value


def _places(trace: TracebackType | None) -> str:
    frames: Iterable[traceback.FrameSummary] = traceback.extract_tb(trace)[-_MAX_PLACES:]
    return " ".join(f"{_short(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames)


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
