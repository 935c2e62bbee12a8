"""Something is held, a key or a button, until it is let go or until it is no longer sure that a person holds it."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from desktop.ports import TalkEnd
from desktop.ui.actions import keymap

DOUBTS = {
    QEvent.Type.WindowDeactivate,
    QEvent.Type.ApplicationDeactivate,
    QEvent.Type.WindowBlocked,
}
"""The keyboard went elsewhere: to another program, a locked screen, a dialog."""
DOWN = {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress}
REPEAT_MS = 40
"""X11 repeats a held key as release and press: when the press is not yet read, Qt takes the release for a real one.
So long a release waits for its press; what is said meanwhile is still heard."""


class TalkHold(QObject):
    """The talk key's press and release. The application's events are looked at only while it is held.

    Signals:
        pressed(). released(why).
    """

    pressed = Signal()
    released = Signal(object)

    def __init__(self, window: QWidget, pages: QWidget) -> None:
        super().__init__(window)
        sequence = QKeySequence(keymap()["visit"]["talk"])
        self._key = sequence[0].key()  # type: ignore[index]  # PySide6's stubs do not know that it can be indexed
        self._window = window
        self._by_key = False
        self._held = False
        self._let_go = QTimer(self, singleShot=True, interval=REPEAT_MS)
        self._let_go.timeout.connect(lambda: self.finish())
        shortcut = QShortcut(sequence, pages)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(lambda: self.begin(by_key=True))

    def begin(self, *, by_key: bool = False) -> None:
        """Somebody holds it from now on."""
        self._let_go.stop()
        if self._held:
            return
        self._held, self._by_key = True, by_key
        QGuiApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self.pressed.emit()

    def finish(self, why: TalkEnd = TalkEnd.RELEASED) -> None:
        """Nobody holds it any more."""
        self._let_go.stop()
        if not self._held:
            return
        self._held = False
        QGuiApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.released.emit(why)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the key's release; a key that repeats itself is still the same press."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            if self._by_key and event.key() == self._key:
                if kind in DOWN:
                    self._let_go.stop()
                elif not event.isAutoRepeat():
                    self._let_go.start()
                return kind != QEvent.Type.ShortcutOverride
        elif kind in DOUBTS or (watched is self._window and kind in (QEvent.Type.Hide, QEvent.Type.WindowStateChange)):
            self.finish(TalkEnd.FOCUS_LOST)
        return super().eventFilter(watched, event)
