"""A person's own files, read and written beside the screen's thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

Done = Callable[[bytes | None], None]


class _Ended(QObject):
    """Brings the outcome to the screen's thread, where it lives."""

    ended = Signal(object)

    def __init__(self, owner: QObject, done: Done) -> None:
        super().__init__(owner)
        self._done = done
        self.ended.connect(self._on_ended)

    def _on_ended(self, result: bytes | None) -> None:
        self._done(result)
        self.deleteLater()


class _Job(QRunnable):
    def __init__(self, work: Callable[[], bytes | None], ended: _Ended) -> None:
        super().__init__()
        self._work, self._ended = work, ended

    def run(self) -> None:
        """In a thread of the pool."""
        try:
            result = self._work()
        except OSError:
            result = None
        self._ended.ended.emit(result)


def read_file(owner: QObject, path: Path, most: int, done: Done) -> None:
    """Give the first `most` bytes and one more of a file, so that a longer one is seen; None when it cannot be read."""

    def work() -> bytes:
        with path.open("rb") as file:
            return file.read(most + 1)

    _start(owner, work, done)


def write_file(owner: QObject, path: Path, data: bytes, done: Done) -> None:
    """Write a file, and give what was written; None when it could not be."""

    def work() -> bytes:
        path.write_bytes(data)
        return data

    _start(owner, work, done)


def _start(owner: QObject, work: Callable[[], bytes | None], done: Done) -> None:
    QThreadPool.globalInstance().start(_Job(work, _Ended(owner, done)))
