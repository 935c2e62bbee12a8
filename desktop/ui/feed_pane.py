"""Picture and sound of the room: paints the newest frame, and says in words what the feed does."""

import time
from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QSlider, QStyle, QWidget

from desktop.ui.parts import Card, announce, blank_pixmap, button, column, label, line, rename, restyle, row
from desktop.ui.replay_bar import ReplayBar
from desktop.ui.sound_menu import SoundButton
from desktop.ui.talk_bar import TalkBar
from desktop.ui.words import say

CORNER = 9
TAG_MARGIN = QSize(8, 4)
TAG_GROUND = "#b3000000"
"""Under the words on the picture: dark enough over a white room."""
FOLDS = ("#24404e", "#34586a", "#1c323d")
"""A drawn curtain's colours over the width of a fold."""
FOLD_WIDTH = 46
FROZEN_SECONDS = 1.5
"""A picture that is older is said to be frozen."""
LOOK_MS = 250
FROZEN_RED = "#b3261e"
BARS = 36
"""How many bars the level meter has."""


class Picture(QWidget):
    """Paints a BGRX frame as it lies in shared memory; nothing is copied but to the screen."""

    resized = Signal(int, int)
    """Device pixels of the pane."""
    painted = Signal(int)
    """A frame's sequence number, at the end of its first paint."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(say("feed.picture"))
        self._image: QImage | None = None
        self._sequence = 0
        self._painted = -1
        self._release: Callable[[], None] = lambda: None
        self._tags: dict[Qt.AlignmentFlag, tuple[str, str]] = {}
        self._placed: list[tuple[QPoint, QPixmap]] | None = None
        """The tags as they lie over each picture; None when they must be placed anew."""
        self._cover = ""
        self._is_curtain = False
        self.clock: Callable[[], float] = time.monotonic
        self._came_at = 0.0
        self.frozen = 0
        """Whole seconds for which no new picture has come; 0 while they come, or none is shown."""
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self.look)

    def show_frame(self, image: QImage, sequence: int, release: Callable[[], None]) -> None:
        """Take a frame; `release` is called when a newer one (or none) takes its place."""
        self._release()
        self._image, self._sequence, self._release = image, sequence, release
        self._came_at = self.clock()
        if self.frozen:
            self.look()
        if not self._looking.isActive():
            self._looking.start()
        self.update()

    def show_none(self) -> None:
        """No picture: a plain ground."""
        self._release()
        self._image, self._release = None, lambda: None
        self._looking.stop()
        self.look()
        self.update()

    def look(self) -> None:
        """Say how long the picture has been standing still: never a silent freeze."""
        age = self.clock() - self._came_at if self._image is not None and not self._cover else 0.0
        frozen = round(age) if age >= FROZEN_SECONDS else 0
        if frozen == self.frozen:
            return
        if not frozen or not self.frozen:
            self.setAccessibleName(self._cover or say("feed.picture_frozen" if frozen else "feed.picture"))
            announce(self, self.accessibleName() if frozen else say("feed.picture_again"))
        self.frozen = frozen
        self.show_tag(Qt.AlignmentFlag.AlignCenter, say("feed.frozen", seconds=frozen) if frozen else "", FROZEN_RED)

    def cover(self, words: str, *, curtain: bool = False) -> None:
        """Words in the place of the picture, over a curtain or a plain ground; empty shows the picture again."""
        if (words, curtain) != (self._cover, self._is_curtain):
            self._cover, self._is_curtain, self._placed = words, curtain, None
            self.setAccessibleName(words or say("feed.picture"))
            self.look()
            self.update()

    def show_tag(self, corner: Qt.AlignmentFlag, text: str, colour: str = TAG_GROUND) -> None:
        """A short text in a corner (or the middle); empty removes it."""
        if self._tags.get(corner) != (text, colour):
            self._tags[corner] = (text, colour)
            self._placed = None
            self.update()

    def sizeHint(self) -> QSize:
        """The shape of the room's picture."""
        return QSize(self.width(), self.width() * 9 // 16)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame, letterboxed without scaling; then the tags."""
        painter = QPainter(self)
        if self._is_curtain:
            painter.fillRect(self.rect(), _folds())
        elif self._image is None or self._cover:
            ground = QLinearGradient(0, 0, self.width(), self.height())
            ground.setColorAt(0, QColor("#3b5666"))
            ground.setColorAt(1, QColor("#1c2d37"))
            painter.fillRect(self.rect(), ground)
        else:
            ratio = self.devicePixelRatioF()
            width, height = round(self._image.width() / ratio), round(self._image.height() / ratio)
            place = QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height)
            if not place.contains(self.rect()):
                painter.fillRect(self.rect(), QColor("#0e171d"))
            painter.drawImage(place, self._image)
        if self._placed is None:
            self._placed = self._place_tags()
        for corner, tag in self._placed:
            painter.drawPixmap(corner, tag)
        self._round_top(painter)
        painter.end()
        if self._image is not None and self._painted != self._sequence:
            self._painted = self._sequence
            self.painted.emit(self._sequence)

    def _round_top(self, painter: QPainter) -> None:
        """Give the picture the card's upper corners."""
        corners = _upper_corners(self.palette().base().color().rgb(), self.devicePixelRatioF())
        half = corners.width() // 2
        painter.drawPixmap(QPoint(0, 0), corners, QRect(0, 0, half, corners.height()))
        painter.drawPixmap(QPoint(self.width() - CORNER, 0), corners, QRect(half, 0, half, corners.height()))

    def _place_tags(self) -> list[tuple[QPoint, QPixmap]]:
        """Every tag and the cover's words, each painted, and where it goes."""
        shown = [(corner, *tag) for corner, tag in self._tags.items()]
        shown.append((Qt.AlignmentFlag.AlignCenter, self._cover, TAG_GROUND))
        return [self._place_tag(corner, text, colour) for corner, text, colour in shown if text]

    def _place_tag(self, corner: Qt.AlignmentFlag, text: str, colour: str) -> tuple[QPoint, QPixmap]:
        room = self.rect().adjusted(18, 14, -18, -14)
        tag = _tag(text, colour, self.font().toString(), room.size(), self.devicePixelRatioF())
        size = tag.deviceIndependentSize().toSize() - QSize(2 * TAG_MARGIN.width(), 2 * TAG_MARGIN.height())
        place = QStyle.alignedRect(Qt.LayoutDirection.LeftToRight, corner, size, room)
        return place.topLeft() - QPoint(TAG_MARGIN.width(), TAG_MARGIN.height()), tag

    def event(self, event: QEvent) -> bool:
        """Another font, or another screen's pixels: the tags are painted anew."""
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.DevicePixelRatioChange):
            self._placed = None
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the media process what size to scale to."""
        self._placed = None
        ratio = self.devicePixelRatioF()
        self.resized.emit(round(event.size().width() * ratio), round(event.size().height() * ratio))


# What lies over each picture is painted once: text and round shapes cost more than the picture itself.


@lru_cache(maxsize=4)
def _upper_corners(colour: int, ratio: float) -> QPixmap:
    """What a card with round corners leaves out at the top: the left corner beside the right one."""
    outside = QPainterPath()
    outside.addRect(QRectF(0, 0, 2 * CORNER, CORNER))
    inside = QPainterPath()
    inside.addRoundedRect(QRectF(0, 0, 2 * CORNER, 4 * CORNER), CORNER, CORNER)
    made, painter = blank_pixmap(QSize(2 * CORNER, CORNER), ratio)
    painter.fillPath(outside.subtracted(inside), QColor(colour))
    painter.end()
    return made


@lru_cache(maxsize=16)
def _tag(text: str, colour: str, font_words: str, room: QSize, ratio: float) -> QPixmap:
    """A short text on a ground with round corners, wrapped to the room; TAG_MARGIN is around the text."""
    font = QFont()
    font.fromString(font_words)
    font.setPixelSize(max(10, font.pixelSize() - 2))
    flags = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
    needed = QFontMetrics(font).boundingRect(QRect(QPoint(0, 0), room), flags, text).size()
    made, painter = blank_pixmap(needed + TAG_MARGIN * 2, ratio)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    whole = QRect(QPoint(0, 0), needed + TAG_MARGIN * 2)
    painter.drawRoundedRect(whole, 5, 5)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(whole, flags, text)
    painter.end()
    return made


def _folds() -> QLinearGradient:
    """One fold of the curtain, repeated over the width."""
    fold = QLinearGradient(0, 0, FOLD_WIDTH, 0)
    fold.setSpread(QLinearGradient.Spread.RepeatSpread)
    for place, colour in zip((0.0, 0.45, 1.0), FOLDS, strict=True):
        fold.setColorAt(place, QColor(colour))
    return fold


class LevelMeter(QWidget):
    """How loud the room is, as a row of bars; its accessible name says it in words."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(60, 14)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._lit = 0
        self.setAccessibleName(say("feed.level_none"))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(120, 14)

    def show_level(self, level: float | None) -> None:
        """Peak of the last block, 0..1; None: nothing is heard."""
        lit = round(BARS * min(1.0, max(0.0, level or 0.0)) ** 0.5)
        words = say("feed.level_none") if level is None else say("feed.level", percent=round(level * 100))
        if words != self.accessibleName():
            self.setAccessibleName(words)
        if lit != self._lit:
            self._lit = lit
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars: the lit ones in the accent, the others in the colour of lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        step = self.width() / BARS
        for number in range(BARS):
            on = number < self._lit
            painter.setBrush(self.palette().highlight() if on else self.palette().mid())
            height = self.height() if on else self.height() - 6
            painter.drawRoundedRect(QRectF(number * step, (self.height() - height) / 2, step * 0.6, height), 1.5, 1.5)
        painter.end()


