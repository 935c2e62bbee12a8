"""Knows that this computer is about to sleep, from systemd-logind: it waits a moment for us, and we wipe what is kept.

A suspend to disk writes all memory, locked memory too. Where there is no logind, what is kept is wiped on waking.
"""

from collections.abc import Callable

from PySide6.QtCore import SLOT, QObject, QTimer, Slot
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusUnixFileDescriptor

LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
WIPE_MS = 200
"""What is kept is wiped in the other process within a few milliseconds."""


class SleepWatch(QObject):
    """Calls `about_to_sleep` before the computer sleeps. Nothing here waits for the bus."""

    def __init__(self, about_to_sleep: Callable[[], None]) -> None:
        super().__init__()
        self._about_to_sleep = about_to_sleep
        self._lock: QDBusUnixFileDescriptor | None = None
        """While it is open the computer waits, five seconds at most."""
        self._asked: QDBusPendingCallWatcher | None = None
        self._bus = QDBusConnection.systemBus()
        if self._bus.isConnected():
            self._bus.connect(*LOGIND, "PrepareForSleep", self, SLOT("prepare(bool)"))  # type: ignore[call-overload]  # stubs
            self._take_lock()

    @property
    def holds(self) -> bool:
        """Whether the computer waits for us before it sleeps."""
        return self._lock is not None

    @Slot(bool)
    def prepare(self, sleeps: bool) -> None:
        """About to sleep, or awake again."""
        if sleeps:
            self._about_to_sleep()
            QTimer.singleShot(WIPE_MS, self, self._give_lock)
        else:
            self._take_lock()

    def _take_lock(self) -> None:
        call = QDBusMessage.createMethodCall(*LOGIND, "Inhibit")
        call.setArguments(["sleep", "Alcove", "Wipes what was just heard", "delay"])
        self._asked = QDBusPendingCallWatcher(self._bus.asyncCall(call), self)
        self._asked.finished.connect(self._taken)

    def _taken(self, watcher: QDBusPendingCallWatcher) -> None:
        answer = watcher.reply().arguments()
        self._lock = next((one for one in answer if isinstance(one, QDBusUnixFileDescriptor)), None)
        watcher.deleteLater()

    def _give_lock(self) -> None:
        self._lock = None  # closes the descriptor
