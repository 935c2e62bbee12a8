"""What is drawn over the text and is no part of it: blanks, marks, words that may be misspelled, dangerous ones.

They are extra selections, which Qt moves with the text and paints without laying a paragraph out anew; only paragraphs
that changed are looked through.
"""

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QTextEdit

from desktop.ui.note_editor.marks import Mark, Marks
from desktop.ui.note_editor.mirror import Mirror
from desktop.ui.note_editor.units import Edit
from desktop.ui.tokens import Tokens
from desktop.ui.words import say
from visit.blanks import BLANK, fields
from visit.indexes import utf16_length

Misspelled = Callable[[QTextBlock, str], Iterable[tuple[int, int]]]
"""Ranges (start, length in units) of a block's words that may be misspelled."""
Layer = dict[str, Marks]
INSTEAD = QTextFormat.Property.UserProperty.value + 1
"""Under this property a dangerous abbreviation's look has what to write instead."""


class Overlay(QObject):
    """The looks over the texts of one note."""

    def __init__(self, editor: QTextEdit, tokens: Tokens) -> None:
        super().__init__(editor)
        self._editor = editor
        self.mirror = Mirror((), {})
        self.marks: Layer = {}
        self.sources: Layer = {}
        self._blanks: Layer = {}
        self._unknown: Layer = {}
        self.dangers: Layer = {}
        self.on_change: Callable[[int, int], None] = lambda _start, _end: None
        """Called with the range of the whole text that a change put in."""
        self.on_look_through: Callable[[], None] = lambda: None
        """Called when everything may be another text, or look otherwise."""
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
        self._danger = QTextCharFormat()
        self._danger.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        self._danger.setUnderlineColor(QColor(tokens.warn))
        self._danger.setForeground(QColor(tokens.warn))

    def look_through(self) -> None:
        """Look through the whole note."""
        self._blanks, self._unknown, self.dangers = {}, {}, {}
        document = self._editor.document()
        for index, section in enumerate(self.mirror.places.sections):
            first, last = self.mirror.places.body(index)
            if self.misspelled is None and not _may_be_open(self.mirror.text(section.key)):
                continue
            self._look_at(document.findBlock(first), last)
        self.show()
        self.on_look_through()

    def take(self, edit: Edit) -> None:
        """A section's text changes: everything moves with it."""
        added = utf16_length(edit.inserted)
        for layer in self._layers():
            if layer.get(edit.section):
                # Qt's own ranges take in what is typed over them; ours do not, so they are drawn again
                self._cut |= edit.start < edit.end and bool(layer[edit.section].between(edit.start, edit.end))
                layer[edit.section].shift(edit.start, edit.end - edit.start, added)

    def look_at(self, edit: Edit) -> None:
        """It changed, in the widget too: look at its paragraphs again."""
        index = self.mirror.places.index(edit.section)
        if index is not None:
            first = self.mirror.places.body(index)[0] + edit.start
            last = first + utf16_length(edit.inserted)
            block = self._editor.document().findBlock(first)
            if self._look_at(block, last) or self._cut:
                self.show()
            self.on_change(first, last)

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

    def danger(self, start: int, length: int, instead: str) -> Mark:
        """A dangerous abbreviation at a place of its section, with what to write instead."""
        look = QTextCharFormat(self._danger)
        look.setProperty(INSTEAD, instead)
        return Mark(start, length, look, say("danger.tip", instead=instead.strip()))

    def put_dangers(self, section: str, span: tuple[int, int], found: list[Mark]) -> bool:
        """Other dangers that begin in a span of a section; False when it has these already. `show` draws them."""
        known = [mark for mark in self.dangers.get(section, ()) if span[0] <= mark.start < span[1]]
        if [(it.start, it.length, it.tooltip) for it in known] == [(it.start, it.length, it.tooltip) for it in found]:
            return False
        self.dangers[section] = Marks([*(it for it in self.dangers.get(section, ()) if it not in known), *found])
        return True

    def show_marks(self, section: str, marks: Iterable[Mark]) -> None:
        """Other marks of a section, instead of those that it had."""
        new = Marks(marks)
        if list(new) != list(self.marks.get(section, Marks())):
            self.marks[section] = new
            self.show()

    def show_sources(self, sources: Mapping[str, Iterable[Mark]]) -> bool:
        """Other sources of some sections' statements, drawn at once; whether that shows anything else."""
        new = {section: Marks(marks) for section, marks in sources.items()}
        other = {key: marks for key, marks in new.items() if list(marks) != list(self.sources.get(key, Marks()))}
        self.sources |= other
        if other:
            self.show()
        return bool(other)

    def unknown_at(self, section: str, position: int) -> Mark | None:
        """The word that may be misspelled at or around a place of a section."""
        near = self._unknown.get(section, Marks()).between(position - 1, position + 1)
        return next((mark for mark in near if mark.start <= position <= mark.end), None)

    def show(self) -> None:
        """Draw all that is known; where marks meet, a source's ground is below the blank's, and lines are on top."""
        self._soon.stop()
        self._cut = False
        self._editor.setExtraSelections([made for layer in self._layers() for made in self._selections(layer)])

    def _layers(self) -> tuple[Layer, ...]:
        return self.sources, self._blanks, self.marks, self._unknown, self.dangers

    def _selections(self, layer: Layer) -> Iterable[QTextEdit.ExtraSelection]:
        for index, section in enumerate(self.mirror.places.sections):
            first = self.mirror.places.body(index)[0]
            for mark in layer.get(section.key, ()):
                if mark.look.isEmpty():
                    continue  # it only says something
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
