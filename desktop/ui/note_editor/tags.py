"""The words and signs beside a marked line: what no tint alone may say. Only the lines in sight are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextBlock

from desktop.ui.note_editor.drawing import MARGIN, Frame, small
from desktop.ui.note_editor.marks import Mark, Marks, Signs

GAP = 8
"""Pixels before each tag."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A word (or the sign in the margin) and where it stands in the viewport."""

    text: str
    place: QRectF
    hears: int | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: the offset of the text in the viewport, the viewport's width, the font of the tags."""

    offset: QPointF
    width: float
    font: QFont


@dataclass(frozen=True, slots=True)
class Lines:
    """A block whose tags are wanted: its place in the document, its section's marks, where the section begins."""

    block: QTextBlock
    place: QRectF
    marks: Marks
    first: int


def tags(view: View, lines: Lines) -> Iterator[Tag]:
    """The tags of a block's lines, as far as they have room there or further down; a line's sign always has."""
    block = lines.block
    start = block.position() - lines.first
    found = [mark for mark in lines.marks.between(start, start + block.length()) if mark.signs is not None]
    if not found:
        return
    layout = block.layout()
    shift = lines.place.topLeft() + view.offset
    metrics = QFontMetricsF(view.font)
    to_left = block.textDirection() is Qt.LayoutDirection.RightToLeft
    last = layout.lineCount() - 1
    late: list[Signs] = []
    for number in range(last + 1):
        line = layout.lineAt(number)
        begin = start + line.textStart()
        end = begin + line.textLength() + (number == last)  # the paragraph's end belongs to its last line
        here = [mark for mark in found if mark.start < end and begin < mark.end]
        if here or late:
            ended = [mark.signs for mark in here if mark.end <= end and mark.signs is not None and mark.signs.tag]
            room = _Room(line.naturalTextRect().translated(shift), view.width, metrics, to_left)
            yield from _sign(here, room)
            placed, late = _placed([*late, *ended], room)
            yield from placed


@dataclass(frozen=True, slots=True)
class _Room:
    text: QRectF
    width: float
    metrics: QFontMetricsF
    to_left: bool

    def margin(self) -> QRectF:
        """Behind the text's end, at the edge."""
        return QRectF(0 if self.to_left else self.width - MARGIN, self.text.top(), MARGIN, self.text.height())

    def at(self, used: float, wide: float) -> QRectF | None:
        """A place of that width behind what is used already; None when there is none."""
        if self.to_left:
            left = self.text.left() - used - GAP - wide
            return QRectF(left, self.text.top(), wide, self.text.height()) if left >= MARGIN else None
        left = self.text.right() + used + GAP
        fits = left + wide <= self.width - MARGIN
        return QRectF(left, self.text.top(), wide, self.text.height()) if fits else None


def _sign(here: list[Mark], room: _Room) -> Iterator[Tag]:
    """The sign in the margin of a line that has something which waits."""
    waiting = next((mark.signs for mark in here if mark.signs is not None and mark.signs.sign), None)
    if waiting is not None:
        yield Tag(waiting.sign, room.margin(), waits=True)


def _placed(wanted: list[Signs], room: _Room) -> tuple[list[Tag], list[Signs]]:
    """The words that have room behind a line, and what is left for the next one; what waits has its sign anyway."""
    used = 0.0
    placed: list[Tag] = []
    left: list[Signs] = []
    for signs in dict.fromkeys(wanted):
        wide = room.metrics.horizontalAdvance(signs.tag) + 1
        place = room.at(used, wide) if not left else None
        if place is not None:
            used += GAP + wide
            placed.append(Tag(signs.tag, place, signs.hears, signs.waits))
        elif not signs.waits:
            left.append(signs)
    return placed, left


def draw_tags(frame: Frame, lines: Lines) -> None:
    """Draw them: what waits in the colour of what waits, times as what can be pressed, the rest muted."""
    painter, font = frame.painter, small(frame.font)
    for tag in tags(View(frame.offset, frame.width, font), lines):
        muted = frame.tokens.accent if tag.hears is not None else frame.tokens.muted
        painter.setFont(font)
        painter.setPen(QColor(frame.tokens.warn if tag.waits else muted))
        painter.drawText(tag.place, int(Qt.AlignmentFlag.AlignCenter), tag.text)


def tag_at(view: View, lines: Lines, point: QPointF) -> Tag | None:
    """The tag under a point of the viewport."""
    return next((tag for tag in tags(view, lines) if tag.place.contains(point)), None)
