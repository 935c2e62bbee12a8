"""Qt without a screen, for every test of the screens; what a test makes is gone after it."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.ui.theme import Theme
from tests.desktop.ui.desk import Desk

Shown = Callable[..., None]


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["alcove", "-platform", "offscreen"]


@pytest.fixture
def put_up(qapp: QApplication) -> Iterator[Shown]:
    """Shows a widget in an active window of its own, and takes it away after the test."""
    theme = Theme(qapp, "light")
    theme.prepare()
    theme.dress()
    shown: list[QWidget] = []

    def put(widget: QWidget, width: int = 1440, height: int = 900) -> None:
        widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        settle()
        shown.append(widget)

    yield put
    for widget in shown:
        widget.close()
        widget.deleteLater()
    shown.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def settle() -> None:
    """Let Qt lay out and paint; layouts that follow from layouts included."""
    for _ in range(5):
        QApplication.processEvents()


@pytest.fixture
def desk(qapp: QApplication) -> Iterator[Desk]:
    """The whole window over recorded workflows."""
    theme = Theme(qapp, "light")
    theme.prepare()
    theme.dress()
    made = Desk(theme)
    made.window.resize(1024, 700)
    made.window.show()
    made.window.activateWindow()
    settle()
    yield made
    made.close()
    theme.on_changed = lambda _tokens: None
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