class FeedPane(Card):
    """The feed of the live visit, or how to get there.

    Signals:
        gate_requested(): the person wants to join. leave_requested(). volume_changed(gain).
    """

    gate_requested = Signal()
    leave_requested = Signal()
    volume_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.picture = Picture()
        self.body.setContentsMargins(1, 1, 1, 1)
        self.body.addWidget(self.picture, 1)
        self.sentence = label("", "", wrap=True)
        self.level = LevelMeter()
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 200)
        self.volume.setValue(100)
        self.volume.setFixedWidth(100)
        self.volume.setAccessibleName(say("feed.volume"))
        self.volume.setToolTip(say("feed.volume"))
        self.volume.valueChanged.connect(lambda value: self.volume_changed.emit(value / 100))
        self.join_button = button(say("feed.check_and_join"), self._on_join, "primary", "join_or_leave")
        self.talk = TalkBar(self.join_button)
        self.replay = ReplayBar()
        self._listening = False
        self.sound = SoundButton()
        sound = row(label(say("feed.volume_short"), "small"), self.volume, self.level, self.sound, spacing=10)
        self.body.addWidget(line())
        self.body.addLayout(column(self.replay, sound, self.sentence, self.talk, margins=12, spacing=8))

    def minimumSizeHint(self) -> QSize:
        """High enough for the sentence, which wraps."""
        least = super().minimumSizeHint()
        return QSize(least.width(), self.body.totalMinimumHeightForWidth(max(self.width(), least.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the sentence anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def show_state(self, sentence: str, *, joined: bool, can_join: bool) -> None:
        """What is so; the button joins or leaves."""
        if self.sentence.text() != sentence:
            self.sentence.setText(sentence)
            announce(self, sentence)
        if joined != self._listening:
            self._listening = joined
            rename(self.join_button, say("feed.leave") if joined else say("feed.check_and_join"))
            self.join_button.setProperty("kind", "" if joined else "primary")
            restyle(self.join_button)
        self.join_button.setEnabled(joined or can_join)

    def toggle(self) -> None:
        """What the key does."""
        if self.join_button.isEnabled():
            self._on_join()

    def _on_join(self) -> None:
        if self._listening:
            self.leave_requested.emit()
        else:
            self.gate_requested.emit()
