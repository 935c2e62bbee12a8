"""Beside which lines of the editor a source's words stand: to paint them, and to know what the mouse means."""

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QTextBlock

from desktop.ui.note_editor.drawing import Frame, small
from desktop.ui.note_editor.places import Caret
from desktop.ui.note_editor.tags import Lines, View, draw_tags, tag_at
from desktop.ui.note_editor.text_edit import NoteText
from visit.time_anchor import TimeAnchor


class SourceTags:
    """The tags of one editor. A note without sources costs nothing."""

    def __init__(self, editor: NoteText) -> None:
        self._editor = editor

    def lines(self, block: QTextBlock) -> Lines | None:
        """A block of a section whose statements' sources are known; None for every other one."""
        editor = self._editor
        index = editor.places.index_at(block.position())
        marks = editor.overlay.sources.get(editor.places.sections[index].key)
        first = editor.places.body(index)[0]
        if not marks or block.position() < first:
            return None
        return Lines(block, editor.document().documentLayout().blockBoundingRect(block), marks, first)

    def paint(self, frame: Frame, rect: QRect) -> None:
        """Beside the lines of a part of the viewport."""
        editor = self._editor
        if not any(editor.overlay.sources.values()):
            return
        block = editor.cursorForPosition(rect.topLeft()).block()
        while block.isValid():
            top = editor.document().documentLayout().blockBoundingRect(block).top()
            if top + frame.offset.y() > rect.bottom():
                break
            lines = self.lines(block)
            if lines is not None:
                draw_tags(frame, lines)
            block = block.next()

    def time_under(self, point: QPoint) -> TimeAnchor | None:
        """The time that is written beside a line, under a point of the viewport."""
        editor = self._editor
        if not any(editor.overlay.sources.values()):
            return None
        offset = QPointF(-editor.horizontalScrollBar().value(), -editor.verticalScrollBar().value())
        view = View(offset, editor.viewport().width(), small(editor.document().defaultFont()))
        lines = self.lines(editor.cursorForPosition(point).block())
        tag = tag_at(view, lines, QPointF(point)) if lines is not None else None
        return TimeAnchor(tag.hears) if tag is not None and tag.hears is not None else None

    def point_at(self, point: QPoint) -> None:
        """The mouse is there: over a time it is a hand."""
        shape = Qt.CursorShape.IBeamCursor if self.time_under(point) is None else Qt.CursorShape.PointingHandCursor
        viewport = self._editor.viewport()
        if viewport.cursor().shape() is not shape:
            viewport.setCursor(shape)

    def heard_at(self, caret: Caret) -> TimeAnchor | None:
        """When the statement was heard that a caret stands in or right behind; None when that is not known."""
        marks = self._editor.overlay.sources.get(caret.section)
        for place in (caret.position, caret.position - 1) if marks else ():
            for mark in marks.between(place, place + 1) if marks else ():
                if mark.signs is not None and mark.signs.hears is not None:
                    return TimeAnchor(mark.signs.hears)
        return None
