"""The one file that knows both the asyncio thread and Qt: carries work out, and each outcome back to the UI thread."""

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop.ports import LinkFailed, Refused, Vault, VaultUnavailable

T = TypeVar("T")
WAKE = QEvent.Type(QEvent.registerEventType())
UNEXPOSED_MS = 3000
"""A window that starts minimised is not painted: what waits for that goes on after so long."""


class StoreLane(Protocol):
    """The store thread."""

    def submit(self, work: Callable[[Vault], T]) -> "Future[T]":
        """Run work on the store thread, in order."""


class LoopLane(Protocol):
    """The asyncio thread (desktop.runtime.Runtime)."""

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the asyncio thread."""


class Bridge(QObject):
    """Implements ports.Jobs. The UI thread never waits: outcomes come as posted events."""

    def __init__(self, on_bug: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._store: StoreLane | None = None
        self._loop: LoopLane | None = None
        self._calls: deque[Callable[[], None]] = deque()  # unbounded: it carries acknowledgements of saved words
        self._on_bug = on_bug
        self._closed = False
        self._early: list[Callable[[], None]] = []
        self._timers: set[QTimer] = set()

    def use_store(self, store: StoreLane) -> None:
        """From now on store work runs."""
        self._store = store

    def use_loop(self, loop: LoopLane) -> None:
        """From now on link work runs; what was asked for earlier starts now."""
        self._loop = loop
        early, self._early = self._early, []
        for call in early:
            call()

    def call_soon(self, call: Callable[[], None]) -> None:
        """Run a call on the UI thread; from any thread."""
        self._calls.append(call)
        QCoreApplication.postEvent(self, QEvent(WAKE))

    def on_store(
        self, work: Callable[[Vault], T], done: Callable[[T], None], failed: Callable[[VaultUnavailable], None]
    ) -> None:
        """Run `work` on the store thread, in the order of the calls."""
        if self._store is None:
            raise RuntimeError("the vault is not open yet")
        future = self._store.submit(work)
        future.add_done_callback(lambda it: self.call_soon(lambda: self._deliver(it, done, failed, VaultUnavailable)))

    def on_link(
        self,
        work: Callable[[], Awaitable[T]],
        done: Callable[[T], None],
        failed: Callable[[LinkFailed | Refused], None],
    ) -> None:
        """Run `work` on the asyncio thread."""
        if self._loop is None:
            self._early.append(lambda: self.on_link(work, done, failed))
            return

        async def awaited() -> T:
            return await work()

        future = self._loop.submit(awaited())
        future.add_done_callback(
            lambda it: self.call_soon(lambda: self._deliver(it, done, failed, (LinkFailed, Refused)))
        )

    def later(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call once on the UI thread after a while; the result cancels it."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        self._timers.add(timer)

        def end() -> None:
            if timer in self._timers:
                self._timers.discard(timer)
                timer.stop()
                timer.deleteLater()

        def fire() -> None:
            if timer in self._timers:
                end()
                call()

        timer.timeout.connect(fire)
        timer.start(round(seconds * 1000))
        return end

    def close(self) -> None:
        """Outcomes that come from now on are dropped: the window is gone."""
        self._closed = True

    def _deliver(
        self,
        future: "Future[T]",
        done: Callable[[T], None],
        failed: Callable[[Any], None],
        expected: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        if future.cancelled():
            return
        problem = future.exception()
        if problem is None:
            done(future.result())
        elif isinstance(problem, expected):
            failed(problem)
        else:
            self._on_bug(problem)

    def event(self, event: QEvent) -> bool:
        """Run what other threads handed over; an exception in one call does not lose the others."""
        if event.type() != WAKE:
            return super().event(event)
        for _ in range(len(self._calls)):
            call = self._calls.popleft()
            if self._closed:
                continue
            try:
                call()
            except Exception as problem:  # noqa: BLE001  # named boundary: a job's outcome
                self._on_bug(problem)
        return True


class ReadNotifier:
    """Calls back on the UI thread when a file descriptor has something to read."""

    def __init__(self, fileno: int, on_readable: Callable[[], None]) -> None:
        self._notifier = QSocketNotifier(fileno, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(on_readable)

    def stop(self) -> None:
        """Watch no longer."""
        self._notifier.setEnabled(False)


def open_in_browser(url: str) -> None:
    """Open the identity provider's page in the system browser; from any thread."""
    if not QDesktopServices.openUrl(QUrl(url)):
        import webbrowser  # slow to load, and most systems never get here

        webbrowser.open(url)


class AfterExpose(QObject):
    """Calls once, so many milliseconds after a window was first painted; also for one that is not shown by then."""

    def __init__(self, window: QWidget, milliseconds: int, call: Callable[[], None]) -> None:
        super().__init__(window)
        self._call = call
        self._called = False
        self._milliseconds = milliseconds
        self._handle = window.windowHandle()
        self._handle.installEventFilter(self)
        QTimer.singleShot(UNEXPOSED_MS, self, self._once)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window is painted while this event is handled; a timer comes after it."""
        if event.type() == QEvent.Type.Expose and self._handle.isExposed():
            self._handle.removeEventFilter(self)
            QTimer.singleShot(self._milliseconds, self, self._once)
        return False

    def _once(self) -> None:
        if not self._called:
            self._called = True
            self._call()
