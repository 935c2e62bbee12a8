"""What a line of a log may hold, on either side: names, ids, counts and codes by allow-list, nothing that was typed."""

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "logger",
        "count", "code", "status", "state", "phase", "reason", "problem", "error", "error_id", "where", "job", "role",
        "method", "route", "duration_ms", "attempt", "attempts", "seq", "version", "policy_version", "kid", "port",
        "visit_id", "person_id", "device_id", "room_id", "admission_id", "task_id",
    }
)  # fmt: skip
"""Ids, codes, counts and states."""
_EVENT = re.compile(r"[a-z0-9_]{1,60}")
_MAX_VALUE = 300
_MAX_PLACES = 8
_ROOT = Path(__file__).resolve().parents[1]


def keep_allowed(event: Mapping[str, object]) -> dict[str, object]:
    """The allowed keys with plain values, cut to a length; `dropped` counts the others.

    An event is a name in our source: anything else may have been put together from what somebody typed.
    """
    kept = {key: _plain(value) for key, value in event.items() if key in ALLOWED and _is_plain(value)}
    if not _EVENT.fullmatch(str(kept.get("event", ""))):
        kept["event"] = "unnamed"
    if len(kept) < len(event):
        kept["dropped"] = len(event) - len(kept)
    return kept


def places(error: BaseException) -> str:
    """Where an error passed, innermost last: file, line and function; never its message or a variable."""
    return places_of(error.__traceback__)


def places_of(trace: TracebackType | None) -> str:
    """The same for a traceback."""
    frames = traceback.extract_tb(trace)[-_MAX_PLACES:]
    return " ".join(f"{_short(frame.filename)}:{frame.lineno}:{frame.name}" for frame in frames)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _plain(value: object) -> object:
    return value[:_MAX_VALUE] if isinstance(value, str) else value


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
