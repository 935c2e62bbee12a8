"""Something is held, a key or a button, until it is let go or until it is no longer sure that a person holds it."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
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
        shortcut = QShortcut(sequence, pages)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(lambda: self.begin(by_key=True))

    def begin(self, *, by_key: bool = False) -> None:
        """Somebody holds it from now on."""
        if self._held:
            return
        self._held, self._by_key = True, by_key
        QGuiApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self.pressed.emit()

    def finish(self, why: TalkEnd = TalkEnd.RELEASED) -> None:
        """Nobody holds it any more."""
        if not self._held:
            return
        self._held = False
        QGuiApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.released.emit(why)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the key's release; a key that repeats itself is still the same press."""
        kind = event.type()
        if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            if self._by_key and event.key() == self._key:
                if kind == QEvent.Type.KeyRelease and not event.isAutoRepeat():
                    self.finish()
                return True
        elif kind in DOUBTS or (watched is self._window and kind in (QEvent.Type.Hide, QEvent.Type.WindowStateChange)):
            self.finish(TalkEnd.FOCUS_LOST)
        return super().eventFilter(watched, event)
