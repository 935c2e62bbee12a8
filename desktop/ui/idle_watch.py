"""Hears that somebody writes or points, at the window's own events: far fewer than those of all that is in it."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from desktop.workflows.idle import IdleClock

LOOK_MS = 5_000
INPUT = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
    QEvent.Type.TabletPress,
    QEvent.Type.InputMethod,
)
"""A pointer that only moves is no input: a table that shakes would keep the screen open."""


class IdleWatch(QObject):
    """Calls `due` once when nobody wrote for so long, while `listening` says no; `again` begins anew."""

    def __init__(self, window: QWidget, minutes: int, listening: Callable[[], bool], due: Callable[[], None]) -> None:
        super().__init__(window)
        self._listening, self._due = listening, due
        self.clock: Callable[[], float] = _seconds
        self._idle = IdleClock(minutes, self.clock())
        self._told = False
        handle = window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def again(self) -> None:
        """Count anew from now."""
        self._told = False
        self._idle.touched(self.clock())

    def look(self) -> None:
        """Whether it is time."""
        if not self._told and self._idle.due(self.clock(), listening=self._listening()):
            self._told = True
            self._due()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note an input, and let it through."""
        if event.type() in INPUT:
            self._idle.touched(self.clock())
        return False


def _seconds() -> float:
    """Seconds that go on while the computer sleeps, where the system counts them (Linux)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
