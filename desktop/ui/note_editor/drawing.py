"""Paints what stands beside the text and is no part of it: dots and states at headings, hints in empty sections.

Only what is in sight is looked at, so that a long note costs no more than a short one.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextLayout,
)

from desktop.ui.note_editor.headings import Standing
from desktop.ui.tokens import Tokens

LINE_HEIGHT = 132.0
"""Percent of the font's own line height."""
MARGIN = 14
"""Pixels around the text."""
DOT_ROOM = 16
"""Pixels before a heading, for its dot."""
ABOVE = 12
"""Pixels over a heading."""
BAR = 3
"""Width in pixels of the line beside the section that has the caret."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is painted on: the painter, the offset of the text in the view, the view's width, font and colours."""

    painter: QPainter
    offset: QPointF
    width: float
    font: QFont
    tokens: Tokens


def body_format() -> QTextBlockFormat:
    """The lines of a section's text."""
    made = QTextBlockFormat()
    made.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return made


def heading_format(*, first: bool, to_left: bool) -> QTextBlockFormat:
    """The lines of a heading, with room for its dot where they begin: `to_left` is for right-to-left letters."""
    made = QTextBlockFormat()
    made.setTopMargin(0 if first else ABOVE)
    made.setBottomMargin(2)
    (made.setRightMargin if to_left else made.setLeftMargin)(DOT_ROOM)
    return made


def heading_look(font: QFont, tokens: Tokens) -> QTextCharFormat:
    """The letters of a heading."""
    made = QTextCharFormat()
    made.setFont(small(font), QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly)
    made.setFontWeight(QFont.Weight.DemiBold.value)
    made.setFontCapitalization(QFont.Capitalization.AllUppercase)
    made.setFontLetterSpacingType(QFont.SpacingType.AbsoluteSpacing)
    made.setFontLetterSpacing(0.5)
    made.setForeground(QColor(tokens.muted))
    return made


def small(font: QFont) -> QFont:
    """One pixel smaller."""
    made = QFont(font)
    made.setPixelSize(max(9, QFontInfo(font).pixelSize() - 1))
    return made


def draw_heading(frame: Frame, block: QTextBlock, place: QRectF, standing: Standing) -> None:
    """The dot before a heading's first line; state and who changed it behind its last."""
    layout = block.layout()
    if not layout.lineCount():
        return
    shift = place.topLeft() + frame.offset
    begin = layout.lineAt(0).naturalTextRect().translated(shift)
    text = layout.lineAt(layout.lineCount() - 1).naturalTextRect().translated(shift)
    to_left = block.textDirection() is Qt.LayoutDirection.RightToLeft
    colour = {"ok": frame.tokens.ok, "warn": frame.tokens.warn}.get(standing.tone, frame.tokens.muted)
    size = round(QFontMetricsF(frame.font).height() * 0.22) * 2
    centre = QPointF(begin.right() + 10 if to_left else begin.left() - 10, begin.center().y())
    painter = frame.painter
    painter.setPen(QPen(QColor(colour), 1.4))
    painter.setBrush(QColor(colour) if standing.sign == "●" else QBrush(Qt.BrushStyle.NoBrush))
    painter.drawEllipse(centre, size / 2, size / 2)
    words = " · ".join(part for part in (standing.word, standing.waiting, standing.changes) if part)
    font = small(frame.font)
    if to_left:
        room = QRectF(MARGIN, text.top(), text.left() - 8 - MARGIN, text.height())
    else:
        room = QRectF(text.right() + 8, text.top(), frame.width - MARGIN - text.right() - 8, text.height())
    fitted = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, room.width()))
    painter.setFont(font)
    painter.setPen(QColor(frame.tokens.muted))
    side = Qt.AlignmentFlag.AlignRight if to_left else Qt.AlignmentFlag.AlignLeft
    painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute), fitted)


def draw_empty(frame: Frame, place: QRectF, layout: QTextLayout, words: str) -> None:
    """Words where nothing is written; they go with the first letter, also with one that is being composed."""
    if layout.preeditAreaText():
        return
    room = place.translated(frame.offset)
    room.setRight(frame.width - MARGIN)
    frame.painter.setFont(frame.font)
    frame.painter.setPen(QColor(frame.tokens.muted))
    side = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
    fitted = QFontMetricsF(frame.font).elidedText(words, Qt.TextElideMode.ElideRight, max(0.0, room.width()))
    frame.painter.drawText(room, int(side), fitted)


def draw_bar(frame: Frame, top: float, bottom: float, *, right: bool) -> None:
    """The line beside the section that has the caret, while the note has the keyboard."""
    x = frame.width - BAR - 3 if right else 3.0
    frame.painter.setPen(Qt.PenStyle.NoPen)
    frame.painter.setBrush(QColor(frame.tokens.accent))
    frame.painter.drawRect(QRectF(x, top, BAR, bottom - top))
