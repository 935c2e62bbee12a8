"""What a picture costs on the screen: painted as we do (`plain`), or through QRhiWidget (`rhi`).

`python -m tests.desktop.ui.paint_ways plain|rhi`; the last line is JSON: milliseconds of processor time a picture, and
milliseconds from taking it to the end of its paint.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QRhiCommandBuffer
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QRhiWidget, QVBoxLayout, QWidget

from desktop.ui.feed_pane import Picture
from desktop.ui.theme import Theme

SIZE = QSize(760, 428)
PICTURES = 300
RATE = 30


class Way(Protocol):
    """Something that paints pictures and counts them."""

    painted_count: int

    def take(self, image: QImage) -> None:
        """Paint this one next."""


class Plain(Picture):
    """The product's own."""

    def __init__(self) -> None:
        super().__init__()
        self.painted_count = 0
        self.painted.connect(self._on_painted)
        self._taken = 0

    def take(self, image: QImage) -> None:
        self._taken += 1
        self.show_frame(image, self._taken, lambda: None)

    def _on_painted(self, _sequence: int) -> None:
        self.painted_count += 1


class Rhi(QRhiWidget):
    """The picture goes up as a texture; Qt's composer puts it into the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setApi(QRhiWidget.Api.OpenGL)
        self.setFixedColorBufferSize(SIZE)
        self.painted_count = 0
        self._image: QImage | None = None

    def take(self, image: QImage) -> None:
        self._image = image
        self.update()

    def initialize(self, _commands: QRhiCommandBuffer) -> None:
        """Nothing but the texture that the widget brings."""

    def render(self, commands: QRhiCommandBuffer) -> None:  # type: ignore[override]  # QWidget has one of this name
        if self._image is None:
            return
        updates = self.rhi().nextResourceUpdateBatch()
        updates.uploadTexture(self.colorTexture(), self._image)
        commands.resourceUpdate(updates)
        self.painted_count += 1


FORMATS = {"plain": QImage.Format.Format_RGB32, "rhi": QImage.Format.Format_RGBA8888}
WAYS: dict[str, Callable[[], QWidget]] = {"plain": Plain, "rhi": Rhi}


def measure(app: QApplication, way: Way, images: list[QImage]) -> dict[str, float]:
    """Show pictures at 30 a second beside a text, and measure."""
    waits = []
    begun, used = time.perf_counter(), time.process_time()
    for number in range(PICTURES):
        shown, before = time.perf_counter(), way.painted_count
        way.take(images[number % len(images)])
        while way.painted_count == before:
            app.processEvents()
        waits.append((time.perf_counter() - shown) * 1000)
        time.sleep(max(0.0, begun + (number + 1) / RATE - time.perf_counter()))
    waits.sort()
    return {
        "cpu_ms": (time.process_time() - used) / PICTURES * 1000,
        "p50_ms": waits[PICTURES // 2],
        "p99_ms": waits[PICTURES * 99 // 100],
    }


def main(name: str) -> None:
    """Measure one way."""
    app = QApplication(["alcove"])
    theme = Theme(app, "light")
    theme.prepare()
    theme.dress()
    window, widget = QWidget(), WAYS[name]()
    widget.setFixedSize(SIZE)
    box = QVBoxLayout(window)
    box.addWidget(widget)
    box.addWidget(QPlainTextEdit("A note beside it.\n" * 40))
    window.resize(1440, 900)
    window.show()
    images = []
    for shade in (90, 160):
        image = QImage(SIZE, FORMATS[name])
        image.fill(QColor(shade, 120, 140))
        images.append(image)
    for _ in range(20):
        app.processEvents()
        time.sleep(0.01)
    print(json.dumps(measure(app, widget, images)), flush=True)  # type: ignore[arg-type]  # each way has both
    os._exit(0)  # what is measured is over; QRhi on a software driver can hang while it is taken down


if __name__ == "__main__":
    main(sys.argv[1])
