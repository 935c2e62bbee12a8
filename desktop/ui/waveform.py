"""The waveform of what can be heard again: a slider, so that mouse, keys and screen readers move in it."""

from functools import lru_cache
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider

from desktop.replay_ports import ReplayMode, ReplayNews
from desktop.ui.parts import blank_pixmap
from desktop.ui.words import say

BAR_STEP = 4
"""Pixels from one bar to the next."""
HEIGHT = 40
BAR_ROLES = (QPalette.ColorRole.Mid, QPalette.ColorRole.PlaceholderText, QPalette.ColorRole.Highlight)
"""Of a bar for time that is not kept yet, one that was heard, and one that comes."""
SCRUB_SECONDS = 0.25
"""A drag asks for another place only when it is so far from the last."""
PAGE_SECONDS = 10


class Waveform(QSlider):
    """Its value is what is heard, in seconds from now: 0 is live, negative is earlier.

    Signals:
        chosen(age): the person wants to hear what was live so many seconds ago; 0 is live.
    """

    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setSingleStep(1)
        self.setPageStep(PAGE_SECONDS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(say("replay.wave_help"))
        self._news = ReplayNews()
        self._age = 0.0
        """Where the mouse was last, in seconds before now."""
        self.actionTriggered.connect(lambda _action: self._choose(-float(self.sliderPosition())))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(160, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Some bars at least."""
        return QSize(80, HEIGHT)

    def show_news(self, news: ReplayNews) -> None:
        """What is kept, and where in it is heard."""
        if news.seconds != self._news.seconds or not self.accessibleName():
            self.setRange(-news.seconds, 0)
            self.setAccessibleName(say("replay.wave", length=length_words(news.seconds)))
        self._news = news
        self.setValue(-min(round(news.behind), news.seconds) if news.mode is not ReplayMode.LIVE else 0)
        self.update()

    # --- Qt --------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hear from here."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._choose(self._age_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        age = self._age_at(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton and abs(age - self._age) >= SCRUB_SECONDS:
            self._choose(age)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It plays on from there."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Who scrolls the pane does not begin a replay."""
        event.ignore()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars from old to new; behind the play head what was heard, before it what comes."""
        painter = QPainter(self)
        news, palette = self._news, self.palette()
        head = self._x_of(news.behind) if news.mode is not ReplayMode.LIVE else float(self.width())
        self._paint_bars(painter, head)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if head < self.width():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.WindowText), 2))
            painter.drawLine(QPointF(head, 0), QPointF(head, self.height()))
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Highlight), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _paint_bars(self, painter: QPainter, head: float) -> None:
        news, palette, ratio = self._news, self.palette(), self.devicePixelRatioF()
        none, heard, coming = (palette.color(role).rgb() for role in BAR_ROLES)
        bars = max(1, self.width() // BAR_STEP)
        empty = (1 - news.kept / news.seconds) * bars if news.seconds else bars
        for number, loud in enumerate(_loudness(news.peaks, bars)):
            colour = none if number < empty else coming if number * BAR_STEP >= head else heard
            high = max(3, round(loud * (self.height() - 8)))
            painter.drawPixmap(QPointF(number * BAR_STEP, (self.height() - high) / 2), _bar(colour, high, ratio))

    def _choose(self, age: float) -> None:
        self._age = age
        self.chosen.emit(age)

    def _age_at(self, x: float) -> float:
        share = min(1.0, max(0.0, x / max(1, self.width())))
        return (1 - share) * self._news.seconds

    def _x_of(self, age: float) -> float:
        return max(0.0, 1 - age / max(1, self._news.seconds)) * self.width()


def _loudness(peaks: bytes, bars: int) -> list[float]:
    """The loudest part that each bar stands for, 0..1, as the ear weighs it."""
    ends = [bar * len(peaks) // bars for bar in range(bars + 1)]
    parts = (peaks[start : max(start + 1, end)] for start, end in pairwise(ends))
    return [float((max(part, default=0) / 255) ** 1.5) for part in parts]


@lru_cache(maxsize=256)
def _bar(colour: int, high: int, ratio: float) -> QPixmap:
    """One bar with round ends, painted once: to round all of them anew cost a third of what the picture does."""
    made, painter = blank_pixmap(QSize(BAR_STEP, high), ratio)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(QRectF(0, 0, BAR_STEP - 1.5, high), 1.2, 1.2)
    painter.end()
    return made


def length_words(seconds: int) -> str:
    """So much time, in words."""
    if seconds % 60 == 0 and seconds > 60:
        return say("replay.minutes", count=seconds // 60)
    return say("replay.seconds", count=seconds)
