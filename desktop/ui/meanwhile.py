"""A place to write while the vault is closed: what a scribe hears does not wait for a keyring."""

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy

from desktop.ui.parts import announce, column, label
from desktop.ui.words import say

REST_MS = 300
LINES = 4


class Box(QPlainTextEdit):
    """As high as a few lines, from the first moment on."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A few lines."""
        return QSize(super().sizeHint().width(), LINES * self.fontMetrics().lineSpacing() + 22)

    def minimumSizeHint(self) -> QSize:
        """As high as that."""
        return QSize(80, self.sizeHint().height())


class Meanwhile(QFrame):
    """A box, and under it the truth about what keeps its words. Signal: typed(text), the whole of it, after a pause."""

    typed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        words = label(say("meanwhile.title"), "small", wrap=True)
        self.box = Box()
        self.box.setProperty("kind", "field")
        self.box.setAccessibleName(say("meanwhile.title"))
        self.box.setTabChangesFocus(True)
        words.setBuddy(self.box)
        self.state = label(say("meanwhile.empty"), "small", wrap=True)
        self.setLayout(column(words, self.box, self.state, spacing=4))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(lambda: self.typed.emit(self.box.toPlainText()))
        self.box.textChanged.connect(self._rest.start)

    def show_kept(self, kept: bool) -> None:
        """Whether the words are on the disk, sealed, or in this window alone."""
        if not self.box.toPlainText():
            text = say("meanwhile.empty")
        else:
            text = say("meanwhile.sealed" if kept else "meanwhile.window_only")
        if text != self.state.text():
            self.state.setText(text)
            announce(self, text)

    def warn(self) -> None:
        """Quitting now would lose the words."""
        self.state.setText(say("meanwhile.lost_by_quitting"))
        announce(self, self.state.text())
