"""The note's editor: the text with its headings drawn, its sections reached by key, and what is in it spoken."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontInfo,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextLayout,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame

from desktop.ui.note_editor.drawing import Frame, draw_bar, draw_empty, draw_heading
from desktop.ui.note_editor.headings import Standing
from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.menu import Offer, note_menu
from desktop.ui.note_editor.places import Caret, ShownSection
from desktop.ui.note_editor.quick_keys import EXPANDING_KEYS, Expand, Here, key_expansion
from desktop.ui.note_editor.spelling import SpellCheck, Speller
from desktop.ui.note_editor.text_edit import Keep, NoteText
from desktop.ui.note_editor.units import Edit
from desktop.ui.parts import announce
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.triggers import Expansion

SMALLEST_PIXELS, LARGEST_PIXELS = 9, 40
UP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_PageUp)
STEP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)


class NoteEditor(NoteText):
    """The note of one visit, for eyes, keys and screen readers.

    Signals besides those of NoteText:
        section_entered(section): the caret is in another section now.
        zoom_asked(step): Ctrl and the wheel, as +1 or -1.
    """

    section_entered = Signal(str)
    zoom_asked = Signal(int)

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.setFrameShape(QFrame.Shape.NoFrame)  # by the sheet it would be painted whole at every line it scrolls
        self.viewport().setMouseTracking(True)
        self._standing: dict[str, Standing] = {}
        self._section = ""
        self._said = ""
        self._zoom = 0
        self._speller: Speller | None = None
        self._written: tuple[int, int] | None = None
        self.expand: Expand = lambda _text, _caret: None
        """What the name that ends at the caret becomes when Tab, Space or Enter is pressed there."""
        self.offers: Callable[[], tuple[Offer, ...]] = lambda: ()
        """What the menu offers besides the text's own entries."""
        self.empty_words: Callable[[], str] = lambda: say("note.empty_section")
        """What stands in the caret's section while nothing is written in it."""
        self.cursorPositionChanged.connect(self._on_caret)
        self.text_changed.connect(self._on_text)
        self.heading_typed_on.connect(lambda: announce(self, say("note.heading_stays")))

    # --- what is shown -----------------------------------------------------------------------------------------------

    def show_note(self, sections: Sequence[ShownSection], texts: Mapping[str, str]) -> None:
        """Show a whole note; the caret goes to the end of the first section's text."""
        super().show_note(sections, texts)
        self._section = ""
        self._on_caret()

    def text(self, section: str) -> str:
        """A section's text as it is shown."""
        return self.mirror.text(section)

    def apply(self, section: str, start: int, removed: int, inserted: str) -> None:
        """Show somebody else's change of a section (UTF-16 units), or an undo."""
        self.apply_change(Edit(section, start, start + removed, inserted))

    def show_standing(self, section: str, standing: Standing) -> None:
        """How a section stands, at its heading and in its spoken name."""
        before = self._standing.get(section)
        self._standing[section] = standing
        if before is None or before.seen != standing.seen:
            self.viewport().update()
            if section == self._section:
                self._name()

    def standing(self, section: str) -> Standing:
        """How a section was said to stand."""
        return self._standing.get(section, Standing())

    def show_marks(self, section: str, marks: Iterable[Mark]) -> None:
        """Show marks over a section's text, instead of those that it had; they follow the text as it changes."""
        self.overlay.show_marks(section, marks)

    def marks(self, section: str) -> Marks:
        """A section's marks, where they are now."""
        return self.overlay.marks.get(section, Marks())

    def use_speller(self, check: SpellCheck | None) -> None:
        """Underline words that `check` does not know; None ends it."""
        if self._speller is not None:
            self._speller.close()
            self._speller.deleteLater()
        self._speller = None if check is None else Speller(check, self.overlay.look_at_block)
        if self._speller is not None:
            self._speller.setParent(self)
            self._speller.is_written = lambda block, start, end: (
                self.hasFocus() and start <= self.textCursor().position() - block.position() <= end
            )
        self.overlay.misspelled = None if self._speller is None else self._speller.ranges
        self.overlay.look_through()

    def zoom_note(self, pixels: int) -> None:
        """Make the note's type alone larger (or smaller) than the window's by so many pixels."""
        self._zoom = pixels
        self._set_size()

    def _set_size(self) -> None:
        font = QFont(self.font())
        size = QFontInfo(font).pixelSize() + self._zoom
        font.setPixelSize(max(SMALLEST_PIXELS, min(LARGEST_PIXELS, size)))
        if font != self.document().defaultFont():
            self.document().setDefaultFont(font)
        if self.places.sections:
            self._redress()

    def changeEvent(self, event: QEvent) -> None:
        """Another size of the window's type."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange:
            self._set_size()

    # --- moving ------------------------------------------------------------------------------------------------------

    @property
    def section(self) -> str:
        """The section that has the caret."""
        return self._section

    def caret(self) -> Caret:
        """Where the caret is, by section; the same place in whatever order the sections are shown."""
        return self.places.caret(self.textCursor().position())

    def set_caret(self, caret: Caret, length: int = 0) -> None:
        """Put the caret somewhere, or select so many units from there, and bring it into sight."""
        start = self.places.position(caret)
        self._place_caret(start)
        if length:
            self._place_caret(start + length, keep_anchor=True)
        self._show_heading(self.places.index_at(start))

    def selection_in_section(self) -> tuple[int, int]:
        """Where the selection begins and ends, as places in the caret's section."""
        cursor = self.textCursor()
        first, last = self.places.body(self.places.index_at(cursor.position()))
        begin, end = (max(first, min(place, last)) for place in (cursor.selectionStart(), cursor.selectionEnd()))
        return begin - first, end - first

    def go_to(self, section: str) -> None:
        """Put the caret at the end of a section's text."""
        index = self.places.index(section)
        if index is not None:
            self._place_caret(self.places.body(index)[1])
            self._show_heading(index)

    def _show_heading(self, index: int) -> None:
        """Bring a section's heading into sight with the caret, where both fit."""
        top = QTextCursor(self.document())
        top.setPosition(self.places.heading(index))
        rect = self.cursorRect(top)
        room = self.viewport().height() - self.cursorRect().bottom()
        if rect.top() < 0 and -rect.top() <= room:
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() + rect.top())

    def step(self, forward: bool) -> bool:
        """To the next or previous section; False at the last and the first."""
        keys = [section.key for section in self.places.sections]
        number = self.places.index_at(self.textCursor().position()) + (1 if forward else -1)
        if not 0 <= number < len(keys):
            return False
        self.go_to(keys[number])
        return True

    def _fills(self, event: QKeyEvent) -> bool:
        """Whether the key chose from a pick list or expanded a name."""
        if event.key() not in EXPANDING_KEYS and not event.text().isdecimal():
            return False
        cursor = self.textCursor()
        if not self.places.in_one_text(cursor.selectionStart(), cursor.selectionEnd()):
            return False
        found = key_expansion(event, Here(self.text(self.section), *self.selection_in_section()), self.expand)
        if found is not None:
            self._put(found)
        return found is not None

    def _put(self, found: Expansion) -> None:
        """Put an expansion into the caret's section and select what is to be filled first."""
        section = self.section
        self.set_caret(Caret(section, found.start), found.end - found.start)
        self.replace_selection(found.inserted)
        self.set_caret(Caret(section, found.selection_start), found.selection_end - found.selection_start)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab expands a name; else it goes from section to section, and from the last one on."""
        begin, end = self.selection_in_section()
        found = self.expand(self.text(self.section), begin) if forward and begin == end else None
        if found is not None and not self.isReadOnly():
            self._put(found)
            return True
        return self.step(forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The caret passes over headings; with Shift a selection goes through them. Some keys fill the note."""
        if not self.isReadOnly() and self._fills(event):
            return
        super().keyPressEvent(event)
        cursor = self.textCursor()
        if event.key() in STEP_KEYS and not cursor.hasSelection() and self.places.in_heading(cursor.position()):
            super().keyPressEvent(event)  # one line on, in the same column
        self._leave_heading(back=event.key() in UP_KEYS)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a heading means its text."""
        super().mouseReleaseEvent(event)
        self._leave_heading(back=False)

    def _leave_heading(self, *, back: bool) -> None:
        cursor = self.textCursor()
        if cursor.hasSelection() or not self.places.in_heading(cursor.position()):
            return
        index = self.places.index_at(cursor.position())
        self._place_caret(self.places.body(index - 1)[1] if back and index else self.places.body(index)[0])

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl the note's type alone becomes larger or smaller."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    # --- what is said ------------------------------------------------------------------------------------------------

    def _on_caret(self) -> None:
        if self._showing or not self.places.sections:
            return
        position = self.textCursor().position()
        index = self.places.index_at(position)
        section = self.places.sections[index]
        if section.key != self._section:
            self._section = section.key
            self._name()
            standing = self.standing(section.key)
            announce(self, ", ".join(part for part in (section.heading, standing.word, standing.changes) if part))
            self.viewport().update()
            self.section_entered.emit(section.key)
        if self._speller is not None:
            self._check_left_word()
        if QAccessible.isActive():
            self._say_mark(section.key, position - self.places.body(index)[0])

    def _name(self) -> None:
        index = self.places.index(self._section)
        if index is not None:
            heading, standing = self.places.sections[index].heading, self.standing(self._section)
            name = standing.spoken(heading)
            if name != self.accessibleName():
                self.setAccessibleName(name)
            if standing.word != self.accessibleDescription():
                self.setAccessibleDescription(standing.word)

    def _say_mark(self, section: str, position: int) -> None:
        said = self.marks(section).said_at(position)
        if said and said != self._said:
            announce(self, said)
        self._said = said

    def _check_left_word(self) -> None:
        """A word is checked once the caret is no longer in it."""
        block = self.textCursor().block()
        place = (block.blockNumber(), self.textCursor().positionInBlock())
        if self._written is not None and self._written[0] != place[0]:
            left = self.document().findBlockByNumber(self._written[0])
            if left.isValid():
                self.overlay.look_at_block(left)
        elif self._written is not None and abs(self._written[1] - place[1]) > 1:
            self.overlay.look_at_block(block)
        self._written = place

    def _on_text(self, section: str) -> None:
        if self.mirror.length(section) <= 2:
            self.viewport().update()  # the hint in an empty section comes or goes

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Have ready what a mark means where the mouse rests."""
        super().mouseMoveEvent(event)
        said = self.said_under(event.position().toPoint()) if event.buttons() == Qt.MouseButton.NoButton else ""
        if said != self.viewport().toolTip():
            self.viewport().setToolTip(said)

    def said_under(self, point: QPoint) -> str:
        """What the marks under a point of the viewport say; empty where there are none."""
        if not self.places.sections:
            return ""
        position = self.cursorForPosition(point).position()
        for unit in (position - 1, position):  # the nearest caret place is at either side of the letter
            caret = self.places.caret(unit)
            if not self.places.in_heading(unit) and self._rect_of(unit).contains(point):
                return self.marks(caret.section).said_at(caret.position)
        return ""

    def _rect_of(self, position: int) -> QRect:
        cursor = QTextCursor(self.document())
        cursor.setPosition(max(0, position))
        before = self.cursorRect(cursor)
        cursor.movePosition(QTextCursor.MoveOperation.Right, Keep)
        after = self.cursorRect(cursor)
        return before.united(after) if before.top() == after.top() else before

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the note."""
        menu = note_menu(self)
        menu.exec(event.globalPos())
        menu.deleteLater()

    # --- painting ----------------------------------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The line beside the section comes."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The line beside the section goes."""
        super().focusOutEvent(event)
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The text, then what stands at the headings that are in sight."""
        super().paintEvent(event)
        if not self.places.sections:
            return
        rect = event.rect()
        offset = QPointF(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
        if self._paint_within_text(rect, offset):
            return
        low = self.places.index_at(self.cursorForPosition(rect.topLeft()).position())
        bottom = self.cursorForPosition(rect.bottomLeft()).position()
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = Frame(painter, offset, self.viewport().width(), self.document().defaultFont(), self.tokens)
        for index in range(low, self.places.index_at(bottom) + 1):
            self._paint_heading(frame, rect, index)
            section = self.places.sections[index]
            if section.key == self._section and self.hasFocus():
                self._paint_bar(frame, rect, index, bottom)
        painter.end()

    def _paint_within_text(self, rect: QRect, offset: QPointF) -> bool:
        """What a key needs: where only the caret's paragraph is painted, no heading is looked for."""
        block = self.textCursor().block()
        place = self.document().documentLayout().blockBoundingRect(block)
        inside = place.top() + offset.y() <= rect.top() + 1 and rect.bottom() <= place.bottom() + offset.y() + 1
        if not inside or block.length() <= 1 or self.places.in_heading(block.position()):
            return False
        if self.hasFocus():
            painter = QPainter(self.viewport())
            frame = Frame(painter, offset, self.viewport().width(), self.document().defaultFont(), self.tokens)
            right = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            draw_bar(frame, rect.top(), rect.bottom() + 1, right=right)
            painter.end()
        return True

    def _paint_heading(self, frame: Frame, rect: QRect, index: int) -> None:
        document, layout = self.document(), self.document().documentLayout()
        heading = document.findBlock(self.places.heading(index))
        place = layout.blockBoundingRect(heading)
        if place.translated(frame.offset).intersects(rect):
            draw_heading(frame, heading, place, self.standing(self.places.sections[index].key))
        first, last = self.places.body(index)
        if first == last:
            block = document.findBlock(first)
            composed: QTextLayout = block.layout()
            here = self.places.sections[index].key == self._section
            words = self.empty_words() if here else say("note.empty_section")
            draw_empty(frame, layout.blockBoundingRect(block), composed, words)

    def _paint_bar(self, frame: Frame, rect: QRect, index: int, bottom: int) -> None:
        """Only as far as is painted: the end of a long section may not be laid out yet."""
        document, layout = self.document(), self.document().documentLayout()
        top = layout.blockBoundingRect(document.findBlock(self.places.heading(index))).top() + frame.offset.y()
        last = document.findBlock(self.places.body(index)[1])
        end = float(rect.bottom() + 1)
        if last.position() <= bottom:
            end = layout.blockBoundingRect(last).bottom() + frame.offset.y()
        right = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        draw_bar(frame, max(top, rect.top()), end, right=right)
