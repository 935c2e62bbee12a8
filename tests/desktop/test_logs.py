"""The desktop's log: lines by allow-list, whoever logs, private, bounded, and no reason for the program to stop."""

import asyncio
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.logs import FILE_NAME, KEPT_FILES, MAX_BYTES, note, note_error, start_logs

CANARY = "Okafor, Adaeze 1958-03-14"


class Log:
    """A started log; `lines` ends it and reads what was written."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE_NAME
        self._stop: Callable[[], None] | None = start_logs(folder)

    def stop(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    def lines(self) -> list[dict[str, Any]]:
        self.stop()
        text = self.file.read_text()
        assert CANARY not in text
        assert "secret_note" not in text
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "logs")
    yield made
    made.stop()


def test_ids_states_and_counts_come_through(log: Log) -> None:
    note("link_changed", state="online", code=None, visit_id="v1", count=3)
    (line,) = log.lines()
    assert (line["event"], line["state"], line["visit_id"], line["count"], line["level"]) == (
        "link_changed", "online", "v1", 3, "info",
    )  # fmt: skip


def test_what_is_not_allowed_is_dropped_and_counted(log: Log) -> None:
    note("opened", note=CANARY, patient={"name": CANARY}, code=[CANARY])
    note(f"could not save {CANARY}")
    first, second = log.lines()
    assert first["dropped"] == 3
    assert second["event"] == "unnamed"


def test_errors_leave_type_and_places_alone(log: Log) -> None:
    secret_note = CANARY
    try:
        raise ValueError(secret_note)
    except ValueError as error:
        note_error("caught", error)
        logging.getLogger("aioice").exception("cannot do %s", secret_note)
    ours, library = log.lines()
    assert (ours["event"], ours["error"], library["error"]) == ("caught", "ValueError", "ValueError")
    assert "test_logs.py" in ours["where"]
    assert library["code"] == "cannot do %s"


@pytest.mark.parametrize("name", ["httpx2", "httpcore2.http11", "aioice.ice", "aiortc", "asyncio", "websockets.client"])
def test_libraries_leave_no_values(log: Log, name: str) -> None:
    logging.getLogger(name).error("frame %r", CANARY)
    logging.getLogger(name).error(f"frame {CANARY}")
    logging.getLogger(name).info("request %s", CANARY)
    assert [line["logger"] for line in log.lines()] == [name, name]


def test_what_nobody_caught_is_noted_on_every_thread(log: Log) -> None:
    def fail() -> None:
        secret_note = CANARY
        raise RuntimeError(secret_note)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)
    first, second = log.lines()
    assert (first["event"], first["error"], second["error"]) == ("uncaught", "RuntimeError", "RuntimeError")


def test_asyncio_says_nothing_of_a_failed_task(log: Log) -> None:
    async def fail() -> None:
        raise RuntimeError(CANARY)

    async def leave_it() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(leave_it())
    assert [line["error"] for line in log.lines()] == ["RuntimeError"]


def test_files_are_private_and_bounded(log: Log) -> None:
    for number in range(45_000):
        note("tick", seq=number, reason="x" * 60)
    log.stop()
    files = sorted(log.file.parent.iterdir())
    assert 1 < len(files) <= KEPT_FILES + 1
    assert all(file.stat().st_mode & 0o777 == 0o600 and file.stat().st_size <= MAX_BYTES for file in files)
    assert log.file.parent.stat().st_mode & 0o777 == 0o700


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    start_logs(tmp_path / "file" / "logs")()
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / FILE_NAME).symlink_to(tmp_path / "elsewhere")
    stop = start_logs(folder)
    note("said")
    stop()
    assert not (tmp_path / "elsewhere").exists()
