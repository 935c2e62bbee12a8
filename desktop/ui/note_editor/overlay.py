"""What is drawn over the text and is no part of it: blanks, marks, and words that may be misspelled.

They are extra selections, which Qt moves with the text and paints without laying a paragraph out anew; only paragraphs
that changed are looked through.
"""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.mirror import Mirror
from desktop.ui.note_editor.units import Edit
from desktop.ui.tokens import Tokens
from visit.blanks import BLANK, fields
from visit.indexes import utf16_length

Misspelled = Callable[[QTextBlock, str], Iterable[tuple[int, int]]]
"""Ranges (start, length in units) of a block's words that may be misspelled."""
Layer = dict[str, Marks]


class Overlay(QObject):
    """The looks over the texts of one note."""

    def __init__(self, editor: QTextEdit, tokens: Tokens) -> None:
        super().__init__(editor)
        self._editor = editor
        self.mirror = Mirror((), {})
        self.marks: Layer = {}
        self._blanks: Layer = {}
        self._unknown: Layer = {}
        self.misspelled: Misspelled | None = None
        self._cut = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.show)
        self.use_tokens(tokens)

    def use_tokens(self, tokens: Tokens) -> None:
        """Another appearance; `look_through` shows it."""
        self._blank = QTextCharFormat()
        self._blank.setBackground(QColor(tokens.warn_soft))
        self._blank.setForeground(QColor(tokens.warn))
        self._misspelled = QTextCharFormat()
        self._misspelled.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        self._misspelled.setUnderlineColor(QColor(tokens.bad))

    def look_through(self) -> None:
        """Look through the whole note."""
        self._blanks, self._unknown = {}, {}
        document = self._editor.document()
        for index, section in enumerate(self.mirror.places.sections):
            first, last = self.mirror.places.body(index)
            if self.misspelled is None and not _may_be_open(self.mirror.text(section.key)):
                continue
            self._look_at(document.findBlock(first), last)
        self.show()

    def take(self, edit: Edit) -> None:
        """A section's text changes: everything moves with it."""
        added = utf16_length(edit.inserted)
        for layer in (self.marks, self._blanks, self._unknown):
            if layer.get(edit.section):
                # Qt's own ranges take in what is typed over them; ours do not, so they are drawn again
                self._cut |= bool(layer[edit.section].between(edit.start, edit.end))
                layer[edit.section].shift(edit.start, edit.end - edit.start, added)

    def look_at(self, edit: Edit) -> None:
        """It changed, in the widget too: look at its paragraphs again."""
        index = self.mirror.places.index(edit.section)
        if index is not None:
            first = self.mirror.places.body(index)[0] + edit.start
            block = self._editor.document().findBlock(first)
            if self._look_at(block, first + utf16_length(edit.inserted)) or self._cut:
                self.show()

    def look_at_block(self, block: QTextBlock) -> None:
        """More is known of a block's words; what is new of it is drawn with the next event."""
        if self._look_at(block, block.position()):
            self._soon.start(0)

    def _look_at(self, block: QTextBlock, last: int) -> bool:
        """Whether something is to be drawn differently in the blocks up to a position."""
        places = self.mirror.places
        index = places.index_at(block.position())
        offset, key = places.body(index)[0], places.sections[index].key
        differs = False
        while block.isValid() and block.position() <= last:
            text, start = block.text(), block.position() - offset
            if _may_be_open(text) or self._blanks.get(key):
                blanks = [Mark(start + at, length, self._blank) for at, length in blanks_in(text)]
                differs |= _replace(self._blanks, key, (start, start + block.length()), blanks)
            if self.misspelled is not None:
                unknown = [Mark(start + at, length, self._misspelled) for at, length in self.misspelled(block, text)]
                differs |= _replace(self._unknown, key, (start, start + block.length()), unknown)
            block = block.next()
        return differs

    def show_marks(self, section: str, marks: Iterable[Mark]) -> None:
        """Other marks of a section, instead of those that it had."""
        new = Marks(marks)
        if list(new) != list(self.marks.get(section, Marks())):
            self.marks[section] = new
            self.show()

    def unknown_at(self, section: str, position: int) -> Mark | None:
        """The word that may be misspelled at or around a place of a section."""
        near = self._unknown.get(section, Marks()).between(position - 1, position + 1)
        return next((mark for mark in near if mark.start <= position <= mark.end), None)

    def show(self) -> None:
        """Draw all that is known; where marks meet, the blank's ground is below the other's line."""
        self._soon.stop()
        self._cut = False
        self._editor.setExtraSelections([made for layer in self._layers() for made in self._selections(layer)])

    def _layers(self) -> tuple[Layer, ...]:
        return self._blanks, self.marks, self._unknown

    def _selections(self, layer: Layer) -> Iterable[QTextEdit.ExtraSelection]:
        for index, section in enumerate(self.mirror.places.sections):
            first = self.mirror.places.body(index)[0]
            for mark in layer.get(section.key, ()):
                cursor = QTextCursor(self._editor.document())
                cursor.setPosition(first + mark.start)
                cursor.setPosition(first + mark.end, QTextCursor.MoveMode.KeepAnchor)
                cursor.setKeepPositionOnInsert(True)  # what is typed right behind a mark is not in it
                made = QTextEdit.ExtraSelection()
                made.cursor, made.format = cursor, mark.look
                yield made


def blanks_in(text: str) -> list[tuple[int, int]]:
    """Where blanks and pick lists stand in a line, and how long they are, in units."""
    return [(field.start, field.end - field.start) for field in fields(text)]


def _may_be_open(text: str) -> bool:
    """Whether it is worth looking for blanks and lists: most texts have neither."""
    return BLANK in text or "{" in text


def one_unit_each(text: str) -> str:
    """The text with a stand-in for each half of a surrogate pair, so that its indexes are Qt's positions."""
    return text if text.isascii() else "".join("??" if ord(char) > 0xFFFF else char for char in text)


def _replace(layer: Layer, key: str, span: tuple[int, int], marks: list[Mark]) -> bool:
    """Other marks within a span of a section; False when it has these already."""
    known = layer.setdefault(key, Marks())
    if [(mark.start, mark.length) for mark in known.between(*span)] == [(mark.start, mark.length) for mark in marks]:
        return False
    layer[key] = Marks([*(mark for mark in known if mark.end <= span[0] or mark.start >= span[1]), *marks])
    return True
