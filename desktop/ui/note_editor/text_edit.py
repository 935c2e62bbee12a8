"""The widget of the note: one caret through all sections, headings that stay, and every change said to the unit.

QTextEdit was chosen over QPlainTextEdit by measurement: with 20,000 words a key costs the same, and only QTextEdit has
line heights and room above headings. Positions count UTF-16 units. Undo belongs to the document of the visit, which
knows whose edits are whose.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import (
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit

from desktop.ui.note_editor.clip import MarkedWords, recall, remember
from desktop.ui.note_editor.drawing import MARGIN, body_format, heading_format, heading_look
from desktop.ui.note_editor.keys import PLAIN, Change, change_of
from desktop.ui.note_editor.mirror import Mirror
from desktop.ui.note_editor.overlay import Overlay
from desktop.ui.note_editor.places import Caret, Part, Places, ShownSection
from desktop.ui.note_editor.units import Edit, from_qt, pasted, shown
from desktop.ui.tokens import Tokens
from visit.indexes import utf16_length
from visit.marks import MarkedPart, MarkedText
from visit.moved_marks import put_together

PasteCheck = Callable[[str], bool]
Keep = QTextCursor.MoveMode.KeepAnchor


class NoteText(QTextEdit):
    """The text, its headings protected.

    Signals:
        text_edited(section, start, end, inserted): the person replaced units [start, end) of a section.
        text_changed(section): its text is another one now, whoever changed it.
        undo_requested(), redo_requested().
        heading_typed_on(): a key, paste or drop was meant for a heading, and went nowhere.
    """

    text_edited = Signal(str, int, int, str)
    text_changed = Signal(str)
    undo_requested = Signal()
    redo_requested = Signal()
    heading_typed_on = Signal()

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.tokens = tokens
        self.mirror = Mirror((), {})
        self.may_paste: PasteCheck = lambda _text: True
        self.marked: MarkedWords | None = None
        """Who knows the words' marks; without anybody, text is moved without them."""
        self._showing = False
        self._damaged = False
        self._edits: list[Edit] = []
        self.setAcceptRichText(False)
        self.setUndoRedoEnabled(False)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(MARGIN)
        self.document().contentsChange.connect(self._on_contents_change)
        self.document().contentsChanged.connect(self._on_contents_changed)
        self.overlay = Overlay(self, tokens)

    @property
    def places(self) -> Places:
        """Where the sections lie now."""
        return self.mirror.places

    # --- what is shown -----------------------------------------------------------------------------------------------

    def show_note(self, sections: Sequence[ShownSection], texts: Mapping[str, str]) -> None:
        """Show a whole note; the caret goes to the end of the first section's text."""
        self.overlay.marks, self.overlay.sources = {}, {}
        self.mirror = Mirror(sections, texts)
        self._build()
        self._place_caret(self.places.body(0)[1] if sections else 0)

    def show_sections(self, sections: Sequence[ShownSection]) -> None:
        """Show the same texts under other sections, or in another order; caret and selection stay with their words."""
        cursor = self.textCursor()
        anchor, caret = self.places.caret(cursor.anchor()), self.places.caret(cursor.position())
        self.mirror.arrange(sections)
        self._build()
        self._place_caret(self.places.position(anchor))
        if anchor.section == caret.section:
            self._place_caret(self.places.position(caret), keep_anchor=True)
        else:
            self._place_caret(self.places.position(caret))

    def apply_change(self, edit: Edit) -> None:
        """Show a change of somebody else, or an undo; caret, selection and what is in sight stay with their words."""
        edit = Edit(edit.section, edit.start, edit.end, shown(edit.inserted))
        index = self.places.index(edit.section)
        if index is None:
            self.mirror.take(edit)
            self.text_changed.emit(edit.section)
            return
        first = self.places.body(index)[0]
        cursor = self.textCursor()
        start, removed, added = first + edit.start, edit.end - edit.start, utf16_length(edit.inserted)
        anchor, caret = (_shifted(place, start, removed, added) for place in (cursor.anchor(), cursor.position()))
        with self._steady_view(caret):
            writer = QTextCursor(self.document())
            writer.setPosition(start)
            writer.setPosition(start + removed, Keep)
            self._take(edit)
            self._showing = True
            writer.insertText(edit.inserted, QTextCharFormat())
            self._showing = False
            now = self.textCursor()
            if (now.anchor(), now.position()) != (anchor, caret):
                self._place_caret(anchor)
                self._place_caret(caret, keep_anchor=True)
        self.overlay.look_at(edit)
        self.text_changed.emit(edit.section)

    def _build(self) -> None:
        """Write the whole text anew, with its formats."""
        self._showing = True
        self.overlay.mirror = self.mirror
        self.setPlainText(self.mirror.whole())
        whole = QTextCursor(self.document())
        whole.select(QTextCursor.SelectionType.Document)
        whole.setCharFormat(QTextCharFormat())  # Qt takes over the format at the caret
        whole.setBlockFormat(body_format())
        self._dress_headings()
        self._showing = False
        self.overlay.look_through()

    def _dress_headings(self) -> None:
        look = heading_look(self.document().defaultFont(), self.tokens)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for index in range(len(self.places.sections)):
            cursor.setPosition(self.places.heading(index))
            to_left = cursor.block().textDirection() is Qt.LayoutDirection.RightToLeft
            cursor.setBlockFormat(heading_format(first=index == 0, to_left=to_left))
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, Keep)
            cursor.setCharFormat(look)
        cursor.endEditBlock()

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance."""
        self.tokens = tokens
        self.overlay.use_tokens(tokens)
        self._redress()
        self.overlay.look_through()
        self.viewport().update()

    def _redress(self) -> None:
        self._showing = True
        self._dress_headings()
        self._showing = False

    def _place_caret(self, position: int, *, keep_anchor: bool = False) -> None:
        cursor = self.textCursor()
        mode = Keep if keep_anchor else QTextCursor.MoveMode.MoveAnchor
        cursor.setPosition(min(position, self.document().characterCount() - 1), mode)
        self.setTextCursor(cursor)

    @contextmanager
    def _steady_view(self, caret: int) -> Iterator[None]:
        """What is in sight stays where it is: the caret, or else the first line."""
        bar = self.verticalScrollBar()
        if self.viewport().rect().intersects(self.cursorRect()):
            anchor = self.textCursor()
            anchor.clearSelection()
            anchor.setKeepPositionOnInsert(True)
        else:
            anchor = self.cursorForPosition(self.viewport().rect().topLeft())
        before = self.cursorRect(anchor).top()
        value = bar.value()
        yield
        bar.setValue(value)
        bar.setValue(value + self.cursorRect(anchor).top() - before)

    # --- what the person changes -------------------------------------------------------------------------------------

    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        """Keep mirror and marks up to date."""
        if self._showing or self._damaged:
            return
        edit = self.mirror.changed_in(self.document(), position, removed, added)
        if isinstance(edit, Edit) and not self.isReadOnly():
            self._take(edit)
            self._edits.append(edit)
        elif edit is not None:
            self._damaged = True

    def _take(self, edit: Edit) -> None:
        self.mirror.take(edit)
        self.overlay.take(edit)

    def _on_contents_changed(self) -> None:
        """Say what the person changed; where a heading or a signed note was hurt, put it back first."""
        if self._showing:
            return
        if self._damaged:
            self._heal()
        edits, self._edits = self._edits, []
        for edit in edits:
            self.overlay.look_at(edit)
            self.text_edited.emit(edit.section, edit.start, edit.end, edit.inserted)
            self.text_changed.emit(edit.section)

    def _heal(self) -> None:
        edits = [] if self.isReadOnly() else self.mirror.healed(self.document())
        for edit in edits:
            self._take(edit)
        self._edits += edits
        self._build()
        self._damaged = False
        if edits:
            last = Caret(edits[0].section, edits[0].start + utf16_length(edits[0].inserted))
            self._place_caret(self.places.position(last))

    def replace_selection(self, text: str) -> bool:
        """Put text in the place of the selection; across sections each part goes and the headings stay.

        False, and nothing is done, when only a heading was meant.
        """
        cursor = self.textCursor()
        parts = self.places.parts(cursor.selectionStart(), cursor.selectionEnd())
        if not parts:
            self.heading_typed_on.emit()
            return False
        for part in reversed(parts[1:]):
            self._write(part.start, part.end, "")
        self._write(parts[0].start, parts[0].end, text)
        self._place_caret(parts[0].start + utf16_length(text))
        return True

    def put_marked(self, marked: MarkedText) -> bool:
        """Put text with its marks in the place of the selection; False when only a heading was meant."""
        cursor = self.textCursor()
        parts = self.places.parts(cursor.selectionStart(), cursor.selectionEnd())
        if self.marked is None or not parts:
            return self.replace_selection(marked.text)
        if cursor.hasSelection():
            self.replace_selection("")  # by itself: what is put then has its whole text, whatever it replaces
        caret = self.places.caret(parts[0].start)
        self.marked.put(caret.section, caret.position, caret.position, marked)
        self._place_caret(self.places.position(caret) + utf16_length(marked.text))
        return True

    def _copied(self, start: int, end: int) -> MarkedText | None:
        """A range of the note as it is copied, headings included, with its marks."""
        if self.marked is None:
            return None
        chosen = QTextCursor(self.document())
        chosen.setPosition(start)
        chosen.setPosition(end, Keep)
        found: list[MarkedPart] = []
        for part in self.places.parts(start, end):
            first, key = self.places.body(part.index)[0], self.places.sections[part.index].key
            marked = self.marked.copied(key, part.start - first, part.end - first)
            at = part.start - start
            found += [MarkedPart(one.start + at, one.end + at, one.provenance) for one in marked.parts]
        return MarkedText(from_qt(chosen.selectedText()), tuple(found))

    def _write(self, start: int, end: int, text: str) -> None:
        if end > start or text:
            writer = QTextCursor(self.document())
            writer.setPosition(start)
            writer.setPosition(end, Keep)
            writer.insertText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo go to the document; what would change a heading goes nowhere."""
        standard = QKeySequence.StandardKey
        if event.modifiers() in PLAIN and event.text().isprintable() and event.text() and not self.isReadOnly():
            self._change(Change.TYPE, event)  # a letter: the one key that must cost nothing
        elif event.matches(standard.Undo) or event.matches(standard.Redo):
            if not self.isReadOnly():  # a signed note is not changed by a key either
                (self.undo_requested if event.matches(standard.Undo) else self.redo_requested).emit()
        elif event.matches(standard.SelectAll):
            self.select_more()
        elif self.isReadOnly() or (change := change_of(event)) in (Change.NONE, Change.PASTE):
            super().keyPressEvent(event)
        else:
            self._change(change, event)

    def _change(self, change: Change, event: QKeyEvent) -> None:
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if change is Change.BREAK and self.places.in_one_text(start, end):
            cursor.insertText("\n")  # a paragraph, with Shift too: the note knows no other line
            self.ensureCursorVisible()
        elif not self.places.in_one_text(start, end):
            if change is Change.CUT:
                self.copy()
            self.replace_selection({Change.TYPE: shown(event.text()), Change.BREAK: "\n"}.get(change, ""))
        elif cursor.hasSelection() or not self._at_edge(change, start):
            super().keyPressEvent(event)

    def _at_edge(self, change: Change, position: int) -> bool:
        """Whether the key would join a text with a heading."""
        first, last = self.places.body(self.places.index_at(position))
        return (change is Change.BACKWARD and position == first) or (change is Change.FORWARD and position == last)

    def cut(self) -> None:
        """Copy the selection and take it out."""
        if self.textCursor().hasSelection() and not self.isReadOnly():
            self.copy()
            self.replace_selection("")

    def select_more(self) -> None:
        """Select the section's text; once it is, the whole note."""
        cursor = self.textCursor()
        first, last = self.places.body(self.places.index_at(cursor.position()))
        if cursor.selectionStart() <= first and cursor.selectionEnd() >= last:
            first, last = 0, self.places.end
        self._place_caret(first)
        self._place_caret(last, keep_anchor=True)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text, with the headings that are selected and no-break spaces as they are; its marks are remembered."""
        mime = QMimeData()
        cursor = self.textCursor()
        mime.setText(from_qt(cursor.selectedText()))
        marked = self._copied(cursor.selectionStart(), cursor.selectionEnd())
        if marked is not None and self.marked is not None:
            remember(mime, self.marked.visit_id, marked)
        return mime

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text only, once it was looked at for another patient; words of a note keep their marks."""
        text = source.text()
        if text and self.may_paste(text):
            marked = recall(source, self.marked.visit_id) if self.marked is not None else None
            if marked is None:
                self.replace_selection(pasted(text))
            else:
                self.put_marked(marked)
            self.ensureCursorVisible()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Text that is composed replaces a selection as typed text does, and no heading takes any."""
        if self.isReadOnly():
            event.ignore()
            return
        cursor = self.textCursor()
        begins = bool(event.preeditString() or event.commitString())
        outside = begins and not self.places.in_one_text(cursor.selectionStart(), cursor.selectionEnd())
        if outside and not self.replace_selection(""):
            event.ignore()
            return
        commit = event.commitString()
        if shown(commit) != commit:
            event.setCommitString(shown(commit), event.replacementStart(), event.replacementLength())
        super().inputMethodEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """A heading takes no drop."""
        super().dragMoveEvent(event)
        if self.places.in_heading(self.cursorForPosition(event.position().toPoint()).position()):
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """Text from elsewhere is pasted, text of the note is moved or copied."""
        place = self.cursorForPosition(event.position().toPoint()).position()
        self.dragLeaveEvent(QDragLeaveEvent())  # takes the caret away that showed the place
        if self.isReadOnly() or not event.mimeData().hasText():
            return
        if self.places.in_heading(place):
            event.ignore()
            self.heading_typed_on.emit()
            return
        event.acceptProposedAction()
        own = event.source() in (self, self.viewport())
        if own and event.dropAction() is Qt.DropAction.MoveAction:
            self._move_selection(place)
        else:
            self._place_caret(place)
            self.insertFromMimeData(event.mimeData())

    def _move_selection(self, place: int) -> None:
        chosen = QTextCursor(self.textCursor())
        if chosen.selectionStart() <= place <= chosen.selectionEnd():
            return
        pieces = [self._piece(part) for part in self.places.parts(chosen.selectionStart(), chosen.selectionEnd())]
        moved = put_together(pieces)
        text = moved.text
        if self.marked is not None:
            there = self.places.caret(place)
            self.marked.put(there.section, there.position, there.position, moved)
        else:
            self._write(place, place, text)
        end = QTextCursor(self.document())
        end.setPosition(place + utf16_length(text))
        self.setTextCursor(chosen)
        self.replace_selection("")
        self.setTextCursor(end)

    def _piece(self, part: Part) -> MarkedText:
        """What of a range lies in one section, with its marks."""
        marked = self._copied(part.start, part.end)
        if marked is not None:
            return marked
        cursor = QTextCursor(self.document())
        cursor.setPosition(part.start)
        cursor.setPosition(part.end, Keep)
        return MarkedText(from_qt(cursor.selectedText()))

    def changeEvent(self, event: QEvent) -> None:
        """Another size of the type: headings keep their proportion."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.FontChange and self.places.sections:
            self._redress()


def _shifted(position: int, start: int, removed: int, added: int) -> int:
    """Where a caret stands after a range before, around or behind it was replaced."""
    if position <= start:
        return position
    if position >= start + removed:
        return position - removed + added
    return start
