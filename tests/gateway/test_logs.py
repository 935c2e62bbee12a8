"""Logs: JSON lines by allow-list, whatever is logged and by whom."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from gateway.logs import configure_logs

CANARY = "Okafor, Adaeze 1958-03-14"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logs(out)
    yield out
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_ids_and_counts_come_through(stream: io.StringIO) -> None:
    structlog.get_logger().info("visit_opened", visit_id="v1", count=3)
    (line,) = lines(stream)
    assert (line["event"], line["visit_id"], line["count"], line["level"]) == ("visit_opened", "v1", 3, "info")
    assert line["timestamp"].endswith("Z")


def test_unknown_keys_and_rich_values_are_dropped(stream: io.StringIO) -> None:
    structlog.get_logger().warning("event_one", note=CANARY, patient={"name": CANARY}, code=[CANARY], reason=None)
    (line,) = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line["dropped"] == 3


def test_an_event_that_was_put_together_is_not_printed(stream: io.StringIO) -> None:
    structlog.get_logger().error(f"could not save {CANARY}")
    assert CANARY not in stream.getvalue()
    assert lines(stream)[0]["event"] == "unnamed"


def test_an_exception_leaves_neither_message_nor_variables(stream: io.StringIO) -> None:
    secret_note = CANARY
    try:
        raise ValueError(secret_note)
    except ValueError:
        structlog.get_logger().exception("call_failed")
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application %s", secret_note)
    assert CANARY not in stream.getvalue()
    assert "secret_note" not in stream.getvalue()
    last = lines(stream)[-1]
    assert (last["event"], last["error"], last["logger"]) == ("library_log", "ValueError", "uvicorn.error")
    assert "test_logs.py" in last["where"]


def test_libraries_leave_no_values(stream: io.StringIO) -> None:
    for name in ("httpx2", "sqlalchemy.engine", "asyncio", "alembic.runtime", "anything"):
        logging.getLogger(name).error("query %r", CANARY)
        logging.getLogger(name).error(f"query {CANARY}")
        logging.getLogger(name).info("request %s", CANARY)
    assert CANARY not in stream.getvalue()
    assert len(lines(stream)) == 10


def test_values_are_bounded(stream: io.StringIO) -> None:
    structlog.get_logger().info("long_reason", reason="x" * 10_000)
    assert len(stream.getvalue()) < 600
