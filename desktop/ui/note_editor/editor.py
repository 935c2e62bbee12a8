"""The note's editor: the text with its headings drawn, its sections reached by key, and what is in it spoken."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QFocusEvent,
    QFont,
    QFontInfo,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextLayout,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame

from desktop.ui.note_editor.dangers import Dangers
from desktop.ui.note_editor.drawing import Frame, draw_bar, draw_empty, draw_heading
from desktop.ui.note_editor.headings import Standing
from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.menu import Entry, note_menu
from desktop.ui.note_editor.places import Caret, ShownSection
from desktop.ui.note_editor.quick_keys import EXPANDING_KEYS, Expand, Here, key_expansion
from desktop.ui.note_editor.spelling import SpellCheck, Speller
from desktop.ui.note_editor.spelling_menu import Teaching, add_spelling
from desktop.ui.note_editor.suggestion_list import QuickNames
from desktop.ui.note_editor.tagging import SourceTags
from desktop.ui.note_editor.tags import draw_tags
from desktop.ui.note_editor.text_edit import Keep, NoteText
from desktop.ui.note_editor.units import Edit
from desktop.ui.parts import announce
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.moved_marks import from_template
from visit.time_anchor import TimeAnchor
from visit.triggers import Expansion

SMALLEST_PIXELS, LARGEST_PIXELS = 9, 40
UP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_PageUp)
STEP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right)


class NoteEditor(NoteText):
    """The note of one visit, for eyes, keys and screen readers.

    Signals besides those of NoteText:
        section_entered(section): the caret is in another section now.
        zoom_asked(step): Ctrl and the wheel, as +1 or -1.
        time_asked(TimeAnchor): the time of a statement was clicked, to hear it again.
    """

    section_entered = Signal(str)
    zoom_asked = Signal(int)
    time_asked = Signal(object)

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens)
        self.setFrameShape(QFrame.Shape.NoFrame)  # by the sheet it would be painted whole at every line it scrolls
        self.viewport().setMouseTracking(True)
        self._standing: dict[str, Standing] = {}
        self._section = ""
        self._said = ""
        self.tags = SourceTags(self)
        self.says_all = False
        """Whether the caret says of every statement where it comes from, not of what waits alone."""
        self._zoom = 0
        self.speller: Speller | None = None
        self.teaching: Teaching | None = None
        self._written: tuple[int, int] | None = None
        self._revisions = (-1, -1)
        """The document's when the caret was last seen, and when it last came somewhere without typing."""
        self.expand: Expand = lambda _text, _caret: None
        """What the name that ends at the caret becomes when Tab, Space or Enter is pressed there."""
        self.takes_line: Callable[[QKeyEvent], bool] = lambda _event: False
        """Whether a key was taken for the whole line, such as a line of vital signs."""
        self.names = QuickNames(self)
        self.dangers = Dangers(self, self.overlay)
        self.more_entries: Callable[[], Iterable[Entry]] = lambda: ()
        """What the menu holds besides, at the caret."""
        self.offers: Callable[[], Iterable[Entry]] = lambda: ()
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

    def show_sources(self, sources: Mapping[str, Iterable[Mark]]) -> None:
        """Show where some sections' statements come from, instead of what was shown; it follows the text's changes."""
        if self.overlay.show_sources(sources):
            self.viewport().update()  # words and signs stand beside the text

    def sources(self, section: str) -> Marks:
        """Where a section's statements come from, as shown now."""
        return self.overlay.sources.get(section, Marks())

    def use_speller(self, check: SpellCheck | None) -> None:
        """Underline words that `check` does not know; None ends it."""
        if self.speller is not None:
            self.speller.close()
            self.speller.deleteLater()
        self.speller = None if check is None else Speller(check, self.overlay.look_at_block)
        if self.speller is not None:
            self.speller.setParent(self)
            self.speller.is_written = self._is_typed_in
        self.overlay.misspelled = None if self.speller is None else self.speller.ranges
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
            self.put(found)
        return found is not None

    def put_in_line(self, found: Expansion) -> None:
        """As `put`, with places in the caret's line."""
        block = self.textCursor().block()
        by = block.position() - self.places.body(self.places.index_at(block.position()))[0]
        selected = (found.selection_start + by, found.selection_end + by)
        self.put(Expansion(found.start + by, found.end + by, found.inserted, *selected))

    def put(self, found: Expansion) -> None:
        """Put an expansion into the caret's section and select what is to be filled first."""
        section = self.section
        self.set_caret(Caret(section, found.start), found.end - found.start)
        if found.source:
            self.put_marked(from_template(found.inserted, found.source))
        else:
            self.replace_selection(found.inserted)
        self.set_caret(Caret(section, found.selection_start), found.selection_end - found.selection_start)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab takes what is offered or expands a name; else it goes from section to section, and from the last on."""
        if forward and not self.isReadOnly() and (self.names.take_chosen() or self.names.open_named()):
            return True
        begin, end = self.selection_in_section()
        found = self.expand(self.text(self.section), begin) if forward and begin == end else None
        if found is not None and not self.isReadOnly():
            self.put(found)
            return True
        return self.step(forward) or super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The caret passes over headings; with Shift a selection goes through them. Some keys fill the note."""
        if not self.isReadOnly() and (self.names.takes(event) or self.takes_line(event) or self._fills(event)):
            return
        super().keyPressEvent(event)
        self.names.look()
        cursor = self.textCursor()
        if event.key() in STEP_KEYS and not cursor.hasSelection() and self.places.in_heading(cursor.position()):
            super().keyPressEvent(event)  # one line on, in the same column
        self._leave_heading(back=event.key() in UP_KEYS)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """A letter that was composed may go on a name."""
        super().inputMethodEvent(event)
        if event.commitString():
            self.names.look()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a heading means its text, one on the time of a statement that it is heard again."""
        super().mouseReleaseEvent(event)
        self._leave_heading(back=False)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            anchor = self.tags.time_under(event.position().toPoint())
            if anchor is not None:
                self.time_asked.emit(anchor)

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
            said = (section.heading, standing.word, standing.waiting, standing.changes)
            announce(self, ", ".join(part for part in said if part))
            self.viewport().update()
            self.section_entered.emit(section.key)
        if self.speller is not None:
            self._check_left_word()
        if self.names.shown:
            self.names.look()
        self.dangers.caret_moved()
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
        sources = self.sources(section).between(position, position + 1)
        heard = [it.tooltip for it in sources if self.says_all or (it.signs is not None and it.signs.waits)]
        said = ". ".join(part for part in (*dict.fromkeys(heard), self.marks(section).said_at(position)) if part)
        if said and said != self._said:
            announce(self, said)
        self._said = said

    def _is_typed_in(self, block: QTextBlock, start: int, end: int) -> bool:
        """Whether the caret is in a word because it is being typed, not because it was put there."""
        typed = self.hasFocus() and self.document().revision() != self._revisions[1]
        return typed and start <= self.textCursor().position() - block.position() <= end

    def _check_left_word(self) -> None:
        """A word is checked once the caret is no longer in it, or was put into it."""
        block = self.textCursor().block()
        place = (block.blockNumber(), self.textCursor().positionInBlock())
        revision = self.document().revision()
        only_moved = revision == self._revisions[0]
        self._revisions = (revision, revision if only_moved else self._revisions[1])
        if self._written is not None and self._written[0] != place[0]:
            left = self.document().findBlockByNumber(self._written[0])
            if left.isValid():
                self.overlay.look_at_block(left)
        elif self._written is not None and (only_moved or abs(self._written[1] - place[1]) > 1):
            self.overlay.look_at_block(block)
        self._written = place

    def _on_text(self, section: str) -> None:
        if self.mirror.length(section) <= 2:
            self.viewport().update()  # the hint in an empty section comes or goes

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Have ready what a mark means where the mouse rests."""
        super().mouseMoveEvent(event)
        point = event.position().toPoint()
        said = self.said_under(point) if event.buttons() == Qt.MouseButton.NoButton else ""
        self.tags.point_at(point)
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
                dangers = self.overlay.dangers.get(caret.section, Marks())
                layers = (self.sources(caret.section), self.marks(caret.section), dangers)
                return ". ".join(said for said in (layer.said_at(caret.position) for layer in layers) if said)
        return ""

    def heard_at_caret(self) -> TimeAnchor | None:
        """When the statement at the caret was heard; None when that is not known."""
        return self.tags.heard_at(self.caret())

    def _rect_of(self, position: int) -> QRect:
        cursor = QTextCursor(self.document())
        cursor.setPosition(max(0, position))
        before = self.cursorRect(cursor)
        cursor.movePosition(QTextCursor.MoveOperation.Right, Keep)
        after = self.cursorRect(cursor)
        return before.united(after) if before.top() == after.top() else before

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the note; of a mouse it is about what lies under it."""
        if event.reason() is QContextMenuEvent.Reason.Mouse and not self.textCursor().hasSelection():
            self._place_caret(self.places.position(self.places.caret(self.cursorForPosition(event.pos()).position())))
        menu = note_menu(self, self.cursorForPosition(event.pos()).position())
        add_spelling(menu, self, event)
        menu.exec(event.globalPos())
        menu.deleteLater()

    # --- painting ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What lies over the text finds its place anew."""
        super().resizeEvent(event)
        self.names.close()
        self.dangers.caret_moved()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The line beside the section comes."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The line beside the section goes, and what is offered."""
        super().focusOutEvent(event)
        self.names.close()
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
        self.tags.paint(frame, rect)
        painter.end()

    def _paint_within_text(self, rect: QRect, offset: QPointF) -> bool:
        """What a key needs: where only the caret's paragraph is painted, no heading is looked for."""
        block = self.textCursor().block()
        place = self.document().documentLayout().blockBoundingRect(block)
        inside = place.top() + offset.y() <= rect.top() + 1 and rect.bottom() <= place.bottom() + offset.y() + 1
        if not inside or block.length() <= 1 or self.places.in_heading(block.position()):
            return False
        lines = self.tags.lines(block)
        if not self.hasFocus() and lines is None:
            return True
        painter = QPainter(self.viewport())
        frame = Frame(painter, offset, self.viewport().width(), self.document().defaultFont(), self.tokens)
        if self.hasFocus():
            right = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
            draw_bar(frame, rect.top(), rect.bottom() + 1, right=right)
        if lines is not None:
            draw_tags(frame, lines)
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
