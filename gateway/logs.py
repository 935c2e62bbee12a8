"""Logs as JSON lines by allow-list: a key that is not named there never leaves the process, whoever logs it."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from wire.log_lines import keep_allowed, places


def only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """structlog's step that drops every key that is not allowed and every value that is not plain."""
    event.pop("exc_info", None)
    return keep_allowed(event)


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
            only_allowed,
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
